"""Reattest: stand by entries again with a new key, after an old one was revoked or froze."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from ledger.book.facts import Facts
from ledger.book.kind import MANY, Data, Kind
from ledger.book.statement import Statement
from ledger.book.violation import Violation
from ledger.ids import KEY_NAME_PATTERN


class Reattest(Data, frozen=True):
    """Name the key whose entries are meant; the references list those that stand."""

    key: Annotated[str, Meta(pattern=KEY_NAME_PATTERN)]


def _own_key(facts: Facts, statement: Statement) -> Iterable[Violation]:
    name = statement.text("key")
    if name.partition("/")[0] != statement.actor:
        yield Violation("key-owner", "data.key", "an actor stands by entries of its own keys", {"key": name})
    if name == statement.key_name:
        yield Violation("reattest-self", "data.key", "sign with a new key, not with the one in doubt", {"key": name})
    if facts.keyring.get(name) is None and not facts.partial:
        yield Violation("key-unknown", "data.key", "no such key is registered", {"key": name})


def _effect(facts: Facts, statement: Statement) -> None:
    """Stand by those references that the named key signed; only the key's owner can, not a keeper of its book."""
    if statement.recorded_by != statement.actor:
        return
    for ref in statement.refs:
        target = facts.statements.get(ref)
        if target is not None and target.key_name == statement.text("key"):
            facts.vouchers[ref] = (*facts.vouchers.get(ref, ()), statement.entry_id)


KIND = Kind(
    code="reattest",
    data=Reattest,
    lots="none",
    stage="none",
    facility="none",
    refs=(0, MANY),
    amendable=False,
    rules=(_own_key,),
    effect=_effect,
)
