"""Prove that a factor row is in a factor set, by the set's digest.

The digest of a set is the RFC 6962 root over its canonical rows sorted by key. A canonical row is the canonical JSON
of all its fields as text.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence

from iocore.errors import IOCoreError
from iocore.factors import FactorRow, FactorSet
from ledger.errors import LedgerError
from ledger.log.canonical import encode
from ledger.log.merkle import inclusion_proof, leaf_hash, root, verify_inclusion
from passport.errors import FactorUntrusted, MalformedFactorProof


def row_bytes(row: FactorRow) -> bytes:
    """Write the canonical bytes of a row."""
    return encode(row.as_dict())


def factor_set_digest(factor_set: FactorSet) -> str:
    """Return the root over the rows of a set, in hex."""
    return root([leaf_hash(row_bytes(row)) for row in factor_set.rows]).hex()


def prove(factor_set: FactorSet, key: str) -> tuple[int, tuple[bytes, ...]]:
    """Return the position of a row in its set and its inclusion proof."""
    index = factor_set.rows.index(factor_set.row(key))
    leaves = [leaf_hash(row_bytes(row)) for row in factor_set.rows]
    return index, tuple(inclusion_proof(leaves, index))


def proof_text(proof: Sequence[bytes]) -> list[str]:
    """Write the hashes of a proof in base64."""
    return [base64.b64encode(part).decode("ascii") for part in proof]


def read_proof(value: object) -> tuple[bytes, ...]:
    """Read the hashes of a proof.

    Raises:
        MalformedFactorProof: not a list of 32-byte hashes in their one base64 spelling.
    """
    if not isinstance(value, list):
        raise MalformedFactorProof("a proof is a list of hashes")
    parts: list[bytes] = []
    for text in value:
        try:
            part = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
        except (binascii.Error, ValueError) as error:
            raise MalformedFactorProof("a hash of a proof is not base64", text=text) from error
        if len(part) != 32 or base64.b64encode(part).decode("ascii") != text:
            raise MalformedFactorProof("a hash of a proof is not 32 bytes in canonical base64", text=str(text)[:80])
        parts.append(part)
    return tuple(parts)


def verify_row(row: Mapping[str, str], index: int, size: int, proof: Sequence[bytes], digest: str) -> FactorRow:
    """Check that a row is in the set of a digest, and return it.

    Raises:
        FactorUntrusted: the row cannot be read or is not in the set.
    """
    try:
        found = FactorRow.from_dict(row)
        verify_inclusion(leaf_hash(row_bytes(found)), index, size, list(proof), bytes.fromhex(digest))
    except (IOCoreError, LedgerError, ValueError) as error:
        raise FactorUntrusted("the factor row is not in the set", key=row.get("key", ""), reason=str(error)) from error
    return found
