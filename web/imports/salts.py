"""Draw the salts that hide items until they are opened."""

from __future__ import annotations

import hmac
import os
from hashlib import sha256
from typing import Protocol

from ledger.book.item import SALT_BYTES, salt_text


class SaltSource(Protocol):
    """Give one salt for one item."""

    def salt(self, fingerprint: str, position: int) -> str:
        """Give the salt of the item at a position of the entry with this content."""
        ...


class RandomSalts:
    """Draw every salt from the operating system; the only source outside the demo."""

    def salt(self, fingerprint: str, position: int) -> str:
        """Give 128 new random bits, whatever the item."""
        return salt_text(os.urandom(SALT_BYTES))


class SeededSalts:
    """Derive salts from a secret seed, so that the demo writes the same bytes each time. Never for real data."""

    __slots__ = ("_seed",)

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def salt(self, fingerprint: str, position: int) -> str:
        """Derive a salt from the seed, the entry's content and the item's position."""
        message = f"{fingerprint}/{position}".encode("ascii")
        return salt_text(hmac.new(self._seed, message, sha256).digest()[:SALT_BYTES])
