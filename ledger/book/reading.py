"""Answer questions about the book: lots, custody, masses, pools, actors, facilities and products."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from iocore.times import Interval
from ledger.book.authority import Authority
from ledger.book.facts import Facts
from ledger.book.keyring import Keyring
from ledger.book.kind import kinds
from ledger.book.model import Actor, Cited, Effective, Facility, Lot, MassChain, Pool, Product
from ledger.book.pools import Key, Timeline, pools_of_group
from ledger.book.statement import texts
from ledger.book.violation import Violation
from ledger.ids import gtin_of

Subject = TypeVar("Subject")
MIXED = "mixed"
GATE_LEGS = frozenset({"main_carriage", "on_carriage"})


class BookReader:
    """Hold the state of the ledger after some entries, for reading; `ledger.book.state.Book` changes it."""

    def __init__(self, facts: Facts) -> None:
        self._authority = Authority(facts)
        self._size = 0
        self._unopened = False
        self._effective: dict[str, Effective] = {}
        self._rejected: dict[str, tuple[Violation, ...]] = {}
        self._warnings: dict[str, tuple[Violation, ...]] = {}
        self._origin: dict[str, str] = {}
        self._consumed: dict[str, str] = {}
        self._custodian: dict[str, str] = {}
        self._naming: dict[str, tuple[str, ...]] = {}
        self._registrations: dict[tuple[str, str], str] = {}
        self._sharing: dict[Key, dict[str, Effective]] = {}
        self._pools: dict[Key, tuple[Pool, ...]] = {}
        self._timelines: dict[Key, Timeline] = {}
        self._claims: dict[str, str] = {}

    @property
    def size(self) -> int:
        """Give the log size that the book stands at."""
        return self._size

    @property
    def partial(self) -> bool:
        """Tell whether the entries are only a part of their log."""
        return self._authority.facts.partial

    @property
    def authority(self) -> Authority:
        """Give what the public envelopes alone decide."""
        return self._authority

    @property
    def keyring(self) -> Keyring:
        """Give the registered keys."""
        return self._authority.facts.keyring

    @property
    def entries(self) -> Mapping[str, Effective]:
        """Give all entries in force by id, in the order of the log."""
        return self._effective

    @property
    def rejected(self) -> Mapping[str, tuple[Violation, ...]]:
        """Give the reasons of every entry without effect, by id."""
        return self._rejected

    @property
    def warnings(self) -> Mapping[str, tuple[Violation, ...]]:
        """Give the remarks on entries in force, by id."""
        return self._warnings

    def entry(self, entry_id: str) -> Effective | None:
        """Find an entry in force by its own id."""
        return self._effective.get(entry_id)

    @property
    def lots(self) -> Mapping[str, Lot]:
        """Give every lot by id."""
        return _Lots(self)

    def has_lot(self, lot: str) -> bool:
        """Tell whether an entry in force created a lot."""
        return lot in self._origin

    def origin_of(self, lot: str) -> Effective | None:
        """Give the entry that created a lot."""
        return self._effective.get(self._origin.get(lot, ""))

    def consumer_of(self, lot: str) -> Effective | None:
        """Give the entry that used a lot up or wrote it off."""
        return self._effective.get(self._consumed.get(lot, ""))

    def custodian_of(self, lot: str) -> str:
        """Give the actor who holds a lot, or an empty text for an unknown lot."""
        return self._custodian.get(lot, "")

    def claim_of(self, serial: str) -> str:
        """Give the id of the entry in force that claims a serial, or an empty text."""
        return self._claims.get(serial, "")

    def naming(self, lot: str) -> tuple[Effective, ...]:
        """Give every entry in force that names a lot, in order of event time, then index."""
        return _ordered(self._effective[entry_id] for entry_id in self._naming.get(lot, ()))

    def ancestors(self, lot: str) -> tuple[str, ...]:
        """Give a lot and every lot that went into it, sorted."""
        found, waiting = {lot}, [lot]
        while waiting:
            origin = self.origin_of(waiting.pop())
            for parent in origin.ins if origin else ():
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return tuple(sorted(found))

    def product_of(self, lot: str) -> str:
        """Give a lot's GTIN: its own, the stated one, or that of the lots it was split or merged from."""
        found = {self._stated_product(end) for end in self._ends(lot)}
        return found.pop() if len(found) == 1 else ""

    def _stated_product(self, lot: str) -> str:
        origin = self.origin_of(lot)
        stated = origin.data.get("product") if origin else None
        return gtin_of(lot) or (stated if isinstance(stated, str) else "")

    def _ends(self, lot: str) -> set[str]:
        """Give the lots that a lot was split or merged from, back to those whose product is stated, or is not known."""
        ends: set[str] = set()
        seen, waiting = {lot}, [lot]
        while waiting:
            name = waiting.pop()
            origin = self.origin_of(name)
            if origin is None or origin.kind not in ("split", "merge") or self._stated_product(name):
                ends.add(name)
                continue
            waiting += [parent for parent in origin.ins if parent not in seen]
            seen.update(origin.ins)
        return ends

    def variety_of(self, lot: str) -> str:
        """Give a lot's variety: that of the harvest, or `mixed`."""
        found: set[str] = set()
        for name in self.ancestors(lot):
            origin = self.origin_of(name)
            if origin is None or not origin.ins:
                found.add(str(origin.data.get("variety", "")) if origin else "")
        return found.pop() if len(found) == 1 else MIXED

    def attributes_of(self, lot: str) -> frozenset[str] | None:
        """Give a lot's certified attributes: those stated where it was made, and those of all lots that went into it.

        Returns:
            None where an item of its lineage is not opened here, since it might state one.
        """
        origins = {name: origin for name in self.ancestors(lot) if (origin := self.origin_of(name))}
        found: dict[str, frozenset[str]] = {}
        for name, origin in sorted(origins.items(), key=lambda pair: pair[1].index):
            if origin.unopened:
                return None
            stated = {item.get("code") for item in origin.named("attribute") if item.get("lot") in ("", name)}
            gone_in = [found.get(parent, frozenset()) for parent in origin.ins]
            found[name] = frozenset(stated).union(frozenset.intersection(*gone_in) if gone_in else ())
        return found.get(lot, frozenset())

    def after_gate(self, lot: str, entry: Effective) -> bool:
        """Tell whether an entry about a lot lies beyond the port or airport of exit.

        It does when it is itself a main or on carriage, or when a main carriage of the lot or of one that went into it
        does not come later.
        """
        if entry.kind == "transport" and entry.data.get("leg") in GATE_LEGS:
            return True
        return any(
            leg.event_time <= entry.event_time
            for known in self.ancestors(lot)
            for leg in self.naming(known)
            if leg.kind == "transport" and leg.data.get("leg") == "main_carriage"
        )

    def lot_mass(self, lot: str, *, after_gate: bool = True) -> MassChain | None:
        """Give a lot's mass: as stated at its origin, the losses since, and whether it was written off.

        Args:
            lot: lot id.
            after_gate: count losses and a write-off beyond the gate too.

        Returns:
            None where the lot is unknown or its mass is not opened here.
        """
        origin = self.origin_of(lot)
        base = next(origin.masses("out", lot), None) if origin else None
        if origin is None or base is None:
            return None
        naming = (self._effective[entry_id] for entry_id in self._naming.get(lot, ()))
        losses = [
            Cited(entry, item)
            for entry in _ordered(entry for entry in naming if entry.kind == "loss")
            if after_gate or not self.after_gate(lot, entry)
            for item in entry.masses("loss", lot)
        ]
        end = self.consumer_of(lot)
        gone = end is not None and kinds()[end.kind].ends and (after_gate or not self.after_gate(lot, end))
        return MassChain(Cited(origin, base), tuple(losses), written_off=gone)

    @property
    def pools(self) -> Mapping[tuple[str, str], tuple[Pool, ...]]:
        """Give the pools of every facility and stage that has any, in order of their start."""
        found = {key: self.pools_at(*key) for key in sorted(self._sharing)}
        return {key: pools for key, pools in found.items() if pools}

    def pools_at(self, facility: str, stage: str) -> tuple[Pool, ...]:
        """Give the pools of one facility and stage, in order of their start."""
        key = facility, stage
        if key not in self._pools:
            self._pools[key] = pools_of_group(key, self._sharing.get(key, {}).values())
        return self._pools[key]

    def sharing(self, key: Key, span: Interval) -> Iterator[Effective]:
        """Give the entries that take part in the pools of a facility and stage and whose times overlap a span."""
        if key not in self._timelines:
            self._timelines[key] = Timeline(self._sharing.get(key, {}).values())
        return self._timelines[key].overlapping(span)

    def pools_of(self, lot: str) -> tuple[Pool, ...]:
        """Give the pools that a lot shares, by facility, stage and start."""
        return tuple(pool for pools in self.pools.values() for pool in pools if lot in pool.lots)

    @property
    def actors(self) -> Mapping[str, Actor]:
        """Give the registered actors by id."""
        keepers = self._authority.facts.keepers

        def read(subject: str, entry: Effective) -> Actor:
            return Actor(subject, keepers.get(subject, ""), texts(entry.data.get("roles")), entry)

        return _Registered(self, "register_actor", read)

    @property
    def facilities(self) -> Mapping[str, Facility]:
        """Give the registered facilities by id."""

        def read(subject: str, entry: Effective) -> Facility:
            return Facility(subject, entry.actor, str(entry.data.get("type", "")), entry)

        return _Registered(self, "register_facility", read)

    @property
    def products(self) -> Mapping[str, Product]:
        """Give the registered products by GTIN."""

        def read(subject: str, entry: Effective) -> Product:
            kind, variety = (str(entry.data.get(name, "")) for name in ("kind", "variety_code"))
            return Product(subject, entry.actor, kind, variety, texts(entry.data.get("users")), entry)

        return _Registered(self, "register_product", read)

    def registration_of(self, subject: str) -> Effective | None:
        """Find the registration of an actor, a facility or a GTIN."""
        for kind in ("register_actor", "register_facility", "register_product"):
            entry_id = self._registrations.get((kind, subject))
            if entry_id is not None:
                return self._effective[entry_id]
        return None

    def name_of(self, subject: str, language: str = "", *, item: str = "name") -> str | None:
        """Give the opened name of an actor, a facility or a GTIN, in a language where one is stated in it."""
        entry = self.registration_of(subject)
        names = list(entry.named(item)) if entry else []
        chosen = [found for found in names if found.get("lang") == language] or ([] if language else names)
        return chosen[0].get("text") if chosen else None


