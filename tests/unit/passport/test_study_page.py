"""Pages of studies whose lots have what the demo has not: removals and carbon beside the headline, means of seasons."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from ledger.book.state import Book
from passport.assess import assess
from passport.claims import refuse_claims
from passport.methodology import methodology
from passport.study import Study
from passport.study_build import put_together
from tests.scenarios.ledger_runner import STEPS, Story
from tests.support.chain import weight
from tests.support.pages import Page
from tests.support.passports import Season, library
from tests.unit.assess.recorder import lot
from tests.unit.book.test_season_rules import bore, orchard, picked, used
from tests.unit.passport.test_apart import METHOD, enrich
from web.study.build import Frame
from web.study.html import to_pages

FRAME = Frame(
    names={"zh": "荔枝", "en": "lychee"},
    kind="fresh",
    varieties=("guiwei",),
    gtins=("09520000000011",),
    places=("CN-GD",),
    origin="log.example",
    size=1,
    root="00" * 32,
    sets=(),
    software="test",
    seed=1,
)


#: kg CO2 per yuan of 2017, sector 10.
CARTONS = Fraction("0.0991131511")


def study_of(book: Book, name: str) -> Study:
    method = methodology(METHOD)
    by_mass = replace(method, policy=replace(method.policy, by_value=False))
    found = [
        assess(book, name, library=library(), methodology=one, tree_size=book.size, judged=True)
        for one in (method, by_mass)
    ]
    return put_together(
        book,
        found[:1],
        [one.footprint for one in found[1:]],
        product="fresh",
        season="2026",
        harvested={name: ("2026-06-20", "2026-06-20")},
        refused={},
        seed=None,
        library=library(),
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_they_stand_beside_the_headline_and_are_followed_to_their_entries(own: Season, lang: str) -> None:
    plain = Page(to_pages(study_of(own.ledger.book(), own.packed), FRAME, lang)["study.html"])
    enrich(own)
    study = study_of(own.ledger.book(), own.packed)
    page = Page(to_pages(study, FRAME, lang)["study.html"])
    refuse_claims(page.text, field=lang)
    # 100 kg of char, three quarters of it carbon, four fifths of that stable; 78 kg of carbon in the fruit.
    # The wood took up before what it gives off.
    burnt = round(20 * Fraction("15.6") / 10**6 * 112000, 6)
    removed, taken_up = -Fraction(220), -Fraction(286) - burnt
    headline, given_off, uptake, removals, second = (
        Fraction(row.cells[1].text) for row in page.table("second-line-delivered").rows
    )
    assert (given_off, uptake, removals) == (burnt, taken_up, removed)
    assert second == headline + given_off + uptake + removals < headline
    assert headline == Fraction(page.table("lots-table").rows[-1].cells[6].text)
    # Wood that burns gives off CH4 and N2O, which the headline holds; nothing that stands apart lowers it.
    assert headline > Fraction(plain.table("second-line-delivered").rows[0].cells[1].text)
    for name, value in (("biogenic_co2", burnt), ("biogenic_uptake", taken_up), ("removals", removed)):
        *postings, total = page.table(f"lot1-{name}").rows
        assert sum(Fraction(row.cells[3].text) for row in postings) == value == Fraction(total.cells[3].text)
        assert all(set(row.cells[4].links) & {f"d{one.number}" for one in study.data} for row in postings)
    owners = [row.cells[1].text for table in page.tables for row in table.rows if "grower" in row.texts()]
    assert owners == ["grower"]
    picture = Decimal(0)
    for line in to_pages(study, FRAME, lang)["study.html"].splitlines():
        if 'data-change="' in line:
            picture += Decimal(line.partition('data-change="')[2].partition('"')[0])
    assert Fraction(picture) == headline


def test_a_mean_of_seasons_stands_beside_the_season_alone() -> None:
    rec = orchard()
    picked(rec, 2025, used("2023", "1200"), bore("2023", "12000"), used("2024", "1000"), bore("2024", "3000"))
    page = Page(to_pages(study_of(rec.book, lot("y2025")), FRAME, "en")["study.html"])
    gate = page.table("own-seasons").rows[0].texts()
    # (1200 kWh x 0.6205 of 2023 + 2100 kWh x 0.5777 of 2024) x 9000 / 24000 / 9000 kg; alone 1100 x 0.5777 / 9000.
    assert gate == ["Lot 1", "to the gate", "0.081574", "0.070608", "2023, 2024, 2025"]
    assert page.row("headline-gate").cells[1].text == "0.081574"


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("只写明净重", "空驶返程")), ("en", ("product alone", "way back empty"))]
)
def test_limits_name_what_rode_uncounted_with_its_share(lang: str, words: tuple[str, str]) -> None:
    """One leg of 80 km that comes back empty: 1 t of fruit alone beside 1200 kg on board, each all of its total."""
    for gross, told in (({}, (True, True)), ({"fruit": "1200"}, (False, True))):
        story = Story({"id": "study", "tolerance": "0"}, METHOD)
        leg = {"stage": "road", "leg": "pre_carriage", "vehicle": "artic_33_reefer", "km": "80", "gross": gross}
        empty = {"use": [["empty_return", "80", "km", "document"]]}
        STEPS["harvest"](story, {"do": "harvest", "lots": {"fruit": "1000"}}, "2026-06-01T00:00:00Z")
        STEPS["carry"](story, {"do": "carry", "lots": {"fruit": "1000"}, **leg, **empty}, "2026-06-02T00:00:00Z")
        text = to_pages(study_of(story.rec.book, lot("fruit")), FRAME, lang)["study.html"]
        limits = text.partition('<section id="limitations">')[2].partition("</section>")[0]
        lines = [next((line for line in limits.split("<li>") if word in line), "") for word in words]
        assert tuple(map(bool, lines)) == told
        assert all("100.0" in line for line in lines if line)
        treated = "地膜用后处理" if lang == "zh" else "treatment of mulch film"
        assert treated in text.partition('<section id="boundary">')[2].partition("</section>")[0]


def test_it_says_what_decides_the_figures_and_data_have_their_units() -> None:
    story = Story({"id": "study", "tolerance": "0"}, METHOD)
    box = {"teu": "2", "load": "16000"}
    spent = {
        "slot": "board",
        "amount": "500",
        "currency": "CNY",
        "vat": "0.13",
        "year": "2024",
        "sector": "cn-io-2017:10",
    }
    steps: tuple[dict[str, object], ...] = (
        {"do": "harvest", "lots": {"fruit": "1000"}, "kwh": "1000"},
        {"do": "record", "lot": "fruit", "spend": [spent]},
        {"do": "port_call", "port": "CNNSA", "lots": {"fruit": "1000"}, "box": box,
         "use": [["plug_hours", "10", "h", "meter"], ["moves", "0", "move", "document"]]},
        {"do": "loss", "lot": "fruit", "quantity": "100", "treatment": "compost"},
    )  # fmt: skip
    for day, step in enumerate(steps, 1):
        STEPS[str(step["do"])](story, step, f"2026-06-{day:02d}T00:00:00Z")
    page = Page(to_pages(study_of(story.rec.book, lot("fruit")), FRAME, "en")["study.html"])
    # Orchard; 500 / 1.13 yuan deflated as in S161; 10 h x 2 x 1/16 x 2.7 kW; 100 kg of compost: carriage, CH4, N2O.
    index = Fraction("1.035") * Fraction("0.997") * Fraction("0.982") * Fraction("1.081") * Fraction("1.041")
    parts = {
        "Orchard / Electricity": Fraction("577.7"),
        "Packing / Cartons": 500 / Fraction("1.13") / (index * Fraction("0.97") * Fraction("0.978")) * CARTONS,
        "Retail / Composted waste": Fraction("0.898311") + Fraction("0.4") * 27 + Fraction("0.024") * 273,
        "Port of exit / Plug hours": 10 * 2 * Fraction(1, 16) * Fraction("2.7") * Fraction("0.5777"),
    }
    total = sum(parts.values(), Fraction(0))
    named = ", ".join(f"{name} {float(part / total * 100):.1f} %" for name, part in parts.items())
    assert f"Greatest, to the gate: {named}" in page.text
    shown = [tuple(row.texts()[1:3]) for table in page.tables for row in table.rows if row.anchor.startswith("d")]
    assert ("box, load", "16000 kg") in shown and ("box, TEU", "2 TEU") in shown
    assert ("Cartons, tax rate", "0.13") in shown and ("Cartons", "500 CNY") in shown
    assert ("mass, lost", "100 kg") in shown and ("mass, carried or handled", "1000 kg") in shown


@pytest.mark.parametrize(
    ("lang", "fine", "odd"),
    [
        ("en", "fit the masses and dates in the book", "weighs 900 kg there, and 1000 kg by its own entries"),
        ("zh", "与账上的重量和日期相符", "在此按 900 公斤分摊，而按其自身记录为 1000 公斤"),
    ],
)
def test_weights_off_the_masses_stand_under_plausibility(own: Season, lang: str, fine: str, odd: str) -> None:
    page = Page(to_pages(study_of(own.ledger.book(), own.packed), FRAME, lang)["study.html"])
    assert fine in page.text and "remarks-table" not in page.ids
    amendment = own.chain.amend(own.added["close"], items=[weight(own.harvested, "900")])
    assert own.submit(amendment).status == "logged"
    page = Page(to_pages(study_of(own.ledger.book(), own.packed), FRAME, lang)["study.html"])
    (cells,) = [[cell.text for cell in row.cells] for row in page.table("remarks-table").rows]
    assert fine not in page.text and amendment.entry_id[:16] in cells[0]
    assert cells[2] == f"{own.harvested} {odd}"
