"""Write the receipts and proofs of `tests/vectors/log/receipts.json`: good ones, and bad ones with their reason.

Run `python -m tests.support.make_log_vectors` to write the file again; a test compares it with what this makes.
"""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import COSIGNATURE, SignedNote
from ledger.log.proof import Receipt
from ledger.log.signer import Signer
from ledger.log.witness import cosign

PATH = Path(__file__).resolve().parents[1] / "vectors" / "log" / "receipts.json"
SEED = bytes(range(32))
ORIGIN = "log.example/vectors"
SIZES = (1, 2, 3, 7, 8, 11)


def make() -> dict[str, Any]:
    """Return the content of the file."""
    signer = Signer.from_seed(ORIGIN, SEED)
    witness = Signer("witness.example/one", b"\x07" * 32, algorithm=COSIGNATURE)
    leaves = [f"leaf {number}\n".encode() for number in range(max(SIZES))]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]

    def receipt(index: int, size: int) -> Receipt:
        note = signer.sign_note(Checkpoint(ORIGIN, size, merkle.root(hashes[:size])).text())
        return Receipt(index, merkle.inclusion_proof(hashes[:size], index), note)

    good = [
        {"leaf": leaves[index].decode(), "size": size, "receipt": receipt(index, size).encode().decode()}
        for size in SIZES
        for index in sorted({0, size // 2, size - 1})
    ]
    seven = receipt(4, 7)
    text = seven.encode().decode()
    signed = SignedNote.parse(seven.checkpoint)
    cosigned = SignedNote(signed.text, (*signed.signatures, cosign(signed.text, witness, 1_780_000_000)))
    other = Signer.from_seed(ORIGIN, bytes(32))
    bad = [
        ("index shifted", text.replace("index 4", "index 5")),
        ("index beyond the tree", text.replace("index 4", "index 7")),
        ("index with a leading zero", text.replace("index 4", "index 04")),
        ("other header", text.replace("@v1", "@v2")),
        ("one hash missing", "\n".join(line for at, line in enumerate(text.split("\n")) if at != 2)),
        ("one hash twice", text.replace("index 4\n", f"index 4\n{text.splitlines()[2]}\n")),
        ("two hashes swapped", _swapped(text)),
        ("a hash of 31 bytes", text.replace(text.splitlines()[2], b64encode(bytes(31)).decode())),
        ("base64 with other padding bits", text.replace(text.splitlines()[2], _loose(text.splitlines()[2]))),
        ("signed size changed", text.replace("\n7\n", "\n8\n")),
        ("signed root changed", text.replace(b64encode(merkle.root(hashes[:7])).decode(), "A" * 43 + "=")),
        (
            "signed by another key of the same name",
            Receipt(4, seven.proof, other.sign_note(signed.text)).encode().decode(),
        ),
        ("carriage return", text.replace("index 4\n", "index 4\r\n")),
        ("nothing after the proof", text.partition("\n\n")[0] + "\n\n"),
        ("extra line that is empty", text.replace("index 4", "extra \nindex 4")),
    ]
    return {
        "about": "C2SP tlog-proof receipts over the leaves 'leaf 0', 'leaf 1'... with a newline; made by this project",
        "log_seed": SEED.hex(),
        "log_key": signer.public_key.encode(),
        "witness_key": witness.public_key.encode(),
        "cosigned": Receipt(4, seven.proof, cosigned.encode()).encode().decode(),
        "roots": {str(size): merkle.root(hashes[:size]).hex() for size in (0, *SIZES)},
        "good": good,
        "bad": [{"leaf": leaves[4].decode(), "why": why, "receipt": damaged} for why, damaged in bad],
        "consistency": [
            {
                "old": old,
                "new": new,
                "proof": [b64encode(digest).decode() for digest in merkle.consistency_proof(hashes[:new], old)],
            }
            for new in SIZES
            for old in SIZES
            if old <= new
        ],
    }


def render(content: dict[str, Any]) -> str:
    """Return the text of the file."""
    return json.dumps(content, ensure_ascii=True, indent=1) + "\n"


def _swapped(text: str) -> str:
    lines = text.split("\n")
    lines[2], lines[3] = lines[3], lines[2]
    return "\n".join(lines)


def _loose(line: str) -> str:
    """Return another base64 text of the same 32 bytes: the two unused bits are set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return line[:42] + alphabet[alphabet.index(line[42]) | 1] + "="


if __name__ == "__main__":
    PATH.write_text(render(make()), encoding="utf-8")
