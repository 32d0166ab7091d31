"""The study of a season: a reader follows its headline to entries and factors, and adds it up from what is shown."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from iocore.sources import load_all
from ledger.book.entry import parse_entry
from passport.claims import refuse_claims
from tests.support.pages import Page, Row
from tests.support.workbook import Calculated
from web.cli.main import run
from web.config import load
from web.services import build

GUIWEI = "09520000000264"
DIGITS = re.compile(r"\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def studies(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the study of a product in both languages."""
    folders = {lang: tmp_path_factory.mktemp(lang) for lang in ("zh", "en")}
    for lang, folder in folders.items():
        arguments = ["study", GUIWEI, "--season", "2026", "--lang", lang, "--out", str(folder)]
        assert run(["--home", str(demo_home), *arguments]) == 0
    return folders


@pytest.fixture(scope="module")
def page(studies: dict[str, Path]) -> Page:
    return Page((studies["en"] / "study.html").read_text("utf-8"))


def value(text: str) -> Fraction:
    """Work shown arithmetic out, what stands in square brackets left aside."""
    plain = re.sub(r"\[[^\]]*\]", "", text).replace("×", "*").replace("−", "-")
    assert re.fullmatch(r"(?:[\d.+*/() -]|round)+", plain), plain
    exact = DIGITS.sub(lambda number: f"F('{number[0]}')", plain)
    found = eval(exact, {"__builtins__": {}}, {"F": Fraction, "round": six})
    assert isinstance(found, Fraction)
    return found


def six(number: Fraction) -> Fraction:
    """Round half-even to 0.000001."""
    return Fraction(round(number * 1_000_000), 1_000_000)


def test_headline_leads_to_lots_stages_and_postings_that_add_up_to_it(page: Page) -> None:
    for boundary, columns in (("gate", (3, 4, 5)), ("delivered", (6, 7, 8))):
        headline = page.row(f"headline-{boundary}").cells[1]
        mean = page.row(headline.links[0])
        total, mass, shown = (Fraction(text) for text in re.split(r" / | = ", mean.cells[1].text))
        *lots, last = page.table(mean.cells[1].links[0]).rows
        kg, kilograms, per_kg = columns
        assert sum(Fraction(row.cells[kg].text) for row in lots) == total == Fraction(last.cells[kg].text)
        assert sum(Fraction(row.cells[kilograms].text) for row in lots) == mass == Fraction(last.cells[kilograms].text)
        assert six(total / mass) == shown == Fraction(headline.text) == Fraction(last.cells[per_kg].text)
        for row in lots:
            assert six(Fraction(row.cells[kg].text) / Fraction(row.cells[kilograms].text)) == Fraction(
                row.cells[per_kg].text
            )
            anchor = row.cells[0].links[0]
            assert anchor in page.ids
            stages = page.table(f"{anchor}-stages").rows[:-1]
            chosen = [one for one in stages if boundary == "delivered" or "-gate-" in one.cells[0].links[0]]
            assert sum(Fraction(one.cells[1].text) for one in chosen) == Fraction(row.cells[kg].text)
            for stage in chosen:
                *postings, sums = page.table(stage.cells[0].links[0]).rows
                parts = sum(Fraction(one.cells[3].text) for one in postings)
                assert parts == Fraction(stage.cells[1].text) == Fraction(sums.cells[3].text)


def every_posting(page: Page) -> Iterator[Row]:
    for table in page.tables:
        if re.fullmatch(r"lot\d+-(gate|after)-\w+", table.anchor):
            yield from table.rows[:-1]


def test_every_posting_is_what_its_arithmetic_gives(page: Page) -> None:
    count = 0
    for row in every_posting(page):
        count += 1
        first, *shares = row.cells[4].text.split("; of this ")
        left, _, posted = first.rpartition(" = ")
        assert six(value(left)) == Fraction(posted)
        whole = Fraction(posted)
        for share in shares:
            ratio, _, part = share.partition(" = ")
            # A division by largest remainder is less than one quantum away from the exact share.
            assert abs(whole * value(ratio) - Fraction(part)) < Fraction(1, 1_000_000)
            whole = Fraction(part)
        assert whole == Fraction(row.cells[3].text)
    assert count > 200


