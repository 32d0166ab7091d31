"""Instants have one spelling and intervals exclude their end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocore.errors import MalformedTime
from iocore.times import FixedClock, Interval, SystemClock, format_time, parse_time

BAD = [
    "",
    "2026-06-20",
    "2026-06-20 08:30:00Z",
    "2026-06-20T08:30:00",
    "2026-06-20T08:30:00+00:00",
    "2026-06-20T08:30:00.0Z",
    "2026-06-20T08:30:00z",
    "2026-02-30T00:00:00Z",
    "2026-06-20T24:00:00Z",
    "2026-06-20T08:30:60Z",
    "2026-6-20T08:30:00Z",
    "２026-06-20T08:30:00Z",
    "2026-06-20T08:30:00Z\n",
    "0000-01-01T00:00:00Z",
]


@pytest.mark.parametrize("text", BAD)
def test_time_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(MalformedTime):
        parse_time(text)


@given(st.datetimes())
def test_time_survives_writing_and_reading(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert parse_time(format_time(moment)) == moment


def test_naive_time_is_refused() -> None:
    with pytest.raises(MalformedTime):
        format_time(datetime(2026, 6, 20))
    with pytest.raises(MalformedTime):
        Interval(datetime(2026, 6, 20), datetime(2026, 6, 21))


def test_local_time_is_written_in_utc() -> None:
    there = timezone(timedelta(hours=8))
    assert format_time(datetime(2026, 6, 20, 8, tzinfo=there)) == "2026-06-20T00:00:00Z"


def test_fraction_of_a_second_is_refused() -> None:
    with pytest.raises(MalformedTime):
        format_time(datetime(2026, 6, 20, microsecond=1, tzinfo=UTC))


def span(start: str, end: str) -> Interval:
    return Interval.from_json({"start": f"2026-{start}T00:00:00Z", "end": f"2026-{end}T00:00:00Z"})


def test_touching_intervals_do_not_overlap() -> None:
    assert not span("06-01", "06-10").overlaps(span("06-10", "06-20"))
    assert span("06-01", "06-11").overlaps(span("06-10", "06-20"))
    assert span("06-01", "06-30").overlaps(span("06-10", "06-11"))


def test_interval_holds_its_start_and_not_its_end() -> None:
    period = span("06-01", "06-10")
    assert period.contains(period.start)
    assert not period.contains(period.end)
    assert period.seconds == 9 * 86400


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"start": "2026-06-20T00:00:00Z"},
        {"start": "2026-06-20T00:00:00Z", "end": "2026-06-20T00:00:00Z"},
        {"start": 1, "end": 2},
        {"start": "2026-06-20T00:00:00Z", "end": "2026-06-21T00:00:00Z", "x": ""},
    ],
)
def test_interval_of_another_shape_is_refused(value: object) -> None:
    with pytest.raises(MalformedTime):
        Interval.from_json(value)


def test_interval_survives_writing_and_reading() -> None:
    period = span("06-01", "06-10")
    assert Interval.from_json(period.to_json()) == period


def test_clocks_give_aware_whole_seconds() -> None:
    at = datetime(2026, 6, 20, tzinfo=UTC)
    assert FixedClock(at).now() == at
    now = SystemClock().now()
    assert parse_time(format_time(now)) == now
