"""Write and read completeness statements: what a monitor that has read the whole log says about one passport's entries.

A statement is a note with one signature: a header line and one line of canonical JSON, as an entry has. It names the
tree that ends with the passport's own entry, since every holder of that entry's inclusion proof can compute its root.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from iocore.times import parse_time
from ledger.errors import LedgerError, MalformedProof
from ledger.log.canonical import MAX_INTEGER, decode, encode
from ledger.log.note import SignedNote
from ledger.log.signer import Signer

HEADER: Final = b"ecarbon/completeness@v1\n"
MAX_STATEMENT: Final = 256 * 1024

Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Hex = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class _Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Be the base of what is decoded from a statement."""


class RevokedKey(_Wire, frozen=True):
    """Name a revoked key, and the place of its revocation: it signs nothing later."""

    vkey: str
    revoked_at: Count


class Completeness(_Wire, frozen=True):
    """Hold a completeness statement.

    Args:
        log: the log's verifier key.
        lot: the passport's lot.
        tree_size: how many entries the closure counts, as the passport states it.
        count: number of entries of the closure.
        digest: hex SHA-256 of their sorted ids joined by newlines.
        size: size of the tree that ends with the passport's own entry.
        root: root of that tree, hex.
        seen: size of the tree that the monitor has read.
        seen_root: its root, hex.
        revoked: the keys that signed the closure and the passport's entry and were revoked up to ``seen``.
        disputed: ids of those entries that lie in a disputed window, up to ``seen``, without anybody standing by them.
        time: when the monitor says so.
        rejected: ids of the entries of the closure that the log rejected whatever their items say; monitors of earlier
            software do not state it.
    """

    log: str
    lot: str
    tree_size: Count
    count: Count
    digest: Hex
    size: Count
    root: Hex
    seen: Count
    seen_root: Hex
    revoked: list[RevokedKey]
    disputed: list[Hex]
    time: str
    rejected: list[Hex] | UnsetType = UNSET

    def sign(self, signer: Signer) -> bytes:
        """Return the signed statement."""
        return signer.sign_note(HEADER + encode(msgspec.to_builtins(self), ascii_only=True) + b"\n")

    def key(self, vkey: str) -> RevokedKey | None:
        """Return what the statement says about a key, or nothing if it is not revoked."""
        return next((key for key in self.revoked if key.vkey == vkey), None)


def parse_completeness(data: bytes) -> tuple[Completeness, SignedNote]:
    """Read a statement in its only spelling; whether to trust a signature of it is the caller's question.

    Raises:
        MalformedProof: not a completeness statement.
    """
    if len(data) > MAX_STATEMENT:
        raise MalformedProof("a completeness statement is too long", size=len(data))
    try:
        note = SignedNote.parse(data)
        if not note.text.startswith(HEADER):
            raise MalformedProof("not a completeness statement")
        value = decode(note.text[len(HEADER) : -1], ascii_only=True)
        statement = msgspec.convert(value, Completeness, strict=True)
        parse_time(statement.time)
    except (LedgerError, msgspec.ValidationError) as error:
        raise MalformedProof("not a completeness statement", reason=str(error)) from None
    return statement, note
