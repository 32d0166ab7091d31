"""Fold the log into the book: lots, custody, pools, actors, facilities and products at a log size.

`Book.apply` judges one entry and takes it in when it breaks no rule. The same entries in the same order always give
the same book, so any past state can be had again by folding fewer of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from iocore.times import parse_time
from ledger.book.authority import Authority
from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.facts import Facts
from ledger.book.item import Item, by_digest
from ledger.book.item_rules import ITEM_RULES
from ledger.book.keyring import Keyring
from ledger.book.kind import kinds
from ledger.book.model import Actor, Cited, Effective, Facility, Lot, MassChain, Pool, Product
from ledger.book.pools import pools_of_book
from ledger.book.state_rules import STATE_RULES
from ledger.book.statement import Statement, texts
from ledger.book.violation import Violation, errors_of
from ledger.ids import gtin_of

MIXED = "mixed"
GATE_LEGS = frozenset({"main_carriage", "on_carriage"})
Outcome = Literal["logged", "rejected"]

__all__ = ["Actor", "Book", "Cited", "Effective", "Facility", "Lot", "MassChain", "Pool", "Product"]


class Book:
    """Hold the state of the ledger after some entries. Use `empty` or `fold`, then `apply`."""

    def __init__(self, *, partial: bool = False) -> None:
        self._authority = Authority(Facts(partial=partial))
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
        self._pools: Mapping[tuple[str, str], tuple[Pool, ...]] | None = None

    @classmethod
    def empty(cls, *, partial: bool = False) -> Book:
        """Give the book before entry 0.

        Args:
            partial: the entries to come are a part of their log, such as one lineage; facts that they do not show,
                such as the origin of a neighbour's lot, are then not held against them.
        """
        return cls(partial=partial)

    @classmethod
    def fold(cls, entries: Iterable[tuple[int, bytes, Sequence[str]]], *, partial: bool = False) -> Book:
        """Read entries in the order of the log.

        Args:
            entries: index, note and the opened item lines of each.
            partial: see `empty`.

        Raises:
            MalformedEntry: a note is not an entry.
            MalformedItem: a line is not an item.
        """
        book = cls(partial=partial)
        for index, note, lines in entries:
            book.apply(index, parse_entry(note), by_digest(lines))
        return book

    def copy(self) -> Book:
        """Give an independent book of the same state, to try entries on."""
        other = Book.__new__(Book)
        other._authority = self._authority.copy()
        other._size = self._size
        other._unopened = self._unopened
        other._effective = dict(self._effective)
        other._rejected = dict(self._rejected)
        other._warnings = dict(self._warnings)
        other._origin = dict(self._origin)
        other._consumed = dict(self._consumed)
        other._custodian = dict(self._custodian)
        other._naming = dict(self._naming)
        other._registrations = dict(self._registrations)
        other._pools = self._pools
        return other

    # --- folding ---------------------------------------------------------------------------------------------------

    def apply(
        self,
        index: int,
        signed: SignedEntry,
        items: Mapping[str, Item],
        *,
        recorded_as: Outcome | None = None,
    ) -> list[Violation]:
        """Judge an entry and take it in when it breaks no rule.

        Args:
            index: its place in the log, greater than any before.
            signed: the entry; its signature is the caller's business.
            items: the opened items by digest; others are left aside.
            recorded_as: what was decided when all openings were at hand. A rejection stands even where the rules
                find nothing now; and once an opening is missing, an admission stands whatever they find now. So
                erasing an opening never changes the past.

        Returns:
            Every broken rule; empty when the entry took effect. Warnings are kept in `warnings`.
        """
        statement = Statement.of(index, signed)
        on_envelope, on_content, candidate = self._judge(statement, items)
        findings = on_envelope + on_content
        self._authority.record(statement, admitted=not on_envelope)
        self._size = max(self._size, index + 1)
        violations = errors_of(findings)
        self._unopened = self._unopened or bool(candidate.unopened)
        if recorded_as == "logged" and self._unopened:
            violations = []
        if recorded_as == "rejected" and not violations:
            violations = [Violation("recorded-rejected", "items", "rejected when all openings were at hand")]
        if violations:
            self._rejected[signed.entry_id] = tuple(violations)
            return violations
        if findings:
            self._warnings[signed.entry_id] = tuple(findings)
        self._take(statement, candidate)
        return []

    def check(self, index: int, signed: SignedEntry, items: Mapping[str, Item]) -> list[Violation]:
        """Judge an entry without taking it in; gives warnings too."""
        on_envelope, on_content, _ = self._judge(Statement.of(index, signed), items)
        return on_envelope + on_content

    def _judge(
        self, statement: Statement, items: Mapping[str, Item]
    ) -> tuple[list[Violation], list[Violation], Effective]:
        candidate = self._candidate(statement, items)
        on_envelope = self._authority.judge(statement)
        on_content = [finding for rule in (*STATE_RULES, *ITEM_RULES) for finding in rule(self, statement, candidate)]
        return on_envelope, on_content, candidate

    def _candidate(self, statement: Statement, items: Mapping[str, Item]) -> Effective:
        target = self._effective.get(statement.amends)
        opened = tuple(items[digest] for digest in statement.items if digest in items)
        return Effective(
            index=target.index if target else statement.index,
            entry_id=target.entry_id if target else statement.entry_id,
            source_id=statement.entry_id,
            source_index=statement.index,
            kind=statement.kind,
            actor=statement.actor,
            recorded_by=statement.recorded_by,
            facility=statement.facility,
            stage=statement.stage,
            data=statement.data,
            lots=statement.lots,
            refs=target.refs if target else statement.refs,
            event_time=parse_time(statement.event_time),
            items=opened,
            unopened=tuple(digest for digest in statement.items if digest not in items),
        )

    def _take(self, statement: Statement, entry: Effective) -> None:
        self._pools = None
        before = self._effective.get(entry.entry_id)
        self._effective[entry.entry_id] = entry
        for lot in set(before.lots) - set(entry.lots) if before else ():
            self._naming[lot] = tuple(known for known in self._naming[lot] if known != entry.entry_id)
        for lot in set(entry.lots) - (set(before.lots) if before else set()):
            self._naming[lot] = (*self._naming.get(lot, ()), entry.entry_id)
        if statement.is_amendment:
            return
        kind = kinds()[entry.kind]
        if kind.moves:
            self._move(entry)
        if entry.kind == "receive":
            self._custodian.update(dict.fromkeys(entry.lots, entry.actor))
        self._register(entry)

    def _move(self, entry: Effective) -> None:
        self._consumed.update(dict.fromkeys(entry.ins, entry.entry_id))
        for lot in entry.outs:
            self._origin[lot] = entry.entry_id
            self._custodian[lot] = entry.actor

    def _register(self, entry: Effective) -> None:
        subject = {
            "register_actor": entry.actor,
            "register_facility": entry.facility,
            "register_product": str(entry.data.get("gtin", "")),
        }.get(entry.kind)
        if subject is not None:
            self._registrations[entry.kind, subject] = entry.entry_id

    # --- reading ---------------------------------------------------------------------------------------------------

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
        """Give the entry that used a lot up."""
        return self._effective.get(self._consumed.get(lot, ""))

    def custodian_of(self, lot: str) -> str:
        """Give the actor who holds a lot, or an empty text for an unknown lot."""
        return self._custodian.get(lot, "")

    def naming(self, lot: str) -> tuple[Effective, ...]:
        """Give every entry in force that names a lot, in order of event time, then index."""
        found = (self._effective[entry_id] for entry_id in self._naming.get(lot, ()))
        return tuple(sorted(found, key=lambda entry: (entry.event_time, entry.index)))

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
        own = gtin_of(lot)
        origin = self.origin_of(lot)
        if own or origin is None:
            return own
        stated = origin.data.get("product")
        if isinstance(stated, str) and stated:
            return stated
        if origin.kind not in ("split", "merge"):
            return ""
        found = {self.product_of(parent) for parent in origin.ins}
        return found.pop() if len(found) == 1 else ""

    def variety_of(self, lot: str) -> str:
        """Give a lot's variety: that of the harvest, or `mixed`."""
        origin = self.origin_of(lot)
        if origin is None:
            return ""
        if not origin.ins:
            return str(origin.data.get("variety", ""))
        found = {self.variety_of(parent) for parent in origin.ins}
        return found.pop() if len(found) == 1 else MIXED

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
        """Give a lot's mass: as stated at its origin, and the losses since.

        Args:
            lot: lot id.
            after_gate: count losses beyond the gate too.

        Returns:
            None where the lot is unknown or its mass is not opened here.
        """
        origin = self.origin_of(lot)
        base = next(origin.masses("out", lot), None) if origin else None
        if origin is None or base is None:
            return None
        losses = [
            Cited(entry, item)
            for entry in self.naming(lot)
            if entry.kind == "loss" and (after_gate or not self.after_gate(lot, entry))
            for item in entry.masses("loss", lot)
        ]
        return MassChain(Cited(origin, base), tuple(losses))

    @property
    def pools(self) -> Mapping[tuple[str, str], tuple[Pool, ...]]:
        """Give the pools of every facility and stage, in order of their start."""
        if self._pools is None:
            self._pools = pools_of_book(self._effective.values())
        return self._pools

    def pools_of(self, lot: str) -> tuple[Pool, ...]:
        """Give the pools that a lot shares, by facility, stage and start."""
        return tuple(pool for key in sorted(self.pools) for pool in self.pools[key] if lot in pool.lots)

    @property
    def actors(self) -> Mapping[str, Actor]:
        """Give the registered actors by id."""
        return {
            subject: Actor(
                subject,
                self._authority.facts.keepers.get(subject, ""),
                texts(entry.data.get("roles")),
                entry,
            )
            for subject, entry in self._registered("register_actor")
        }

    @property
    def facilities(self) -> Mapping[str, Facility]:
        """Give the registered facilities by id."""
        return {
            subject: Facility(subject, entry.actor, str(entry.data.get("type", "")), entry)
            for subject, entry in self._registered("register_facility")
        }

    @property
    def products(self) -> Mapping[str, Product]:
        """Give the registered products by GTIN."""
        return {
            subject: Product(
                subject,
                entry.actor,
                str(entry.data.get("kind", "")),
                str(entry.data.get("variety_code", "")),
                texts(entry.data.get("users")),
                entry,
            )
            for subject, entry in self._registered("register_product")
        }

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

    def _registered(self, kind: str) -> Iterator[tuple[str, Effective]]:
        for (known, subject), entry_id in self._registrations.items():
            if known == kind:
                yield subject, self._effective[entry_id]


class _Lots(Mapping[str, Lot]):
    """Read lots from a book as they are asked for."""

    __slots__ = ("_book",)

    def __init__(self, book: Book) -> None:
        self._book = book

    def __getitem__(self, lot: str) -> Lot:
        book = self._book
        origin = book.origin_of(lot)
        if origin is None:
            raise KeyError(lot)
        consumer = book.consumer_of(lot)
        aside = {origin.entry_id, consumer.entry_id if consumer else ""}
        return Lot(
            id=lot,
            product_gtin=book.product_of(lot),
            variety=book.variety_of(lot),
            origin=origin,
            consumed_by=consumer,
            events=tuple(entry for entry in book.naming(lot) if entry.entry_id not in aside),
            custodian=book.custodian_of(lot),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._book._origin)

    def __len__(self) -> int:
        return len(self._book._origin)
