"""Compare openings with the digests of their entries, and unseal every one."""

from __future__ import annotations

from collections.abc import Container, Sequence

from ledger.book.entry import SignedEntry
from ledger.book.item import Item, parse_item
from ledger.errors import LedgerError
from ledger.fsck.finding import Findings
from ledger.openings import DataKey, Openings, unseal_row
from ledger.store.base import LogReader, OpeningRow


class SealedCheck:
    """Check openings entry by entry.

    Args:
        findings: where faults go.
        reader: the store.
        openings: unseals items; without it they are compared by name only.
        erased: ids of entries whose openings a logged `erase` entry took away.
    """

    def __init__(
        self, findings: Findings, reader: LogReader, openings: Openings | None, erased: Container[str]
    ) -> None:
        self._findings = findings
        self._reader = reader
        self._openings = openings
        self._erased = erased
        self._keys: dict[str, DataKey | None] = {}
        self._known: set[str] = set()

    def items(self, index: int, signed: SignedEntry, rows: Sequence[OpeningRow]) -> dict[str, Item]:
        """Check the openings of one entry; return the items that could be opened."""
        self._known.add(signed.entry_id)
        found: dict[str, Item] = {}
        for row in rows:
            problem = self._opening(index, row, signed, found)
            if problem:
                self._findings.add("opening", index, "opening", problem)
        present = {row.digest for row in rows}
        if set(signed.entry.items) - present and signed.entry_id not in self._erased:
            message = "an opening is missing and no erase entry says why"
            self._findings.add("opening", index, "missing", message)
        if present and signed.entry_id in self._erased:
            self._findings.add("opening", index, "erased", "an erased opening is still there")
        return found

    def rest(self, *, all_known: bool) -> None:
        """Find openings without an entry, and keys that cannot be unwrapped.

        Args:
            all_known: every entry could be read, so that an unknown id is a fault.
        """
        for entry_id in sorted(self._reader.opening_ids() - self._known) if all_known else ():
            self._findings.add("opening", None, "stray", f"an opening belongs to no entry: {entry_id[:80]}")
        for secret in self._reader.secrets():
            if secret.destroyed != (secret.wrapped == b""):
                message = f"the key of {secret.actor} is neither there nor gone"
                self._findings.add("actor_secret", None, "destroyed", message)
            elif not secret.destroyed and secret.actor not in self._keys:
                self._data_key(None, secret.actor)

    def _opening(self, index: int, row: OpeningRow, signed: SignedEntry, found: dict[str, Item]) -> str:
        if row.digest not in signed.entry.items:
            return "an opening belongs to no digest of its entry"
        if row.actor != signed.entry.actor:
            return "an opening names another actor than its entry"
        key = self._data_key(index, row.actor)
        if key is None:
            return ""
        try:
            item = parse_item(unseal_row(key, row))
        except LedgerError as error:
            return error.message
        found[item.digest] = item
        return "" if item.audience == row.audience else "the audience is not that of the item"

    def _data_key(self, index: int | None, actor: str) -> DataKey | None:
        """Return an actor's data key; report once where it cannot be had."""
        if self._openings is None:
            return None
        if actor not in self._keys:
            self._keys[actor] = None
            try:
                self._keys[actor] = self._openings.unwrap(self._reader.secret(actor), actor)
            except LedgerError as error:
                self._findings.add("actor_secret", index, "key", f"{actor}: {error.message}")
        return self._keys[actor]
