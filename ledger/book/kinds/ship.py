"""Ship: offer lots to another actor, who takes custody by `receive`."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.book.facts import Facts
from ledger.book.kind import ActorText, Data, Kind
from ledger.book.statement import Statement
from ledger.book.violation import Violation


class Ship(Data, frozen=True):
    """Name the actor who is to receive the lots."""

    to: ActorText


def _to_another(_facts: Facts, statement: Statement) -> Iterable[Violation]:
    if statement.text("to") == statement.actor:
        yield Violation("ship-to-self", "data.to", "a lot is shipped to another actor")


KIND = Kind(
    code="ship",
    data=Ship,
    custody="custodian",
    needs_live_lots=True,
    fixed=("to",),
    rules=(_to_another,),
)