def test_numbers_of_the_arithmetic_are_those_of_data_factors_and_weights(page: Page) -> None:
    for row in every_posting(page):
        shown = re.findall(r"([\d.]+) \[([DF])(\d+)\]", row.cells[4].text)
        assert shown
        for number, letter, place in shown:
            cited = page.row(f"{letter.lower()}{place}")
            assert cited.cells[2].text.split(" ")[0] == number
        for weight, total, place in re.findall(r"([\d.]+) / ([\d.]+) \[W(\d+)\]", row.cells[4].text):
            table = page.table(f"w{place}")
            assert table.rows[-1].cells[1].text == total
            assert weight in [one.cells[1].text.rpartition(" = ")[2] for one in table.rows[:-1]]
            added = sum(value(one.cells[1].text.partition(" = ")[0]) for one in table.rows[:-1])
            assert added == Fraction(total)


def test_data_stand_in_signed_entries_of_the_log_and_factors_in_published_sets(page: Page, demo_home: Path) -> None:
    library = load_all()
    with build(load({}, {"home": demo_home})) as services:
        notes = {parse_entry(one.note).entry_id: parse_entry(one.note).entry for one in services.ledger.entries()}
        book = services.ledger.book()
    items = {item.digest: item for entry in book.entries.values() for item in entry.items}
    data = [row for table in page.tables for row in table.rows if re.fullmatch(r"d\d+", row.anchor)]
    assert len(data) > 100
    for row in data:
        entry = page.row(row.cells[6].links[0]).cells[-1].text
        digest = row.cells[7].text
        assert digest in notes[entry].items
        assert row.cells[2].text.split(" ")[0] in items[digest].value.values()
    factors = [row for table in page.tables for row in table.rows if re.fullmatch(r"f\d+", row.anchor)]
    assert len(factors) > 40
    rows = {row.key: row for one in library.sets for row in one}
    for row in factors:
        found = rows[row.cells[1].text.rpartition(" ")[2]]
        assert row.cells[2].text == f"{found.value} {found.unit}"
        assert found.source in row.cells[5].text and row.cells[6].text == (found.confidence or "–")


def test_results_by_stage_kind_and_gas_add_up_to_the_headline(page: Page) -> None:
    for boundary in ("gate", "delivered"):
        shown = page.row(f"headline-{boundary}").cells[1].text
        for kind in ("stage", "bucket", "gas"):
            *parts, total = page.table(f"{boundary}-{kind}").rows
            assert sum(Decimal(row.cells[1].text) for row in parts) == Decimal(total.cells[1].text)
            assert str(sum(Decimal(row.cells[2].text) for row in parts)) == shown == total.cells[2].text
        for row in page.table(f"{boundary}-stage").rows[:-1]:
            tables = [page.table(anchor) for anchor in row.cells[4].links]
            assert sum(Decimal(one.rows[-1].cells[3].text) for one in tables) == Decimal(row.cells[1].text)


def test_entries_name_whose_name_is_public_and_nobody_else(studies: dict[str, Path], page: Page) -> None:
    chinese = Page((studies["zh"] / "study.html").read_text("utf-8"))
    assert "Qingtang cold room (f_" in page.text and "青塘冷库（f_" in chinese.text
    shown = [row.texts() for table in chinese.tables for row in table.rows if re.fullmatch(r"e\d+", row.anchor)]
    growers = [texts[5] for texts in shown if "梁顺成" in str(texts) or re.fullmatch(r"a_[a-z2-7]{16}", texts[5])]
    assert growers and "梁顺成" not in chinese.text


