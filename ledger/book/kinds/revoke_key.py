"""Revoke a key from this place of the log on; its owner or a registrar may do so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from ledger.book.facts import Facts
from ledger.book.keyring import KeyRecord, read_vkey
from ledger.book.kind import Data, Kind, OptionalIndex
from ledger.book.statement import Statement
from ledger.book.violation import Violation


class RevokeKey(Data, frozen=True):
    """Name the key and, where it was misused before, the index from which its entries are in doubt."""

    vkey: Annotated[str, Meta(max_length=200)]
    disputed_from: OptionalIndex


def _record(facts: Facts, statement: Statement) -> KeyRecord | None:
    key = read_vkey(statement.text("vkey"))
    record = facts.keyring.get(key.name) if key else None
    return record if record and record.vkey == statement.text("vkey") else None


def _revocable(facts: Facts, statement: Statement) -> Iterable[Violation]:
    record = _record(facts, statement)
    if record is None:
        if not facts.partial:
            yield Violation("key-unknown", "data.vkey", "no such key is registered", {"vkey": statement.text("vkey")})
        return
    if record.actor != statement.actor:
        yield Violation("key-owner", "actor", "the actor must be the key's owner", {"owner": record.actor})
    if record.revoked_at is not None:
        yield Violation("key-revoked", "data.vkey", "the key is revoked already", {"revoked_at": record.revoked_at})
    disputed = statement.text("disputed_from")
    if disputed.isdigit() and int(disputed) > statement.index:
        yield Violation("index-future", "data.disputed_from", "the index lies in the future", {"index": disputed})


def _effect(facts: Facts, statement: Statement) -> None:
    record = _record(facts, statement)
    if record is not None:
        disputed = statement.text("disputed_from")
        facts.keyring.revoke(record.name, at=statement.index, disputed_from=int(disputed) if disputed else None)


KIND = Kind(
    code="revoke_key",
    data=RevokeKey,
    writer="either",
    stage="none",
    facility="none",
    lots="none",
    amendable=False,
    rules=(_revocable,),
    registers="actor",
    effect=_effect,
)
