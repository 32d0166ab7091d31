"""Fold stored entries into the book, and keep the latest book at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from ledger.book.entry import parse_entry
from ledger.book.item import Item, by_digest
from ledger.book.state import Book, Outcome
from ledger.store.base import EntryRow, LogReader, OpeningRow

CHUNK: Final = 1000


class Unsealing(Protocol):
    """Open stored openings, as `ledger.openings.Openings` does."""

    def unseal(self, reader: LogReader, rows: Iterable[OpeningRow]) -> Mapping[str, tuple[str, ...]]:
        """Open rows; return lines by entry id."""


def fold(reader: LogReader, openings: Unsealing, book: Book, *, start: int, end: int) -> Book:
    """Apply stored entries ``start <= index < end`` to a book that stands at ``start``.

    The stored verdicts count: an opening that was erased since must not change them.
    """
    for at in range(start, end, CHUNK):
        rows = reader.entries(at, min(at + CHUNK, end))
        items = opened_items(reader, openings, rows)
        for row in rows:
            replay(book, row, items.get(row.entry_id, {}))
    return book


def erases(reader: LogReader, *, start: int, end: int) -> bool:
    """Say whether an `erase` entry took effect between two indexes: what it names must leave every cache."""
    return any(is_erase(row) for at in range(start, end, CHUNK) for row in reader.entries(at, min(at + CHUNK, end)))


def is_erase(row: EntryRow) -> bool:
    """Say whether a stored entry is an `erase` entry in force; its canonical bytes show its kind."""
    return row.status == "logged" and b'"kind":"erase"' in row.note


def replay(book: Book, row: EntryRow, items: Mapping[str, Item]) -> None:
    """Apply one stored entry with its stored verdict."""
    recorded: Outcome = "rejected" if row.status == "rejected" else "logged"
    book.apply(row.idx, parse_entry(row.note), items, recorded_as=recorded)


def opened_items(reader: LogReader, openings: Unsealing, rows: Sequence[EntryRow]) -> dict[str, Mapping[str, Item]]:
    """Open what is left of the items of stored entries, by entry id and digest."""
    sealed = reader.openings([row.entry_id for row in rows])
    return {entry_id: by_digest(lines) for entry_id, lines in openings.unseal(reader, sealed).items()}
