"""Compare openings with the digests of their entries, and unseal every one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger.book.item import Item, by_digest, parse_item
from ledger.errors import LedgerError
from ledger.fsck.chunk import Seen
from ledger.fsck.finding import Findings
from ledger.openings import DataKey, Openings, unseal_row
from ledger.store.base import LogReader, OpeningRow, SecretRow


class Readable:
    """Open what can be opened, and leave aside what cannot: `SealedCheck` names it.

    Args:
        openings: opens rows.
    """

    def __init__(self, openings: Openings) -> None:
        self._openings = openings

    def unseal(self, reader: LogReader, rows: Iterable[OpeningRow]) -> dict[str, tuple[str, ...]]:
        """Open rows one by one; return lines by entry id."""
        lines: dict[str, tuple[str, ...]] = {}
        for row in rows:
            try:
                found = self._openings.unseal(reader, [row])
                by_digest(found[row.entry_id])
            except LedgerError:
                continue
            lines[row.entry_id] = (*lines.get(row.entry_id, ()), *found[row.entry_id])
        return lines


class SealedCheck:
    """Check openings entry by entry.

    Args:
        findings: where faults go.
        reader: the store.
        openings: unseals items; without it they are compared by name only.
    """

    def __init__(self, findings: Findings, reader: LogReader, openings: Openings | None) -> None:
        self._findings = findings
        self._reader = reader
        self._openings = openings
        self._keys: dict[str, DataKey | None] = {}
        self._missing: dict[str, int] = {}
        self._renamed: set[str] = set()

    def rows(self, chunk: Sequence[Seen]) -> dict[str, list[OpeningRow]]:
        """Read the openings of entries, by the id that is stored with the entry."""
        found: dict[str, list[OpeningRow]] = {}
        for row in self._reader.openings([seen.stored_id for seen in chunk if seen.items and seen.stored_id.isascii()]):
            found.setdefault(row.entry_id, []).append(row)
        return found

    def items(self, seen: Seen, rows: Sequence[OpeningRow]) -> dict[str, Item]:
        """Check the openings of one entry; return the items that could be opened."""
        found: dict[str, Item] = {}
        for row in rows:
            problem = self._opening(row, seen, found)
            if problem:
                self._findings.add("opening", seen.idx, "opening", problem)
        if seen.stored_id != seen.entry_id:
            self._renamed.add(seen.entry_id)
        if len(seen.items) > len(rows) or set(seen.items) - {row.digest for row in rows}:
            self._missing[seen.entry_id] = seen.idx
        return found

    def erase(self, entry_ids: Sequence[str]) -> None:
        """Take note of an `erase` entry in force: what it names must be gone."""
        for entry_id in entry_ids:
            self._missing.pop(entry_id, None)
        left = {row.entry_id for row in self._reader.openings(entry_ids)}
        for row in self._reader.known_ids(sorted(left)).values():
            self._findings.add("opening", row.idx, "erased", "an erased opening is still there")

    def rest(self) -> None:
        """Find what is missing, openings without an entry, and keys that cannot be unwrapped."""
        for index in sorted(self._missing.values()):
            self._findings.add(
                "opening",
                index,
                "missing",
                "an opening is missing and no erase entry says why",
            )
        for entry_id in self._reader.stray_openings():
            if entry_id not in self._renamed:
                self._findings.add("opening", None, "stray", f"an opening belongs to no entry: {entry_id[:80]}")
        for secret in self._reader.secrets():
            if secret.destroyed != (secret.wrapped == b""):
                self._findings.add(
                    "actor_secret",
                    None,
                    "destroyed",
                    f"the key of {secret.actor} is neither there nor gone",
                )
            elif not secret.destroyed and secret.actor not in self._keys:
                self._data_key(None, secret.actor, secret)

    def _opening(self, row: OpeningRow, seen: Seen, found: dict[str, Item]) -> str:
        if row.digest not in seen.items:
            return "an opening belongs to no digest of its entry"
        if row.actor != seen.actor:
            return "an opening names another actor than its entry"
        if row.actor not in self._keys:
            self._keys[row.actor] = self._data_key(seen.idx, row.actor, self._reader.secret(row.actor))
        key = self._keys[row.actor]
        if key is None:
            return ""
        try:
            item = parse_item(unseal_row(key, row))
        except LedgerError as error:
            return error.message
        found[item.digest] = item
        return "" if item.audience == row.audience else "the audience is not that of the item"

    def _data_key(self, index: int | None, actor: str, secret: SecretRow | None) -> DataKey | None:
        """Unwrap an actor's data key; report where it cannot be had."""
        if self._openings is None:
            return None
        try:
            return self._openings.unwrap(secret, actor)
        except LedgerError as error:
            self._findings.add("actor_secret", index, "key", f"{actor}: {error.message}")
            return None
