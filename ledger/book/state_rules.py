"""Rules that need the book: lots that exist, are held and are not used up; each a small function in a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ledger.book.kind import kinds
from ledger.book.model import Effective
from ledger.book.pools import span_of
from ledger.book.statement import Statement
from ledger.book.view import BookRule, BookView
from ledger.book.violation import Violation


def target_in_force(book: BookView, statement: Statement, _entry: Effective) -> Iterable[Violation]:
    """Ask that an amended entry took effect."""
    if statement.is_amendment and statement.amends and book.entry(statement.amends) is None:
        yield Violation(
            "amend-rejected", "refs", "the entry has no effect here; record a new one", {"ref": statement.amends}
        )


def lots_exist(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that an entry in force created every lot that is named."""
    created = set(entry.outs) if _moves(entry) else set()
    for lot in sorted(set(entry.lots) - created):
        if not book.has_lot(lot) and not book.partial:
            yield Violation("lot-unknown", "lots", "no entry in force created this lot", {"lot": lot})


def outs_new(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a lot is created once."""
    if statement.is_amendment or not _moves(entry):
        return
    for lot in entry.outs:
        if book.has_lot(lot):
            yield Violation("lot-exists", "data.out", "a lot of this id exists; choose another", {"lot": lot})


def lots_live(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that lots which are moved, lost or used are not used up or written off already."""
    kind = kinds().get(entry.kind)
    if statement.is_amendment or kind is None or not kind.needs_live_lots:
        return
    for lot in entry.ins if kind.moves else entry.lots:
        consumer = book.consumer_of(lot)
        if consumer is None:
            continue
        context = {"lot": lot, "by": consumer.entry_id}
        if kinds()[consumer.kind].ends:
            yield Violation("lot-gone", "lots", "the lot was written off; nothing is left to use", context)
        else:
            yield Violation(
                "lot-consumed", "lots", "the lot was used up before; split it first for partial use", context
            )


def lots_in_custody(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that the actor holds the lots that it moves; or held those it reports on, or has a role that may report."""
    kind = kinds().get(entry.kind)
    before = book.entry(statement.amends) if statement.is_amendment else None
    if kind is None or kind.custody == "none":
        return
    facts = book.authority.facts
    may_report = kind.custody == "roles" and bool(kind.roles & facts.roles_of(statement))
    used = entry.ins if kind.moves else entry.lots
    for lot in used if before is None else sorted(set(used) - set(before.lots)):
        custodian = book.custodian_of(lot)
        held = kind.custody == "roles" and entry.actor in facts.holders.get(lot, ())
        if custodian and custodian != entry.actor and not held and not may_report:
            yield Violation("lot-custody", "lots", "another actor holds this lot", {"lot": lot, "custodian": custodian})


def shipment_open(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a receipt answers a shipment in force whose sender still holds the lots."""
    if entry.kind != "receive" or statement.is_amendment:
        return
    for ref in entry.refs:
        ship = book.entry(ref)
        if ship is None:
            if ref in book.rejected or not book.partial:
                yield Violation("ship-missing", "refs", "the reference is not a shipment in force", {"ref": ref})
            continue
        for lot in entry.lots:
            if book.custodian_of(lot) not in ("", ship.actor):
                yield Violation("ship-closed", "lots", "the sender no longer holds this lot", {"lot": lot})


def closes_apart(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that closes of one facility and stage do not overlap."""
    if entry.kind != "close" or entry.period is None:
        return
    for pool in book.pools_at(entry.facility, entry.stage):
        if pool.close and pool.close.entry_id != entry.entry_id and span_of(pool.close).overlaps(entry.period):
            context = {"close": pool.close.entry_id}
            yield Violation(
                "close-overlaps", "data.period", "another close covers part of this period; amend it", context
            )


STATE_RULES: Final[tuple[BookRule, ...]] = (
    target_in_force,
    lots_exist,
    outs_new,
    lots_live,
    lots_in_custody,
    shipment_open,
    closes_apart,
)


def _moves(entry: Effective) -> bool:
    kind = kinds().get(entry.kind)
    return kind is not None and kind.moves
