"""Check tree heads and receipts: written to the byte, read strictly, refused when anything changes."""

from __future__ import annotations

import pytest

from ledger.errors import (
    KeyUntrusted,
    LedgerError,
    MalformedCheckpoint,
    MalformedProof,
    ProofUntrusted,
    SignatureUntrusted,
)
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import VerifierKey
from ledger.log.proof import Receipt
from ledger.log.signer import Signer
from tests.support.official import vectors

SIGNER = Signer.from_seed("log.example/one", bytes(range(32)))
LEAVES = [b"leaf %d" % number for number in range(11)]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
CHECKPOINT = SIGNER.sign_note(Checkpoint(SIGNER.name, len(LEAVES), merkle.root(HASHES)).text())
RECEIPT = Receipt(6, merkle.inclusion_proof(HASHES, 6), CHECKPOINT)


def test_checkpoint_text_is_three_lines() -> None:
    head = Checkpoint("example.com/behind-the-sofa", 20852163, bytes.fromhex("0a" * 32))
    assert head.text() == b"example.com/behind-the-sofa\n20852163\nCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=\n"
    assert Checkpoint.parse(head.text()) == head


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"o\n1\n",
        b"\n1\nCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=\n",
        b"o\n01\nCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=\n",
        b"o\n-1\nCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=\n",
        b"o\n+1\nCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=\n",
        "o\n\u0661\nCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=\n".encode(),
        b"o\n9223372036854775808\nCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=\n",
        b"o\n1\nCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgp=\n",
        b"o\n1\nCgo=\n",
        b"o\n1\nCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=",
        b"o\n1\nCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=\nextension\n",
        b"\xff\n1\nCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=\n",
    ],
)
def test_other_checkpoint_texts_are_refused(text: bytes) -> None:
    with pytest.raises(MalformedCheckpoint):
        Checkpoint.parse(text)


def test_checkpoint_of_another_log_or_key_is_refused() -> None:
    assert open_checkpoint(CHECKPOINT, SIGNER.public_key).size == 11
    other = SIGNER.sign_note(Checkpoint("log.example/two", 11, merkle.root(HASHES)).text())
    with pytest.raises(KeyUntrusted):
        open_checkpoint(other, SIGNER.public_key)
    with pytest.raises(KeyUntrusted):
        open_checkpoint(CHECKPOINT, Signer.from_seed(SIGNER.name, bytes(32)).public_key)
    with pytest.raises(SignatureUntrusted):
        open_checkpoint(CHECKPOINT.replace(b"\n11\n", b"\n12\n"), SIGNER.public_key)


def test_receipt_reads_back_and_verifies() -> None:
    data = RECEIPT.encode()
    assert data.startswith(b"c2sp.org/tlog-proof@v1\nindex 6\n")
    assert data.endswith(b"\n\n" + CHECKPOINT)
    assert Receipt.parse(data) == RECEIPT == Receipt.parse(data.decode())
    assert RECEIPT.verify(LEAVES[6], SIGNER.public_key).size == 11


def test_receipt_of_the_only_leaf_has_no_hashes() -> None:
    note = SIGNER.sign_note(Checkpoint(SIGNER.name, 1, HASHES[0]).text())
    receipt = Receipt(0, (), note)
    assert receipt.encode() == b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + note
    assert Receipt.parse(receipt.encode()).verify(LEAVES[0], SIGNER.public_key).size == 1


def test_extra_line_is_read_and_kept() -> None:
    data = RECEIPT.encode().replace(b"index 6", b"extra aGVsbG8=\nindex 6")
    assert Receipt.parse(data).extra == b"hello"
    assert Receipt.parse(data).encode() == data


def test_receipt_fails_when_index_is_shifted() -> None:
    for index in (5, 7, 11, 2**62):
        with pytest.raises(ProofUntrusted):
            Receipt(index, RECEIPT.proof, CHECKPOINT).verify(LEAVES[6], SIGNER.public_key)
    with pytest.raises(ProofUntrusted):
        RECEIPT.verify(LEAVES[5], SIGNER.public_key)


def test_every_flipped_byte_of_a_receipt_is_found() -> None:
    good = RECEIPT.encode()
    for at in range(len(good)):
        data = bytearray(good)
        data[at] ^= 1
        with pytest.raises(LedgerError):
            Receipt.parse(bytes(data)).verify(LEAVES[6], SIGNER.public_key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"),
        (b"index 6", b"index 06"),
        (b"index 6", b"index  6"),
        (b"index 6\n", b""),
        (b"index 6", b"index -6"),
        (b"index 6", b"index 9223372036854775808"),
        (b"index 6", b"extra \nindex 6"),
        (b"index 6", b"extra aGVsbG8\nindex 6"),
        (b"index 6", b"index 6\r"),
        (b"\n\n", b"\nAAAA\n\n"),
        (b"\n\n", b"\n" + b"CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo=\n" * 64 + b"\n"),
        (b"\n\n", b"\n\n\n"),
    ],
)
def test_other_receipt_spellings_are_refused(old: bytes, new: bytes) -> None:
    data = RECEIPT.encode().replace(old, new, 1)
    with pytest.raises(LedgerError):
        Receipt.parse(data).verify(LEAVES[6], SIGNER.public_key)
    if new != b"\n\n\n":
        with pytest.raises(MalformedProof):
            Receipt.parse(data)


def test_official_checkpoints_verify_and_grow() -> None:
    key = VerifierKey.parse("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
    folder = vectors("tlog-tiles-log", cases=16)
    for size in range(16):
        note = (folder / f"checkpoint.{size}").read_bytes()
        assert open_checkpoint(note, key).size == size
