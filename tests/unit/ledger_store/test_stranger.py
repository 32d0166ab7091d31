"""Check a whole log with a reader written from ledger/SPEC.md alone; the reader uses none of our code."""

from __future__ import annotations

import base64
import json
import random
import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.book.authority import Authority
from ledger.book.entry import parse_entry
from ledger.export import export_log
from ledger.service import Ledger
from tests.unit.ledger_store.notes import LOG, Desk, actor_id, open_ledger

NOTHING = "0" * 64


class Wrong(Exception):
    """Say that something does not hold."""


def must(holds: bool, what: str) -> None:
    if not holds:
        raise Wrong(what)


def unbase64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong("base64") from None
    must(base64.b64encode(data).decode() == text, "one spelling of base64")
    return data


def signed_by(note: bytes, vkey: str) -> str:
    """Return the text of a note with exactly one signature, by this key."""
    try:
        text, _, line = note.decode().rpartition("\n\n")
    except UnicodeDecodeError:
        raise Wrong("UTF-8") from None
    name, _, key = vkey.split("+", 2)
    raw = unbase64(key)
    found = re.fullmatch(r"— ([^ +]+) ([A-Za-z0-9+/]+=*)\n", line)
    must(found is not None and found[1] == name, "a signature line of this key")
    assert found is not None
    blob = unbase64(found[2])
    must(blob[:4] == sha256(name.encode() + b"\n" + raw).digest()[:4] and raw[0] == 1, "the key id")
    try:
        Ed25519PublicKey.from_public_bytes(raw[1:]).verify(blob[4:], (text + "\n").encode())
    except InvalidSignature:
        raise Wrong("the signature") from None
    return text + "\n"


def signer_of(note: bytes) -> str:
    found = re.search(rb"\n\n\xe2\x80\x94 ([^ ]+) [^ \n]+\n\Z", note)
    must(found is not None, "a signature line")
    assert found is not None
    return found[1].decode("utf-8", "replace")


