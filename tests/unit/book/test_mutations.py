"""Every reader of the ledger accepts only the bytes that its writer gives, and raises nothing but `Malformed*`."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ledger.book.entry import FIELDS, SignedEntry, entry_text, parse_entry
from ledger.book.item import make_item, parse_item
from ledger.errors import Malformed, MalformedEntry
from ledger.log.canonical import decode, encode
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import SignedNote, VerifierKey
from ledger.log.proof import Receipt
from ledger.log.signer import Signer
from ledger.log.tiles import TilePath, encode_bundle, parse_bundle
from tests.support import spec

LOG: dict[str, Any] = json.loads(spec.VECTOR.read_text("utf-8"))
NOTES = [entry["note"].encode() for entry in LOG["entries"]]
ITEMS = [line.encode() for entry in LOG["entries"] for line in entry["items"]]
COUNT = 100_000
LINES = b"".join(NOTES + ITEMS)
# Pieces that sit where readers differ: spellings of numbers and texts, ends of lines, marks of notes, base64.
PIECES = tuple(
    piece.encode("utf-8", "surrogatepass")
    for piece in (
        *(
            "\n",
            "\n\n",
            "\r\n",
            "\x00",
            "\x7f",
            " ",
            "\u2014 ",
            "\u2028",
            "\ufeff",
            "\ud800",
            "\u00ff",
            "荔",
            "e\u0301",
        ),
        *("\\u0041", "\\ud800", "\\/", '"', '""', "{}", "[]", "{", "}", "[", "]", ",", ":", '"seq":1', '"a":1,'),
        *("-0", "0", "1.0", "1e0", "01", "9007199254740991", "9007199254740992", "9" * 23, "null", "true", "NaN"),
        *("=", "==", "+", "/", "ecarbon/entry@v1\n", "0" * 64, "index ", "x001/"),
    )
)
VALUES = ("", "x", 0, 1, -1, 2**53, 1.5, None, True, [], {}, ["b", "a"], {"a": {"b": []}}, {"a": 1.5})


def damaged(source: random.Random, good: bytes) -> bytes:
    """Change bytes in one to three places: flip, drop, double, move, or put a telling piece in."""
    data = bytearray(good)
    for _ in range(source.choice((1, 1, 1, 2, 3))):
        at = source.choice((source.randrange(len(data) + 1),) * 9 + (0, len(data)))
        end = min(len(data), at + source.choice((1, 1, 2, 4, 16)))
        turn = source.randrange(7)
        if turn == 0 and at < len(data):
            data[at] ^= 1 << source.randrange(8)
        elif turn == 1:
            del data[at:end]
        elif turn == 2:
            data[at:at] = data[at:end]
        elif turn == 3:
            data[at:end] = source.choice(PIECES)
        elif turn == 4:
            data[at:at] = source.choice(PIECES)
        elif turn == 5:
            start = source.randrange(len(LINES))
            data[at:end] = LINES[start : start + end - at]
        else:
            digit = source.randrange(len(data)) if data else 0
            data[digit : digit + 1] = bytes([source.choice(b"0123456789abcdefghijklmnopqrstuvwxyz_-.ABCXYZ")])
    return bytes(data)


def reworded(source: random.Random, good: bytes) -> bytes:
    """Change one field of an entry and write the line well, so that many such notes are entries."""
    text, signature = good.split(b"\n\n")
    body = json.loads(text.split(b"\n")[1])
    field = source.choice(FIELDS)
    body[field] = source.choice((body[field], body["prev"], [body["prev"]], *VALUES))
    if source.random() < 0.3:
        body["data"] = {source.choice("abcA_0"): source.choice(("x", "荔", "\n", 7, [[[[[[[[]]]]]]]], [[[[[]]]]], ""))}
    line = json.dumps(body, sort_keys=source.random() < 0.95, separators=(",", ":"), ensure_ascii=source.random() < 0.5)
    return b"ecarbon/entry@v1\n" + line.encode() + b"\n\n" + signature


def written_again(signed: SignedEntry) -> bytes:
    """Write an entry from its fields and its signature alone."""
    return SignedNote(entry_text(signed.entry), SignedNote.parse(signed.note).signatures).encode()


def test_a_hundred_thousand_damaged_notes() -> None:
    source = random.Random("damaged notes")
    accepted = 0
    for _ in range(COUNT):
        change = reworded if source.random() < 0.2 else damaged
        data = change(source, source.choice(NOTES))
        try:
            signed = parse_entry(data)
        except MalformedEntry:
            continue
        accepted += 1
        assert written_again(signed) == data
    # Most damage to a signature's base64 or to a code is another well-formed entry; the signature tells, not the form.
    assert COUNT // 20 < accepted < COUNT // 2


def item_again(data: bytes) -> bytes:
    item = parse_item(data)
    return make_item(item.salt, item.name, item.value).line


def on_text(again: Callable[[str], str]) -> Callable[[bytes], bytes]:
    """Put a reader of text to bytes, each of which is a character."""
    return lambda data: again(data.decode("latin-1")).encode("latin-1")


CHECKPOINT = LOG["checkpoint"].encode()
ENVELOPES = [note.split(b"\n")[1] for note in NOTES]
RECEIPTS = [receipt.encode() for receipt in LOG["receipts"]]
BUNDLES = [encode_bundle(NOTES), encode_bundle([b"", b"x" * 300])]
PATHS = [b"tile/entries/x001/x234/067.p/8", b"tile/0/000", b"tile/63/999.p/255"]
SECRET = Signer.from_seed("a", bytes(32)).encode().encode()
READERS: dict[str, tuple[Sequence[bytes], Callable[[bytes], bytes]]] = {
    "canonical": (ITEMS, lambda data: encode(decode(data))),
    "canonical ascii": (ENVELOPES, lambda data: encode(decode(data, ascii_only=True), ascii_only=True)),
    "item": (ITEMS, item_again),
    "note": ([*NOTES, CHECKPOINT], lambda data: SignedNote.parse(data).encode()),
    "checkpoint": ([CHECKPOINT.split(b"\n\n")[0] + b"\n"], lambda data: Checkpoint.parse(data).text()),
    "receipt": (RECEIPTS, lambda data: Receipt.parse(data).encode()),
    "key": ([LOG["log_key"].encode()], on_text(lambda text: VerifierKey.parse(text).encode())),
    "private key": ([SECRET], on_text(lambda text: Signer.parse(text).encode())),
    "bundle": (BUNDLES, lambda data: encode_bundle(parse_bundle(data))),
    "path": (PATHS, on_text(lambda text: TilePath.parse(text).encode())),
}


@pytest.mark.parametrize("name", READERS)
def test_damaged_bytes_of_every_reader(name: str) -> None:
    good, again = READERS[name]
    for data in good:
        assert again(data) == data
    source = random.Random(name)
    refused = 0
    for _ in range(6000):
        data = damaged(source, source.choice(good))
        try:
            assert again(data) == data
        except Malformed:
            refused += 1
    assert refused > 1000
