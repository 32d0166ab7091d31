"""Gather the pools of a lineage from nothing but the entries that its passport holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.book.model import Effective, Pool
from ledger.book.pools import pools_of_book, span_of
from ledger.book.state import Book


def pools_by_lot(book: Book, lineage: Sequence[str]) -> Mapping[str, tuple[Pool, ...]]:
    """Gather the pools of every lot of a lineage.

    The entries are those that name a lot of it, and the closes and activities of the same facility and stage whose
    period overlaps one of them.
    """
    naming = {entry.entry_id: entry for lot in lineage for entry in book.naming(lot)}
    around: dict[str, Effective] = {}
    for key, span in {((entry.facility, entry.stage), span_of(entry)) for entry in naming.values()}:
        for entry in book.sharing(key, span):
            if entry.kind in ("activity", "close") and entry.entry_id not in naming:
                around[entry.entry_id] = entry
    found: dict[str, list[Pool]] = {}
    for pools in pools_of_book([*naming.values(), *around.values()]).values():
        for pool in sorted(pools, key=pool_key):
            for lot in pool.lots:
                found.setdefault(lot, []).append(pool)
    return {lot: tuple(sorted(pools, key=pool_key)) for lot, pools in found.items()}


def pool_key(pool: Pool) -> tuple[str, str, str]:
    """Name a pool: facility, stage, and its close or its period."""
    close = pool.close.entry_id if pool.close else f"{pool.period.start.isoformat()}/{pool.period.end.isoformat()}"
    return (pool.facility, pool.stage, close)
