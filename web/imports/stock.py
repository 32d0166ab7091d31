"""Turn a withdrawal from a store into a split and a shipment, by what the ledger holds when it is signed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final

from iocore.units import format_decimal, parse_decimal
from ledger.book.balance import current_mass
from ledger.book.fifo import plan
from ledger.book.state import Book
from ledger.ids import make_code
from web.imports.base import Draft, Withdrawal
from web.imports.findings import finding
from web.imports.history import History
from web.imports.outcome import Known, Refused

SCHEME: Final = "withdrawal"


def withdrawn(draft: Draft, wanted: Withdrawal, history: History) -> list[Draft]:
    """Give the drafts that record a withdrawal: the split of its last lot, where that goes in part, and the shipment.

    Args:
        draft: whose names the history knows.
        wanted: what it takes.
        history: the log so far.

    Raises:
        Known: the ledger holds the withdrawal already.
        Refused: there is not enough, or the slip does not tell which lots are meant.
    """
    book, actor = history.book, history.directory.actor(draft.actor)
    _skip_known(draft, wanted, actor, history)
    unknown = [lot for lot in draft.lots if not book.has_lot(lot)]
    if unknown:
        raise Refused(*(finding("lot-unknown", draft.row_of(lot), value=lot) for lot in unknown))
    lots = draft.lots or _stock(book, actor, wanted.product, history.directory.facility(draft.facility))
    ordered = sorted(lots, key=lambda lot: _arrival(book, lot))
    stock = [(lot, _there(book, lot)) for lot in ordered]
    found = plan(stock, Fraction(parse_decimal(wanted.kg)))
    if found.short_kg:
        have = format_decimal(sum((kg for _, kg in stock), Fraction(0)))
        raise Refused(finding("stock-short", draft.source, value=wanted.slip, have=have, want=wanted.kg))
    if not draft.lots and len({book.attributes_of(take.lot) for take in found.takes}) > 1:
        raise Refused(finding("stock-certified", draft.source, value=wanted.product))
    packed = all(book.product_of(take.lot) for take in found.takes)
    proof = {"evidence": wanted.evidence, "audience": wanted.audience or ("public" if packed else "full")}
    drafts: list[Draft] = []
    going: dict[str, Fraction] = {}
    for take in found.takes:
        name = take.lot
        if take.left_kg:
            name = wanted.taken or _code(draft, wanted, take.lot, "taken")
            rest = wanted.rest or _code(draft, wanted, take.lot, "rest")
            parts = ((take.lot, "in", take.kg + take.left_kg), (name, "out", take.kg), (rest, "out", take.left_kg))
            drafts.append(_entry(draft, "split", {"in": [take.lot], "out": sorted([name, rest])}, parts, proof))
        going[name] = take.kg
    return [*drafts, _entry(draft, "ship", draft.data, [(lot, "at", kg) for lot, kg in going.items()], proof)]


def _skip_known(draft: Draft, wanted: Withdrawal, actor: str, history: History) -> None:
    """Leave a slip alone that was recorded before, although the stock is another since."""
    about = ("ship", actor, draft.event_time, history.directory.actor(draft.data["to"]))
    for record in history.accepted():
        entry = record.entry
        if (entry.kind, entry.actor, entry.event_time, entry.data.get("to")) == about:
            sent = sum(parse_decimal(item.get("quantity")) for item in record.items if item.name == "mass")
            slips = [item.get("value") for item in record.items if item.get("scheme") == SCHEME]
            if slips == [wanted.slip] and sent == parse_decimal(wanted.kg):
                raise Known(record.entry_id)


def _stock(book: Book, actor: str, product: str, facility: str) -> list[str]:
    """List the lots of a product that an actor holds; with a facility those of them that were there last."""
    return [
        lot
        for lot in book.lots
        if book.custodian_of(lot) == actor and book.consumer_of(lot) is None and book.product_of(lot) == product
        if not facility or [entry.facility for entry in book.naming(lot) if entry.facility][-1:] == [facility]
    ]


def _there(book: Book, lot: str) -> Fraction:
    """Give the kilograms of a lot that can leave: none of one that was handed over and not received yet."""
    moves = [entry for entry in book.naming(lot) if entry.kind in ("ship", "receive")]
    away = bool(moves) and max(moves, key=lambda entry: entry.index).kind == "ship"
    return Fraction(0) if away else current_mass(book, lot) or Fraction(0)


def _arrival(book: Book, lot: str) -> tuple[Any, ...]:
    """Say when a lot came to who holds it: by its last receipt, else when it was made."""
    came = [entry for entry in book.naming(lot) if entry.kind == "receive"] or [book.lots[lot].origin]
    return came[-1].event_time, came[-1].index, lot


def _entry(
    draft: Draft, kind: str, data: Any, parts: Iterable[tuple[str, str, Fraction]], proof: dict[str, str]
) -> Draft:
    masses = [
        ("mass", {"lot": lot, "role": role, "quantity": format_decimal(kg), "unit": "kg", **proof})
        for lot, role, kg in parts
    ]
    lots = tuple(sorted(value["lot"] for _, value in masses))
    return replace(draft, kind=kind, data=data, lots=lots, items=(*masses, *draft.items), withdraws=None)


def _code(draft: Draft, wanted: Withdrawal, lot: str, part: str) -> str:
    """Name a part of a lot, the same however often the slip is read."""
    told = "/".join((SCHEME, draft.actor, wanted.slip, draft.event_time, lot, part))
    return f"p:{make_code(sha256(told.encode()).digest())}"
