"""Erase: say that openings of an actor's entries were destroyed; every proof stays valid."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.book.facts import Facts
from ledger.book.kind import MANY, ActorText, Data, Kind
from ledger.book.statement import Statement
from ledger.book.violation import Violation


class Erase(Data, frozen=True):
    """Name the actor whose openings are gone; the references list the entries."""

    subject: ActorText


def _subject(facts: Facts, statement: Statement) -> Iterable[Violation]:
    subject = statement.text("subject")
    if subject != statement.actor:
        yield Violation("erase-subject", "data.subject", "the subject must be the entry's actor", {"subject": subject})
    for ref in statement.refs:
        target = facts.statements.get(ref)
        if target is not None and target.actor != subject:
            yield Violation("erase-other", "refs", "the entry is in another actor's book", {"ref": ref})


KIND = Kind(
    code="erase",
    data=Erase,
    writer="either",
    lots="none",
    stage="none",
    facility="none",
    refs=(1, MANY),
    amendable=False,
    rules=(_subject,),
)
