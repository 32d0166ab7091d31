"""A close restates earlier seasons whole, once, and as other closes of its facility know them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.assess.recorder import Recorder, activity, lot, mass, weight

Item = tuple[str, dict[str, Any]]
SPANS = {year: (f"{year - 1}-08-01T00:00:00Z", f"{year}-08-01T00:00:00Z") for year in (2024, 2025, 2026, 2027)}


def used(season: str, quantity: str, slot: str = "electricity", unit: str = "kWh", **more: str) -> Item:
    value = {"season": season, "slot": slot, "quantity": quantity, "unit": unit, "evidence": "meter", **more}
    return "season_total", value


def bore(season: str, kilograms: str) -> Item:
    return "season_yield", {"season": season, "quantity": kilograms, "unit": "kg", "evidence": "scale_ticket"}


def orchard() -> Recorder:
    rec = Recorder()
    rec.place("orchard")
    return rec


def picked(rec: Recorder, year: int, *restated: Item, kwh: str = "1100", check: bool = True, unit: str = "kg") -> str:
    """Live through a season of one lot of 9000 kg, and close it."""
    name = f"y{year}"
    rec.harvest({name: "9000"}, at="orchard", time=f"{year}-06-20T00:00:00Z", span=SPANS[year])
    rec.pool("orchard", "orchard", [activity("electricity", kwh, "kWh", "meter")], SPANS[year])
    start, end = SPANS[year]
    return rec.add(
        "close", at="orchard", stage="orchard", lots=[lot(name)], data={"period": {"start": start, "end": end}},
        items=[weight(name, "9000", unit), *restated], time=end, check=check,
    )  # fmt: skip


def codes(rec: Recorder, entry: str) -> list[str]:
    found = (*rec.book.rejected.get(entry, ()), *rec.book.warnings.get(entry, ()))
    return sorted({one.code for one in found})


@pytest.mark.parametrize(
    ("restated", "wanted"),
    [
        ([used("2025", "1000"), bore("2025", "3000")], []),
        ([used("establishment", "1000", year="2019"), bore("establishment", "90000")], []),
        ([bore("2025", "3000")], []),
        ([bore("2025", "3000"), bore("2024", "0"), bore("2023", "1"), bore("establishment", "9")], []),
        ([bore("2024", "3000")], ["season-gap"]),
        ([bore("2025", "3000"), bore("2023", "3000")], ["season-gap"]),
        ([used("2025", "1000")], ["season-yield"]),
        ([used("2026", "1000"), bore("2026", "3000")], ["season-order"]),
        ([used("2027", "1000"), bore("2027", "3000")], ["season-order"]),
        ([used("2025", "1000", year="2024"), bore("2025", "3000")], ["season-year"]),
        ([used("2025", "1000"), used("2025", "1001"), bore("2025", "3000")], ["item-double"]),
        ([used("2025", "1000"), bore("2025", "3000"), bore("2025", "3001")], ["item-double"]),
        ([used("establishment", "1000"), bore("establishment", "0")], ["season-yield"]),
        ([used("2025", "1000", unit="kg"), bore("2025", "3000")], ["slot-unit"]),
        ([used("2025", "1000", slot="board"), bore("2025", "3000")], ["slot-unknown"]),
        ([used("25", "1000"), bore("2025", "3000")], ["item-malformed", "season-order", "season-yield"]),
    ],
)
def test_what_a_close_may_restate(restated: list[Item], wanted: list[str]) -> None:
    rec = orchard()
    assert codes(rec, picked(rec, 2026, *restated, check=False)) == wanted


def test_weights_beside_earlier_seasons_are_kilograms() -> None:
    rec = orchard()
    assert codes(rec, picked(rec, 2026, bore("2025", "1"), unit="kg_day", check=False)) == ["season-weight"]


@pytest.mark.parametrize("kind", ["activity", "harvest"])
def test_only_a_close_restates_seasons(kind: str) -> None:
    rec = orchard()
    span = {"start": SPANS[2026][0], "end": SPANS[2026][1]}
    if kind == "activity":
        entry = rec.add("activity", at="orchard", stage="orchard", data={"period": span}, items=[bore("2025", "1")],
                        check=False)  # fmt: skip
    else:
        data = {"out": [lot("h")], "period": span, "product": "", "variety": "guiwei"}
        items = [mass("h", "out", "1"), used("2025", "1")]
        entry = rec.add("harvest", at="orchard", stage="orchard", lots=[lot("h")], data=data, items=items, check=False)
    assert codes(rec, entry) == ["item-place"]


@pytest.mark.parametrize(
    ("restated", "wanted"),
    [
        ([used("2025", "1000"), bore("2025", "9000")], []),
        ([used("2025", "1.0", unit="MWh"), bore("2025", "9000")], []),
        ([used("2025", "999"), bore("2025", "9000")], ["season-differs"]),
        ([used("2025", "1000"), bore("2025", "9001")], ["season-differs"]),
        ([bore("2025", "9000")], ["season-differs"]),
        ([used("2025", "1000"), used("2025", "5", "diesel", "L"), bore("2025", "9000")], ["season-differs"]),
        ([used("2024", "7"), bore("2024", "2")], ["season-gap"]),
    ],
)
def test_a_season_is_restated_as_its_own_close_says_it(restated: list[Item], wanted: list[str]) -> None:
    rec = orchard()
    picked(rec, 2025, kwh="1000")
    close = picked(rec, 2026, *restated)
    assert codes(rec, close) == wanted
    assert close not in rec.book.rejected


def test_a_season_is_restated_as_another_close_restates_it() -> None:
    rec = orchard()
    picked(rec, 2025, used("2024", "700"), bore("2024", "2000"), kwh="1000")
    same = [used("2025", "1000"), bore("2025", "9000")]
    agrees = picked(rec, 2026, *same, used("2024", "700"), bore("2024", "2000"))
    differs = picked(rec, 2027, used("2026", "1100"), bore("2026", "9000"), *same, used("2024", "701"),
                     bore("2024", "2000"))  # fmt: skip
    assert codes(rec, agrees) == []
    assert {one.context["season"] for one in rec.book.warnings[differs]} == {"2024"}
    assert len(rec.book.warnings[differs]) == 2
