"""Pack bundles: entries and factor rows with their proofs, and the openings of an audience, against one tree head."""

from __future__ import annotations

from typing import Any

from iocore.factors import FactorLibrary
from ledger.book.item import parse_item
from ledger.log.canonical import jcs_decode
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import inclusion_proof, leaf_hash, root
from ledger.log.note import SignedNote
from ledger.service import Ledger
from passport.bundle import Audience, Bundle, BundledRow, BundledSet
from passport.calculation import Calculation
from passport.disclosure import read_disclosure
from passport.factor_proof import proof_text, row_bytes
from passport.lineage import Gathered, LineageReader
from passport.store import PassportRow


class FactorShelf:
    """Prove factor rows; the leaf hashes of each set are kept, since sets never change."""

    def __init__(self, library: FactorLibrary) -> None:
        self._library = library
        self._leaves: dict[str, list[bytes]] = {}
        self._rows: dict[str, BundledRow] = {}

    def claim(self, set_id: str) -> tuple[str, int]:
        """Return digest and size of a set."""
        leaves = self._set(set_id)
        return root(leaves).hex(), len(leaves)

    def row(self, row_id: str) -> BundledRow:
        """Return a row with its path to the digest of its set."""
        if row_id not in self._rows:
            set_id, _, key = row_id.rpartition(":")
            leaves = self._set(set_id)
            factor_set = self._library.set(set_id)
            row = factor_set.row(key)
            index = factor_set.rows.index(row)
            self._rows[row_id] = BundledRow(
                set=set_id,
                index=index,
                size=len(leaves),
                row=row.as_dict(),
                proof=proof_text(inclusion_proof(leaves, index)),
            )
        return self._rows[row_id]

    def _set(self, set_id: str) -> list[bytes]:
        if set_id not in self._leaves:
            self._leaves[set_id] = [leaf_hash(row_bytes(row)) for row in self._library.set(set_id).rows]
        return self._leaves[set_id]


def opened_items(gathered: Gathered) -> frozenset[tuple[str, str]]:
    """Return entry id and digest of every opened item."""
    return frozenset(
        (entry.entry_id, parse_item(line).digest)
        for entry, lines in zip(gathered.entries, gathered.lines, strict=True)
        for line in lines
    )


def seal_for(calculation: Calculation, opened: frozenset[tuple[str, str]]) -> Calculation:
    """Seal what rests on items that are not open."""
    return calculation.seal(lambda node: (node.text("entry"), node.text("item")) not in opened)


def pack(
    row: PassportRow,
    *,
    audience: Audience,
    gathered: Gathered,
    reader: LineageReader,
    ledger: Ledger,
    shelf: FactorShelf,
    did: dict[str, Any],
    status: dict[str, Any],
) -> Bundle:
    """Pack the bundle of one passport.

    Args:
        row: the passport.
        audience: who it is for.
        gathered: the entries of its lineage with the openings of that audience.
        reader, ledger, shelf: where notes, proofs and factor rows come from.
        did, status: the issuer's DID document and status list credential.
    """
    credential = jcs_decode(row.credential)
    disclosure = read_disclosure(credential["credentialSubject"]["characteristics"])
    own = reader.index_of(row.entry_id, ledger.size)
    checkpoint = ledger.witnessed(own)
    size = Checkpoint.parse(SignedNote.parse(checkpoint).text).size
    calculation = seal_for(Calculation.from_json(jcs_decode(row.calculation)), opened_items(gathered))
    cited = {node.text("row") for node in calculation.nodes if node.op == "factor"}
    return Bundle(
        type="ecarbon/bundle@v1",
        audience=audience,
        calculation=calculation.to_json(),
        checkpoint=checkpoint.decode("utf-8"),
        credential=credential,
        did=did,
        entries=[reader.bundled(index, size) for index in gathered.indexes],
        erased=_erased(gathered) if audience == "full" else [],
        factor_sets=[BundledSet(id=one.id, digest=one.digest, size=one.size) for one in disclosure.factor_set],
        factors=sorted((shelf.row(row_id) for row_id in cited), key=lambda found: (found.set, found.index)),
        log_key=ledger.log_key.encode(),
        methodology=disclosure.methodology,
        openings=_openings(gathered),
        passport_entry=reader.bundled(own, size),
        status=status,
    )


def _openings(gathered: Gathered) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry, lines in zip(gathered.entries, gathered.lines, strict=True):
        if lines:
            found[entry.entry_id] = sorted(lines, key=lambda line: parse_item(line).digest)
    return found


def _erased(gathered: Gathered) -> list[str]:
    return sorted(
        entry.entry_id
        for entry, lines in zip(gathered.entries, gathered.lines, strict=True)
        if len(lines) < len(entry.entry.items)
    )
