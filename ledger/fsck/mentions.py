"""Compare the index of things with the entries that it leads to."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from ledger.book.entry import parse_entry
from ledger.book.subjects import Index
from ledger.fsck.finding import Findings
from ledger.projection import CHUNK
from ledger.store.base import LogReader

_BUCKETS: Final = 256


class MentionCheck:
    """Sum what the index must hold, in buckets, so that memory does not grow with the log.

    Where a sum differs, the log is read again for the buckets in question, to say which entry it is.
    """

    def __init__(self, findings: Findings, reader: LogReader) -> None:
        self._findings = findings
        self._reader = reader
        self._sums = [0] * _BUCKETS

    def add(self, index: int, keys: Iterable[bytes]) -> None:
        """Take in the keys of one entry."""
        _add(self._sums, index, keys)

    def finish(self, size: int) -> None:
        """Compare with what is stored.

        Args:
            size: number of entries.
        """
        stored = [0] * _BUCKETS
        for key, index in self._reader.all_mentions():
            _add(stored, index, [key])
        wrong = {bucket for bucket in range(_BUCKETS) if stored[bucket] != self._sums[bucket]}
        if wrong:
            self._name(size, wrong)

    def _name(self, size: int, buckets: set[int]) -> None:
        index = Index()
        wanted: set[tuple[bytes, int]] = set()
        for at in range(0, size, CHUNK):
            for row in self._reader.entries(at, at + CHUNK):
                keys = index.keys(row.idx, parse_entry(row.note), in_force=row.status == "logged")
                wanted.update((key, row.idx) for key in keys if key[0] in buckets)
        held = {(key, idx) for key, idx in self._reader.all_mentions() if _bucket(key) in buckets}
        for _, idx in sorted(wanted - held, key=lambda found: found[1]):
            self._findings.add("mention", idx, "missing", "the index of things does not lead to this entry")
        for _, idx in sorted(held - wanted, key=lambda found: found[1]):
            self._findings.add("mention", idx, "stray", "the index of things leads to an entry in vain")


def _add(sums: list[int], index: int, keys: Iterable[bytes]) -> None:
    for key in keys:
        digest = blake2b(key + index.to_bytes(8, "big", signed=True), digest_size=8).digest()
        bucket = _bucket(key)
        sums[bucket] = (sums[bucket] + int.from_bytes(digest, "big")) & (1 << 64) - 1


def _bucket(key: bytes) -> int:
    return key[0] if key else 0
