"""A passport of a lot with a removal, carbon and burnt wood shows them beside its figure, whatever the language."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from passport.claims import refuse_claims
from passport.errors import IssueRefused
from passport.i18n import LOCALES, catalogue
from passport.store import PassportRow
from tests.support.chain import SEASON, used
from tests.support.passports import PUBLIC, Season
from tests.unit.passport.test_formats import official, problems
from tests.unit.web.test_pages import around
from web.pages.view import build_view

METHOD = "lychee-fresh@2"
#: Kilograms of CO2: 100 kg of char, 78 kg of carbon in the fruit, 20 kg of wood, each over the 950 kg that were packed.
REMOVED = round(-100 * Fraction("0.75") * Fraction("0.8") * Fraction(44, 12) / 950, 6)
HELD = round(-78 * Fraction(44, 12) / 950, 6)
BURNT = round(20 * Fraction("15.6") / 10**6 * 112000 / 950, 6)
TAKEN_UP = round((-78 * Fraction(44, 12) - 20 * Fraction("15.6") / 10**6 * 112000) / 950, 6)


def measured(of: str, quantity: str, unit: str) -> tuple[str, dict[str, str]]:
    return "measurement", {"of": of, "quantity": quantity, "unit": unit, "evidence": "document"}


def enrich(own: Season, *, closed: bool = False) -> None:
    """Record the removal, the burnt wood and the carbon content; the last two rest on one item each."""
    seen = {} if closed else PUBLIC
    chain = own.chain
    orchard = own.added["diary"].signed.entry.facility
    paper = {"sha256": "ab" * 32, "media_type": "application/pdf", "title": "laboratory"}
    conditions = [
        ("document", paper),
        ("owner", {"text": "grower"}),
        ("monitoring", {"text": "sampling", "until": "2040-12-31"}),
    ]
    char = [measured("biochar", "100", "kg"), measured("carbon", "0.75", "kg/kg"), measured("stable", "0.8", "kg/kg")]
    own.submit(
        chain.must(
            "removal", own.grower, facility=orchard, lots=[own.harvested],
            data={"period": SEASON, "type": "biochar", "serials": ["batch:1"]}, items=[*char, *conditions],
            at="2026-07-01T00:00:00Z",
        )
    )  # fmt: skip
    own.submit(
        chain.must(
            "activity", own.grower, facility=orchard, stage="orchard", data={"period": SEASON},
            items=[used("wood", "20", "kg", **seen)], at="2026-05-01T00:00:00Z",
        )
    )  # fmt: skip
    entry = own.added["pack"].signed.entry
    kept = [json.loads(line)[1:] for line in own.added["pack"].lines]
    content = {"lot": own.packed, "quantity": "78", "unit": "kg", "evidence": "document", **seen}
    items = [*((name, value) for name, value in kept), ("carbon", content)]
    own.submit(chain.amend(own.added["pack"], items=items, data=entry.data))


@pytest.fixture
def row(own: Season) -> PassportRow:
    enrich(own)
    return own.issue(methodology=METHOD)


def facts_of(row: PassportRow) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(row.credential)["credentialSubject"]["characteristics"]
    return facts


def test_they_stand_in_their_fields_and_the_headline_is_what_it_was(own: Season) -> None:
    before = facts_of(own.issue(methodology=METHOD))
    enrich(own)
    row = own.issue(methodology=METHOD)
    after = facts_of(row)
    fields = ("removals", "biogenicUptake", "biogenicCO2")
    assert [Fraction(after[field]) for field in fields] == [REMOVED, TAKEN_UP, BURNT]
    assert [Fraction(before[field]) for field in fields] == [0, 0, 0]
    methane_and_more = 20 * Fraction("15.6") / 10**6 * (300 * 27 + 4 * 273)
    assert abs(Fraction(after["total"]) - Fraction(before["total"]) - methane_and_more / 950) <= Fraction(1, 10**6)
    assert after["offsets"] == []
    report = own.verify(own.service.bundle(row.uuid))
    assert (report.consistent, report.trusted, report.complete) == (True, True, True)


def test_one_closed_item_behind_them_has_to_be_opened_first(own: Season) -> None:
    enrich(own, closed=True)
    with pytest.raises(IssueRefused, match="one closed item"):
        own.issue(methodology=METHOD)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_shows_them_apart_and_claims_nothing(row: PassportRow, locale: str) -> None:
    texts = catalogue(locale)
    view = build_view(json.loads(row.credential), around(), texts)
    shown = dict(view.apart)
    assert shown[texts.text("scan.removals")].startswith("-0.23")
    assert shown[texts.text("scan.biogenic_uptake")].startswith("-0.34")
    assert shown[texts.text("scan.biogenic_co2")].startswith("0.037")
    refuse_claims(" ".join(text for pair in view.apart for text in pair), field=locale)


def test_the_export_follows_the_definitions_of_the_specification(row: PassportRow) -> None:
    pact = json.loads(row.pact)
    assert problems(official("pact", "ProductFootprint.schema.json"), pact) == []
    pcf = pact["pcf"]
    gross = Fraction(next(one["kgCO2e"] for one in facts_of(row)["figures"] if one["boundary"] == "gate"))
    parts = ("fossilGhgEmissions", "landUseChangeGhgEmissions", "landManagementBiogenicCO2Emissions")
    assert sum(Fraction(pcf[name]) for name in (*parts, "biogenicNonCO2Emissions")) == gross
    removed = Fraction(pcf["landManagementBiogenicCO2Removals"])
    assert (removed, Fraction(pcf["biogenicCO2Uptake"])) == (REMOVED, HELD)
    assert Fraction(pcf["pcfExcludingBiogenicUptake"]) == gross + REMOVED
    assert Fraction(pcf["pcfIncludingBiogenicUptake"]) == gross + REMOVED + HELD
    assert f"gross of removals the footprint is {float(gross):.6f}".rstrip("0") in pact["comment"]