def tree(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return sha256(b"\x01" + tree(hashes[:half]) + tree(hashes[half:])).digest()


@dataclass
class Reading:
    """Hold what a stranger learns from the files."""

    vkey: str
    leaves: list[bytes] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    signers: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    revoked: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    chain: bytes = bytes(32)

    def take(self, note: bytes) -> None:
        """Read one entry: form, key, signature, place in the key's chain, link of the linear chain."""
        must(len(note) <= 16384, "at most 16 KiB")
        index, name = len(self.leaves), signer_of(note)
        body = self.body(note)
        if index == 0:
            self.keys[name] = body["data"]["vkey"]
        must(name in self.keys and name not in self.revoked, "a key in force")
        text = signed_by(note, self.keys[name])
        seq, prev = self.heads.get(name, (0, NOTHING))
        must((body["seq"], body["prev"]) == (seq + 1, prev), "the chain of the key")
        must(body["recorded_by"] == name.split("/")[0], "the owner of the key")
        entry_id = sha256(text.encode()).hexdigest()
        self.heads[name] = (seq + 1, entry_id)
        leaf = sha256(b"\x00" + note).digest()
        self.chain = sha256(self.chain + leaf).digest()
        self.leaves.append(leaf)
        self.ids.append(entry_id)
        self.bodies.append(body)
        self.signers.append(name)
        data = body["data"]
        if body["kind"] == "register_key":
            proof = f"ecarbon/key-proof@v1\n{body['actor']}\n{data['vkey']}\n".encode()
            public = Ed25519PublicKey.from_public_bytes(unbase64(data["vkey"].split("+", 2)[2])[1:])
            public.verify(unbase64(data["proof"]), proof)
            self.keys[data["vkey"].split("+")[0]] = data["vkey"]
        if body["kind"] == "revoke_key":
            window = int(data["disputed_from"]) if data["disputed_from"] else None
            self.revoked[data["vkey"].split("+")[0]] = (index, window)

    def body(self, note: bytes) -> dict[str, Any]:
        """Read line 2 in its only spelling."""
        lines = note.split(b"\n")
        must(lines[0] == b"ecarbon/entry@v1" and lines[2] == b"", "two lines and an empty one")
        try:
            body = json.loads(lines[1])
        except ValueError:
            raise Wrong("JSON") from None
        must(isinstance(body, dict) and len(body) == 12, "twelve fields")
        must(json.dumps(body, sort_keys=True, separators=(",", ":")).encode() == lines[1], "canonical JSON")
        return dict(body)

    def disputed(self) -> list[int]:
        """Work out which entries are disputed, from the last to the first."""
        sound: set[int] = set()
        for index in range(len(self.ids) - 1, -1, -1):
            name = self.signers[index]
            window = self.revoked.get(name, (0, None))[1]
            stands = (
                at
                for at in sound
                if self.bodies[at]["kind"] == "reattest"
                and self.bodies[at]["data"]["key"] == name
                and self.bodies[at]["actor"] == self.bodies[at]["recorded_by"] == name.split("/")[0]
                and self.ids[index] in self.bodies[at]["refs"]
            )
            if window is None or index < window or any(stands):
                sound.add(index)
        return [index for index in range(len(self.ids)) if index not in sound]


def head_of(note: bytes, vkey: str) -> tuple[int, bytes]:
    """Read a signed tree head."""
    lines = signed_by(note, vkey).split("\n")
    must(len(lines) == 4 and lines[0] == vkey.split("+")[0] and lines[3] == "", "origin, size and root")
    must(re.fullmatch("0|[1-9][0-9]*", lines[1]) is not None, "a size")
    return int(lines[1]), unbase64(lines[2])


def read_log(folder: Path, vkey: str) -> Reading:
    """Read and check an exported log: head, bundles, entries, tiles and root."""
    size, root = head_of((folder / "checkpoint").read_bytes(), vkey)
    found = Reading(vkey)
    for n in range((size + 255) // 256):
        width = min(256, size - 256 * n)
        data = (folder / f"tile/entries/{n:03d}{'' if width == 256 else f'.p/{width}'}").read_bytes()
        for _ in range(width):
            length = int.from_bytes(data[:2], "big")
            must(len(data) >= 2 + length, "a whole entry")
            found.take(data[2 : 2 + length])
            data = data[2 + length :]
        must(data == b"", "nothing after the last entry")
    must(tree(found.leaves) == root, "the root")
    level, hashes = 0, found.leaves
    while hashes:
        for n in range((len(hashes) + 255) // 256):
            part = hashes[256 * n : 256 * n + 256]
            name = f"tile/{level}/{n:03d}{'' if len(part) == 256 else f'.p/{len(part)}'}"
            must((folder / name).read_bytes() == b"".join(part), name)
        hashes = [tree(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
        level += 1
    return found


def check_receipt(data: bytes, reading: Reading) -> int:
    """Check a receipt against the leaves that were read; return its index."""
    try:
        head, blank, checkpoint = data.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise Wrong("UTF-8") from None
    lines = head.split("\n")
    must(len(lines) > 1, "two lines")
    title, place, *path = lines
    found = re.fullmatch("index (0|[1-9][0-9]*)", place)
    must(blank == "\n\n" and title == "c2sp.org/tlog-proof@v1" and found is not None, "header and index")
    assert found is not None
    size, root = head_of(checkpoint.encode(), reading.vkey)
    index, last = int(found[1]), size - 1
    must(index < size <= len(reading.leaves), "an index below the size")
    value, at = reading.leaves[index], index
    for step in map(unbase64, path):
        must(last > 0, "a proof that ends")
        while at % 2 == 0 and at == last:
            at, last = at // 2, last // 2
        value = sha256(b"\x01" + (step + value if at % 2 else value + step)).digest()
        at, last = at // 2, last // 2
    must(last == 0 and value == root == tree(reading.leaves[:size]), "the root")
    return index


def check_evidence(note: bytes, reading: Reading) -> str:
    """Check that a second text contradicts the log: same key, same number, another text; return the key's name."""
    name = signer_of(note)
    must(name in reading.keys, "a key of the log")
    text, body = signed_by(note, reading.keys[name]), reading.body(note)
    own = [at for at, signer in enumerate(reading.signers) if signer == name]
    must(1 <= body["seq"] <= len(own), "a number that the key used")
    must(reading.ids[own[body["seq"] - 1]] != sha256(text.encode()).hexdigest(), "another text")
    return name


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Path, list[bytes]]:
    """Write a log with two full bundles' worth of entries, a frozen key, a disputed window and a reattestation."""
    folder = tmp_path_factory.mktemp("stranger")
    ledger, desk = open_ledger(folder), Desk()
    receipts = []

    def send(*notes: Any) -> None:
        for result in ledger.submit(notes):
            assert result.status == "logged" and result.receipt is not None, result
            receipts.append(result.receipt.encode())

    send(desk.open_log(), *desk.register("zhang"), *desk.register("li"))
    for start in range(0, 540, 90):
        send(*(desk.facility("zhang", number) for number in range(start, start + 90)))
    first = desk.facility("li", 1)
    send(first)
    ledger.submit([desk.facility("li", 7, seq=1, prev=NOTHING, keep=False)])
    vkey = desk.signer("zhang").public_key.encode()
    send(desk.note(desk.registrar, "revoke_key", {"vkey": vkey, "disputed_from": "541"}, actor=actor_id("zhang")))
    send(desk.second_key("zhang"))
    refs = tuple(sorted(parse_entry(entry.note).entry_id for entry in ledger.entries(542, 544)))
    send(desk.note(desk.signer("zhang", "k2"), "reattest", {"key": f"{actor_id('zhang')}/k1"}, refs=refs))
    export_log(ledger, folder / "log")
    return ledger, folder / "log", receipts


def test_a_stranger_reads_entries_heads_chain_tiles_and_receipts(told: tuple[Ledger, Path, list[bytes]]) -> None:
    ledger, folder, receipts = told
    reading = read_log(folder, LOG.public_key.encode())
    assert len(reading.ids) == ledger.size > 512
    assert [check_receipt(receipt, reading) for receipt in receipts] == list(range(len(receipts)))
    with ledger.store.read() as reader:
        state = reader.state()
        assert state is not None and state.chain == reading.chain
        assert {head.key_name: (head.seq, head.entry_id) for head in reader.heads()} == reading.heads
        evidence = reader.equivocations()
        frozen = {head.key_name for head in reader.heads() if head.frozen}
    assert {check_evidence(found.note, reading) for found in evidence} == frozen == {f"{actor_id('li')}/k1"}


def test_a_stranger_finds_the_same_entries_disputed(told: tuple[Ledger, Path, list[bytes]]) -> None:
    ledger, folder, _ = told
    reading = read_log(folder, LOG.public_key.encode())
    facts = Authority.fold((entry.index, parse_entry(entry.note)) for entry in ledger.entries()).facts
    assert reading.disputed() == [at for at, name in enumerate(reading.ids) if facts.disputed(name)] == [541, 544]


def test_a_stranger_notices_every_changed_byte(told: tuple[Ledger, Path, list[bytes]]) -> None:
    ledger, folder, receipts = told
    source = random.Random("stranger")
    vkey = LOG.public_key.encode()
    reading = read_log(folder, vkey)
    with ledger.store.read() as reader:
        evidence = [found.note for found in reader.equivocations()]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "log.vkey"]
    assert len(files) == 8
    for path in files:
        good = path.read_bytes()
        for at in (0, len(good) - 2, *(source.randrange(len(good)) for _ in range(4))):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            with pytest.raises((Wrong, InvalidSignature)):
                read_log(folder, vkey)
        path.write_bytes(good)
    for good in [*receipts[::90], *evidence]:
        check = check_evidence if good in evidence else check_receipt
        for at in (source.randrange(len(good)) for _ in range(8)):
            with pytest.raises((Wrong, InvalidSignature)):
                check(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :], reading)
    read_log(folder, vkey)
