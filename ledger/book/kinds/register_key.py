"""Register a key: signed by a registrar, with a proof that the owner holds it. Entry 0 registers its own key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from ledger.book.facts import Facts
from ledger.book.keyring import KeyRecord, check_new_key, read_vkey
from ledger.book.kind import CodeText, Data, Kind, OptionalActor
from ledger.book.statement import Statement, texts
from ledger.book.violation import Violation


class RegisterKey(Data, frozen=True):
    """Hold the verifier key, its roles, the keeper of its owner's book, and the proof of possession."""

    vkey: Annotated[str, Meta(max_length=200)]
    roles: list[CodeText]
    keeper: OptionalActor
    proof: Annotated[str, Meta(pattern="^[A-Za-z0-9+/]{86}==$")]


def _proven(_facts: Facts, statement: Statement) -> Iterable[Violation]:
    yield from check_new_key(statement.actor, statement.data)


def _new(facts: Facts, statement: Statement) -> Iterable[Violation]:
    key = read_vkey(statement.text("vkey"))
    if key is not None and facts.keyring.get(key.name) is not None:
        yield Violation(
            "key-exists", "data.vkey", "a key of this name is registered; choose a new label", {"name": key.name}
        )


def _effect(facts: Facts, statement: Statement) -> None:
    key = read_vkey(statement.text("vkey"))
    if key is None:
        return
    keeper = statement.text("keeper")
    facts.keyring.add(
        KeyRecord(
            name=key.name,
            vkey=statement.text("vkey"),
            verifier=key,
            actor=statement.actor,
            roles=frozenset(texts(statement.data.get("roles"))),
            keeper=keeper,
            from_index=statement.index,
            entry_id=statement.entry_id,
        )
    )
    if keeper:
        facts.keepers[statement.actor] = keeper


KIND = Kind(
    code="register_key",
    data=RegisterKey,
    writer="registrar",
    stage="none",
    facility="none",
    lots="none",
    amendable=False,
    rules=(_proven, _new),
    registers="actor",
    effect=_effect,
)
