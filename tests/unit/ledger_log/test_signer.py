"""Check the verdict on signatures and on public keys with the published edge cases."""

from __future__ import annotations

import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.errors import MalformedKey, SignatureUntrusted
from ledger.log import signer
from ledger.log.signer import Signer, check_public_key, verify_signature
from tests.support.official import vectors

# RFC 8032 section 7.1, TEST 3.
SEED = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
PUBLIC = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
SIGNATURE = bytes.fromhex(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
)
ORDER = 2**252 + 27742317777372353535851937790883648493
# The eight points of small order, canonical encodings and all others.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


def verdict(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a signature verifies."""
    try:
        verify_signature(public, message, signature)
    except SignatureUntrusted:
        return False
    return True


def usable(public: bytes) -> bool:
    """Return whether a key may be registered."""
    try:
        check_public_key(public)
    except MalformedKey:
        return False
    return True


def test_rfc8032_example() -> None:
    signer = Signer.from_seed("x", SEED)
    assert signer.public_key.public == PUBLIC
    assert signer.sign(b"\xaf\x82") == SIGNATURE
    assert verdict(PUBLIC, b"\xaf\x82", SIGNATURE)
    assert usable(PUBLIC)


def test_every_flipped_bit_fails() -> None:
    for bit in range(512):
        damaged = bytearray(SIGNATURE)
        damaged[bit // 8] ^= 1 << bit % 8
        assert not verdict(PUBLIC, b"\xaf\x82", bytes(damaged))


def test_malleable_signature_fails() -> None:
    scalar = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    assert not verdict(PUBLIC, b"\xaf\x82", SIGNATURE[:32] + scalar.to_bytes(32, "little"))
    assert not verdict(PUBLIC, b"\xaf\x82", SIGNATURE[:-1])
    assert not verdict(PUBLIC[:-1], b"\xaf\x82", SIGNATURE)


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_small_order_keys_are_refused(point: str) -> None:
    assert not usable(bytes.fromhex(point))


def test_other_bad_keys_are_refused() -> None:
    not_a_point = bytes([2]) + bytes(31)
    assert not usable(not_a_point)
    assert not usable(PUBLIC[:-1])
    assert not usable(PUBLIC + b"\x00")


def test_official_wycheproof_cases() -> None:
    data = json.loads(vectors("ed25519", "wycheproof_ed25519_test.json", cases=151).read_text(encoding="utf-8"))
    count = 0
    for group in data["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            found = verdict(public, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert found == (case["result"] == "valid"), case
            count += 1
    assert count == 151


def test_official_cctv_cases() -> None:
    cases = json.loads(vectors("ed25519-edge", "cctv_ed25519vectors.json", cases=914).read_text(encoding="utf-8"))
    for case in cases:
        flags = set(case["flags"] or ())
        public, signature = bytes.fromhex(case["key"]), bytes.fromhex(case["sig"])
        expected = not flags & {"low_order_residue", "non_canonical_R"}
        assert verdict(public, case["msg"].encode(), signature) == expected, case
        assert usable(public) == (not flags & {"low_order_A", "low_order_component_A", "non_canonical_A"}), case
    assert len(cases) == 914


def test_official_signatures_of_the_authors() -> None:
    path = vectors("ed25519", "sign.input.first256", cases=256)
    lines = path.read_text(encoding="ascii").splitlines()
    for line in lines:
        secret, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        signer = Signer.from_seed("x", secret[:32])
        assert (signer.public_key.public, signer.sign(message)) == (public, signed[:64])
    assert len(lines) == 256


PROBE_KEY = bytes.fromhex("d13f4d0a1350c5d90bb2bd00be12400f61d0f9e7e6825a75a11b84d3535d06f6")
"""The key of seed SHA-256("ecarbon/torsion"); the signatures below are over `ecarbon`."""


@pytest.mark.parametrize(
    ("half", "other", "fine"),
    [
        pytest.param(
            "3e54c441927f9f0ee5e13e34f0b0404c5043651a8f4b7ef087a1c42262a85d0a",
            "232550078a52d949cb667cba142848958294df34c849e51e7d2000c355157405",
            True,
            id="a good signature",
        ),
        pytest.param(
            "afab3bbe6d8060f11a1ec1cb0f4fbfb3afbc9ae570b4810f785e3bdd9d57a2f5",
            "292690982a20717e824bff55eddfd13e7cadbd66a5719e4f90ae2eb5ffb8b001",
            False,
            id="R has a part of order two: only the cofactored equation holds",
        ),
        pytest.param(
            "3e54c441927f9f0ee5e13e34f0b0404c5043651a8f4b7ef087a1c42262a85d0a",
            "10f94564a4b5eba1a103745df32127aa8294df34c849e51e7d2000c355157415",
            False,
            id="S and the order of the group together",
        ),
        pytest.param(
            "0100000000000000000000000000000000000000000000000000000000000000",
            "3730eaa3e342c24079edbab72b49e6fd1c08f271e5b6f9e357a842663e94690f",
            True,
            id="R is the identity: libsodium refuses, the equation holds, and OpenSSL decides",
        ),
    ],
)
def test_the_verdict_is_that_of_the_cofactorless_equation(half: str, other: str, fine: bool) -> None:
    signature = bytes.fromhex(half + other)
    assert verdict(PROBE_KEY, b"ecarbon", signature) is fine
    try:
        Ed25519PublicKey.from_public_bytes(PROBE_KEY).verify(signature, b"ecarbon")
        alone = True
    except InvalidSignature:
        alone = False
    assert alone is fine


def test_libsodium_is_asked_here() -> None:
    assert signer._is_strict()