def test_sensitivity_shows_both_allocations(page: Page, demo_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = page.table("sensitivity").rows
    # Raw fruit of these lots was graded together with cheaper fruit for drying: by mass it carries less.
    assert all(Decimal(row.cells[3].text) < Decimal(row.cells[2].text) for row in rows)
    for row in rows[-2:]:
        before, after = (Decimal(row.cells[place].text) for place in (2, 3))
        assert row.cells[4].text == f"{100 * (after - before) / before:+.1f}"


def test_every_link_leads_somewhere_and_every_id_stands_once(page: Page) -> None:
    assert set(page.links) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert all(table.caption and table.columns for table in page.tables)


def test_both_languages_hold_the_same_numbers(studies: dict[str, Path]) -> None:
    chinese, english = (Page((studies[lang] / "study.html").read_text("utf-8")) for lang in ("zh", "en"))
    assert (chinese.lang, english.lang) == ("zh-Hans", "en")
    assert chinese.ids == english.ids and chinese.links == english.links

    def numbers(page: Page) -> list[list[list[str]]]:
        # Names of gases hold digits, and names of factors differ between the languages.
        return [
            [re.findall(r"(?<![A-Za-z\d.])\d[\d.]*", " ".join(row.texts())) for row in table.rows]
            for table in page.tables
            if not any(re.fullmatch(r"f\d+", row.anchor) for row in table.rows)
        ]

    assert numbers(chinese) == numbers(english)
    factors = [[row.texts()[2:5] for row in page.tables[-2].rows] for page in (chinese, english)]
    assert len(factors[0]) > 40
    assert [row[0].split(" ")[0] for row in factors[0]] == [row[0].split(" ")[0] for row in factors[1]]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_formulas_of_the_workbook_give_the_headline(studies: dict[str, Path], lang: str) -> None:
    page = Page((studies[lang] / "study.html").read_text("utf-8"))
    book = Calculated((studies[lang] / "study.xlsx").read_bytes())
    summary, _, lots, postings, weights, *_ = book.book.sheetnames
    for row, boundary in ((2, "gate"), (3, "delivered")):
        total, mass, shown = re.split(r" / | = ", page.row(f"mean-{boundary}").cells[1].text)
        found = [book.value(summary, f"{column}{row}") for column in "BCD"]
        assert found == [Fraction(shown), Fraction(total), Fraction(mass)]
    # Both tables by stage add up to their headline, and so do their figures per kilogram.
    sums = [
        row for row in range(4, book.book[summary].max_row + 1) if "SUM(" in str(book.book[summary][f"C{row}"].value)
    ]
    assert [book.value(summary, f"C{row}") for row in sums] == [book.value(summary, f"C{row}") for row in (2, 3)]
    assert [book.value(summary, f"B{row}") for row in sums] == [book.value(summary, f"B{row}") for row in (2, 3)]
    shown = {row.cells[1].text: row for row in page.table("lots-table").rows[:-1]}
    for place in range(2, book.book[lots].max_row):
        row = shown[book.value(lots, f"B{place}")]
        for column, cell in zip("EFGHIJ", row.cells[3:], strict=True):
            assert book.value(lots, f"{column}{place}") == Fraction(cell.text)
    last = book.book[postings].max_row
    assert last - 1 == sum(row.anchor.startswith("p") for table in page.tables for row in table.rows)
    for place in range(2, last + 1):
        assert book.book[postings][f"J{place}"].data_type == "f"
        # Shares are by largest remainder, so a formula that rounds each may be off by the last digit.
        assert abs(book.value(postings, f"K{place}")) <= Fraction(2, 1_000_000)
    assert book.book[weights].max_row > 10 and book.formulas > 500


def test_workbook_stores_what_its_formulas_give(studies: dict[str, Path]) -> None:
    """A preview, or a program that trusts no file from elsewhere, shows stored values and calculates nothing."""
    content = (studies["zh"] / "study.xlsx").read_bytes()
    book, stored = Calculated(content), load_workbook(io.BytesIO(content), data_only=True)
    count = 0
    for sheet in book.book.sheetnames:
        for cell in (cell for row in book.book[sheet].iter_rows() for cell in row if cell.data_type == "f"):
            shown = stored[sheet][cell.coordinate].value
            assert isinstance(shown, int | float), (sheet, cell.coordinate)
            assert abs(Fraction(shown) - book.value(sheet, cell.coordinate)) < Fraction(1, 10**9)
            count += 1
    assert count > 500


def test_workbook_holds_numbers_as_numbers_and_days_as_days(studies: dict[str, Path]) -> None:
    book = load_workbook(studies["zh"] / "study.xlsx")
    numeral = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?")
    for sheet in book.worksheets[2:]:
        heads = [cell.value for cell in sheet[1]]
        assert len(set(heads)) == len(heads) and len(sheet.title) <= 31
        assert sheet.freeze_panes == "A2" and sheet.print_title_rows == "$1:$1"
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if isinstance(cell.value, str):
                    assert not numeral.fullmatch(cell.value) and not re.fullmatch(r"\d{4}-\d\d-\d\d", cell.value)
                if isinstance(cell.value, datetime):
                    assert cell.number_format == "yyyy-mm-dd"
    lots, entries = book.worksheets[2], book.worksheets[7]
    assert isinstance(lots["C2"].value, datetime) and isinstance(entries["C2"].value, datetime)


def test_rows_of_the_workbook_are_high_enough_for_their_texts(studies: dict[str, Path]) -> None:
    """No program sets the height of a row that a file does not state, where text is wrapped."""
    sheet = load_workbook(studies["zh"] / "study.xlsx").worksheets[3]
    width = sheet.column_dimensions["L"].width
    for row in range(2, sheet.max_row + 1):
        text = str(sheet[f"L{row}"].value)
        size = sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
        assert (sheet.row_dimensions[row].height or 15) >= 14 * size / width, text


def test_workbook_holds_texts_as_texts(studies: dict[str, Path]) -> None:
    book = Calculated((studies["en"] / "study.xlsx").read_bytes())
    sheets = [book.book[name] for name in book.book.sheetnames]
    calculated = re.compile(r"=(ROUND|SUM|\(?'|C\d)")
    formulas = [cell.value for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert all(calculated.match(one) for one in formulas)
    assert not any(cell.data_type == "f" for row in book.book["Report"].iter_rows() for cell in row)


def test_report_makes_no_claim_and_needs_nothing_from_elsewhere(studies: dict[str, Path]) -> None:
    for lang, folder in studies.items():
        text = (folder / "study.html").read_text("utf-8")
        refuse_claims(Page(text).text, field=lang)
        for word in ("<script", "http-equiv", "@import", "url(", "<link", "<img", 'href="http'):
            assert word not in text
        assert "industry average" not in text.casefold()
        picture = ElementTree.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])
        changes = [Decimal(one.attrib["data-change"]) for one in picture.iter() if "data-change" in one.attrib]
        page = Page(text)
        assert str(sum(changes)) == page.table("delivered-stage").rows[-1].cells[1].text


