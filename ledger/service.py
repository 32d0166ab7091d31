"""Append signed entries and answer with receipts: the one writer of the log.

One transaction holds everything that a batch changes: entries, heads, tiles, the linear chain, openings and the signed
checkpoint. Whoever holds the store's write block is the sequencer, and reads the state first.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from iocore.times import Clock
from ledger import tree
from ledger.book.item import Item
from ledger.book.state import Book
from ledger.errors import EntryNotFound, LedgerError, LogRolledBack, StoreUnavailable
from ledger.guard import Guard
from ledger.live import LiveBook
from ledger.log.note import VerifierKey
from ledger.log.proof import Receipt
from ledger.log.signer import Signer
from ledger.openings import Openings
from ledger.projection import erases, fold
from ledger.reading import LogReading, check_size
from ledger.reindex import reindex
from ledger.sequencer import Accepted, Candidate, Outcome, Sequencer, read_candidate
from ledger.store.base import Batch, LogReader, LogState, LogStore, LogWriter

_log = logging.getLogger(__name__)


class SubmitResult(msgspec.Struct, frozen=True):
    """Say what became of one submitted note.

    Args:
        entry_id: hex, empty where the note could not be read.
        status: `logged`, `duplicate`, `rejected` (logged, without effect) or `refused` (not logged).
        index: place in the log.
        receipt: text of the receipt of everything that is in the log.
        problem: why it was rejected or refused.
    """

    entry_id: str
    status: str
    index: int | None = None
    receipt: str | None = None
    problem: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return one JSON-ready object."""
        return {
            "entry_id": self.entry_id,
            "status": self.status,
            "index": self.index,
            "receipt": self.receipt,
            "problem": self.problem,
        }


