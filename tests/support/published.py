"""Put the published vectors to the browser's modules: operation, arguments and the answer that the vector states."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ledger.log.tiles import parse_bundle
from tests.support.official import vectors

Case = tuple[str, list[Any], dict[str, Any]]
REFUSED: Mapping[str, Any] = {"refused": True}
TESSERA_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
# The example of golang.org/x/mod/sumdb/note, made by Go.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_NOTE = GO_TEXT + f"\n\u2014 PeterNeumann {GO_SIGNATURE}\n".encode()
UNFIT_KEY = frozenset({"low_order_A", "low_order_component_A", "non_canonical_A"})
UNFIT_SIGNATURE = frozenset({"low_order_residue", "non_canonical_R"})


def cctv() -> Iterator[Case]:
    """Ask for both verdicts on every edge case: with the check of the key, and without."""
    for one in _json("ed25519-edge", "cctv_ed25519vectors.json", cases=914):
        flags, args = set(one["flags"] or ()), [one["key"], one["msg"].encode().hex(), one["sig"]]
        holds = {"value": not flags & UNFIT_SIGNATURE}
        yield "ed25519.holds", args, holds
        yield "ed25519.holds_with_noble", args, holds
        yield "ed25519.verify", args, dict(REFUSED) if flags & UNFIT_KEY else holds
        yield "ed25519.check_key", [one["key"]], dict(REFUSED) if flags & UNFIT_KEY else {"value": None}


def wycheproof() -> Iterator[Case]:
    """Ask for the verdict on signatures under good keys."""
    for group in _json("ed25519", "wycheproof_ed25519_test.json", cases=151)["testGroups"]:
        for one in group["tests"]:
            args = [group["publicKey"]["pk"], one["msg"], one["sig"]]
            for op in ("ed25519.verify", "ed25519.holds_with_noble"):
                yield op, args, {"value": one["result"] == "valid"}


def jcs() -> Iterator[Case]:
    """Write canonical JSON, and read it back."""
    folder = vectors("jcs", cases=6)
    for source in sorted((folder / "input").iterdir()):
        output = (folder / "outhex" / f"{source.stem}.txt").read_text("ascii")
        expected = bytes.fromhex(output)
        yield "jcs.encode", [source.read_bytes().hex()], {"value": expected.hex()}
        yield "jcs.decode", [expected.hex()], {"value": json.loads(expected)}
        if source.read_bytes() != expected:
            yield "jcs.decode", [source.read_bytes().hex()], dict(REFUSED)


def inclusion() -> Iterator[Case]:
    """Check inclusion proofs, good and damaged."""
    for path in _files(vectors("rfc6962-proofs", "inclusion", cases=98)):
        case = json.loads(path.read_bytes())
        leaf, root = (base64.b64decode(case[name]).hex() for name in ("leafHash", "root"))
        proof = [base64.b64decode(one).hex() for one in case["proof"] or ()]
        answer = dict(REFUSED) if case["wantErr"] else {"value": None}
        yield "merkle.check_inclusion", [leaf, case["leafIdx"], case["treeSize"], proof, root], answer


def consistency() -> Iterator[Case]:
    """Check consistency proofs, good and damaged."""
    for path in _files(vectors("rfc6962-proofs", "consistency", cases=98)):
        case = json.loads(path.read_bytes())
        old_root, root = (base64.b64decode(case[name]).hex() for name in ("root1", "root2"))
        proof = [base64.b64decode(one).hex() for one in case["proof"] or ()]
        answer = dict(REFUSED) if case["wantErr"] else {"value": None}
        yield "merkle.check_consistency", [case["size1"], case["size2"], proof, old_root, root], answer


def notes() -> Iterator[Case]:
    """Open Go's example note and every checkpoint of a tiled log, and prove its leaves from its bundle."""
    yield "note.parse", [GO_NOTE.hex()], {"value": ["PeterNeumann"]}
    yield "note.check", [GO_NOTE.hex(), GO_VKEY], {"value": GO_TEXT.decode()}
    yield "note.check", [GO_NOTE.hex(), TESSERA_KEY], dict(REFUSED)
    folder = vectors("tlog-tiles-log", cases=31)
    for size in range(16):
        note = (folder / f"checkpoint.{size}").read_bytes()
        origin, _, root = note.decode().split("\n")[:3]
        value = [origin, size, base64.b64decode(root).hex()]
        yield "checkpoint.open", [note.hex(), TESSERA_KEY], {"value": value}
        yield "checkpoint.open", [note.hex(), GO_VKEY], dict(REFUSED)
    for leaf in parse_bundle((folder / "tile/entries/000.p/15").read_bytes()):
        yield "merkle.leaf_hash", [leaf.hex()], {"value": _leaf_in_tile(folder, leaf)}


PUBLISHED: Mapping[str, tuple[Callable[[], Iterator[Case]], int]] = {
    "cctv": (cctv, 4 * 914),
    "consistency": (consistency, 98),
    "inclusion": (inclusion, 98),
    "jcs": (jcs, 18),
    "notes": (notes, 3 + 32 + 15),
    "wycheproof": (wycheproof, 2 * 151),
}


def _leaf_in_tile(folder: Path, leaf: bytes) -> str:
    leaves = parse_bundle((folder / "tile/entries/000.p/15").read_bytes())
    tile = (folder / "tile/0/000.p/15").read_bytes()
    at = leaves.index(leaf)
    return tile[32 * at : 32 * at + 32].hex()


def _json(*parts: str, cases: int) -> Any:
    return json.loads(vectors(*parts, cases=cases).read_bytes())


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
