"""Check the Merkle tree: every small size, two ways, and the published proofs."""

from __future__ import annotations

import base64
import json
from hashlib import sha256

import pytest

from ledger.errors import ProofUntrusted
from ledger.log import merkle
from ledger.log.edge import Edge
from tests.support.official import vectors

# RFC 6962 trees over the eight leaves that Certificate Transparency's own tests use.
CT_LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    """Follow RFC 6962 section 2.1 word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in CT_LEAVES[:size]]
    assert merkle.root(hashes).hex() == CT_ROOTS[size]
    assert naive_root(CT_LEAVES[:size]).hex() == CT_ROOTS[size]


def test_every_small_tree_three_ways_and_every_proof() -> None:
    leaves = [bytes([number]) * 3 for number in range(40)]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    edge = Edge(0, ())
    for size in range(1, 41):
        edge = edge.extend(hashes[size - 1 : size])
        root = merkle.root(hashes[:size])
        assert root == naive_root(leaves[:size]) == edge.root() == Edge.decode(size, edge.encode()).root()
        assert Edge.read(merkle.list_reader(hashes), size) == edge
        for index in range(size):
            proof = merkle.inclusion_proof(hashes[:size], index)
            merkle.verify_inclusion(hashes[index], index, size, proof, root)
        for old in range(1, size + 1):
            proof = merkle.consistency_proof(hashes[:size], old)
            merkle.verify_consistency(old, size, proof, merkle.root(hashes[:old]), root)


def test_every_damage_to_a_proof_is_found() -> None:
    hashes = [merkle.leaf_hash(bytes([number])) for number in range(13)]
    root, proof = merkle.root(hashes), merkle.inclusion_proof(hashes, 6)
    bad = bytes(32)
    cases = [
        (hashes[5], 6, 13, proof, root),
        (hashes[6], 5, 13, proof, root),
        (hashes[6], 13, 13, proof, root),
        (hashes[6], -1, 13, proof, root),
        (hashes[6], 6, 7, proof, root),
        (hashes[6], 6, 13, proof[:-1], root),
        (hashes[6], 6, 13, (*proof, bad), root),
        (hashes[6], 6, 13, (bad, *proof[1:]), root),
        (hashes[6], 6, 13, proof, bad),
        (hashes[6], 6, 13, (proof[0][:-1], *proof[1:]), root),
        (hashes[6], 6, 2**63, proof, root),
    ]
    for case in cases:
        with pytest.raises(ProofUntrusted):
            merkle.verify_inclusion(*case)
    old_root, path = merkle.root(hashes[:6]), merkle.consistency_proof(hashes, 6)
    for old, new, steps, first, second in [
        (6, 13, path, root, old_root),
        (7, 13, path, old_root, root),
        (6, 8, path, old_root, root),
        (6, 13, path[:-1], old_root, root),
        (6, 13, (*path, bad), old_root, root),
        (13, 6, path, root, old_root),
        (0, 13, path, merkle.EMPTY_ROOT, root),
        (0, 13, (), merkle.EMPTY_ROOT, root),
        (13, 13, (), root, bad),
        (13, 13, path, root, root),
    ]:
        with pytest.raises(ProofUntrusted):
            merkle.verify_consistency(old, new, steps, first, second)


def test_impossible_proofs_are_not_built() -> None:
    hashes = [merkle.leaf_hash(b"")]
    with pytest.raises(ProofUntrusted):
        merkle.inclusion_proof(hashes, 1)
    with pytest.raises(ProofUntrusted):
        merkle.consistency_proof(hashes, 2)


def decoded(values: list[str] | None) -> list[bytes]:
    """Read base64 hashes; the files write a missing list as null."""
    return [base64.b64decode(value) for value in values or []]


def test_official_inclusion_proofs() -> None:
    files = sorted(path for path in vectors("rfc6962-proofs", "inclusion", cases=98).rglob("*") if path.is_file())
    assert len(files) == 98
    for path in files:
        case = json.loads(path.read_text(encoding="utf-8"))
        leaf, root = decoded([case["leafHash"], case["root"]])
        proof = decoded(case["proof"])
        try:
            merkle.verify_inclusion(leaf, case["leafIdx"], case["treeSize"], proof, root)
            failed = False
        except ProofUntrusted:
            failed = True
        assert failed == case["wantErr"], f"{path}: {case['desc']}"


def test_official_consistency_proofs() -> None:
    files = sorted(path for path in vectors("rfc6962-proofs", "consistency", cases=98).rglob("*") if path.is_file())
    assert len(files) == 98
    for path in files:
        case = json.loads(path.read_text(encoding="utf-8"))
        first, second = decoded([case["root1"], case["root2"]])
        try:
            merkle.verify_consistency(case["size1"], case["size2"], decoded(case["proof"]), first, second)
            failed = False
        except ProofUntrusted:
            failed = True
        assert failed == case["wantErr"], f"{path}: {case['desc']}"
