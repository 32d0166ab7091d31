"""Keep the openings of entries sealed, one data key per actor, so that they can be erased for good.

Each item line is sealed with AES-256-GCM under its actor's data key; the data key is wrapped with the seal key. What
belongs to a row (entry, digest, actor, audience) is authenticated with it. Erasing deletes the rows, destroys the data
key once nothing is left under it, and rewrites the store without free pages. A backup made before an erasure still
holds rows and wrapped key: whoever has it and the seal key can read them, so such backups are deleted with the rest.

Source: NIST SP 800-38D (GCM, 96-bit random nonces).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.book.item import Item, digest_of, visible_to
from ledger.errors import MalformedKey, OpeningMismatch
from ledger.store.base import LogReader, LogStore, LogWriter, OpeningRow, SecretRow

DataKey = AESGCM
KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12


class Openings:
    """Seal, open and erase items.

    Args:
        store: where sealed items and wrapped keys live.
        seal_key: 32 bytes that wrap the actors' data keys; keep them outside the store.

    Raises:
        MalformedKey: the seal key has the wrong length.
    """

    def __init__(self, store: LogStore, seal_key: bytes) -> None:
        if len(seal_key) != KEY_SIZE:
            raise MalformedKey("a seal key is 32 bytes long")
        self._store = store
        self._seal = AESGCM(seal_key)

    def seal(self, writer: LogWriter, items: Sequence[tuple[str, str, Item]]) -> None:
        """Seal items inside the write block of their entries.

        Args:
            writer: the write block.
            items: entry id, actor and item, each once.
        """
        actors = sorted({actor for _, actor, _ in items})
        secrets = writer.known_secrets(actors)
        keys = {actor: self._data_key(writer, actor, secrets.get(actor)) for actor in actors}
        rows: list[OpeningRow] = []
        for entry_id, actor, item in items:
            nonce = os.urandom(NONCE_SIZE)
            bound = _bound(entry_id, item.digest, actor, item.audience)
            sealed = keys[actor].encrypt(nonce, item.line, bound)
            rows.append(OpeningRow(entry_id, item.digest, actor, item.audience, nonce, sealed))
        writer.add_openings(rows)

    def open_items(self, entry_id: str, *, audience: str = "full") -> tuple[str, ...] | None:
        """Return the opened lines of an entry that an audience may see, by digest.

        Returns:
            The lines, or nothing where the entry has no opening left (or never had items).

        Raises:
            OpeningMismatch: a stored opening cannot be unsealed.
        """
        with self._store.read() as reader:
            rows = reader.openings([entry_id])
            if not rows:
                return None
            seen = [row for row in rows if visible_to(row.audience, audience)]
            return self.unseal(reader, seen).get(entry_id, ())

    def unseal(self, reader: LogReader, rows: Iterable[OpeningRow]) -> Mapping[str, tuple[str, ...]]:
        """Open rows; return lines by entry id, by digest within an entry.

        Raises:
            OpeningMismatch: a row or an actor's key cannot be unsealed.
        """
        keys: dict[str, AESGCM] = {}
        lines: dict[str, list[str]] = {}
        for row in rows:
            key = keys.get(row.actor)
            if key is None:
                key = keys[row.actor] = self.unwrap(reader.secret(row.actor), row.actor)
            lines.setdefault(row.entry_id, []).append(unseal_row(key, row))
        return {entry_id: tuple(found) for entry_id, found in lines.items()}

    def erase(self, entry_ids: Sequence[str]) -> int:
        """Erase the openings of entries for good; return how many there were.

        The data key of an actor is destroyed when nothing is left under it.

        Raises:
            StoreUnavailable: the rows are deleted, but a reader keeps the old pages alive; call again.
        """
        with self._store.write() as writer:
            count = self.erase_within(writer, entry_ids)
        self._store.compact()
        return count

    def erase_within(self, writer: LogWriter, entry_ids: Sequence[str]) -> int:
        """Erase inside a write block; the caller compacts the store afterwards."""
        actors = sorted({row.actor for row in writer.openings(entry_ids)})
        count = writer.erase_openings(entry_ids)
        for actor in actors:
            kept = writer.openings_of(actor)
            if kept:
                self._renew(writer, actor, kept)
            else:
                writer.put_secret(SecretRow(actor, b"", destroyed=True))
        return count

    def unwrap(self, secret: SecretRow | None, actor: str) -> AESGCM:
        """Return an actor's data key.

        Raises:
            OpeningMismatch: there is none, it was destroyed, or the seal key is another one.
        """
        if secret is None or secret.destroyed:
            raise OpeningMismatch("the actor's key is missing or destroyed", actor=actor)
        nonce, wrapped = secret.wrapped[:NONCE_SIZE], secret.wrapped[NONCE_SIZE:]
        try:
            return AESGCM(self._seal.decrypt(nonce, wrapped, _bound_secret(actor)))
        except (InvalidTag, ValueError):
            raise OpeningMismatch("the actor's key cannot be unwrapped with this seal key", actor=actor) from None

    def _data_key(self, writer: LogWriter, actor: str, secret: SecretRow | None) -> AESGCM:
        if secret is not None and not secret.destroyed:
            return self.unwrap(secret, actor)
        return self._new_key(writer, actor)

    def _new_key(self, writer: LogWriter, actor: str) -> AESGCM:
        data_key = AESGCM.generate_key(bit_length=256)
        nonce = os.urandom(NONCE_SIZE)
        wrapped = nonce + self._seal.encrypt(nonce, data_key, _bound_secret(actor))
        writer.put_secret(SecretRow(actor, wrapped, destroyed=False))
        return AESGCM(data_key)

    def _renew(self, writer: LogWriter, actor: str, kept: Sequence[OpeningRow]) -> None:
        """Seal what an actor keeps under a new key, so that copies of what was erased lose theirs."""
        old = self.unwrap(writer.secret(actor), actor)
        new = self._new_key(writer, actor)
        rows: list[OpeningRow] = []
        for row in kept:
            line = unseal_row(old, row).encode("utf-8")
            nonce = os.urandom(NONCE_SIZE)
            bound = _bound(row.entry_id, row.digest, row.actor, row.audience)
            rows.append(
                OpeningRow(row.entry_id, row.digest, row.actor, row.audience, nonce, new.encrypt(nonce, line, bound))
            )
        writer.erase_openings(sorted({row.entry_id for row in kept}))
        writer.add_openings(rows)


def unseal_row(key: AESGCM, row: OpeningRow) -> str:
    """Open one row and compare its content with its digest.

    Raises:
        OpeningMismatch: it cannot be opened, or is not what the digest says.
    """
    try:
        line = key.decrypt(row.nonce, row.sealed, _bound(row.entry_id, row.digest, row.actor, row.audience))
        text = line.decode("utf-8")
    except (InvalidTag, ValueError):
        raise OpeningMismatch("an opening cannot be unsealed", entry_id=row.entry_id, digest=row.digest) from None
    if digest_of(line) != row.digest:
        raise OpeningMismatch("an opening is not what its digest says", entry_id=row.entry_id, digest=row.digest)
    return text


def _bound(entry_id: str, digest: str, actor: str, audience: str) -> bytes:
    return f"ecarbon/opening@v1\n{entry_id}\n{digest}\n{actor}\n{audience}\n".encode("utf-8", "surrogateescape")


def _bound_secret(actor: str) -> bytes:
    return f"ecarbon/actor-key@v1\n{actor}\n".encode("utf-8", "surrogateescape")
