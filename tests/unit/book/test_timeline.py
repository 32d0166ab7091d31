"""The entries around a span are found without looking at all of them, and none is missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocore.times import Interval
from ledger.book import pools
from ledger.book.model import Effective
from ledger.book.pools import Timeline, span_of

START = datetime(2026, 6, 1, tzinfo=UTC)


def between(start: int, length: int) -> Interval:
    return Interval(START + timedelta(hours=start), START + timedelta(hours=start + length))


def entry(number: int, span: Interval | None) -> Effective:
    known: dict[str, Any] = dict.fromkeys(("kind", "actor", "recorded_by", "facility", "stage"), "x")
    return Effective(
        index=number, entry_id=str(number), source_id=str(number), source_index=number, data={}, lots=(), refs=(),
        event_time=START + timedelta(hours=number), period=span, items=(), unopened=(), **known,
    )  # fmt: skip


@given(
    st.lists(st.none() | st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=30),
    st.tuples(st.integers(0, 50), st.integers(1, 20)),
)
def test_entries_around_a_span_are_those_that_overlap_it(
    told: list[tuple[int, int] | None], asked: tuple[int, int]
) -> None:
    entries = [entry(number, between(*span) if span else None) for number, span in enumerate(told)]
    span = between(*asked)
    found = [one.index for one in Timeline(entries).overlapping(span)]
    assert sorted(found) == [one.index for one in entries if span_of(one).overlaps(span)]


def test_a_short_span_in_a_long_log_is_found_by_looking_at_few(monkeypatch: pytest.MonkeyPatch) -> None:
    timeline = Timeline([entry(number, between(number, 2)) for number in range(10_000)])
    looked: list[Interval] = []
    overlaps = Interval.overlaps

    def counted(self: Interval, other: Interval) -> bool:
        looked.append(self)
        return overlaps(self, other)

    monkeypatch.setattr(pools.Interval, "overlaps", counted)
    assert {one.index for one in timeline.overlapping(between(5_000, 1))} == {4_999, 5_000}
    assert len(looked) <= 3
