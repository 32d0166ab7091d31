"""Look up in a book what the accounts of several lots ask for, each thing once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from iocore.times import Interval
from ledger.book.model import Effective, Lot, Pool
from ledger.book.pools import Key, pool_key, pools_of_group, span_of
from ledger.book.state import Book


class View:
    """Remember what a book says, as long as it takes in nothing more.

    `chosen` is room for what `passport.account` chooses for a lot.

    Args:
        book: the book.
    """

    def __init__(self, book: Book) -> None:
        self.book: Final = book
        self._size: Final = book.size
        self.chosen: Final[dict[tuple[object, ...], Any]] = {}
        self._lots: Final[dict[str, Lot]] = {}
        self._naming: Final[dict[str, tuple[Effective, ...]]] = {}
        self._sharing: Final[dict[tuple[Key, Interval], tuple[Effective, ...]]] = {}
        self._pools: Final[dict[tuple[Key, frozenset[str]], tuple[Pool, ...]]] = {}

    @property
    def outdated(self) -> bool:
        """Tell whether the book took in more since."""
        return self.book.size != self._size

    def lot(self, name: str) -> Lot:
        """Give a lot by its id."""
        if name not in self._lots:
            self._lots[name] = self.book.lots[name]
        return self._lots[name]

    def lineage(self, names: Iterable[str]) -> tuple[Lot, ...]:
        """Give lots and all that went into them, in the order of their origins."""
        found = {above for name in names for above in self.book.ancestors(name)}
        return tuple(sorted(map(self.lot, found), key=lambda lot: (lot.origin.index, lot.id)))

    def pools(self, lineage: Sequence[str]) -> Mapping[str, tuple[Pool, ...]]:
        """Gather the pools of every lot of a lineage from nothing but the entries that its passport holds.

        These are the entries that name a lot of it, and the closes and activities of the same facility and stage
        whose period overlaps one of them.
        """
        groups: dict[Key, dict[str, Effective]] = {}
        around: set[tuple[Key, Interval]] = set()
        for entry in (entry for lot in lineage for entry in self._entries(lot)):
            around.add(((entry.facility, entry.stage), span_of(entry)))
            if (key := pool_key(entry)) is not None:
                groups.setdefault(key, {})[entry.entry_id] = entry
        for key, span in around:
            for entry in self._shared(key, span):
                groups.setdefault(key, {})[entry.entry_id] = entry
        found: dict[str, list[Pool]] = {}
        for key, group in groups.items():
            for pool in self._gathered(key, group):
                for lot in pool.lots:
                    found.setdefault(lot, []).append(pool)
        return {lot: tuple(sorted(pools, key=name_of_pool)) for lot, pools in found.items()}

    def _entries(self, lot: str) -> tuple[Effective, ...]:
        if lot not in self._naming:
            self._naming[lot] = self.book.naming(lot)
        return self._naming[lot]

    def _shared(self, key: Key, span: Interval) -> tuple[Effective, ...]:
        """Give the closes and activities of a place whose time overlaps a span."""
        if (key, span) not in self._sharing:
            found = self.book.sharing(key, span)
            self._sharing[key, span] = tuple(entry for entry in found if entry.kind in ("activity", "close"))
        return self._sharing[key, span]

    def _gathered(self, key: Key, group: Mapping[str, Effective]) -> tuple[Pool, ...]:
        asked = (key, frozenset(group))
        if asked not in self._pools:
            self._pools[asked] = pools_of_group(key, group.values())
        return self._pools[asked]


def name_of_pool(pool: Pool) -> tuple[str, str, str]:
    """Name a pool: facility, stage, and its close or its period."""
    close = pool.close.entry_id if pool.close else f"{pool.period.start.isoformat()}/{pool.period.end.isoformat()}"
    return (pool.facility, pool.stage, close)
