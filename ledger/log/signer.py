"""Sign and verify with Ed25519; the only door to the signature library.

The verdict on a signature is cofactorless: S < L, and the recomputed R is compared as bytes. A key that anyone should
trust must be a canonical point of the prime-order subgroup, which ``check_public_key`` decides.

Two libraries verify. libsodium takes half the time and may only accept: it recomputes the same R as OpenSSL and is the
stricter of the two about what it reads, so OpenSSL accepts what it accepts. What it refuses, OpenSSL decides. A build
that fails ``_is_strict`` (one that takes the cofactored equation, for instance) is not asked.

Source: RFC 8032 section 5.1, C2SP signed-note.
"""

from __future__ import annotations

import os
from functools import cache, lru_cache
from typing import Final

import nacl.bindings
import nacl.exceptions
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import KeyUntrusted, MalformedKey, MalformedNote, SignatureUntrusted
from ledger.log.note import (
    ED25519,
    Signature,
    SignedNote,
    VerifierKey,
    b64decode_strict,
    b64encode,
    check_text,
)

SIGNATURE_SIZE: Final = 64
SEED_SIZE: Final = 32
_PRIVATE: Final = ["PRIVATE", "KEY"]
_PROBE: Final = b"ecarbon"
_PROBE_KEY: Final = bytes.fromhex("d13f4d0a1350c5d90bb2bd00be12400f61d0f9e7e6825a75a11b84d3535d06f6")
#: A good signature; one whose R has a part of order two, which only the cofactored equation takes; and S + L.
_PROBES: Final = tuple(
    bytes.fromhex(text)
    for text in (
        "3e54c441927f9f0ee5e13e34f0b0404c5043651a8f4b7ef087a1c42262a85d0a"
        "232550078a52d949cb667cba142848958294df34c849e51e7d2000c355157405",
        "afab3bbe6d8060f11a1ec1cb0f4fbfb3afbc9ae570b4810f785e3bdd9d57a2f5"
        "292690982a20717e824bff55eddfd13e7cadbd66a5719e4f90ae2eb5ffb8b001",
        "3e54c441927f9f0ee5e13e34f0b0404c5043651a8f4b7ef087a1c42262a85d0a"
        "10f94564a4b5eba1a103745df32127aa8294df34c849e51e7d2000c355157415",
    )
)


class Signer:
    """Hold a private key and its name.

    Args:
        name: key name; ``<actor>/<label>`` for actors, the origin for a log.
        private_bytes: the 32-byte Ed25519 seed.
        algorithm: 1 for notes, 4 for cosignatures.
    """

    __slots__ = ("_key", "_seed", "name", "public_key")

    def __init__(self, name: str, private_bytes: bytes, *, algorithm: int = ED25519) -> None:
        if len(private_bytes) != SEED_SIZE:
            raise MalformedKey("a private key is not 32 bytes long", name=name)
        self._seed = bytes(private_bytes)
        self._key = Ed25519PrivateKey.from_private_bytes(self._seed)
        self.name = name
        self.public_key = VerifierKey.of(name, self._key.public_key().public_bytes_raw(), algorithm)

    @classmethod
    def generate(cls, name: str) -> Signer:
        """Make a new key from the operating system's randomness."""
        return cls(name, os.urandom(SEED_SIZE))

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Signer:
        """Make the key of a 32-byte seed."""
        return cls(name, seed)

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read ``PRIVATE+KEY+<name>+<key id in hex>+<base64 of algorithm and seed>``.

        Raises:
            MalformedKey: not such a text.
        """
        parts = text.split("+", 4)
        if len(parts) != 5 or parts[:2] != _PRIVATE:
            raise MalformedKey("not a private key")
        try:
            data = b64decode_strict(parts[4])
        except MalformedNote:
            raise MalformedKey("a private key holds bad base64") from None
        if len(data) != SEED_SIZE + 1:
            raise MalformedKey("a private key is not 32 bytes long")
        signer = cls(parts[2], data[1:], algorithm=data[0])
        if signer.public_key.key_id.hex() != parts[3]:
            raise MalformedKey("the key id is not that of this name and key", name=parts[2])
        return signer

    def encode(self) -> str:
        """Return the text form on one line, without a newline: a secret."""
        key = self.public_key
        return f"PRIVATE+KEY+{key.name}+{key.key_id.hex()}+{b64encode(bytes([key.algorithm]) + self._seed)}"

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of a message."""
        return self._key.sign(message)

    def sign_note(self, text: bytes) -> bytes:
        """Return the whole note: the text and one signature line.

        Raises:
            MalformedNote: the text does not end in a newline or holds bytes that a note may not hold.
        """
        if not text.endswith(b"\n"):
            raise MalformedNote("a note text does not end in a newline")
        check_text(text)
        signature = Signature(self.name, self.public_key.key_id, self.sign(text))
        return SignedNote(text, (signature,)).encode()

    def __repr__(self) -> str:
        """Show the name and the public key only."""
        return f"Signer({self.public_key.encode()})"


def verify_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """Check an Ed25519 signature.

    Raises:
        SignatureUntrusted: it does not verify.
    """
    if len(signature) != SIGNATURE_SIZE:
        raise SignatureUntrusted("a signature is not 64 bytes long")
    if _is_strict() and _opens(public, message, signature):
        return
    try:
        _load(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise SignatureUntrusted("the signature does not verify") from None


def verify_note(note: SignedNote, key: VerifierKey) -> None:
    """Check that a note carries a valid signature by a key, and no invalid one by it.

    Raises:
        KeyUntrusted: no signature line names the key.
        SignatureUntrusted: a line of the key does not verify.
    """
    if key.algorithm != ED25519:
        raise KeyUntrusted("this key signs no notes", name=key.name, algorithm=key.algorithm)
    lines = [signature for signature in note.signatures if signature.is_by(key)]
    if not lines:
        raise KeyUntrusted("the note is not signed by the expected key", name=key.name)
    for line in lines:
        verify_signature(key.public, note.text, line.blob)


def check_public_key(public: bytes) -> None:
    """Refuse every public key but canonical points of the prime-order subgroup.

    Raises:
        MalformedKey: small order, mixed order, not canonical, not a point or of the wrong length.
    """
    if len(public) != SEED_SIZE or not nacl.bindings.crypto_core_ed25519_is_valid_point(public):
        raise MalformedKey("the public key is not a canonical point of the prime-order subgroup")


def _opens(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether libsodium accepts a signature."""
    try:
        nacl.bindings.crypto_sign_open(signature + message, public)
    except (nacl.exceptions.CryptoError, ValueError, TypeError):
        return False
    return True


@cache
def _is_strict() -> bool:
    """Say whether this libsodium accepts a good signature and refuses the two that only a laxer one would take."""
    return [_opens(_PROBE_KEY, _PROBE, signature) for signature in _PROBES] == [True, False, False]


@lru_cache(maxsize=4096)
def _load(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)
