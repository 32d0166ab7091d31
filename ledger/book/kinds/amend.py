"""Amend: replace the whole content of one entry; both stay provable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledger.book.facts import Facts
from ledger.book.kind import CodeText, Data, Kind, kinds
from ledger.book.statement import Statement
from ledger.book.violation import Violation


class Amend(Data, frozen=True):
    """Hold the kind of the amended entry, the full replacement of its data, and the reason."""

    kind: CodeText
    data: dict[str, Any]
    reason: CodeText


def check_amendment(facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Check that an amendment answers an entry that may be amended so, by the same actor."""
    target = facts.statements.get(statement.amends)
    if target is None:
        return
    if target.is_amendment:
        yield Violation(
            "amend-amendment", "refs", "amend the first entry again, not its amendment", {"first": target.amends}
        )
        return
    if target.entry_id not in facts.admitted:
        yield Violation("amend-rejected", "refs", "the entry has no effect; record a new one", {"ref": target.entry_id})
    if target.kind != statement.kind:
        yield Violation("amend-kind", "data.kind", "the kind must stay the same", {"kind": target.kind})
        return
    if target.actor != statement.actor:
        yield Violation("amend-actor", "actor", "only the same actor may amend", {"actor": target.actor})
    kind = kinds().get(target.kind)
    if kind is None or not kind.amendable:
        yield Violation("amend-never", "data.kind", "entries of this kind cannot be amended", {"kind": target.kind})
        return
    for name in kind.fixed:
        if target.data.get(name) != statement.data.get(name):
            yield Violation(
                "amend-fixed", f"data.data.{name}", "others may have built on this; it must stay", {"field": name}
            )
    if kind.lots == "none" and target.facility != statement.facility:
        yield Violation("amend-facility", "facility", "an amendment of a registration must keep the facility")
    if kind.fixes_lots and target.lots != statement.lots:
        yield Violation("amend-lots", "lots", "an amendment of this kind must name the same lots")


KIND = Kind(
    code="amend",
    data=Amend,
    lots="optional",
    refs=(1, 1),
    amendable=False,
    rules=(check_amendment,),
)
