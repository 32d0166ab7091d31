"""Read the entries behind a lot from the ledger, as the issuer and every checker see them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.lineage import closure
from ledger.book.state import Book
from ledger.errors import EntryNotFound
from ledger.log.note import b64encode
from ledger.service import Ledger
from passport.bundle import BundledEntry


@dataclass(frozen=True, slots=True)
class Gathered:
    """Hold the entries behind a lot at a log size: indexes, entries and opened lines."""

    lot: str
    tree_size: int
    indexes: tuple[int, ...]
    entries: tuple[SignedEntry, ...]
    lines: tuple[tuple[str, ...], ...]

    @property
    def entry_ids(self) -> tuple[str, ...]:
        """Return the ids of the entries."""
        return tuple(entry.entry_id for entry in self.entries)

    def book(self, size: int | None = None) -> Book:
        """Fold the entries, and nothing else, into a book; only those below a size if one is given."""
        triples = zip(self.indexes, self.entries, self.lines, strict=True)
        return Book.fold(
            ((index, entry.note, lines) for index, entry, lines in triples if size is None or index < size),
            partial=True,
        )


class LineageReader:
    """Read entries, openings and proofs from a ledger; notes and proofs are kept, since they never change."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._entries: list[SignedEntry] = []
        self._proofs: tuple[int, dict[int, tuple[bytes, ...]]] = (0, {})

    def entries(self, size: int) -> Sequence[SignedEntry]:
        """Return all entries below a size."""
        with self._lock:
            if len(self._entries) < size:
                self._entries.extend(
                    parse_entry(stored.note) for stored in self._ledger.entries(len(self._entries), size)
                )
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
        return Gathered(lot, tree_size, tuple(indexes), chosen, lines)

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
