"""Look up in a book what the accounts of several lots ask for, each thing once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from iocore.times import Interval
from ledger.book.item import Item
from ledger.book.model import Effective, Lot, Pool
from ledger.book.pools import Key, pool_key, pools_of_group, span_of
from ledger.book.state import Book


class View:
    """Remember what a book says, as long as it takes in nothing more.

    `chosen` is room for what `passport.account` chooses for a lot, `journeys` for what `passport.journeys` follows.

    Args:
        book: the book.
        home: nation of a facility whose place nobody opened.
    """

    def __init__(self, book: Book, home: str) -> None:
        self.book: Final = book
        self.home: Final = home
        self._size: Final = book.size
        self.chosen: Final[dict[tuple[object, ...], Any]] = {}
        self._lots: Final[dict[str, Lot]] = {}
        self._places: Final[dict[str, tuple[str, ...]]] = {}
        self._types: Final[dict[str, str]] = {}
        self._roles: Final[dict[str, frozenset[str]]] = {}
        self._climates: Final[dict[str, str]] = {}
        self._naming: Final[dict[str, tuple[Effective, ...]]] = {}
        self._sharing: Final[dict[tuple[Key, Interval], tuple[Effective, ...]]] = {}
        self._pools: Final[dict[tuple[Key, frozenset[str]], tuple[Pool, ...]]] = {}
        self.journeys: Final[dict[str, Any]] = {}

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

    def places(self, entry: Effective) -> tuple[str, ...]:
        """Say where an entry took place: its port, else its facility."""
        port = entry.data.get("port")
        if isinstance(port, str) and len(port) == 5:
            return (port[:2],)
        return self.places_of(entry.facility)

    def places_of(self, facility: str) -> tuple[str, ...]:
        """Say where a facility lies, nearest place first; the home where nobody opened it."""
        return self._opened(facility) or (self.home,)

    def stated_places(self, entry: Effective) -> tuple[str, ...]:
        """Say where an entry took place as `places` does; nothing where nobody opened it."""
        port = entry.data.get("port")
        if isinstance(port, str) and len(port) == 5:
            nearer = self._opened(entry.facility)
            return nearer if nearer and nearer[-1][:2] == port[:2] else (port[:2],)
        return self._opened(entry.facility)

    def _opened(self, facility: str) -> tuple[str, ...]:
        if facility not in self._places:
            stated = ((item.get("region"), item.get("country")) for item in self._registered(facility, "place"))
            known = (tuple(dict.fromkeys(filter(None, places))) for places in stated)
            self._places[facility] = next(filter(None, known), ())
        return self._places[facility]

    def climate(self, entry: Effective) -> str:
        """Say what climate the facility of an entry has, empty where its registration does not tell."""
        facility = entry.facility
        if facility not in self._climates:
            found = next(self._registered(facility, "climate"), None)
            self._climates[facility] = found.get("zone") if found is not None else ""
        return self._climates[facility]

    def type_of(self, facility: str) -> str:
        """Say what a facility is, or nothing where nobody registered it."""
        if facility not in self._types:
            known = self.book.registration_of(facility)
            self._types[facility] = str(known.data.get("type", "")) if known else ""
        return self._types[facility]

    def roles_of(self, actor: str) -> frozenset[str]:
        """Say what an actor is, or nothing where nobody registered it."""
        if actor not in self._roles:
            known = self.book.registration_of(actor)
            self._roles[actor] = frozenset(known.data.get("roles", ())) if known else frozenset()
        return self._roles[actor]

    def _registered(self, facility: str, name: str) -> Iterator[Item]:
        """Give the items of a name with which a facility was registered."""
        known = self.book.facilities.get(facility)
        return iter(()) if known is None else known.registration.named(name)

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
