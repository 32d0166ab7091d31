"""Read and write signed notes and verifier keys.

Source: C2SP signed-note; the text form of keys is that of Go's ``golang.org/x/mod/sumdb/note``.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import msgspec

from ledger.errors import MalformedKey, MalformedNote

ED25519: Final = 1
COSIGNATURE: Final = 4
MAX_SIGNATURES: Final = 100
MAX_NOTE: Final = 1_000_000
_PUBLIC_SIZE: Final = {ED25519: 32, COSIGNATURE: 32}
_DASH: Final = "\u2014 "
_ALLOWED: Final = bytes([0x0A, *range(0x20, 0x100)])
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}\Z")
_NOT_IN_NAME: Final = re.compile(r"[\s+\x00-\x1f]")


def b64decode_strict(text: str | bytes) -> bytes:
    """Decode standard base64, accepting only what encoding the result gives back.

    Raises:
        MalformedNote: any other spelling.
    """
    try:
        raw = text.encode("ascii") if isinstance(text, str) else text
        data = binascii.a2b_base64(raw, strict_mode=True)
    except (binascii.Error, ValueError):
        raise MalformedNote("not base64") from None
    if binascii.b2a_base64(data, newline=False) != raw:
        raise MalformedNote("not the canonical base64 of its bytes")
    return data


def b64encode(data: bytes) -> str:
    """Return the standard base64 text of bytes."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def valid_name(name: str) -> bool:
    """Say whether a text may be a key name: not empty, no spaces, no plus, no control characters."""
    if not name or _NOT_IN_NAME.search(name):
        return False
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """Return the four bytes that tie a name, an algorithm and a public key together."""
    return sha256(name.encode("utf-8") + b"\n" + bytes([algorithm]) + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Hold a named public key.

    Args:
        name: key name, for a log its origin.
        key_id: the first four bytes of the hash over name, algorithm and key.
        public: 32 bytes.
        algorithm: 1 for Ed25519 notes, 4 for Ed25519 cosignatures.
    """

    name: str
    key_id: bytes
    public: bytes
    algorithm: int = ED25519

    @classmethod
    def of(cls, name: str, public: bytes, algorithm: int = ED25519) -> VerifierKey:
        """Make the key of a name and public bytes.

        Raises:
            MalformedKey: the name, the algorithm or the length is not allowed.
        """
        if not valid_name(name):
            raise MalformedKey("a key name is empty or holds a space, a plus or a control character", name=name)
        if _PUBLIC_SIZE.get(algorithm) != len(public):
            raise MalformedKey("unknown key algorithm, or a public key of the wrong length", algorithm=algorithm)
        return cls(name, key_id(name, algorithm, public), public, algorithm)

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read ``<name>+<key id in hex>+<base64 of algorithm and key>``.

        Raises:
            MalformedKey: not such a text, or the key id belongs to another key.
        """
        parts = vkey.split("+", 2)
        if len(parts) != 3 or not _KEY_ID.match(parts[1]):
            raise MalformedKey("not a verifier key")
        try:
            data = b64decode_strict(parts[2])
        except MalformedNote:
            raise MalformedKey("a verifier key holds bad base64") from None
        if not data:
            raise MalformedKey("a verifier key is empty")
        key = cls.of(parts[0], data[1:], data[0])
        if key.key_id.hex() != parts[1]:
            raise MalformedKey("the key id is not that of this name and key", name=key.name)
        return key

    def encode(self) -> str:
        """Return the text form on one line, without a newline."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.algorithm]) + self.public)}"


class Signature(msgspec.Struct, frozen=True):
    """Hold one signature line: key name, four bytes of key id, signature bytes."""

    name: str
    key_id: bytes
    blob: bytes

    @classmethod
    def parse(cls, line: str) -> Signature:
        """Read a signature line without its newline.

        Raises:
            MalformedNote: not a signature line.
        """
        if not line.startswith(_DASH):
            raise MalformedNote("a signature line does not start with a dash")
        name, space, text = line[len(_DASH) :].partition(" ")
        if not space or not valid_name(name):
            raise MalformedNote("a signature line has no valid key name")
        data = b64decode_strict(text)
        if len(data) < 5:
            raise MalformedNote("a signature is too short")
        return cls(name, data[:4], data[4:])

    def encode(self) -> str:
        """Return the line without its newline."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.blob)}"

    def is_by(self, key: VerifierKey) -> bool:
        """Say whether the line names this key."""
        return self.name == key.name and self.key_id == key.key_id


class SignedNote(msgspec.Struct, frozen=True):
    """Hold a text, which ends in a newline, and its signatures."""

    text: bytes
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> SignedNote:
        """Read a signed note.

        Raises:
            MalformedNote: not a signed note.
        """
        if len(data) > MAX_NOTE:
            raise MalformedNote("a note is too long", size=len(data))
        check_text(data)
        end = data.rfind(b"\n\n")
        if end < 0 or not data.endswith(b"\n") or end + 2 == len(data):
            raise MalformedNote("a note has no signature after an empty line")
        text, tail = data[: end + 1], data[end + 2 : -1]
        lines = tail.decode("utf-8").split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise MalformedNote("a note has too many signatures", count=len(lines))
        return cls(text, tuple(Signature.parse(line) for line in lines))

    def encode(self) -> bytes:
        """Return the bytes of the note."""
        lines = "".join(signature.encode() + "\n" for signature in self.signatures)
        return self.text + b"\n" + lines.encode("utf-8")


def check_text(data: bytes) -> None:
    """Refuse bytes that a note may not hold: invalid UTF-8 and control characters other than newline.

    Raises:
        MalformedNote: the bytes hold such a character.
    """
    if data.translate(None, _ALLOWED):
        raise MalformedNote("a note holds a control character")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedNote("a note is not UTF-8") from None
