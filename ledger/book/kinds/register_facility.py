"""Register a facility of an actor. Its name and place are items."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.book.facts import Facts
from ledger.book.kind import CodeText, Data, Kind
from ledger.book.statement import Statement
from ledger.book.violation import Violation


class RegisterFacility(Data, frozen=True):
    """Say what kind of place it is."""

    type: CodeText


def _unclaimed(facts: Facts, statement: Statement) -> Iterable[Violation]:
    owner = facts.facilities.get(statement.facility, statement.actor)
    if owner != statement.actor:
        yield Violation("facility-taken", "facility", "the facility belongs to another actor", {"owner": owner})


def _effect(facts: Facts, statement: Statement) -> None:
    facts.facilities[statement.facility] = statement.actor


KIND = Kind(
    code="register_facility",
    data=RegisterFacility,
    writer="either",
    stage="none",
    facility="required",
    lots="none",
    fixed=("type",),
    rules=(_unclaimed,),
    registers="facility",
    effect=_effect,
)
