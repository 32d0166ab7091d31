"""The demo season: it folds without a violation, its masses balance, and its figures are plausible."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ledger.book.state import Book
from tests.support.demo_season import DEMO, Imported, season, sign_season
from tests.support.make_demo_files import write_diary
from web.imports.history import History

MU_PER_HA = 15


@pytest.fixture(scope="module")
def history() -> History:
    return History()


@pytest.fixture(scope="module")
def steps(history: History) -> list[Imported]:
    return sign_season(history)


@pytest.fixture(scope="module")
def book(steps: list[Imported]) -> Book:
    pairs = [pair for step in steps for pair in step.signed.notes]
    return Book.fold((index, note, lines) for index, (note, lines) in enumerate(pairs))


def test_no_file_of_the_season_has_a_finding(steps: list[Imported]) -> None:
    assert [finding.text("en") for step in steps for finding in step.findings] == []
    assert all(step.result.kind == step.step["kind"] for step in steps)


def test_every_file_of_the_season_is_imported_once() -> None:
    named = [step["file"] for step in season()["step"] if step["do"] == "import"]
    there = [path.name for path in DEMO.iterdir() if path.suffix in (".csv", ".xlsx")]
    assert sorted(named) == sorted(there)


def test_steps_go_forward_in_time() -> None:
    times = [step["at"] for step in season()["step"]]
    assert times == sorted(times)


def test_season_folds_without_violation_or_warning(book: Book) -> None:
    assert not book.rejected
    assert not book.warnings
    assert len(book.lots) == 22


def test_lots_of_the_plan_exist(book: Book) -> None:
    lots = season()["lots"]
    assert set(lots.values()) <= set(book.lots)
    issued = [entry["lot"] for step in season()["step"] if step["do"] == "issue" for entry in step["passports"]]
    assert set(issued) == set(lots)


def test_season_has_every_shape_that_it_is_to_show(book: Book) -> None:
    kinds = [entry.kind for entry in book.entries.values()]
    assert kinds.count("merge") == 1 and kinds.count("split") == 1
    assert {entry.data.get("process") for entry in book.entries.values() if entry.kind == "transform"} == {
        "grade", "pack", "dry",
    }  # fmt: skip
    assert sum(1 for entry in book.entries.values() if entry.amended) == 1
    assert sum(1 for entry in book.entries.values() for _ in entry.named("expense")) == 1
    shared = [pool for pools in book.pools.values() for pool in pools if pool.stage == "cold_store" and pool.close]
    assert [len(pool.lots) for pool in shared] == [6]
    assert {book.variety_of(lot) for lot in book.lots} == {"guiwei", "nuomici"}


def test_one_harvest_lacks_its_precooling(book: Book) -> None:
    harvested = {lot for lot in book.lots if book.origin_of(lot).kind == "harvest"}
    cooled = {lot for entry in book.entries.values() if entry.stage == "precooling" for lot in entry.lots}
    assert harvested - cooled == {"p:R5NFAE3EEJQJ7SSJ"}


def test_third_grower_signs_alone_and_the_cooperative_for_the_others(book: Book) -> None:
    names = {"梁顺成": "coop", "黄月好": "coop", "陈土根": "own"}
    for actor in book.actors:
        name = book.name_of(actor, "zh")
        writers = {
            entry.recorded_by
            for entry in book.entries.values()
            if entry.actor == actor and not entry.kind.startswith("register_")
        }
        if name in names:
            assert writers == ({actor} if names[name] == "own" else {book.actors[actor].keeper})


def test_mass_is_neither_made_nor_lost(book: Book) -> None:
    for entry in book.entries.values():
        if entry.kind in ("transform", "split", "merge"):
            total = {
                role: sum(Decimal(item.get("quantity")) for item in entry.masses(role))
                for role in ("in", "out", "loss")
            }
            assert total["in"] == total["out"] + total["loss"], entry.entry_id


def test_yields_lie_in_the_published_range(book: Book) -> None:
    area = {"大岭桂味园": 48, "水口桂味园": 20, "水口糯米糍园": 10, "石塘糯米糍园": 18}
    for facility in book.facilities:
        name = book.name_of(facility, "zh")
        if name in area:
            kg = sum(
                Decimal(item.get("quantity"))
                for entry in book.entries.values()
                if entry.kind == "harvest" and entry.facility == facility
                for item in entry.masses("out")
            )
            assert 3 < kg / 1000 / (Decimal(area.pop(name)) / MU_PER_HA) < 10
    assert not area


def test_air_leg_is_ten_to_twenty_times_the_sea_leg(book: Book) -> None:
    legs = {entry.stage: entry for entry in book.entries.values() if entry.kind == "transport"}
    km = {stage: Decimal(next(legs[stage].named("distance")).get("quantity")) for stage in ("sea", "air")}
    box = next(legs["sea"].named("box"))
    sea = km["sea"] * Decimal("0.1393") * Decimal(box.get("teu")) / Decimal(box.get("load"))
    air = km["air"] * Decimal("0.66646") / 1000
    assert 10 < air / sea < 20


def test_whole_box_is_the_two_lots(book: Book) -> None:
    leg = next(entry for entry in book.entries.values() if entry.stage == "sea")
    assert sum(Decimal(item.get("quantity")) for item in leg.masses("at")) == Decimal(
        next(leg.named("box")).get("load")
    )


def test_every_mandatory_slot_is_reported_where_its_stage_is(book: Book) -> None:
    from ledger.book.stage import stages

    for pools in book.pools.values():
        for pool in pools:
            if pool.stage in ("orchard", "cold_store"):
                slots = {item.get("slot") for item in pool.close.named("total")} if pool.close else set()
                assert {slot.code for slot in stages()[pool.stage].mandatory} <= slots


def test_public_items_name_no_grower_and_no_amount_but_masses_and_distances(book: Book) -> None:
    public = [item for entry in book.entries.values() for item in entry.items if item.audience == "public"]
    amounts = [item for item in public if item.name in ("activity", "total")]
    assert all(item.get("quantity") == "0" for item in amounts)
    names = {item.name for item in public} - {"activity", "total"}
    assert names == {"name", "name_eu", "place", "mass", "weight", "distance", "box"}
    texts = " ".join(str(item.value) for item in public)
    assert not any(name in texts for name in ("梁顺成", "黄月好", "陈土根", "村"))
    assert all(item.get("lot").startswith("gs1:") for item in public if item.name in ("mass", "weight"))


def test_every_file_says_that_it_is_illustrative() -> None:
    for path in DEMO.glob("*.csv"):
        assert "ILLUSTRATIVE DEMO DATA" in path.read_text(encoding="utf-8").splitlines()[0]
    for path in (DEMO / "documents").iterdir():
        assert path.read_text(encoding="utf-8").startswith("ILLUSTRATIVE DEMO")
    sheets = load_workbook(DEMO / "02-diary.xlsx").worksheets
    assert len(sheets) == 3
    assert all("ILLUSTRATIVE DEMO DATA" in str(sheet["A2"].value) for sheet in sheets)


def test_diary_is_what_its_script_writes(tmp_path: Path) -> None:
    write_diary(tmp_path / "a.xlsx")
    write_diary(tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    committed, written = load_workbook(DEMO / "02-diary.xlsx"), load_workbook(tmp_path / "a.xlsx")
    for sheet in written.worksheets:
        same = committed[sheet.title]
        assert list(sheet.values) == list(same.values)
        assert sorted(map(str, sheet.merged_cells.ranges)) == sorted(map(str, same.merged_cells.ranges))


def test_same_season_gives_the_same_bytes_and_is_recorded_once(history: History, steps: list[Imported]) -> None:
    size = history.size
    again = sign_season(history)
    assert history.size == size
    assert sum(len(step.signed.skipped) for step in again) == size
    assert not [finding for step in again for finding in step.findings]
    fresh = sign_season(History())
    assert [step.signed.notes for step in fresh] == [step.signed.notes for step in steps]


def test_csv_rows_have_as_many_cells_as_headers() -> None:
    for path in DEMO.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        assert {len(row) for row in rows} == {len(rows[0])}, path.name
