"""Write and read the two multibase spellings that credentials use: base58btc (`z`) and base64url (`u`).

Source: W3C Controlled Identifiers 1.0, sections 2.4 (multibase) and 2.2.2 (Multikey).
"""

from __future__ import annotations

import base64
import binascii

from passport.errors import MalformedMultibase

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_ED25519_PUBLIC = b"\xed\x01"
_LONGEST = 200


def encode_base58(data: bytes) -> str:
    """Write bytes as base58btc without a prefix; each leading zero byte becomes a `1`."""
    number = int.from_bytes(data, "big")
    letters = []
    while number:
        number, digit = divmod(number, 58)
        letters.append(_ALPHABET[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(letters))


def decode_base58(text: str) -> bytes:
    """Read base58btc without a prefix, accepting the one spelling that encoding would produce."""
    if len(text) > _LONGEST:
        raise MalformedMultibase("the base58 text is too long", length=len(text))
    number = 0
    for letter in text:
        if letter not in _VALUES:
            raise MalformedMultibase("a character is not in the base58 alphabet", character=letter)
        number = number * 58 + _VALUES[letter]
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def encode_base64url(data: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """Read base64url without padding, accepting the one spelling that encoding would produce."""
    try:
        data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise MalformedMultibase("the text is not base64url") from error
    if encode_base64url(data) != text:
        raise MalformedMultibase("the base64url text is not in its one spelling")
    return data


def encode_digest(digest: bytes) -> str:
    """Write a SHA-256 digest as `digestMultibase`: `u` and base64url of its multihash.

    Source: W3C Verifiable Credentials Data Model 2.0, section 5.3; Multihash code 0x12, length 0x20.
    """
    return "u" + encode_base64url(b"\x12\x20" + digest)


def encode_multikey(public: bytes) -> str:
    """Write an Ed25519 public key as a Multikey, `z6Mk...`."""
    return "z" + encode_base58(_ED25519_PUBLIC + public)


def decode_multikey(text: str) -> bytes:
    """Read an Ed25519 Multikey and return its 32 bytes."""
    if not text.startswith("z"):
        raise MalformedMultibase("a Multikey starts with z", key=text[:80])
    data = decode_base58(text[1:])
    if len(data) != 34 or data[:2] != _ED25519_PUBLIC:
        raise MalformedMultibase("the Multikey does not hold an Ed25519 public key", key=text[:80])
    return data[2:]