def test_report_names_its_limits_checks_and_versions(page: Page) -> None:
    for anchor in (
        "goal", "scope", "boundary", "lots", "results", "apart", "allocation", "data", "quality", "completeness",
        "consistency", "uncertainty", "plausibility", "limitations", "versions", "review",
    ):  # fmt: skip
        assert anchor in page.ids
    assert "up to 5 % low" in page.text and "Yan M. et al. 2016" in page.text and "Zhao C. et al. 2021" in page.text
    assert "No third party has reviewed" in page.text
    intervals = page.table("intervals").rows
    assert [row.cells[1].text for row in intervals[:3]] == [
        "as passports state it",
        "matched by moments",
        "10000 draws, seed 1",
    ]
    second = page.table("second-line-delivered").rows
    assert second[-1].cells[1].text == second[0].cells[1].text  # nothing apart is recorded in this season


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_report_of_one_lot_has_every_part_and_speaks_of_no_others(demo_home: Path, tmp_path: Path, lang: str) -> None:
    assert (
        run(["--home", str(demo_home), "study", "dried", "--season", "2026", "--lang", lang, "--out", str(tmp_path)])
        == 0
    )
    text = (tmp_path / "study.html").read_text("utf-8")
    parts = dict(re.findall(r'<section id="([\w-]+)">(.*?)</section>', text, re.DOTALL))
    assert set(parts) >= {
        "goal", "scope", "boundary", "lots", "results", "apart", "allocation", "data", "quality", "completeness",
        "consistency", "uncertainty", "plausibility", "interpretation", "limitations", "versions", "review",
    }  # fmt: skip
    assert [
        name for name, part in parts.items() if not re.search(r"<(?:p|td|li)\b[^>]*>(?:<span>)?[^<]{3,}", part)
    ] == []
    assert ("route" if lang == "en" else "路线") not in parts["interpretation"]
    coverage = re.findall(r"<p>([^<]*94\.4[^<]*)</p>", parts["completeness"])
    assert len(coverage) == 1 and coverage[0] in parts["summary"]


def test_same_log_gives_the_same_bytes(
    studies: dict[str, Path], demo_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    arguments = ["study", GUIWEI, "--season", "2026", "--lang", "en", "--out", str(tmp_path), "--json"]
    assert run(["--home", str(demo_home), *arguments]) == 0
    told = json.loads(capsys.readouterr().out)
    for name in told["files"]:
        assert Path(name).read_bytes() == (studies["en"] / Path(name).name).read_bytes()
    assert told["lots"] == 4


def test_season_without_lots_is_refused(demo_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(demo_home), "study", GUIWEI, "--season", "2025", "--out", str(tmp_path / "none")]) != 0
    assert "2025" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
