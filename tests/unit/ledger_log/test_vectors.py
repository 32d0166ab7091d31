"""Check our own receipts: the file is what we make, every good one verifies, every bad one fails for its reason."""

from __future__ import annotations

import json
from base64 import b64decode

import pytest

from ledger.errors import LedgerError
from ledger.log import merkle
from ledger.log.note import SignedNote, VerifierKey
from ledger.log.proof import Receipt
from ledger.log.witness import verify_cosignature
from tests.support.make_log_vectors import PATH, make, render

CONTENT = json.loads(PATH.read_text(encoding="utf-8"))
KEY = VerifierKey.parse(CONTENT["log_key"])


def test_file_is_what_we_make() -> None:
    assert PATH.read_text(encoding="utf-8") == render(make())


def test_every_good_receipt_verifies() -> None:
    for case in CONTENT["good"]:
        head = Receipt.parse(case["receipt"]).verify(case["leaf"].encode(), KEY)
        assert head.size == case["size"]
        assert head.root.hex() == CONTENT["roots"][str(case["size"])]


@pytest.mark.parametrize("case", CONTENT["bad"], ids=lambda case: case["why"])
def test_every_bad_receipt_fails(case: dict[str, str]) -> None:
    with pytest.raises(LedgerError):
        Receipt.parse(case["receipt"]).verify(case["leaf"].encode(), KEY)


def test_cosigned_receipt_verifies_with_both_keys() -> None:
    receipt = Receipt.parse(CONTENT["cosigned"])
    assert receipt.verify(b"leaf 4\n", KEY).size == 7
    note = SignedNote.parse(receipt.checkpoint)
    assert verify_cosignature(note, VerifierKey.parse(CONTENT["witness_key"])) == 1_780_000_000


def test_every_consistency_proof_verifies() -> None:
    roots = {int(size): bytes.fromhex(root) for size, root in CONTENT["roots"].items()}
    for case in CONTENT["consistency"]:
        proof = [b64decode(line) for line in case["proof"]]
        merkle.verify_consistency(case["old"], case["new"], proof, roots[case["old"]], roots[case["new"]])
