"""Check stored cosignatures with the keys beside them; whom to trust as a witness is for policies."""

from __future__ import annotations

from ledger.errors import LedgerError
from ledger.fsck.finding import Findings
from ledger.log.note import Signature, SignedNote, VerifierKey
from ledger.log.witness import verify_cosignature
from ledger.store.base import LogReader


def check_cosignatures(findings: Findings, reader: LogReader) -> None:
    """Check that every stored line is a cosignature of the stored checkpoint of its size, by its key."""
    for row in reader.cosignatures():
        found = reader.checkpoints_in(row.size - 1, row.size)
        if not found:
            findings.add("cosignature", row.size, "missing", "there is no checkpoint of this size")
            continue
        try:
            key, line = VerifierKey.parse(row.vkey), Signature.parse(row.line)
            verify_cosignature(SignedNote(SignedNote.parse(found[0][1]).text, (line,)), key)
        except LedgerError as error:
            findings.add("cosignature", row.size, "cosignature", error.message)
