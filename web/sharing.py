"""Hand openings out to others than the public, and write down who got which."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from iocore.times import format_time
from ledger.book.entry import parse_entry
from ledger.errors import EntryNotFound
from ledger.handover import export_of
from ledger.store.access import AccessRow, check_reader
from passport.bundle import check_audience, parse_bundle
from passport.lineage import LineageReader

if TYPE_CHECKING:
    from web.services import Services

OPERATOR = "operator"


def export_lot(services: Services, lot: str, *, audience: str, reader: str) -> bytes:
    """Write the lineage of a lot with the openings of an audience for one reader; it stands in the access log.

    Raises:
        Malformed, MalformedBundle: the reader's name or the audience cannot be used.
        EntryNotFound: no entry names the lot.
    """
    chosen, named = check_audience(audience), check_reader(reader)
    ledger, lineage = services.ledger, LineageReader(services.ledger)
    whole = lineage.gather(lot, ledger.size)
    if not any(lot in entry.entry.lots for entry in whole.entries):
        raise EntryNotFound("no entry names this lot", lot=lot)
    shown = lineage.at(lot, whole.tree_size, whole.indexes, audience=chosen)
    parts = [
        (entry, ledger.receipt(entry.entry_id), lines) for entry, lines in zip(shown.entries, shown.lines, strict=True)
    ]
    at = format_time(services.clock.now())
    export = export_of(parts, log_key=ledger.log_key, lot=lot, audience=chosen, reader=named, at=at)
    seen = [(entry.entry.actor, entry.entry_id) for entry, _, lines in parts if lines]
    note_reading(services, seen, reader=named, audience=chosen, way="export")
    return export.encode()


def note_bundle(services: Services, data: bytes) -> None:
    """Write down that the operator took a bundle, where it holds more than the public may see."""
    bundle = parse_bundle(data)
    if bundle.audience != "public":
        entries = (parse_entry(one.note.encode("utf-8")) for one in bundle.entries)
        seen = [(one.entry.actor, one.entry_id) for one in entries if bundle.openings.get(one.entry_id)]
        note_reading(services, seen, reader=OPERATOR, audience=bundle.audience, way="bundle")


def note_reading(services: Services, seen: Iterable[tuple[str, str]], *, reader: str, audience: str, way: str) -> None:
    """Write down who read the openings of which entries.

    Args:
        services: where the access log is.
        seen: actor and id of each entry.
        reader, audience, way: see `ledger.store.access.AccessRow`.
    """
    at = format_time(services.clock.now())
    services.accesses.add([AccessRow(at, reader, audience, way, actor, entry_id) for actor, entry_id in seen])
