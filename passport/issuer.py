"""Hold who issues passports, and how their identifiers are drawn."""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from ledger.ids import key_owner
from ledger.log.signer import Signer
from passport.did import did_document, jwk_id, multikey_id
from passport.errors import PassportConflict
from passport.status import LIST_LENGTH


@dataclass(frozen=True, slots=True)
class Issuer:
    """Hold an issuer: one key signs its credentials, status lists and `passport` entries.

    Args:
        did: its did:web.
        name: name as it stands in credentials; no personal name, since credentials are for ever.
        signer: the actor's key, registered in the log with a role that may issue; its name is `<actor>/<label>`.
        earlier: public keys that it used before, first to last.
    """

    did: str
    name: str
    signer: Signer
    earlier: tuple[bytes, ...] = ()

    @property
    def actor(self) -> str:
        """Return the actor who issues."""
        return key_owner(self.signer.name)

    @property
    def slug(self) -> str:
        """Return the short name in addresses."""
        return self.did.rpartition(":")[2]

    @property
    def publics(self) -> tuple[bytes, ...]:
        """Return all public keys, in the order in which the DID document numbers them."""
        return (*self.earlier, self.signer.public_key.public)

    @property
    def method(self) -> str:
        """Return the DID URL under which the key signs data integrity proofs."""
        return multikey_id(self.did, len(self.publics))

    @property
    def kid(self) -> str:
        """Return the DID URL under which the key signs tokens."""
        return jwk_id(self.did, len(self.publics))

    def document(self) -> dict[str, object]:
        """Return the DID document."""
        return did_document(self.did, self.publics)


class Identifiers(Protocol):
    """Draw the identifiers of passports."""

    def uuid(self, lot: str, version: int) -> str:
        """Return the identifier of a lot's n-th version."""
        ...

    def status_index(self, uuid: str, taken: Collection[int]) -> int:
        """Return a free index of a status list."""
        ...


class RandomIdentifiers:
    """Draw identifiers at random, so that neither lots nor revocations can be counted from outside."""

    def uuid(self, lot: str, version: int) -> str:
        """Return a random UUID."""
        return str(uuid.uuid4())

    def status_index(self, uuid: str, taken: Collection[int]) -> int:
        """Return a random free index."""
        return _free(secrets.randbelow(LIST_LENGTH), taken)


class SeededIdentifiers:
    """Derive identifiers from a seed, for a demo whose files are the same each time.

    Args:
        seed: whoever knows it can tell which passport belongs to which lot.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def uuid(self, lot: str, version: int) -> str:
        """Return the UUID that the seed gives for a lot's n-th version."""
        digest = self._digest(f"uuid\n{lot}\n{version}")
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def status_index(self, uuid: str, taken: Collection[int]) -> int:
        """Return the index that the seed gives for a passport, or the next free one."""
        return _free(int.from_bytes(self._digest(f"status\n{uuid}")[:8], "big") % LIST_LENGTH, taken)

    def _digest(self, text: str) -> bytes:
        return hmac.new(self._seed, text.encode("utf-8"), sha256).digest()


def _free(first: int, taken: Collection[int]) -> int:
    if len(taken) >= LIST_LENGTH:
        raise PassportConflict("the status list is full; begin a new one")
    index = first
    while index in taken:
        index = (index + 1) % LIST_LENGTH
    return index
