"""Read the entries behind a lot from the ledger, as the issuer and every checker see them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Final

from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.item import Item, by_digest
from ledger.book.lineage import closure
from ledger.book.state import Book, Outcome
from ledger.errors import EntryNotFound
from ledger.log.note import b64encode
from ledger.projection import opened_items
from ledger.service import Ledger
from passport.bundle import BundledEntry

STRETCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Gathered:
    """Hold the entries behind a lot at a log size: indexes, entries, opened lines, and what the log decided.

    Without verdicts the entries are judged by themselves.
    """

    lot: str
    tree_size: int
    indexes: tuple[int, ...]
    entries: tuple[SignedEntry, ...]
    lines: tuple[tuple[str, ...], ...]
    verdicts: tuple[Outcome, ...] = ()

    @property
    def entry_ids(self) -> tuple[str, ...]:
        """Return the ids of the entries."""
        return tuple(entry.entry_id for entry in self.entries)

    def book(self, size: int | None = None) -> Book:
        """Fold the entries, and nothing else, as the log decided; only those below a size if one is given."""
        return self.fold(size)[0]

    def fold(self, size: int | None = None) -> tuple[Book, Mapping[str, Outcome]]:
        """Fold the entries as `book` does; give with it the verdicts that the entries by themselves do not give."""
        book, beyond = Book.empty(partial=True), dict[str, Outcome]()
        verdicts = self.verdicts or repeat(None, len(self.entries))
        for index, entry, lines, verdict in zip(self.indexes, self.entries, self.lines, verdicts, strict=True):
            if size is None or index < size:
                broken = book.uphold(index, entry, by_digest(lines), verdict)
                if verdict is not None and (verdict == "logged") == bool(broken):
                    beyond[entry.entry_id] = verdict
        return book, beyond


class LineageReader:
    """Read entries, openings and proofs from a ledger; notes and proofs are kept, since they never change."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._entries: list[SignedEntry] = []
        self._verdicts: list[Outcome] = []
        self._proofs: tuple[int, dict[int, tuple[bytes, ...]]] = (0, {})

    def entries(self, size: int) -> Sequence[SignedEntry]:
        """Return all entries below a size."""
        with self._lock:
            if len(self._entries) < size:
                for stored in self._ledger.entries(len(self._entries), size):
                    self._entries.append(parse_entry(stored.note))
                    self._verdicts.append("rejected" if stored.status == "rejected" else "logged")
            return self._entries[:size]

    def gather(self, lot: str, tree_size: int) -> Gathered:
        """Return the complete lineage of a lot at a log size."""
        entries = self.entries(tree_size)
        wanted = set(closure(entries, lot, tree_size))
        return self.at(lot, tree_size, [index for index, entry in enumerate(entries) if entry.entry_id in wanted])

    def at(self, lot: str, tree_size: int, indexes: Sequence[int], *, audience: str = "full") -> Gathered:
        """Return the entries at given places, with the openings that an audience may see."""
        entries = self.entries(tree_size)
        chosen = tuple(entries[index] for index in indexes)
        lines = tuple(
            (self._ledger.items(entry.entry_id, audience=audience) or ()) if entry.entry.items else ()
            for entry in chosen
        )
        return Gathered(lot, tree_size, tuple(indexes), chosen, lines, tuple(self._verdicts[one] for one in indexes))

    def index_of(self, entry_id: str, size: int) -> int:
        """Return the place of an entry.

        Raises:
            EntryNotFound: the log has no such entry below the size.
        """
        for index, entry in enumerate(self.entries(size)):
            if entry.entry_id == entry_id:
                return index
        raise EntryNotFound("the log holds no such entry", entry_id=entry_id)

    def bundled(self, index: int, size: int) -> BundledEntry:
        """Return an entry with its inclusion proof in the tree of a size."""
        with self._lock:
            if self._proofs[0] != size:
                self._proofs = (size, {})
            proofs = self._proofs[1]
        if index not in proofs:
            proofs[index] = self._ledger.inclusion(index, size)
        note = self.entries(index + 1)[index].note
        return BundledEntry(index=index, note=note.decode("utf-8"), proof=[b64encode(part) for part in proofs[index]])


class LedgerSource:
    """Give the entries of a ledger below a size, as `passport.season` asks for them.

    Args:
        ledger: the ledger.
        size: number of entries.
        step: told after each stretch of notes how many were read.
    """

    def __init__(self, ledger: Ledger, size: int, step: Callable[[int], None] = lambda done: None) -> None:
        self._ledger = ledger
        self._size = size
        self._step = step

    def notes(self) -> Iterator[tuple[bytes, bool]]:
        """Return all notes in order, and whether each took effect."""
        for stored in self._ledger.entries(0, self._size):
            if stored.index % STRETCH == 0:
                self._step(stored.index)
            yield stored.note, stored.status == "logged"

    def opened(self, indexes: Sequence[int]) -> Iterator[tuple[int, bytes, Mapping[str, Item]]]:
        """Return index, note and opened items of some entries, in the order of the log."""
        with self._ledger.store.read() as reader:
            for at in range(0, len(indexes), STRETCH):
                rows = sorted(reader.entries_at(list(indexes[at : at + STRETCH])), key=lambda row: row.idx)
                items = opened_items(reader, self._ledger.openings, rows)
                for row in rows:
                    yield row.idx, row.note, items.get(row.entry_id, {})
