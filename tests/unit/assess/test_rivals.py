"""Every candidate for a factor says why it was passed over, the other kinds of electricity factors among them."""

from __future__ import annotations

from dataclasses import replace

from iocore.published import ANNOUNCED, published
from passport.rivals import rivals
from tests.scenarios.cases import library

LIBRARY = library()


def reasons(stem: str, *places: str, year: int = 2026, asked: tuple[str, ...] = ()) -> dict[str, str]:
    match = LIBRARY.match(stem, places=places, year=year)
    found = rivals(LIBRARY, replace(match, asked=asked))
    assert set(match.rejected) <= {one.row_id for one in found} and match.row_id not in {one.row_id for one in found}
    return {one.row.key: one.reason for one in found}


def test_place_and_year_tell_rows_of_one_kind_apart() -> None:
    found = reasons("FUEL.DIESEL.CO2-MASS", "CN")
    assert found == {"FUEL.DIESEL.CO2-MASS.WORLD.2006": "another place, or a wider one"}
    assert reasons("SOILN.EF5", "CN")["SOILN.EF5.WORLD.2006"].startswith("further from the year")


def test_other_kinds_of_electricity_are_named_for_the_places_of_the_activity_the_newest_of_each() -> None:
    found = reasons("ELC.GRID-PCF", "CN", asked=("CN-GD", "CN"))
    assert set(found) == {
        "ELC.GRID-PCF.CN.2023", "ELC.GRID-AVG.CN-GD.2022", "ELC.GRID-AVG.CN-SOUTH.2023", "ELC.GRID-AVG.CN.2023",
        "ELC.GRID-EMBER.CN.2024", "ELC.GRID-FOSSIL.CN.2023", "ELC.GRID-RESID.CN.2023", "ELC.OM.CN-SOUTH.2019",
        "ELC.BM.CN-SOUTH.2019",
    }  # fmt: skip
    assert found["ELC.OM.CN-SOUTH.2019"] == "a baseline for credits, which no product takes"
    assert "compilation" in found["ELC.GRID-EMBER.CN.2024"] and "residual mix" in found["ELC.GRID-RESID.CN.2023"]
    assert "ELC.GRID-AVG.CN-GD.2022" not in reasons("ELC.GRID-PCF", "CN", asked=("CN-SH", "CN"))


def test_beside_the_residual_mix_the_whole_grid_is_passed_over() -> None:
    found = reasons("ELC.GRID-RESID", "CN")
    whole = "the whole grid, with the power that certificates name"
    assert found["ELC.GRID-PCF.CN.2024"] == found["ELC.GRID-AVG.CN.2023"] == whole


def test_rows_say_when_they_came_out_where_their_source_tells() -> None:
    rows = {row.key: row for row in LIBRARY.source("literature")}
    assert published(rows["ELC.GRID-PCF.CN.2024"]) == "2025-10-24"
    assert published(rows["ELC.GRID-RESID.CN.2023"]) == "2025-12-31"
    assert published(rows["ELC.GRID-PCF.CN.2023"]) == published(rows["ELC.GRID-AVG.CN.2021"]) == ""
    assert published(replace(rows["ELC.GRID-PCF.CN.2023"], published=2025)) == "2025"
    assert set(ANNOUNCED) <= {row.source for row in rows.values()}
