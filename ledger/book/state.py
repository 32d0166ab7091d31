"""Fold the log into the book: lots, custody, pools, actors, facilities and products at a log size.

`Book.apply` judges one entry and takes it in when it breaks no rule. The same entries in the same order always give
the same book, so any past state can be had again by folding fewer of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

from iocore.times import parse_time
from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.facts import Facts
from ledger.book.item import Item, by_digest
from ledger.book.kind import claimed_by, kinds
from ledger.book.model import Actor, Cited, Effective, Facility, Lot, MassChain, Pool, Product
from ledger.book.pools import Key, pool_key
from ledger.book.reading import BookReader
from ledger.book.rules import APART_RULES, ITEM_RULES, PLACE_RULES, SEASON_RULES, STATE_RULES
from ledger.book.statement import Statement
from ledger.book.violation import Violation, errors_of

Outcome = Literal["logged", "rejected"]
UNSAID: Final[Mapping[str, Outcome]] = MappingProxyType({})
RECORDED: Final = Violation("recorded-rejected", "items", "rejected when all openings were at hand")

__all__ = ["Actor", "Book", "Cited", "Effective", "Facility", "Lot", "MassChain", "Outcome", "Pool", "Product"]


class Book(BookReader):
    """Hold the state of the ledger after some entries. Use `empty` or `fold`, then `apply`."""

    @classmethod
    def empty(cls, *, partial: bool = False) -> Book:
        """Give the book before entry 0.

        Args:
            partial: the entries to come are a part of their log, such as one lineage; facts that they do not show,
                such as the origin of a neighbour's lot, are then not held against them.
        """
        return cls(Facts(partial=partial))

    @classmethod
    def fold(
        cls,
        entries: Iterable[tuple[int, bytes, Sequence[str]]],
        *,
        partial: bool = False,
        verdicts: Mapping[str, Outcome] = UNSAID,
    ) -> Book:
        """Read entries in the order of the log.

        Args:
            entries: index, note and the opened item lines of each.
            partial: see `empty`.
            verdicts: what the log decided, by entry id; all other entries are judged.

        Raises:
            MalformedEntry: a note is not an entry.
            MalformedItem: a line is not an item.
        """
        book = cls.empty(partial=partial)
        for index, note, lines in entries:
            signed = parse_entry(note)
            book.uphold(index, signed, by_digest(lines), verdicts.get(signed.entry_id))
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
        other._sharing = {key: dict(entries) for key, entries in self._sharing.items()}
        other._pools = dict(self._pools)
        other._timelines = dict(self._timelines)
        other._claims = dict(self._claims)
        return other

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
        return self._apply(Statement.of(index, signed), items, recorded_as)

    def uphold(
        self, index: int, signed: SignedEntry, items: Mapping[str, Item], verdict: Outcome | None
    ) -> list[Violation]:
        """Judge an entry, and take it in as the log decided, even where the rules say otherwise here.

        The rules say otherwise where they rest on entries that a part of a log does not show. An entry that the log
        rejected then changes no facts either. Of an entry in force, what they say stays in `warnings`.

        Args:
            index, signed, items: as in `apply`.
            verdict: what the log decided; None where the rules decide here. An entry of an unknown kind has no effect.

        Returns:
            Every broken rule, whether or not the entry took effect.
        """
        statement = Statement.of(index, signed)
        on_envelope, on_content, candidate = self._judge(statement, items)
        findings = on_envelope + on_content
        violations = errors_of(findings)
        stands = not violations if verdict is None or statement.kind not in kinds() else verdict == "logged"
        admitted = stands if stands == bool(violations) else not on_envelope
        reasons = () if stands else tuple(violations or [RECORDED])
        self._enter(statement, candidate, findings, reasons, admitted=admitted)
        return violations

    def replay(
        self, index: int, signed: SignedEntry, items: Mapping[str, Item], *, admitted: bool, in_force: bool
    ) -> None:
        """Take an entry in as it was judged before, without asking any rule.

        Args:
            index: its place in the log, greater than any before.
            signed: the entry.
            items: the opened items by digest.
            admitted: whether its envelope broke no rule.
            in_force: whether nothing else did either.
        """
        statement = Statement.of(index, signed)
        self._authority.record(statement, admitted=admitted)
        self._size = max(self._size, index + 1)
        if in_force:
            self._take(statement, self._candidate(statement, items))
        else:
            self._rejected[signed.entry_id] = (RECORDED,)

    def _apply(self, statement: Statement, items: Mapping[str, Item], recorded_as: Outcome | None) -> list[Violation]:
        on_envelope, on_content, candidate = self._judge(statement, items)
        findings = on_envelope + on_content
        violations = errors_of(findings)
        if recorded_as == "logged" and (self._unopened or candidate.unopened):
            violations = []
        if recorded_as == "rejected" and not violations:
            violations = [RECORDED]
        self._enter(statement, candidate, findings, tuple(violations), admitted=not on_envelope)
        return violations

    def _enter(
        self,
        statement: Statement,
        candidate: Effective,
        findings: Sequence[Violation],
        reasons: tuple[Violation, ...],
        *,
        admitted: bool,
    ) -> None:
        """Note a judged entry, and take it in where there are no reasons against it."""
        self._authority.record(statement, admitted=admitted)
        self._size = max(self._size, statement.index + 1)
        self._unopened = self._unopened or bool(candidate.unopened)
        if reasons:
            self._rejected[statement.entry_id] = reasons
            return
        if findings:
            self._warnings[statement.entry_id] = tuple(findings)
        self._take(statement, candidate)

    def check(self, index: int, signed: SignedEntry, items: Mapping[str, Item]) -> list[Violation]:
        """Judge an entry without taking it in; gives warnings too."""
        on_envelope, on_content, _ = self._judge(Statement.of(index, signed), items)
        return on_envelope + on_content

    def _judge(
        self, statement: Statement, items: Mapping[str, Item]
    ) -> tuple[list[Violation], list[Violation], Effective]:
        candidate = self._candidate(statement, items)
        on_envelope = self._authority.judge(statement)
        rules = (*STATE_RULES, *ITEM_RULES, *PLACE_RULES, *SEASON_RULES, *APART_RULES)
        on_content = [finding for rule in rules for finding in rule(self, statement, candidate)]
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
            period=statement.period,
            items=opened,
            unopened=tuple(digest for digest in statement.items if digest not in items),
        )

    def _take(self, statement: Statement, entry: Effective) -> None:
        before = self._effective.get(entry.entry_id)
        self._effective[entry.entry_id] = entry
        self._share(before, entry)
        for lot in set(before.lots) - set(entry.lots) if before else ():
            self._naming[lot] = tuple(known for known in self._naming[lot] if known != entry.entry_id)
        for lot in set(entry.lots) - (set(before.lots) if before else set()):
            self._naming[lot] = (*self._naming.get(lot, ()), entry.entry_id)
        self._claim(before, entry)
        if statement.is_amendment:
            return
        kind = kinds()[entry.kind]
        if kind.moves:
            self._move(entry)
        if kind.ends:
            self._consumed.update(dict.fromkeys(entry.lots, entry.entry_id))
        if entry.kind == "receive":
            self._custodian.update(dict.fromkeys(entry.lots, entry.actor))
        self._register(entry)

    def _claim(self, before: Effective | None, entry: Effective) -> None:
        """Keep which entry in force claims a serial."""
        for serial in claimed_by(before.kind, before.data) if before else ():
            if self._claims.get(serial) == entry.entry_id:
                del self._claims[serial]
        for serial in claimed_by(entry.kind, entry.data):
            self._claims[serial] = entry.entry_id

    def _share(self, before: Effective | None, entry: Effective) -> None:
        left, joined = pool_key(before) if before else None, pool_key(entry)
        if left is not None and left != joined:
            self._shift(left, entry.entry_id, None)
        if joined is not None:
            self._shift(joined, entry.entry_id, entry)

    def _shift(self, key: Key, entry_id: str, entry: Effective | None) -> None:
        """Put an entry into those that take part in the pools of a place, or take it out."""
        group = self._sharing.setdefault(key, {})
        if entry is None:
            del group[entry_id]
        else:
            group[entry_id] = entry
        self._pools.pop(key, None)
        self._timelines.pop(key, None)

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
