"""Receive: take custody of lots that were shipped to the actor; the receiver counts for itself."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.book.facts import Facts
from ledger.book.kind import Data, Kind
from ledger.book.statement import Statement
from ledger.book.violation import Violation


class Receive(Data, frozen=True):
    """Hold nothing: the reference names the shipment."""


def _was_shipped(facts: Facts, statement: Statement) -> Iterable[Violation]:
    for ref in statement.refs:
        ship = facts.statements.get(ref)
        if ship is None:
            continue
        if ship.kind != "ship" or ship.is_amendment or ref not in facts.admitted:
            yield Violation("ship-missing", "refs", "the reference is not a shipment in force", {"ref": ref})
        elif ship.text("to") != statement.actor:
            yield Violation("ship-other", "actor", "the lots were shipped to another actor", {"to": ship.text("to")})
        elif extra := sorted(set(statement.lots) - set(ship.lots)):
            yield Violation("ship-lots", "lots", "these lots were not in the shipment", {"lots": extra})


def _effect(facts: Facts, statement: Statement) -> None:
    for lot in statement.lots:
        facts.holders[lot] = facts.holders.get(lot, frozenset()) | {statement.actor}


KIND = Kind(
    code="receive",
    data=Receive,
    refs=(1, 1),
    needs_live_lots=True,
    rules=(_was_shipped,),
    effect=_effect,
)
