"""Judge submitted notes one after the other, and collect what one append adds.

Three outcomes leave a trace, one does not: `logged` and `rejected` entries become leaves, an equivocation is kept as
evidence, a refusal stores nothing. Judging changes the book it is given; whoever cannot commit drops that book.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.item import Item, parse_item
from ledger.book.state import Book
from ledger.book.subjects import keys_of
from ledger.book.violation import Violation
from ledger.errors import (
    EntryRejected,
    Equivocation,
    KeyFrozen,
    KeyUntrusted,
    LedgerError,
    MalformedEntry,
    OpeningMismatch,
    OpeningMissing,
    SequenceGap,
)
from ledger.heads import next_place, unfreezes
from ledger.log.canonical import jcs
from ledger.log.note import VerifierKey
from ledger.log.signer import check_public_key
from ledger.store.base import EntryRow, EquivocationRow, HeadRow, LogReader


class Candidate(msgspec.Struct, frozen=True):
    """Hold one submitted note as far as it could be read without any state.

    Args:
        signed: the entry, unless it is malformed.
        items: the openings, by digest.
        problem: why the note cannot be an entry.
        item_problem: why its openings do not fit; does not matter for a duplicate.
    """

    signed: SignedEntry | None
    items: Mapping[str, Item] = msgspec.field(default_factory=dict)
    problem: LedgerError | None = None
    item_problem: LedgerError | None = None


class Accepted(msgspec.Struct, frozen=True):
    """Hold an entry that becomes a leaf, with its verdict."""

    index: int
    signed: SignedEntry
    items: Mapping[str, Item]
    status: str
    reasons: str
    mentions: Sequence[bytes]


class Outcome(msgspec.Struct, frozen=True):
    """Say what became of one candidate; the receipt comes with the checkpoint."""

    entry_id: str
    status: str
    index: int | None = None
    problem: dict[str, Any] | None = None


def read_candidate(note: bytes | str, lines: Sequence[str]) -> Candidate:
    """Read a note and its openings; never raises for what they hold."""
    try:
        data = note.encode("utf-8") if isinstance(note, str) else bytes(note)
        signed = parse_entry(data)
    except UnicodeEncodeError:
        return Candidate(None, problem=MalformedEntry("a note is not UTF-8"))
    except LedgerError as error:
        return Candidate(None, problem=error)
    try:
        return Candidate(signed, _read_items(signed, lines))
    except LedgerError as error:
        return Candidate(signed, item_problem=error)


def _read_items(signed: SignedEntry, lines: Sequence[str]) -> dict[str, Item]:
    wanted = set(signed.entry.items)
    found: dict[str, Item] = {}
    for line in lines:
        item = parse_item(line)
        if item.digest not in wanted:
            raise OpeningMismatch("an opening belongs to no digest of its entry", digest=item.digest)
        found[item.digest] = item
    missing = sorted(wanted - found.keys())
    if missing:
        raise OpeningMissing("a digest of the entry came without its opening", digests=missing)
    return found


class Sequencer:
    """Judge candidates in order.

    Args:
        reader: the write block of the append.
        size: entries so far.
        book: the book at that size; changed by judging.
        known: stored entries among the candidates, by id.
        heads: ends of the chains of the candidates' keys; others are read where they are needed.
        registrar: who may sign entry 0; anyone, if nothing is given.
    """

    def __init__(
        self,
        reader: LogReader,
        *,
        size: int,
        book: Book,
        known: Mapping[str, EntryRow],
        heads: Mapping[str, HeadRow | None],
        registrar: VerifierKey | None = None,
    ) -> None:
        self._reader = reader
        self._start = size
        self._book = book
        self._known = known
        self._registrar = registrar
        self._heads = dict(heads)
        self._changed: set[str] = set()
        self._new: dict[str, Accepted] = {}
        self.evidence: list[EquivocationRow] = []
        self.erased: list[str] = []

    @property
    def accepted(self) -> list[Accepted]:
        """Return the new leaves in order."""
        return list(self._new.values())

    @property
    def heads(self) -> list[HeadRow]:
        """Return the heads that changed, by key name."""
        found = (self._heads[name] for name in sorted(self._changed))
        return [head for head in found if head is not None]

    def judge(self, candidate: Candidate) -> Outcome:
        """Judge one candidate; a refusal is an outcome, not an error."""
        entry_id = "" if candidate.signed is None else candidate.signed.entry_id
        try:
            return self._judge(candidate)
        except LedgerError as error:
            return Outcome(entry_id, "refused", None, error.problem())

    def _judge(self, candidate: Candidate) -> Outcome:
        if candidate.signed is None:
            raise candidate.problem or MalformedEntry("the note cannot be read")
        signed = candidate.signed
        twin = self._twin(signed)
        if twin is None or twin[1] != signed.note:
            signed.verify(self._key(signed, duplicate=twin is not None))
        if twin is not None:
            return Outcome(signed.entry_id, "duplicate", twin[0])
        self._follow_head(signed)
        if candidate.item_problem is not None:
            raise candidate.item_problem
        return self._take(signed, candidate.items)

    def _twin(self, signed: SignedEntry) -> tuple[int, bytes] | None:
        """Return index and note of the leaf with the same text."""
        row = self._known.get(signed.entry_id)
        if row is not None:
            return row.idx, row.note
        new = self._new.get(signed.entry_id)
        return None if new is None else (new.index, new.signed.note)

    def _key(self, signed: SignedEntry, *, duplicate: bool) -> VerifierKey:
        if self._next_index == 0:
            return first_key(signed, self._registrar)
        record = self._book.keyring.get(signed.key_name)
        if record is None:
            raise KeyUntrusted("the key is not registered", key_name=signed.key_name)
        if record.revoked_at is not None and not duplicate:
            raise KeyUntrusted("the key is revoked", key_name=signed.key_name, revoked_at=record.revoked_at)
        return record.verifier

    def _follow_head(self, signed: SignedEntry) -> None:
        head = self._head(signed.key_name)
        entry = signed.entry
        if head is not None and head.frozen:
            raise KeyFrozen("the key signed two texts for one sequence number", key_name=signed.key_name, seq=head.seq)
        seq, prev = next_place(head)
        if head is not None and entry.seq <= head.seq:
            self.evidence.append(EquivocationRow(signed.key_name, entry.seq, self._next_index, signed.note))
            self._set_head(msgspec.structs.replace(head, frozen=True))
            raise Equivocation(
                "the key signed another text for this sequence number; it is frozen",
                key_name=signed.key_name,
                seq=entry.seq,
            )
        if entry.seq != seq or entry.prev != prev:
            raise SequenceGap(
                "the entry does not follow its key's previous entry",
                expected=seq,
                expected_prev=prev,
                key_name=signed.key_name,
            )

    def _take(self, signed: SignedEntry, items: Mapping[str, Item]) -> Outcome:
        index = self._next_index
        if index == 0:
            broken = Book.empty().apply(0, signed, items)
            if broken:
                raise EntryRejected("the first entry breaks content rules", violations=_listed(broken))
        broken = self._book.apply(index, signed, items)
        status = "rejected" if broken else "logged"
        admitted = not broken or signed.entry_id in self._book.authority.facts.admitted
        statement = self._book.authority.facts.statements[signed.entry_id]
        mentions = keys_of(statement, admitted=admitted, in_force=not broken)
        self._new[signed.entry_id] = Accepted(index, signed, items, status, reasons_text(broken), mentions)
        self._set_head(HeadRow(signed.key_name, signed.entry.seq, signed.entry_id, index, frozen=False))
        if not broken:
            self._take_effect(signed)
            return Outcome(signed.entry_id, status, index)
        problem = EntryRejected("the entry is logged and takes no effect", violations=_listed(broken)).problem()
        return Outcome(signed.entry_id, status, index, problem)

    def _take_effect(self, signed: SignedEntry) -> None:
        if signed.entry.kind == "erase":
            self.erased.extend(signed.entry.refs)
        if signed.entry.kind == "reattest":
            for head in self._reader.heads():
                current = self._head(head.key_name)
                if current is not None and unfreezes(signed, current):
                    self._set_head(msgspec.structs.replace(current, frozen=False))

    @property
    def _next_index(self) -> int:
        return self._start + len(self._new)

    def _head(self, key_name: str) -> HeadRow | None:
        if key_name not in self._heads:
            self._heads[key_name] = self._reader.head(key_name)
        return self._heads[key_name]

    def _set_head(self, head: HeadRow) -> None:
        self._heads[head.key_name] = head
        self._changed.add(head.key_name)


def first_key(signed: SignedEntry, registrar: VerifierKey | None = None) -> VerifierKey:
    """Return the key that signs entry 0: the one that it registers.

    Raises:
        KeyUntrusted: the entry registers no key, or not the one that signed it or that was configured.
        MalformedKey: its key cannot be used.
    """
    vkey = signed.entry.data.get("vkey")
    if signed.entry.kind != "register_key" or not isinstance(vkey, str):
        raise KeyUntrusted("the first entry registers the registrar's key", key_name=signed.key_name)
    key = VerifierKey.parse(vkey)
    check_public_key(key.public)
    if registrar is not None and key != registrar:
        raise KeyUntrusted("the first entry is not by the configured registrar", key_name=signed.key_name)
    if key.name != signed.key_name:
        raise KeyUntrusted("the first entry is not signed by the key that it registers", key_name=signed.key_name)
    return key


def reasons_text(findings: Sequence[Violation]) -> str:
    """Return findings as the canonical text that is stored beside an entry."""
    return jcs(_listed(findings)).decode("utf-8") if findings else ""


def _listed(findings: Sequence[Violation]) -> list[dict[str, Any]]:
    return [_plain(finding.to_json()) for finding in findings]


def _plain(value: Any) -> Any:
    """Return a value with everything that the strict profile does not know written as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(member) for member in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
