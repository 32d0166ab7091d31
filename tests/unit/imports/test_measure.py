"""Numbers, units and dates as people write them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from iocore.times import format_time
from web.imports.measure import Unreadable, day_period, read_amount, read_moment, read_number, read_offset

CHINA = read_offset("+08:00")


@pytest.mark.parametrize(
    ("cell", "text"),
    [("12.50", "12.50"), (12, "12"), (9.6, "9.6"), (0, "0"), (0.1 + 0.2, "0.3"), ("0.12", "0.12")],
)
def test_number_is_read_in_the_strict_spelling(cell: object, text: str) -> None:
    assert read_number(cell) == text


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1,200", "number-comma"),
        ("1，200", "number-comma"),
        ("12,5", "number-comma"),
        ("-3", "number-negative"),
        ("+3", "number-malformed"),
        ("1e3", "number-malformed"),
        ("007", "number-malformed"),
        ("十二", "number-malformed"),
        ("", "number-malformed"),
        (True, "number-malformed"),
        (float("nan"), "number-malformed"),
    ],
)
def test_other_spellings_are_named(cell: object, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_number(cell)
    assert caught.value.code == code


def test_signed_number_may_be_below_zero() -> None:
    assert read_number("-1.5", signed=True) == "-1.5"


@pytest.mark.parametrize(
    ("number", "unit", "wanted", "each", "quantity"),
    [
        ("19200", "斤", "kg", "", "9600"),
        ("9.6", "吨", "kg", "", "9600"),
        ("24", "袋", "kg", "40", "960"),
        ("3", "升", "L", "", "3"),
        ("310", "度", "kWh", "", "310"),
        ("1.5", "公顷", "mu", "", "22.5"),
        ("20", "亩", "mu", "", "20"),
        ("2", "天", "h", "", "48"),
    ],
)
def test_local_units_convert_exactly(number: str, unit: str, wanted: str, each: str, quantity: str) -> None:
    assert read_amount(number, unit, wanted, each_kg=each).quantity == quantity


def test_original_stays_beside_the_converted_quantity() -> None:
    assert read_amount("25", "斤", "kg").as_item() == {
        "quantity": "12.5",
        "unit": "kg",
        "original_quantity": "25",
        "original_unit": "斤",
    }
    assert read_amount("24", "袋", "kg", each_kg="40").as_item()["original_unit"] == "袋 (40 kg)"
    assert "original_unit" not in read_amount("24.0", "公斤", "kg").as_item()


def test_a_ratio_without_an_end_is_rounded_to_the_quantum() -> None:
    assert read_amount("1", "亩", "ha").quantity == "0.066667"


@pytest.mark.parametrize(
    ("unit", "wanted", "code"),
    [
        ("磅", "kg", "unit-unknown"),
        ("升", "kg", "unit-impossible"),
        ("袋", "kg", "unit-needs-weight"),
        ("袋", "L", "unit-impossible"),
    ],
)
def test_bad_units_are_named(unit: str, wanted: str, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_amount("1", unit, wanted)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "cell",
    ["2026-06-24 08:30", "2026/6/24 08:30", "2026年6月24日 08:30", "2026-06-24T08:30", datetime(2026, 6, 24, 8, 30)],
)
def test_dates_are_read_as_local_time(cell: object) -> None:
    assert format_time(read_moment(cell, CHINA)) == "2026-06-24T00:30:00Z"


def test_a_bare_date_takes_the_given_hour() -> None:
    assert format_time(read_moment("2026-06-24", CHINA)) == "2026-06-24T04:00:00Z"
    assert format_time(read_moment(date(2026, 6, 24), CHINA, hour=9)) == "2026-06-24T01:00:00Z"


@pytest.mark.parametrize(
    ("text", "code", "example"),
    [
        ("24/06/2026", "date-order", "2026-06-24"),
        ("06/24/2026", "date-order", "2026-06-24"),
        ("24.6.26", "date-order", "2026-06-24"),
        ("2026-24-06", "date-order", "2026-06-24"),
        ("2026-02-30", "date-malformed", None),
        ("2026-06-24 25:00", "date-malformed", None),
        ("六月", "date-malformed", None),
    ],
)
def test_wrong_order_of_a_date_is_told_from_no_date(text: str, code: str, example: str | None) -> None:
    with pytest.raises(Unreadable) as caught:
        read_moment(text, CHINA)
    assert caught.value.code == code
    assert caught.value.context.get("example") == example


def test_period_holds_both_days_whole() -> None:
    assert day_period("2026-06-01", "2026-06-30", CHINA) == {
        "start": "2026-05-31T16:00:00Z",
        "end": "2026-06-30T16:00:00Z",
    }
    with pytest.raises(Unreadable) as caught:
        day_period("2026-06-30", "2026-06-01", CHINA)
    assert caught.value.code == "period-backwards"


@pytest.mark.parametrize("text", ["8", "+8:00", "+15:00", "+08:60", "UTC"])
def test_bad_offset_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_offset(text)
