"""Register an actor: its roles and who keeps its book. Its name and place are items."""

from __future__ import annotations

from ledger.book.facts import Facts
from ledger.book.kind import CodeText, Data, Kind, OptionalActor
from ledger.book.statement import Statement, texts


class RegisterActor(Data, frozen=True):
    """Name the roles and the keeper, who may be nobody."""

    roles: list[CodeText]
    keeper: OptionalActor


def _effect(facts: Facts, statement: Statement) -> None:
    facts.roles[statement.actor] = frozenset(texts(statement.data.get("roles")))
    facts.keepers[statement.actor] = statement.text("keeper")


KIND = Kind(
    code="register_actor",
    data=RegisterActor,
    writer="registrar",
    stage="none",
    facility="none",
    lots="none",
    fixed=("roles", "keeper"),
    registers="actor",
    effect=_effect,
)
