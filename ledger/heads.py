"""Derive the ends of all key chains from entries and evidence, in the order of the log."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ledger.book.entry import SignedEntry
from ledger.ids import key_owner
from ledger.store.base import EquivocationRow, HeadRow

FIRST_PREV = "0" * 64


def unfreezes(signed: SignedEntry, head: HeadRow) -> bool:
    """Say whether a `reattest` entry frees a frozen key: it names it, and is by another key of the same actor."""
    named = signed.entry.data.get("key") == head.key_name != signed.key_name
    return head.frozen and named and key_owner(head.key_name) == signed.entry.recorded_by


def next_place(head: HeadRow | None) -> tuple[int, str]:
    """Return the sequence number and the previous id that a key's next entry needs."""
    return (1, FIRST_PREV) if head is None else (head.seq + 1, head.entry_id)


class Heads:
    """Follow the chains of all keys.

    Args:
        evidence: second texts that keys signed; each freezes its key at the tree size when it came.
    """

    def __init__(self, evidence: Iterable[EquivocationRow]) -> None:
        self._heads: dict[str, HeadRow] = {}
        self._waiting = sorted(evidence, key=lambda found: found.size)

    def get(self, name: str, *, at: int) -> HeadRow | None:
        """Return the end of a key's chain before the entry at an index."""
        self._freeze(at)
        return self._heads.get(name)

    def add(self, index: int, name: str, seq: int, entry_id: str, *, reattest: SignedEntry | None = None) -> None:
        """Take an entry in.

        Args:
            index: its place.
            name: its key.
            seq: its place in the chain of the key.
            entry_id: its id.
            reattest: the entry itself where it is a `reattest` entry in force.
        """
        self._freeze(index)
        held = self._heads.get(name)
        frozen = held is not None and held.frozen
        self._heads[name] = HeadRow(name, seq, entry_id, index, frozen)
        if reattest is not None:
            for head in list(self._heads.values()):
                if unfreezes(reattest, head):
                    self._heads[head.key_name] = msgspec.structs.replace(head, frozen=False)

    def finish(self) -> list[HeadRow]:
        """Return all heads after the last entry, by key name."""
        self._freeze(None)
        return [self._heads[name] for name in sorted(self._heads)]

    def _freeze(self, index: int | None) -> None:
        """Mark the keys whose evidence came before an index."""
        due = [found for found in self._waiting if index is None or found.size <= index]
        if due:
            self._waiting = self._waiting[len(due) :]
            for found in due:
                if found.key_name in self._heads:
                    self._heads[found.key_name] = msgspec.structs.replace(self._heads[found.key_name], frozen=True)
