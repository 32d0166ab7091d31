"""A factor row is proved against its set's digest, and nothing else is."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from iocore.sources import load_all
from passport.errors import FactorUntrusted, MalformedFactorProof
from passport.factor_proof import factor_set_digest, proof_text, prove, read_proof, row_bytes, verify_row

SETS = load_all().sets


@pytest.mark.parametrize("factor_set", SETS, ids=lambda item: item.id)
def test_first_and_last_row_of_every_shipped_set_are_proved(factor_set) -> None:  # type: ignore[no-untyped-def]
    digest = factor_set_digest(factor_set)
    for row in (factor_set.rows[0], factor_set.rows[-1]):
        index, proof = prove(factor_set, row.key)
        sent = read_proof(json.loads(json.dumps(proof_text(proof))))
        assert verify_row(row.as_dict(), index, len(factor_set), sent, digest) == row


def test_digest_is_the_rfc_6962_root_over_canonical_rows() -> None:
    rows = next(item for item in SETS if item.id.startswith("constants:")).rows
    leaves = [hashlib.sha256(b"\0" + row_bytes(row)).digest() for row in rows]
    assert len(leaves) == 4
    pairs = [hashlib.sha256(b"\1" + leaves[place] + leaves[place + 1]).digest() for place in (0, 2)]
    expected = hashlib.sha256(b"\1" + pairs[0] + pairs[1]).hexdigest()
    assert factor_set_digest(next(item for item in SETS if item.id.startswith("constants:"))) == expected
    assert json.loads(row_bytes(rows[0])) == rows[0].as_dict()


def test_changed_row_index_size_or_digest_is_refused() -> None:
    factor_set = SETS[0]
    row = factor_set.rows[3]
    index, proof = prove(factor_set, row.key)
    digest, size = factor_set_digest(factor_set), len(factor_set)
    changed = {**row.as_dict(), "value": "0.0480607211"}
    other = "0" * 64
    for bad in (
        (changed, index, size, proof, digest),
        (row.as_dict(), index + 1, size, proof, digest),
        (row.as_dict(), index, size, proof[1:], digest),
        (row.as_dict(), index, size, proof, other),
        (row.as_dict(), index, size, proof, "not hex"),
        ({"key": "x"}, index, size, proof, digest),
    ):
        with pytest.raises(FactorUntrusted):
            verify_row(*bad)


@pytest.mark.parametrize(
    "value", [None, "x", [1], ["?"], [base64.b64encode(b"short").decode()], [base64.b64encode(bytes(32)).decode()[:-1]]]
)
def test_malformed_proof_is_refused(value: object) -> None:
    with pytest.raises(MalformedFactorProof):
        read_proof(value)
