"""Choose factors by place and year, and refuse what is ambiguous or unreadable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iocore.errors import FactorConflict, FactorNotFound, IOCoreError, MalformedNumber, MalformedTable
from iocore.factors import ROW_FIELDS, FactorLibrary, FactorRow, FactorSet, places_around


def row(stem: str, region: str, year: int, value: str = "1.5") -> FactorRow:
    return FactorRow(key=f"{stem}.{region}.{year}", value=value, unit="kg/kWh", gas="CO2", region=region, year=year)


def library(*rows: FactorRow, version: str = "1") -> FactorLibrary:
    return FactorLibrary([make(*rows, version=version)])


def make(*rows: FactorRow, version: str = "1") -> FactorSet:
    return FactorSet(
        source="literature", version=version, title="test", licence="none", may_publish=True, rows=tuple(rows)
    )


def key(lib: FactorLibrary, places: list[str], year: int, **more: object) -> str:
    return lib.match("ELC.GRID", places=places, year=year, **more).row.key  # type: ignore[arg-type]


def test_nearer_place_wins_over_nearer_year() -> None:
    lib = library(row("ELC.GRID", "CN-GD", 2019), row("ELC.GRID", "CN", 2024), row("ELC.GRID", "WORLD", 2026))
    assert key(lib, ["CN-GD"], 2026) == "ELC.GRID.CN-GD.2019"
    assert key(lib, ["CN-HN"], 2026) == "ELC.GRID.CN.2024"
    assert key(lib, ["NL"], 2026) == "ELC.GRID.WORLD.2026"


def test_power_region_lies_between_province_and_nation() -> None:
    assert places_around(["CN-GD"]) == ("CN-GD", "CN-SOUTH", "CN", "WORLD")
    lib = library(row("ELC.GRID", "CN-SOUTH", 2023), row("ELC.GRID", "CN", 2023))
    assert key(lib, ["CN-GD"], 2023) == "ELC.GRID.CN-SOUTH.2023"


@pytest.mark.parametrize(
    ("year", "chosen", "flags"),
    [
        (2022, 2022, ()),
        (2023, 2022, ()),
        (2026, 2024, ()),
        (2030, 2024, ("year_gap",)),
        (2018, 2020, ("later_year",)),
        (2010, 2020, ("later_year", "year_gap")),
    ],
)
def test_same_year_then_latest_earlier_then_nearest_later(year: int, chosen: int, flags: tuple[str, ...]) -> None:
    lib = library(*(row("ELC.GRID", "CN", each) for each in (2020, 2022, 2024)))
    match = lib.match("ELC.GRID", places=["CN"], year=year)
    assert (match.row.year, match.flags, match.year_gap) == (chosen, flags, year - chosen)
    assert len(match.rejected) == 2


def test_proxy_comes_last_and_is_flagged() -> None:
    lib = library(row("TRN.X", "GB", 2025), row("TRN.X", "US", 2026))
    match = lib.match("TRN.X", places=["CN-GD"], year=2026)
    assert match.row.region == "GB" and match.flags == ("proxy_place",)
    assert lib.match("TRN.X", places=["CN", "WORLD", "US"], year=2026).row.region == "US"
    with pytest.raises(FactorNotFound) as caught:
        lib.match("TRN.X", places=["CN"], year=2026, proxies=())
    assert caught.value.context["elsewhere"] == ["literature:1:TRN.X.GB.2025", "literature:1:TRN.X.US.2026"]


def test_a_library_of_the_used_rows_alone_gives_the_same_match() -> None:
    rows = [row("ELC.GRID", place, year) for place in ("CN-GD", "CN", "GB") for year in (2020, 2022, 2030)]
    whole = library(*rows)
    for place in ("CN-GD", "CN-HN", "NL"):
        for year in (2015, 2021, 2026):
            best = whole.match("ELC.GRID", places=[place], year=year)
            alone = library(best.row).match("ELC.GRID", places=[place], year=year)
            assert (alone.row_id, alone.flags, alone.year_gap, alone.place_rank) == (
                best.row_id,
                best.flags,
                best.year_gap,
                best.place_rank,
            )


def test_two_factors_of_one_rank_are_refused() -> None:
    lib = FactorLibrary([make(row("A.B", "CN", 2020)), make(row("A.B", "CN", 2020), version="2")])
    with pytest.raises(FactorConflict):
        lib.match("A.B", places=["CN"], year=2020)
    with pytest.raises(FactorConflict):
        lib.source("literature")


def test_repeated_key_and_repeated_set_are_refused() -> None:
    with pytest.raises(FactorConflict) as caught:
        make(row("A.B", "CN", 2020), row("A.B", "CN", 2020, value="2"))
    assert caught.value.context["keys"] == ["A.B.CN.2020"]
    with pytest.raises(FactorConflict):
        FactorLibrary([make(), make()])


def test_rows_are_sorted_by_key_and_found_by_id() -> None:
    factors = make(row("B", "CN", 2020), row("A", "CN", 2020))
    assert [each.key for each in factors] == ["A.CN.2020", "B.CN.2020"]
    lib = FactorLibrary([factors])
    assert lib.row("literature:1:A.CN.2020") is factors.row("A.CN.2020")
    assert factors.row_id("A.CN.2020") == "literature:1:A.CN.2020"
    for wrong in ("literature:1:C.CN.2020", "literature:2:A.CN.2020", "A.CN.2020", "a:b:c:d"):
        with pytest.raises(FactorNotFound):
            lib.row(wrong)


def test_canonical_row_reads_back_and_is_all_text() -> None:
    first = row("A", "CN", 2020, value="0.480")
    text = first.as_dict()
    assert tuple(text) == ROW_FIELDS and all(isinstance(value, str) for value in text.values())
    assert text["value"] == "0.480" and text["may_publish"] == "true"
    assert FactorRow.from_dict(text) == first


@pytest.mark.parametrize(
    "change",
    [
        {"value": "1e-3"},
        {"value": "01"},
        {"value": "1,5"},
        {"year": "20"},
        {"year": "0x10"},
        {"may_publish": "yes"},
        {"key": "a b"},
        {"key": ""},
        {"extra": "x"},
        {"published": ""},
        {"published": "0"},
        {"published": "26"},
    ],
)
def test_row_that_is_not_canonical_is_refused(change: dict[str, str]) -> None:
    with pytest.raises((MalformedTable, MalformedNumber)):
        FactorRow.from_dict({**row("A", "CN", 2020).as_dict(), **change})


def test_year_of_publication_is_written_only_where_it_is_stated_and_chooses_nothing() -> None:
    late = replace(row("A", "CN", 2024), published=2026)
    assert late.as_dict() == {**row("A", "CN", 2024).as_dict(), "published": "2026"}
    assert FactorRow.from_dict(late.as_dict()) == late
    match = FactorLibrary([make(late, row("A", "CN", 2023))]).match("A", places=["CN"], year=2025)
    assert (match.row.year, match.row.published, match.year_gap, match.flags) == (2024, 2026, 1, ())


def test_row_with_a_missing_field_is_refused() -> None:
    text = row("A", "CN", 2020).as_dict()
    del text["gas"]
    with pytest.raises(IOCoreError):
        FactorRow.from_dict(text)