def _ordered(entries: Iterable[Effective]) -> tuple[Effective, ...]:
    return tuple(sorted(entries, key=lambda entry: (entry.event_time, entry.index)))


class _Lots(Mapping[str, Lot]):
    """Read lots from a book as they are asked for."""

    __slots__ = ("_book",)

    def __init__(self, book: BookReader) -> None:
        self._book = book

    def __getitem__(self, lot: str) -> Lot:
        book = self._book
        origin = book.origin_of(lot)
        if origin is None:
            raise KeyError(lot)
        end = book.consumer_of(lot)
        written_off = end is not None and kinds()[end.kind].ends
        consumer = None if written_off else end
        aside = {origin.entry_id, consumer.entry_id if consumer else ""}
        return Lot(
            id=lot,
            product_gtin=book.product_of(lot),
            variety=book.variety_of(lot),
            origin=origin,
            consumed_by=consumer,
            written_off_by=end if written_off else None,
            events=tuple(entry for entry in book.naming(lot) if entry.entry_id not in aside),
            custodian=book.custodian_of(lot),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._book._origin)

    def __len__(self) -> int:
        return len(self._book._origin)


class _Registered(Mapping[str, Subject]):
    """Read registrations of one kind from a book as they are asked for."""

    __slots__ = ("_book", "_kind", "_read")

    def __init__(self, book: BookReader, kind: str, read: Callable[[str, Effective], Subject]) -> None:
        self._book = book
        self._kind = kind
        self._read = read

    def __getitem__(self, subject: str) -> Subject:
        return self._read(subject, self._book._effective[self._book._registrations[self._kind, subject]])

    def __iter__(self) -> Iterator[str]:
        return (subject for kind, subject in self._book._registrations if kind == self._kind)

    def __len__(self) -> int:
        return sum(1 for _ in self)
