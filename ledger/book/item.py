"""Write and read items: salted facts whose digests stand in an envelope.

An item is one line of canonical JSON `[salt, name, value]`. Its digest says nothing about it without the salt, so an
opening can be handed to one audience, or erased, and every proof still holds.

Source: RFC 9901, section 4.2 (salted disclosures).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

from ledger.errors import MalformedItem, MalformedJson
from ledger.ids import is_code, is_salt
from ledger.log.canonical import decode, encode

AUDIENCES: Final = ("public", "partner", "full")
MAX_LINE: Final = 64 * 1024
SALT_BYTES: Final = 16


class Item(msgspec.Struct, frozen=True, gc=False):
    """Hold an opened item with the line it was read from.

    Args:
        line: the canonical bytes, without a newline.
        digest: base64url SHA-256 of the line, 43 characters.
        salt: 22 base64url characters, 128 random bits.
        name: what it states, such as `mass`.
        value: the object; numbers are decimal strings.
    """

    line: bytes
    digest: str
    salt: str
    name: str
    value: Mapping[str, Any]

    @property
    def audience(self) -> str:
        """Say who may see the opening: `public`, `partner` or `full`."""
        return str(self.value.get("audience", "full"))

    @property
    def text(self) -> str:
        """Give the line as text, as it travels in JSON."""
        return self.line.decode("utf-8")

    def get(self, field: str) -> str:
        """Give a text field of the value, or an empty text."""
        found = self.value.get(field, "")
        return found if isinstance(found, str) else ""


def visible_to(audience: str, viewer: str) -> bool:
    """Tell whether a viewer of one audience may see an opening meant for another."""
    return AUDIENCES.index(audience) <= AUDIENCES.index(viewer)


def digest_of(line: bytes) -> str:
    """Give the base64url SHA-256 of a line, without padding."""
    return base64.urlsafe_b64encode(sha256(line).digest()).rstrip(b"=").decode("ascii")


def salt_text(randomness: bytes) -> str:
    """Write sixteen random bytes as a salt.

    Raises:
        MalformedItem: another number of bytes.
    """
    if len(randomness) != SALT_BYTES:
        raise MalformedItem("a salt is 16 bytes", size=len(randomness))
    return base64.urlsafe_b64encode(randomness).rstrip(b"=").decode("ascii")


def make_item(salt: str, name: str, value: Mapping[str, Any]) -> Item:
    """Write an item.

    Args:
        salt: 22 base64url characters.
        name: a code of a-z, 0-9 and _.
        value: an object in the strict profile.

    Raises:
        MalformedItem: a part breaks the form.
    """
    try:
        line = encode([salt, name, dict(value)])
    except MalformedJson as error:
        raise MalformedItem(error.message, **error.context) from None
    return parse_item(line)


def parse_item(line: bytes | str) -> Item:
    """Read a line as an item.

    Raises:
        MalformedItem: not exactly the bytes that `make_item` writes.
    """
    try:
        data = line.encode("utf-8") if isinstance(line, str) else line
    except UnicodeEncodeError:
        raise MalformedItem("an item is not UTF-8") from None
    if len(data) > MAX_LINE:
        raise MalformedItem("an item is larger than 64 KiB", size=len(data))
    try:
        parts = decode(data)
    except MalformedJson as error:
        raise MalformedItem(error.message, **error.context) from None
    if not isinstance(parts, list) or len(parts) != 3:
        raise MalformedItem("an item is a list of salt, name and value")
    salt, name, value = parts
    if not is_salt(salt):
        raise MalformedItem("a salt is 22 base64url characters of 128 bits")
    if not is_code(name):
        raise MalformedItem("an item's name is a code of a-z, 0-9 and _")
    if not isinstance(value, dict):
        raise MalformedItem("an item's value is an object", name=name)
    if value.get("audience", "full") not in AUDIENCES:
        raise MalformedItem("an audience is public, partner or full", name=name)
    return Item(data, digest_of(data), salt, name, value)


def by_digest(lines: Iterable[bytes | str]) -> dict[str, Item]:
    """Read lines and index the items by digest.

    Raises:
        MalformedItem: a line is not an item.
    """
    return {item.digest: item for item in map(parse_item, lines)}
