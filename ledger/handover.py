"""Write and check the file that hands entries to a partner: notes, receipts, and the openings of one audience.

The form `ecarbon/export@v1` is described in `ledger/SPEC.md`. Whoever has the file and the log's key checks it without
a network: that the entries are in the log, who signed them, and that the openings are what was signed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.item import parse_item, visible_to
from ledger.book.keyring import REGISTRAR
from ledger.book.state import Book
from ledger.errors import KeyUntrusted, LedgerError, MalformedExport, OpeningMismatch
from ledger.log.canonical import jcs, jcs_decode
from ledger.log.note import VerifierKey
from ledger.log.proof import Receipt
from ledger.log.signer import check_public_key

TYPE: Final = "ecarbon/export@v1"
MOST_BYTES: Final = 64 * 1024 * 1024


class ExportedEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold one entry: its note, its receipt, and the openings that the audience may see."""

    note: str
    receipt: str
    openings: list[str]


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold an export.

    Args:
        type: `ecarbon/export@v1`.
        at: when it was made, RFC 3339.
        audience: which openings are in it.
        entries: in the order of the log.
        log_key: the log's verifier key.
        lot: whose lineage it is.
        reader: for whom it was made.
    """

    type: Literal["ecarbon/export@v1"]
    at: str
    audience: Literal["public", "partner", "full"]
    entries: list[ExportedEntry]
    log_key: str
    lot: str
    reader: str

    def encode(self) -> bytes:
        """Return the JCS bytes of the file."""
        return jcs(msgspec.to_builtins(self))


@dataclass(frozen=True, slots=True)
class CheckedExport:
    """Say what an export holds, all of it checked but whom to trust.

    Args:
        export: the file.
        log_key: the key that signed every tree head in it.
        registrars: the keys that registered the others.
        entries: the entries by index.
        opened, closed: number of items that are open in it, and that are not.
    """

    export: Export
    log_key: VerifierKey
    registrars: tuple[VerifierKey, ...]
    entries: Mapping[int, SignedEntry]
    opened: int
    closed: int


def parse_export(data: bytes) -> Export:
    """Read an export, accepting only its own JCS bytes.

    Raises:
        MalformedExport: any other bytes, a field missing or unknown, or of another type.
    """
    if len(data) > MOST_BYTES:
        raise MalformedExport("an export is at most 64 MiB", size=len(data))
    try:
        return msgspec.convert(jcs_decode(data, exact=True), Export, strict=True)
    except LedgerError as error:
        raise MalformedExport("an export is canonical JSON (RFC 8785)", reason=error.message) from None
    except msgspec.ValidationError as error:
        raise MalformedExport("the file does not have the form ecarbon/export@v1", reason=str(error)) from None


def check_export(data: bytes) -> CheckedExport:
    """Check an export as far as it goes without knowing whom to trust.

    Every note is in the log of the file's key, once and in order; its key was registered before it and not revoked as
    far as the file tells, and signed it; every opening belongs to a digest of its entry and to the file's audience.

    Raises:
        Malformed: the file or a part of it cannot be read.
        ProofUntrusted, SignatureUntrusted, KeyUntrusted, OpeningMismatch: it does not hold.
    """
    export = parse_export(data)
    log_key = VerifierKey.parse(export.log_key)
    check_public_key(log_key.public)
    placed: list[tuple[int, SignedEntry, list[str]]] = []
    opened = closed = 0
    for one in export.entries:
        signed = parse_entry(one.note.encode("utf-8"))
        receipt = Receipt.parse(one.receipt)
        receipt.verify(signed.note, log_key)
        _check_openings(signed, one.openings, export.audience)
        opened += len(one.openings)
        closed += len(signed.entry.items) - len(one.openings)
        placed.append((receipt.index, signed, one.openings))
    if any(later[0] <= earlier[0] for earlier, later in itertools.pairwise(placed)):
        raise MalformedExport("the entries of an export stand in the order of the log, each once")
    registrars = _check_signatures(placed)
    entries = {index: signed for index, signed, _ in placed}
    return CheckedExport(export, log_key, registrars, entries, opened, closed)


def _check_openings(signed: SignedEntry, lines: Iterable[str], audience: str) -> None:
    left = set(signed.entry.items)
    for line in lines:
        item = parse_item(line)
        if item.digest not in left:
            raise OpeningMismatch("an opening belongs to no digest of its entry", digest=item.digest)
        if not visible_to(item.audience, audience):
            raise OpeningMismatch("an opening is not meant for the audience of the file", digest=item.digest)
        left.remove(item.digest)


def _check_signatures(placed: list[tuple[int, SignedEntry, list[str]]]) -> tuple[VerifierKey, ...]:
    book = Book.fold(((index, signed.note, lines) for index, signed, lines in placed), partial=True)
    for index, signed, _ in placed:
        record = book.keyring.key(signed.key_name)
        if not record.valid_at(index):
            raise KeyUntrusted("the key was not valid where its entry stands", key_name=signed.key_name, index=index)
        signed.verify(record.verifier)
    return tuple(record.verifier for record in book.keyring.with_role(REGISTRAR))


def export_of(
    entries: Iterable[tuple[SignedEntry, Receipt, Iterable[str]]], *, log_key: VerifierKey, **about: Any
) -> Export:
    """Put an export together.

    Args:
        entries: entry, receipt and openings, in the order of the log.
        log_key: the log's key.
        about: `lot`, `audience`, `reader` and `at`.
    """
    parts = [
        ExportedEntry(signed.note.decode("utf-8"), receipt.encode().decode("utf-8"), list(lines))
        for signed, receipt, lines in entries
    ]
    return Export(type="ecarbon/export@v1", entries=parts, log_key=log_key.encode(), **about)
