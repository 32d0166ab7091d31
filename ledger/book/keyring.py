"""Keep public keys with their owner, roles and validity in log indexes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.book.violation import Violation
from ledger.errors import KeyUntrusted, LedgerError, MalformedEntry
from ledger.ids import key_owner
from ledger.log.note import VerifierKey, b64decode_strict, b64encode
from ledger.log.signer import Signer, check_public_key, verify_signature

REGISTRAR: Final = "registrar"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """Hold a registered key.

    Args:
        name: `<actor>/<label>`.
        vkey: verifier key as text.
        verifier: the same, read.
        actor: owner.
        roles: what the key may be used for.
        keeper: actor who may write the owner's book, or empty.
        from_index: place of its registration; it signs nothing earlier but, for entry 0, itself.
        entry_id: id of its registration.
        revoked_at: place of its revocation, if any; it signs nothing later.
        disputed_from: place from which its entries are in doubt, if any.
    """

    name: str
    vkey: str
    verifier: VerifierKey
    actor: str
    roles: frozenset[str]
    keeper: str
    from_index: int
    entry_id: str
    revoked_at: int | None = None
    disputed_from: int | None = None

    def valid_at(self, index: int) -> bool:
        """Tell whether the key may sign the entry at a place of the log; its own revocation is the last one."""
        return self.from_index <= index and (self.revoked_at is None or index <= self.revoked_at)

    def disputes(self, index: int) -> bool:
        """Tell whether the entry that the key signed at a place of the log is in its disputed window."""
        return self.disputed_from is not None and self.disputed_from <= index


class Keyring:
    """Map key names to records; grows with `register_key` and `revoke_key`."""

    __slots__ = ("_records",)

    def __init__(self, records: dict[str, KeyRecord] | None = None) -> None:
        self._records = {} if records is None else records

    def __iter__(self) -> Iterator[KeyRecord]:
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def get(self, name: str) -> KeyRecord | None:
        """Find a record, or none."""
        return self._records.get(name)

    def key(self, name: str) -> KeyRecord:
        """Find a record.

        Raises:
            KeyUntrusted: the key was never registered.
        """
        found = self._records.get(name)
        if found is None:
            raise KeyUntrusted("the key is not registered", key_name=name)
        return found

    def with_role(self, role: str) -> tuple[KeyRecord, ...]:
        """Give the keys that carry a role."""
        return tuple(record for record in self._records.values() if role in record.roles)

    def copy(self) -> Keyring:
        """Give an independent keyring of the same records."""
        return Keyring(dict(self._records))

    def add(self, record: KeyRecord) -> None:
        """Take a new record in."""
        self._records[record.name] = record

    def revoke(self, name: str, *, at: int, disputed_from: int | None) -> None:
        """Note that a key signs nothing from a place of the log on."""
        record = self.key(name)
        self._records[name] = dataclasses.replace(record, revoked_at=at, disputed_from=disputed_from)


def proof_text(actor: str, vkey: str) -> bytes:
    """Write what a new key signs to prove that its owner holds it."""
    return f"ecarbon/key-proof@v1\n{actor}\n{vkey}\n".encode()


def make_proof(signer: Signer) -> str:
    """Sign the proof of possession of a key."""
    return b64encode(signer.sign(proof_text(key_owner(signer.name), signer.public_key.encode())))


def read_vkey(text: str) -> VerifierKey | None:
    """Read a verifier key in its only spelling, or give none."""
    try:
        key = VerifierKey.parse(text)
    except LedgerError:
        return None
    return key if key.encode() == text else None


def check_new_key(actor: str, data: Mapping[str, Any]) -> Iterable[Violation]:
    """Check a key's form, its owner and its proof of possession."""
    vkey, proof = str(data.get("vkey", "")), str(data.get("proof", ""))
    key = read_vkey(vkey)
    if key is None:
        yield Violation("key-malformed", "data.vkey", "the text is not an Ed25519 verifier key", {"vkey": vkey})
        return
    try:
        owner = key_owner(key.name)
        check_public_key(key.public)
    except MalformedEntry as error:
        yield Violation("key-name", "data.vkey", error.message, {"name": key.name})
        return
    except LedgerError as error:
        yield Violation("key-malformed", "data.vkey", error.message, {"vkey": vkey})
        return
    if owner != actor:
        yield Violation("key-owner", "data.vkey", "the key's name must start with the entry's actor", {"owner": owner})
    try:
        verify_signature(key.public, proof_text(actor, vkey), b64decode_strict(proof))
    except LedgerError:
        yield Violation("key-proof", "data.proof", "the new key did not sign its own registration", {"vkey": vkey})