class _Poison(Exception):
    """Carry the position of a candidate that a rule could not digest."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class Ledger(LogReading):
    """Append entries, and read what the log and its book say.

    Args:
        store: where the log lives.
        log_signer: the log's key; its name is the origin.
        openings: the sealed side store, in the same store.
        clock: says what time it is, to whoever asks the ledger.
        registrar: the only key that may sign entry 0; any, if nothing is given.
        guard: remembers outside the store what was signed; a store behind it can only be read.

    Raises:
        StoreConflict, KeyUntrusted: the store holds the log of another key.
        LogRolledBack: the store holds no log, and the guard knows of one.
        LedgerCorrupt: its state contradicts itself.
    """

    def __init__(
        self,
        store: LogStore,
        log_signer: Signer,
        openings: Openings,
        clock: Clock,
        *,
        registrar: VerifierKey | None = None,
        guard: Guard | None = None,
    ) -> None:
        super().__init__(store)
        self.clock = clock
        self._signer = log_signer
        self._openings = openings
        self._registrar = registrar
        self._guard = guard
        self._lock = threading.RLock()
        self._live = LiveBook(openings)
        self._asking = threading.Lock()
        self._seen = LiveBook(openings)
        self._folding = threading.Lock()
        self._book: Book | None = None
        self._compact_due = False
        self._signed: LogState | None = None
        with store.write() as writer:
            self._begin(writer, writer.state())

    @property
    def log_key(self) -> VerifierKey:
        """Return the log's public key."""
        return self._signer.public_key

    @property
    def origin(self) -> str:
        """Return the log's name."""
        return self._signer.name

    @property
    def openings(self) -> Openings:
        """Return the sealed side store."""
        return self._openings

    def fault(self) -> LedgerError | None:
        """Say why nothing can be appended: the store is behind what this log has signed, or holds another tree."""
        return None if self._guard is None else self._guard.fault(self._store)

    def submit(self, notes: Sequence[tuple[bytes, Sequence[str]]]) -> list[SubmitResult]:
        """Append a batch of notes with their openings, in order, and answer each with a receipt or a problem.

        Everything is durable when this returns. A bad note never fails the others.

        Raises:
            StoreUnavailable: nothing was stored, or it is unknown whether; send the same notes again.
            LogRolledBack: the store is behind what this log has signed; nothing was stored.
            LedgerCorrupt: the store contradicts itself; nothing was signed.
        """
        candidates = [read_candidate(note, lines) for note, lines in notes]
        with self._lock:
            while True:
                try:
                    results, erased = self._append(candidates)
                    break
                except _Poison as poison:
                    self._forget()
                    candidates[poison.position] = _unjudged(candidates[poison.position])
                except BaseException:
                    self._forget()
                    raise
            if erased:
                self._forget_items()
                self._compact_due = True
            if self._compact_due:
                self._compact()
        return results

    def items(self, entry_id: str, *, audience: str = "full") -> tuple[str, ...] | None:
        """Return the item lines of an entry that an audience may see; nothing once erased.

        Raises:
            EntryNotFound: there is no such entry.
        """
        self.entry(entry_id)
        return self._openings.open_items(entry_id, audience=audience)

    def book(self, size: int | None = None) -> Book:
        """Return the book at a log size, by default now.

        Raises:
            EntryNotFound: the log is not that large.
        """
        with self._folding, self._store.read() as reader:
            check_size(reader, size or 0)
            if size is None:
                return self._current(reader, tree.read_state(reader).size).copy()
            return fold(reader, self._openings, Book.empty(), start=0, end=size)

    def disputed(self, entry_ids: Sequence[str]) -> tuple[str, ...]:
        """Name those of some entries that lie in the disputed window of their key, with nobody standing by them.

        Raises:
            EntryNotFound: there is no such entry.
        """
        with self._asking, self._store.read() as reader, self._seen.reading(reader, tree.read_state(reader).size):
            facts = self._seen.authority.facts
            unknown = [one for one in entry_ids if one not in facts.statements]
            if unknown:
                raise EntryNotFound("the log holds no such entry", entry_id=unknown[0])
            return tuple(one for one in entry_ids if facts.disputed(one))

    def erase(self, entry_ids: Sequence[str]) -> int:
        """Erase the openings of entries for good; return how many there were.

        A logged `erase` entry does this by itself; use this to repeat what it could not finish.
        """
        with self._lock:
            self._forget_items()
            return self._openings.erase(entry_ids)

    def reindex(self) -> int:
        """Rebuild every projection from the canonical bytes; return how many rows changed.

        Raises:
            LedgerCorrupt: the notes do not lead to a tree head that the log signed.
        """
        with self._lock:
            self._upper.clear()
            self._forget()
            with self._store.write() as writer:
                return reindex(writer, self.log_key, self._openings)

    def _append(self, candidates: Sequence[Candidate]) -> tuple[list[SubmitResult], int]:
        with self._store.write() as writer:
            state = tree.read_state(writer)
            if state != self._signed:
                tree.check_state(state, self.log_key)
            self._admit(writer, state)
            read = [candidate.signed for candidate in candidates if candidate.signed is not None]
            names = sorted({signed.key_name for signed in read})
            ends = writer.known_heads(names)
            known = writer.known_ids([signed.entry_id for signed in read])
            sequencer = Sequencer(
                writer,
                size=state.size,
                book=self._live,
                known=known,
                heads={name: ends.get(name) for name in names},
                registrar=self._registrar,
            )
            with self._live.reading(writer, state.size):
                self._live.expect(signed for signed in read if signed.entry_id not in known)
                outcomes = [_judge(sequencer, position, found) for position, found in enumerate(candidates)]
            accepted = sequencer.accepted
            receipts: Sequence[Receipt] = ()
            if accepted:
                state, receipts = tree.extend(
                    writer,
                    state,
                    accepted,
                    heads=sequencer.heads,
                    evidence=sequencer.evidence,
                    signer=self._signer,
                )
                self._openings.seal(writer, _sealable(accepted))
            elif sequencer.heads or sequencer.evidence:
                writer.append(Batch(heads=sequencer.heads, equivocations=sequencer.evidence))
            erased = self._openings.erase_within(writer, sequencer.erased) if sequencer.erased else 0
            results = _answer(writer, outcomes, {receipt.index: receipt for receipt in receipts})
        self._live.settle(state.size)
        self._signed = state
        if self._guard is not None:
            self._guard.keep(state)  # Durable there before any receipt is released.
        return results, erased

    def _begin(self, writer: LogWriter, state: LogState | None) -> None:
        """Sign the empty tree in a new store; look at what an old one holds, and say where it can only be read."""
        if state is None:
            self._admit(writer, None)
            writer.advance(tree.first_state(self._signer))
            return
        tree.check_state(state, self.log_key)
        try:
            self._admit(writer, state)
        except LogRolledBack as error:
            _log.error("%s: %s", error.message, error.context)

    def _admit(self, reader: LogReader, state: LogState | None) -> None:
        if self._guard is not None:
            self._guard.admit(reader, state)

    def _current(self, reader: LogReader, size: int) -> Book:
        """Return the whole book at the current size, folding what was added since it was asked for last."""
        book, self._book = self._book, None
        if book is None or book.size > size or erases(reader, start=book.size, end=size):
            book = Book.empty()
        self._book = fold(reader, self._openings, book, start=book.size, end=size)
        return self._book

    def _compact(self) -> None:
        """Leave nothing of erased openings in any file; where readers are in the way, the next append tries again."""
        try:
            self._store.compact()
            self._compact_due = False
        except StoreUnavailable as error:
            _log.warning("erased openings are destroyed, but old pages wait for a reader: %s", error.message)

    def _forget_items(self) -> None:
        """Drop what holds opened items; a book that is being folded just now is dropped when it is asked for again."""
        self._forget()
        self._book = None
        with self._asking:
            self._seen.forget()

    def _forget(self) -> None:
        """Drop what a failed append has left behind in memory."""
        self._live.forget()
        self._signed = None


def _judge(sequencer: Sequencer, position: int, candidate: Candidate) -> Outcome:
    try:
        return sequencer.judge(candidate)
    except Exception:
        _log.exception("an entry could not be judged")
        raise _Poison(position) from None


def _unjudged(candidate: Candidate) -> Candidate:
    """Return the refusal of an entry that no rule could digest."""
    entry_id = "" if candidate.signed is None else candidate.signed.entry_id
    return Candidate(None, problem=LedgerError("the entry cannot be judged; please report it", entry_id=entry_id))


def _answer(reader: LogReader, outcomes: Sequence[Outcome], new: Mapping[int, Receipt]) -> list[SubmitResult]:
    stored = tree.receipts(reader)

    def receipt(index: int | None) -> str | None:
        return None if index is None else (new.get(index) or stored(index)).encode().decode("utf-8")

    return [SubmitResult(one.entry_id, one.status, one.index, receipt(one.index), one.problem) for one in outcomes]


def _sealable(accepted: Sequence[Accepted]) -> list[tuple[str, str, Item]]:
    return [(new.signed.entry_id, new.signed.entry.actor, item) for new in accepted for item in new.items.values()]
