"""Remember what the ledger holds while a file is being signed: the book, key heads, and what was recorded already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ledger.book.entry import Entry, SignedEntry, parse_entry
from ledger.book.item import Item, parse_item
from ledger.book.state import Book
from ledger.book.violation import Violation, errors_of
from ledger.ids import NO_ENTRY
from ledger.log.canonical import encode
from web.imports.directory import Directory


@dataclass(frozen=True, slots=True)
class Recorded:
    """Hold an entry of the log with the items that are open here."""

    index: int
    entry_id: str
    entry: Entry
    items: tuple[Item, ...]
    accepted: bool

    def content(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Give the items as name and value pairs."""
        return [(item.name, item.value) for item in self.items]


def fingerprint(entry: Entry, items: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """Digest what an entry says, leaving out salts, place in the chain and references.

    The same row read twice has the same fingerprint, so it is recorded once.
    """
    said = {
        "actor": entry.actor,
        "data": entry.data,
        "event_time": entry.event_time,
        "facility": entry.facility,
        "items": sorted(encode([name, dict(value)]).decode("utf-8") for name, value in items),
        "kind": entry.kind,
        "lots": list(entry.lots),
        "stage": entry.stage,
    }
    return sha256(encode(said)).hexdigest()


class History:
    """Follow a log entry by entry; a private copy that a dry run may spend.

    Args:
        pairs: notes with their open item lines (None where erased), in the order of the log.
    """

    __slots__ = ("_prints", "book", "directory", "entries", "heads", "size")

    def __init__(self, pairs: Iterable[tuple[bytes, Sequence[str] | None]] = ()) -> None:
        self.book = Book.empty()
        self.directory = Directory()
        self.entries: dict[str, Recorded] = {}
        self.heads: dict[str, tuple[int, str]] = {}
        self.size = 0
        self._prints: dict[str, str] = {}
        for note, lines in pairs:
            self.add(parse_entry(note), [parse_item(line) for line in lines or ()])

    def add(self, signed: SignedEntry, items: Sequence[Item]) -> list[Violation]:
        """Take the next entry of the log in, whether it has effect or not; give the rules that it breaks."""
        found = self.book.apply(self.size, signed, {item.digest: item for item in items})
        self._take(signed, items, accepted=not found)
        return found

    def trial(self, signed: SignedEntry, items: Sequence[Item]) -> list[Violation]:
        """Give the rules that an entry would break as the next one, warnings left out; nothing changes."""
        return errors_of(self.book.check(self.size, signed, {item.digest: item for item in items}))

    def _take(self, signed: SignedEntry, items: Sequence[Item], *, accepted: bool) -> None:
        entry = signed.entry
        record = Recorded(self.size, signed.entry_id, entry, tuple(items), accepted)
        self.entries[signed.entry_id] = record
        self.heads[signed.key_name] = (entry.seq, signed.entry_id)
        self.size += 1
        if accepted:
            self._prints[fingerprint(entry, record.content())] = signed.entry_id
            self.directory.learn(kind=entry.kind, actor=entry.actor, facility=entry.facility, items=record.content())

    def head(self, key_name: str) -> tuple[int, str]:
        """Give the sequence number and id of a key's latest entry; 0 and zeros before the first."""
        return self.heads.get(key_name, (0, NO_ENTRY))

    def recorded(self, content: str) -> str:
        """Give the id of the entry with a fingerprint, empty when there is none."""
        return self._prints.get(content, "")

    def accepted(self) -> Iterable[Recorded]:
        """Give every entry that has effect, latest first."""
        return (record for record in reversed(self.entries.values()) if record.accepted)
