"""Follow which keys may sign: the registrations and revocations of the log, and nothing else of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ledger.book.authority import Authority
from ledger.book.keyring import KeyRecord
from ledger.book.statement import Statement
from ledger.errors import LedgerError
from ledger.fsck.chunk import read_entry
from ledger.log.note import VerifierKey
from ledger.sequencer import first_key

# What a registration of a key rests on; all of these are judged by envelopes alone.
_MARKS: Final = tuple(f'"kind":"{kind}"'.encode() for kind in ("register_actor", "register_key", "revoke_key"))
_NAME: Final = "— ".encode()


class Keys:
    """Know every key of the log, with the range of entries that it may sign."""

    def __init__(self) -> None:
        self._authority = Authority()

    def record(self, name: str) -> KeyRecord | None:
        """Return what the log says about a key."""
        return self._authority.facts.keyring.get(name)

    def read(self, notes: Iterable[tuple[int, bytes]]) -> dict[str, VerifierKey]:
        """Take the registrations among the next notes in; return the keys that sign these notes."""
        names: set[str] = set()
        found: dict[str, VerifierKey] = {}
        for index, note in notes:
            names.add(_signer_name(note))
            if any(mark in note for mark in _MARKS):
                signed = read_entry(note)
                if signed is None:
                    continue
                if index == 0:
                    try:
                        found[signed.key_name] = first_key(signed)
                    except LedgerError:
                        continue
                self._authority.read(Statement.of(index, signed))
        for name in names:
            record = self.record(name)
            if record is not None:
                found[name] = record.verifier
        return found


def _signer_name(note: bytes) -> str:
    start = note.rfind(_NAME) + len(_NAME)
    return note[start : note.find(b" ", start)].decode("utf-8", "replace")
