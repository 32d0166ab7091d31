"""The specification and its vectors agree with the code; a reader of a few lines agrees with the vectors."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.book.state import Book
from tests.support import spec

LOG: dict[str, Any] = json.loads(spec.VECTOR.read_text("utf-8"))
NOTES = [entry["note"].encode() for entry in LOG["entries"]]


def test_generated_parts_of_the_specification_are_current() -> None:
    text = spec.SPEC.read_text("utf-8")
    assert spec.rendered(text) == text, "run python -m tests.support.spec"


def test_vector_file_is_current() -> None:
    assert spec.VECTOR.read_text("utf-8") == spec.vector_text(), "run python -m tests.support.spec"


def tree(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return sha256(b"\x01" + tree(hashes[:half]) + tree(hashes[half:])).digest()


def public_key(vkey: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(vkey.split("+", 2)[2])[1:])


def test_plain_reading_of_the_log_agrees() -> None:
    """Follow sections 2, 3, 4 and 6 with the standard library and a signature check."""
    keys: dict[str, str] = {}
    heads: dict[str, tuple[int, str]] = {}
    link, leaves = bytes(32), []
    for entry, note in zip(LOG["entries"], NOTES, strict=True):
        text, signature = note.rsplit(b"\n\n", 1)
        text += b"\n"
        dash, name, blob = signature.decode().rstrip("\n").split(" ")
        body = json.loads(text.split(b"\n")[1])
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        assert (dash, text) == ("—", b"ecarbon/entry@v1\n" + canonical + b"\n")
        if body["kind"] == "register_key":
            vkey = body["data"]["vkey"]
            proof = f"ecarbon/key-proof@v1\n{body['actor']}\n{vkey}\n".encode()
            public_key(vkey).verify(base64.b64decode(body["data"]["proof"]), proof)
            keys[vkey.split("+")[0]] = vkey
        raw = base64.b64decode(keys[name].split("+", 2)[2])
        assert base64.b64decode(blob)[:4] == sha256(name.encode() + b"\n" + raw).digest()[:4]
        public_key(keys[name]).verify(base64.b64decode(blob)[4:], text)
        assert entry["entry_id"] == sha256(text).hexdigest()
        assert (body["seq"] - 1, body["prev"]) == heads.get(name, (0, "0" * 64))
        heads[name] = (body["seq"], entry["entry_id"])
        digests = [base64.urlsafe_b64encode(sha256(line.encode()).digest())[:-1].decode() for line in entry["items"]]
        assert body["items"] == sorted(digests)
        leaves.append(sha256(b"\x00" + note).digest())
        link = sha256(link + leaves[-1]).digest()
        assert (entry["leaf_hash"], entry["chain"]) == (leaves[-1].hex(), link.hex())
    assert tree(leaves).hex() == LOG["root"]
    head, signature = LOG["checkpoint"].rsplit("\n\n", 1)
    assert head.split("\n") == [spec.ORIGIN, str(len(leaves)), base64.b64encode(tree(leaves)).decode()]
    public_key(LOG["log_key"]).verify(base64.b64decode(signature.split()[2])[4:], head.encode() + b"\n")


@pytest.mark.parametrize("index", range(len(NOTES)))
def test_plain_reading_of_a_receipt_agrees(index: int) -> None:
    head, checkpoint = LOG["receipts"][index].split("\n\n", 1)
    title, place, *path = head.split("\n")
    assert (title, place, checkpoint) == ("c2sp.org/tlog-proof@v1", f"index {index}", LOG["checkpoint"])
    value, at, last = sha256(b"\x00" + NOTES[index]).digest(), index, len(NOTES) - 1
    for step in map(base64.b64decode, path):
        while at % 2 == 0 and at == last:
            at, last = at // 2, last // 2
        value = sha256(b"\x01" + (step + value if at % 2 else value + step)).digest()
        at, last = at // 2, last // 2
    assert value.hex() == LOG["root"]


def test_closure_of_the_small_log_holds_all_but_nothing_foreign() -> None:
    wanted = LOG["closure"]
    assert wanted["entry_ids"] == sorted(entry["entry_id"] for entry in LOG["entries"])
    assert wanted["digest"] == sha256("\n".join(wanted["entry_ids"]).encode()).hexdigest()


def test_book_of_the_small_log_has_one_lot_and_an_amended_diary() -> None:
    book = Book.fold((entry["index"], entry["note"].encode(), entry["items"]) for entry in LOG["entries"])
    assert not book.rejected
    (pool,) = book.pools_of(LOG["closure"]["lot"])
    assert [item.get("quantity") for entry in pool.activities for item in entry.items] == ["200"]
