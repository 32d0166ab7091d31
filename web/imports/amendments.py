"""Find the entry that a correction means, and write its full replacement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from iocore.errors import IOCoreError
from iocore.times import Interval, parse_time
from iocore.units import parse_decimal
from ledger.book.entry import Entry
from ledger.book.statement import AMEND
from web.imports.base import Correction, Draft
from web.imports.findings import finding
from web.imports.history import History, Recorded, fingerprint
from web.imports.outcome import Known, Refused

Values = list[tuple[str, Mapping[str, Any]]]


def amendment(
    draft: Draft, correction: Correction, entry: Entry, notes: Sequence[tuple[str, Mapping[str, Any]]], history: History
) -> tuple[Entry, Values]:
    """Give the amending entry, without its place in a chain, and its items.

    Args:
        draft: the correction's row.
        correction: what it replaces.
        entry: the row's actor, facility and stage, resolved.
        notes: items that the row adds.
        history: the log so far.

    Raises:
        Known: the same correction is recorded already.
        Refused: none, or more than one, record matches.
    """
    for record in history.accepted():
        place = _place(record, entry, correction)
        if place >= 0:
            made = _replacement(record, place, correction, entry, notes)
            known = history.recorded(fingerprint(*made))
            if known:
                raise Known(known)
    found = [(record, place) for record in _current(history) if (place := _place(record, entry, correction)) >= 0]
    if len(found) != 1:
        raise Refused(finding("correction-target", draft.source, field="原数量 / old quantity", count=len(found)))
    return _replacement(*found[0], correction, entry, notes)


def _replacement(
    record: Recorded, place: int, correction: Correction, entry: Entry, notes: Sequence[tuple[str, Mapping[str, Any]]]
) -> tuple[Entry, Values]:
    old = record.entry
    again = old.kind == AMEND
    items: Values = list(record.content())
    kept = {name: items[place][1][name] for name in ("audience",) if name in items[place][1]}
    items[place] = ("activity", {**kept, **correction.item})
    amended = replace(
        entry,
        data={
            "data": old.data["data"] if again else old.data,
            "kind": old.data["kind"] if again else old.kind,
            "reason": correction.reason,
        },
        lots=old.lots,
        event_time=old.event_time,
        refs=(old.refs[0] if again else record.entry_id,),
    )
    return amended, [*items, *notes]


def _current(history: History) -> Iterable[Recorded]:
    """Give the entries whose content counts now: the latest amendment stands for the entry that it replaced."""
    replaced: set[str] = set()
    for record in history.accepted():
        if record.entry_id in replaced:
            continue
        if record.entry.kind == AMEND:
            first = record.entry.refs[0]
            if first in replaced:
                continue
            replaced.add(first)
        yield record


def _place(record: Recorded, entry: Entry, correction: Correction) -> int:
    """Give the position of the item that a correction means among a record's items, -1 where it means another."""
    old = record.entry
    if (old.actor, old.facility, old.stage) != (entry.actor, entry.facility, entry.stage):
        return -1
    if correction.lot and correction.lot not in old.lots:
        return -1
    if correction.entry_id and correction.entry_id not in (record.entry_id, *old.refs):
        return -1
    if not _covers(old, correction.moment):
        return -1
    wanted = parse_decimal(correction.old_quantity)
    for place, (name, value) in enumerate(record.content()):
        if (
            name == "activity"
            and (value["slot"], value["unit"]) == (correction.slot, correction.old_unit)
            and parse_decimal(value["quantity"]) == wanted
        ):
            return place
    return -1


def _covers(old: Entry, moment: str) -> bool:
    data = old.data["data"] if old.kind == AMEND else old.data
    try:
        return Interval.from_json(data.get("period")).contains(parse_time(moment))
    except IOCoreError:
        return old.event_time[:10] == moment[:10]
