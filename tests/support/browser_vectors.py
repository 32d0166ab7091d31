"""Make the vectors that the browser's modules share with Python.

`python -m tests.support.browser_vectors` rewrites them.

Each case names an operation, its arguments and what Python answers: a value, or that the input is refused. The inputs
are made from fixed seeds, so the files are the same bytes each time.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from iocore.errors import IOCoreError
from iocore.units import largest_remainder, parse_decimal, round_quantum
from ledger.errors import LedgerError
from ledger.log import canonical, merkle
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import SignedNote, VerifierKey, b64decode_strict
from ledger.log.signer import Signer, check_public_key, verify_signature
from passport.calculation import Builder, Calculation
from passport.did import did_document, read_did_document
from passport.errors import PassportError
from passport.multibase import decode_base64url
from passport.nodes import constant
from passport.proof import add_proof, check_proof

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "browser"
PROVENANCE = "made by tests/support/browser_vectors.py from fixed seeds; expected values are those of the Python code"
SIGNER = Signer.from_seed("log.example", hashlib.sha256(b"browser vectors").digest())
DID = "did:web:passport.example:issuers:main"
Case = tuple[str, list[Any]]


def _verify(key: str, message: str, signature: str) -> bool:
    check_public_key(bytes.fromhex(key))
    return _holds(key, message, signature)


def _holds(key: str, message: str, signature: str) -> bool:
    try:
        verify_signature(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))
    except LedgerError:
        return False
    return True


def _inclusion(leaf: str, index: int, size: int, proof: list[str], root: str) -> None:
    parts = [bytes.fromhex(part) for part in proof]
    merkle.verify_inclusion(bytes.fromhex(leaf), index, size, parts, bytes.fromhex(root))


def _consistency(old: int, size: int, proof: list[str], old_root: str, root: str) -> None:
    parts = [bytes.fromhex(part) for part in proof]
    merkle.verify_consistency(old, size, parts, bytes.fromhex(old_root), bytes.fromhex(root))


def _checkpoint(note: str, vkey: str) -> list[Any]:
    found = open_checkpoint(bytes.fromhex(note), VerifierKey.parse(vkey))
    return [found.origin, found.size, found.root.hex()]


def _calculation(value: Any) -> dict[str, Any]:
    read = Calculation.from_json(value)
    read.labels()
    return {"root": read.root_digest, "results": {name: _ratio(amount) for name, amount in read.results().items()}}


def _vkey(text: str) -> str:
    key = VerifierKey.parse(text)
    check_public_key(key.public)
    return key.name


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


REFERENCE: Mapping[str, Callable[..., Any]] = {
    "base64.decode": lambda text: b64decode_strict(text).hex(),
    "base64url.decode": lambda text: decode_base64url(text).hex(),
    "canonical.decode": lambda data, ascii_only: canonical.encode(
        canonical.decode(bytes.fromhex(data), ascii_only=ascii_only)
    ).decode("utf-8"),
    "jcs.encode": lambda data: canonical.jcs(canonical.jcs_decode(bytes.fromhex(data))).hex(),
    "jcs.decode": lambda data: canonical.jcs_decode(bytes.fromhex(data), exact=True),
    "ed25519.check_key": lambda key: check_public_key(bytes.fromhex(key)),
    "ed25519.verify": _verify,
    "ed25519.holds": _holds,
    "ed25519.holds_with_noble": _holds,
    "merkle.check_inclusion": _inclusion,
    "merkle.check_consistency": _consistency,
    "note.parse": lambda data: [one.name for one in SignedNote.parse(bytes.fromhex(data)).signatures],
    "note.vkey": _vkey,
    "checkpoint.open": _checkpoint,
    "number.parse": lambda text: _ratio(Fraction(parse_decimal(text))),
    "number.round": lambda text: _ratio(round_quantum(constant(text))),
    "number.share": lambda total, weights: [
        _ratio(part) for part in largest_remainder(Fraction(parse_decimal(total)), [constant(one) for one in weights])
    ],
    "calculation.read": _calculation,
    "credential.check": lambda document, did: (check_proof(document, read_did_document(did).multikeys), None)[1],
}


def canonical_cases() -> Iterator[Case]:
    """Spell JSON rightly and wrongly."""
    texts = [
        '{"a":1,"b":[true,null,"x"]}',
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '{"a":1.0}',
        '{"a":1e3}',
        '{"a":-0}',
        '{"a": 1}',
        '{"A":1}',
        '{"":1}',
        '{"a":"\\u0041"}',
        '{"a":"\\/"}',
        '{"a":"\\u001f\\n\\t\\b\\f\\r\\\\\\""}',
        '{"a":"荔枝"}',
        '{"a":"e\u0301"}',
        '{"a":"\u00e9"}',
        '{"a":"\\ud800"}',
        '{"a":"\U0001f95d\u2028\x7f"}',
        "[]",
        '"x"',
        "null",
        "1",
        "9007199254740991",
        "9007199254740992",
        "-9007199254740991",
        "",
        "{",
        "[1,]",
        "NaN",
        '{"a":1}\n',
        "\ufeff1",
        "[" * 8 + "]" * 8,
        "[" * 9 + "]" * 9,
        '{"__proto__":1}',
        '{"constructor":{"toString":[]}}',
    ]
    for text in texts:
        for ascii_only in (False, True):
            yield "canonical.decode", [text.encode("utf-8", "surrogatepass").hex(), ascii_only]
    yield "canonical.decode", ["22ff22", False]
    for text in ("YQ==", "YQ", "YR==", "YWI=", "YWJj", "YWJj\n", "YQ===", "Y=Q=", "-_8=", "", "YW Jj", "ＹＱ=="):
        yield "base64.decode", [text]
    for text in ("YQ", "YQ==", "YR", "-_8", "+/8", "", "Y", "YWJj"):
        yield "base64url.decode", [text]
    numbers = (
        "1e21",
        "1e-7",
        "0.1",
        "-0.0",
        "5e-324",
        "1.7976931348623157e308",
        "123456789012345680000",
        "0.842",
        "1E400",
    )
    for text in (*numbers, '{"\U0001f600":1,"\ufb33":2,"a":3,"\u00f6":4}', '{"a":"\\u0080\\u20ac"}'):
        yield "jcs.encode", [text.encode("utf-8").hex()]
    for text in (
        '{"a":1,"a":2}',
        '{"a":1,"b":0.5}',
        '{"b":1,"a":2}',
        '{"a":1.0}',
        '{"a":9007199254740993}',
        '{"a": 1}',
    ):
        yield "jcs.decode", [text.encode("utf-8").hex()]


def signature_cases() -> Iterator[Case]:
    """Sign rightly and wrongly; offer keys that fit every signature."""
    key = SIGNER.public_key.public
    order = 2**252 + 27742317777372353535851937790883648493
    signature = SIGNER.sign(b"lychee")
    malleable = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    signatures = [
        signature,
        malleable,
        bytes(64),
        signature[:63],
        signature + b"\0",
        bytes([signature[0] ^ 1]) + signature[1:],
    ]
    small = [
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "00" * 32,
        "00" * 31 + "80",
        "ee" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "01" + "00" * 30 + "80",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "02" + "00" * 31,
        "ff" * 32,
        "00" * 31,
    ]
    for op in ("ed25519.verify", "ed25519.holds", "ed25519.holds_with_noble"):
        for one in signatures:
            yield op, [key.hex(), b"lychee".hex(), one.hex()]
        yield op, [key.hex(), b"lychees".hex(), signature.hex()]
        for one in small:
            yield op, [one, b"lychee".hex(), ("01" + "00" * 63)]
    for one in (key.hex(), *small):
        yield "ed25519.check_key", [one]


def log_cases() -> Iterator[Case]:
    """Prove inclusion and growth in every small tree, and spoil proofs; sign and spoil checkpoints."""
    leaves = [merkle.leaf_hash(bytes([place])) for place in range(9)]
    for size in range(1, 10):
        root = merkle.root(leaves[:size])
        for index in range(size):
            proof = [part.hex() for part in merkle.inclusion_proof(leaves[:size], index)]
            good: list[Any] = [leaves[index].hex(), index, size, proof, root.hex()]
            yield "merkle.check_inclusion", good
            if size in (1, 5, 8):
                yield "merkle.check_inclusion", [good[0], (index + 1) % size, size, proof, good[4]]
                yield "merkle.check_inclusion", [good[0], index, size, proof[:-1], good[4]]
                yield "merkle.check_inclusion", [good[0], index, size, [*proof, good[0]], good[4]]
                yield "merkle.check_inclusion", [good[0], index, size + 7, proof, good[4]]
                yield "merkle.check_inclusion", [good[0], size, size, proof, good[4]]
    for size in range(10):
        for old in range(size + 1):
            first, root = merkle.root(leaves[:old]).hex(), merkle.root(leaves[:size]).hex()
            proof = [part.hex() for part in merkle.consistency_proof(leaves[:size], old)]
            yield "merkle.check_consistency", [old, size, proof, first, root]
            if size in (7, 8) and old in (3, 4, 7):
                yield "merkle.check_consistency", [old, size, proof[:-1], first, root]
                yield "merkle.check_consistency", [old, size, [*proof, root], first, root]
                yield "merkle.check_consistency", [old, size, proof, root, first]
                yield "merkle.check_consistency", [old, size + 1, proof, first, root]
                yield "merkle.check_consistency", [old + 1, size, proof, first, root]
                yield "merkle.check_consistency", [size, old, proof, root, first]
    vkey = SIGNER.public_key.encode()
    note = SIGNER.sign_note(Checkpoint(SIGNER.name, 9, merkle.root(leaves)).text())
    yield "checkpoint.open", [note.hex(), vkey]
    text = note.decode("utf-8")
    other = Signer.from_seed("other.example", hashlib.sha256(b"other").digest())
    spoilt = [
        text.replace("\n9\n", "\n8\n"),
        text.replace("\n9\n", "\n09\n"),
        text.replace("log.example\n", "log.example\nx\n"),
        text[:-1],
        text + "\n",
        text.replace("\u2014", "-"),
        text.replace("\n\n", "\n"),
        text.replace("\u2014 log", "\u2014  log"),
        text.replace("9\n", "9\t\n"),
        text + f"\u2014 {other.name} AAAAAAAA\n",
        "",
    ]
    for one in spoilt:
        yield "checkpoint.open", [one.encode("utf-8").hex(), vkey]
        yield "note.parse", [one.encode("utf-8").hex()]
    yield "checkpoint.open", [note.hex(), other.public_key.encode()]
    extended = SIGNER.sign_note(Checkpoint(SIGNER.name, 9, merkle.root(leaves)).text() + b"extension\n")
    yield "checkpoint.open", [extended.hex(), vkey]
    name, key_id, data = vkey.split("+", 2)
    for one in (
        vkey,
        f"{name}+00000000+{data}",
        f"{name}+{key_id.upper()}+{data}",
        f"x{vkey}",
        f"{vkey}=",
        f"{name}+{key_id}",
        "",
    ):
        yield "note.vkey", [one]


def number_cases() -> Iterator[Case]:
    """Read, round and share numbers."""
    for text in (
        "0",
        "0.0",
        "-0",
        "-0.5",
        "00",
        "01",
        "1.",
        ".5",
        "1e3",
        "+1",
        "1,5",
        "１",
        "12.500000",
        "",
        " 1",
        "1\n",
        "9" * 64,
        "9" * 65,
    ):
        yield "number.parse", [text]
    for text in (
        "0.0000005",
        "0.0000015",
        "-0.0000005",
        "-0.0000025",
        "1/3",
        "-2/3",
        "44/28",
        "1/0",
        "0/3",
        "2/-3",
        "0.1/3",
    ):
        yield "number.round", [text]
    shares: list[tuple[str, list[str]]] = [
        ("10.000000", ["1", "1", "1"]),
        ("0.000001", ["1", "1"]),
        ("0.000002", ["1", "2", "1"]),
        ("-10", ["1", "1", "1"]),
        ("1", ["0", "1"]),
        ("1", ["0", "0"]),
        ("1", ["-1", "2"]),
        ("0.0000001", ["1"]),
        ("0", ["1", "2"]),
        ("7.123457", ["1/3", "2/7", "5"]),
        ("0.000003", ["0.5", "0.25", "0.25", "1", "1"]),
    ]
    for total, weights in shares:
        yield "number.share", [total, weights]


def sample_calculation() -> Calculation:
    """Build a tree with every operation, a share and labels."""
    build = Builder()
    quantity = [build.item("a" * 64, chr(65 + place) * 42 + "A", "quantity", f"{place + 1}.5") for place in range(4)]
    mass = build.item("b" * 64, "z" * 42 + "A", "quantity", "16000")
    grid = build.factor("literature:2026-11:ELC.GRID-PCF.CN.2024", "0.5777")

    def post(value: int, stage: str, slot: str, bucket: str, evidence: str = "meter", tier: str = "primary") -> int:
        return build.posting(value, stage=stage, slot=slot, bucket=bucket, gas="CO2", evidence=evidence, tier=tier)

    power = [post(build.product([one, grid]), "orchard", "electricity", "fossil") for one in quantity[:2]]
    soil = post(
        build.product([build.ratio(quantity[2], build.constant("3", "E14")), build.constant("44/28", "IPCC 2006")]),
        "orchard",
        "urea",
        "luc",
        "own_statement",
    )
    store = build.sum(power)
    part = build.share(store, {"lot-a": quantity[0], "lot-b": quantity[1], "lot-c": quantity[3]}, "lot-b")
    ship = [
        post(build.product([quantity[3], mass]), "sea", "work", "fossil", "estimate", "gap_fill"),
        post(build.product([quantity[2], mass]), "sea", "plug_hours", "fossil", "invoice"),
    ]
    orchard = build.sum(
        [build.sum([part, power[0]], ["gate", "orchard", "fossil"]), build.sum([soil], ["gate", "orchard", "luc"])],
        ["gate", "orchard"],
        ["fossil", "luc"],
    )
    sea = build.sum([build.sum(ship, ["after", "sea", "fossil"])], ["after", "sea"], ["fossil"])
    gate = build.sum([orchard], ["gate"], ["orchard"])
    after = build.sum([sea], ["after"], ["sea"])
    delivered = build.sum([gate, after])
    return build.report(
        {"gate": gate, "delivered": delivered, "delivered_per_kg": build.round(build.ratio(delivered, mass))}
    )


def calculation_cases() -> Iterator[Case]:
    """Evaluate a tree open, salted and sealed, and spoil each node of it."""
    plain = sample_calculation()
    salted = plain.salted(b"k" * 32)
    sealed = salted.seal(lambda node: node.text("item") != "z" * 42 + "A")
    for tree in (plain, salted, sealed):
        yield "calculation.read", [tree.to_json()]
    for tree in (salted, sealed):
        for place, node in enumerate(tree.to_json()["nodes"]):
            fields = sorted(node)
            spoilt = copy.deepcopy(tree.to_json())
            field = fields[place % len(fields)]
            spoilt["nodes"][place][field] = _spoil(spoilt["nodes"][place][field])
            yield "calculation.read", [spoilt]
    for value in ({}, {"nodes": []}, {"nodes": [1]}, {"nodes": None}, [], {"nodes": plain.to_json()["nodes"][:-1]}):
        yield "calculation.read", [value]
    swapped = salted.to_json()
    swapped["nodes"][0], swapped["nodes"][1] = swapped["nodes"][1], swapped["nodes"][0]
    yield "calculation.read", [swapped]
    doubled = salted.to_json()
    doubled["nodes"].insert(0, doubled["nodes"][0])
    yield "calculation.read", [doubled]


def _spoil(value: Any) -> Any:
    if isinstance(value, str):
        return value[:-1] + ("1" if value[-1:] != "1" else "2")
    if isinstance(value, int):
        return value + 1
    return value[:-1] if value and isinstance(value[0], str) else [*value[:-1], 0] if value else [0]


def credential_cases() -> Iterator[Case]:
    """Sign a document, and spoil it."""
    did = did_document(DID, [SIGNER.public_key.public])
    document: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:x",
        "amount": 0.842,
        "名": "桂味",
    }
    signed = add_proof(document, signer=SIGNER, method=f"{DID}#key-1", created="2026-08-01T00:00:00Z")
    yield "credential.check", [signed, did]
    yield "credential.check", [document, did]
    for field in ("@context", "created", "cryptosuite", "proofPurpose", "proofValue", "type", "verificationMethod"):
        spoilt = copy.deepcopy(signed)
        spoilt["proof"][field] = _spoil(spoilt["proof"][field])
        yield "credential.check", [spoilt, did]
        del spoilt["proof"][field]
        yield "credential.check", [spoilt, did]
    for name, value in (("amount", 0.843), ("名", "糯米糍"), ("more", 1)):
        yield "credential.check", [{**signed, name: value}, did]
    for place in range(2):
        for field in ("id", "type", "controller"):
            spoilt_did = copy.deepcopy(did)
            spoilt_did["verificationMethod"][place][field] += "x"
            yield "credential.check", [signed, spoilt_did]


FAMILIES: Mapping[str, Callable[[], Iterator[Case]]] = {
    "calculation": calculation_cases,
    "canonical": canonical_cases,
    "credential": credential_cases,
    "log": log_cases,
    "numbers": number_cases,
    "signatures": signature_cases,
}


def answer(op: str, args: list[Any]) -> dict[str, Any]:
    """Ask Python: the value, or that the input is refused."""
    try:
        return {"value": REFERENCE[op](*copy.deepcopy(args))}
    except (LedgerError, PassportError, IOCoreError):
        return {"refused": True}


def encode(family: str) -> bytes:
    """Write one file of vectors."""
    cases = [{"op": op, "args": args, **answer(op, args)} for op, args in FAMILIES[family]()]
    document = {"provenance": PROVENANCE, "cases": cases}
    lines = json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":")).replace(
        '{"args"', '\n{"args"'
    )
    return lines.encode("ascii") + b"\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in FAMILIES:
        (FOLDER / f"{name}.json").write_bytes(encode(name))
