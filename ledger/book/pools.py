"""Gather activities of one facility and stage into the pools that lots share.

A pool is delimited by its close. Before a close exists, whatever overlaps in time belongs together: the periods of the
activities, and the periods or instants of the entries that name lots there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from iocore.times import Interval
from ledger.book.kind import kinds
from ledger.book.model import Effective, Pool

Key = tuple[str, str]


def span_of(entry: Effective) -> Interval:
    """Give an entry's period, or the second of its event."""
    return entry.period or Interval.second(entry.event_time)


class Timeline:
    """Find the entries of one facility and stage whose times overlap a span, without looking at all of them.

    Args:
        entries: the entries.
    """

    def __init__(self, entries: Iterable[Effective]) -> None:
        self._spans = sorted(((span_of(entry), entry) for entry in entries), key=lambda one: one[0].start)
        self._starts = [span.start for span, _ in self._spans]
        self._reach = list(accumulate((span.end for span, _ in self._spans), max))

    def overlapping(self, span: Interval) -> Iterator[Effective]:
        """Give the entries whose period, or second, overlaps a span."""
        for place in range(bisect_left(self._starts, span.end) - 1, -1, -1):
            if self._reach[place] <= span.start:
                return
            known, entry = self._spans[place]
            if known.overlaps(span):
                yield entry


def is_pool_activity(entry: Effective) -> bool:
    """Tell whether an entry reports an activity of a facility, not of lots."""
    return entry.kind == "activity" and not entry.lots


def sharing_lots(entry: Effective) -> tuple[str, ...]:
    """Give the lots that an entry brings into the pool of its facility and stage."""
    kind = kinds()[entry.kind]
    if not kind.joins_pool or entry.kind == "close":
        return ()
    return entry.outs if kind.moves else entry.lots


def pool_key(entry: Effective) -> Key | None:
    """Give the facility and the stage whose pools an entry takes part in, if any."""
    if entry.facility and entry.stage and kinds()[entry.kind].joins_pool:
        return entry.facility, entry.stage
    return None


def pools_of_book(entries: Iterable[Effective]) -> Mapping[Key, tuple[Pool, ...]]:
    """Gather the pools of all facilities and stages from the entries in force."""
    groups: dict[Key, list[Effective]] = {}
    for entry in entries:
        key = pool_key(entry)
        if key is not None:
            groups.setdefault(key, []).append(entry)
    found = {key: pools_of_group(key, groups[key]) for key in sorted(groups)}
    return {key: pools for key, pools in found.items() if pools}


def pools_of_group(key: Key, group: Iterable[Effective]) -> tuple[Pool, ...]:
    """Gather the pools of one facility and stage from all entries that take part in them."""
    ordered = sorted(group, key=lambda entry: (entry.event_time, entry.index))
    spans = {entry.entry_id: span_of(entry) for entry in ordered}
    closes = sorted(
        (entry for entry in ordered if entry.kind == "close"),
        key=lambda entry: (spans[entry.entry_id].start, entry.index),
    )
    inside: dict[str, list[Effective]] = {close.entry_id: [] for close in closes}
    open_entries: list[Effective] = []
    for entry in ordered:
        if entry.kind == "close":
            continue
        close = next((one for one in closes if spans[one.entry_id].overlaps(spans[entry.entry_id])), None)
        if close is None:
            open_entries.append(entry)
        elif is_pool_activity(entry):
            inside[close.entry_id].append(entry)
    closed = [Pool(*key, spans[close.entry_id], close, tuple(inside[close.entry_id]), close.lots) for close in closes]
    return tuple(sorted(closed + _open_pools(key, open_entries, spans), key=lambda pool: pool.period.start))


def _open_pools(key: Key, entries: list[Effective], spans: Mapping[str, Interval]) -> list[Pool]:
    clusters: list[tuple[Interval, list[Effective]]] = []
    for entry in sorted(entries, key=lambda entry: (spans[entry.entry_id].start, entry.index)):
        span = spans[entry.entry_id]
        if clusters and clusters[-1][0].overlaps(span):
            hull, members = clusters[-1]
            members.append(entry)
            clusters[-1] = (Interval(hull.start, max(hull.end, span.end)), members)
        else:
            clusters.append((span, [entry]))
    pools = []
    for hull, members in clusters:
        ordered = sorted(members, key=lambda entry: (entry.event_time, entry.index))
        activities = tuple(entry for entry in ordered if is_pool_activity(entry))
        if activities:
            lots = tuple(sorted({lot for entry in ordered for lot in sharing_lots(entry)}))
            pools.append(Pool(*key, hull, None, activities, lots))
    return pools
