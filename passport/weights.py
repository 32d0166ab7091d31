"""Hold the weights of closes, and the prices of what shares by value, against the masses and times in the book.

Whoever closes a period says what each lot weighs there, and whoever processes a lot says what its products cost. A
false figure moves emissions to a neighbour and breaks no rule. What is found here changes no figure and refuses
nothing: it names what asks for a second look. What is not opened here is passed over.

Tolerances: a mass as in `ledger.book.balance`; a stay by a quarter, and by a day, since days are counted whole; a stay
that no two entries date is taken to last an hour or longer. That prices more than a thousand to one apart are odd is
our rule: no price of fruit is published with this software.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Final

from iocore.errors import IOCoreError
from iocore.times import Interval
from ledger.book.balance import tolerance
from ledger.book.model import Effective, mass_of, quantity_in
from ledger.book.pools import pool_key, sharing_lots, span_of
from ledger.book.state import Book
from passport.calculation import Calculation
from passport.remarks import APART, Code, Doubt, Remark
from passport.trail import lines

Span = tuple[Fraction, Fraction]
SHORTEST_D: Final = Fraction(1, 24)
DAY_S: Final = 86_400
QUARTER: Final = Fraction(1, 4)


def remarks(book: Book, entries: Iterable[Effective]) -> tuple[Remark, ...]:
    """Look at entries in force that close a period or price what they make; the others give nothing."""
    presence = Presence(book)
    found = []
    for entry in entries:
        doubts = [*_weights(book, entry, presence), *_prices(entry)]
        if doubts:
            doubts.sort(key=lambda one: (-abs(one.shift), one.lot))
            place = book.name_of(entry.facility) or entry.facility
            found.append(Remark(entry.source_id, entry.kind, place, entry.stage, tuple(doubts)))
    return tuple(found)


def remarks_on(book: Book, lots: Iterable[str]) -> tuple[Remark, ...]:
    """Look at all that lots, and what went into them, share with others."""
    found: dict[str, Effective] = {}
    for name in {name for lot in lots for name in book.ancestors(lot)}:
        for entry in book.naming(name):
            found[entry.entry_id] = entry
            key = pool_key(entry)
            if key is not None:
                found |= {one.entry_id: one for one in book.sharing(key, span_of(entry)) if one.kind == "close"}
    return remarks(book, sorted(found.values(), key=lambda one: one.index))


def in_kilograms(tree: Calculation, found: Iterable[Remark]) -> tuple[Remark, ...]:
    """Add to remarks the kilograms of CO2e in the headline that lots take more, or less, for what they name.

    Args:
        tree: calculation of one lot, nothing sealed; what it does not tell stays open.
        found: remarks on what it shares.
    """
    found = tuple(found)
    if not found:
        return found
    values = tree.evaluate()
    wholes: dict[str, dict[int, Fraction]] = {}
    for line in lines(tree):
        place = line.place
        while tree.nodes[place].op == "share":
            whole, weight, *_ = tree.nodes[place].args
            wholes.setdefault(_stated_by(tree, weight), {})[whole] = values[whole]
            place = whole
    return tuple(
        replace(one, doubts=tuple(_weighed(doubt, sum(wholes[one.entry].values())) for doubt in one.doubts))
        if one.entry in wholes
        else one
        for one in found
    )


def _weighed(doubt: Doubt, whole: Fraction | int) -> Doubt:
    if doubt.share is None or doubt.expected is None:
        return doubt
    return replace(doubt, kgco2e=Decimal(round(whole * doubt.shift * 1000)).scaleb(-3))


def _stated_by(tree: Calculation, place: int) -> str:
    """Find the entry that states a weight."""
    below = [place]
    while below:
        node = tree.nodes[below.pop()]
        if node.op == "item":
            return node.text("entry")
        below += node.args
    return ""


class Presence:
    """Tell which lots were at a facility and stage, as their own entries say."""

    def __init__(self, book: Book) -> None:
        self._book = book

    @cached_property
    def _received(self) -> Mapping[str, Sequence[Effective]]:
        """Gather what facilities received that serve one stage alone: a receipt names none."""
        stages: dict[str, set[str]] = {}
        receipts: dict[str, list[Effective]] = {}
        for entry in self._book.entries.values():
            key = pool_key(entry)
            if key is not None:
                stages.setdefault(key[0], set()).add(key[1])
            elif entry.kind == "receive" and entry.facility:
                receipts.setdefault(entry.facility, []).append(entry)
        return {name: found for name, found in receipts.items() if len(stages.get(name, ())) == 1}

    def at(self, close: Effective) -> frozenset[str]:
        """Give the lots that were there in the period of a close."""
        period = span_of(close)
        inside = self._book.sharing((close.facility, close.stage), period)
        found = {lot for entry in inside for lot in sharing_lots(entry)}
        for entry in self._received.get(close.facility, ()):
            for lot in entry.lots:
                gone = _gone(self._book, lot, entry.actor)
                if entry.event_time < period.end and (gone is None or gone > period.start):
                    found.add(lot)
        return frozenset(found)


def _weights(book: Book, close: Effective, presence: Presence) -> Iterator[Doubt]:
    """Hold the weights of a close against masses and stays, and look for lots that it leaves out."""
    if close.kind != "close":
        return
    period = span_of(close)
    stated: dict[str, Fraction] = {}
    spans: dict[str, Span] = {}
    odd: dict[str, Code] = {}
    units = {item.get("unit") for item in close.named("weight")}
    unit = units.pop() if len(units) == 1 else ""
    for item in close.named("weight") if unit else ():
        weight, lot = quantity_in(item, unit), item.get("lot")
        span = _masses(book, lot, period) if unit == "kg" else _stays(book, lot, close)
        if weight is None:
            continue
        stated[lot] = weight
        if span is not None:
            spans[lot] = span
            slack = [tolerance(end) if unit == "kg" else Fraction(0) for end in span]
            if not span[0] - slack[0] <= weight <= span[1] + slack[1]:
                odd[lot] = "mass" if unit == "kg" else "stay"
    covered = {name for lot in close.lots for name in book.ancestors(lot)}
    for lot in sorted(presence.at(close) - covered):
        if not set(book.ancestors(lot)).intersection(close.lots):
            odd[lot] = "left_out"
            span = _masses(book, lot, period) if unit == "kg" else None
            spans |= {lot: span} if span else {}
    near = {
        lot: min(max(weight, spans[lot][0]), spans[lot][1]) if lot in odd else weight for lot, weight in stated.items()
    }
    near |= {lot: spans[lot][1] for lot in odd if lot not in stated and lot in spans}
    known = not close.unopened and set(odd) <= set(near) and min(sum(stated.values()), sum(near.values())) > 0
    for lot, code in odd.items():
        low, high = spans.get(lot, (None, None))
        share = Fraction(stated.get(lot, 0), sum(stated.values())) if known else None
        expected = Fraction(near[lot], sum(near.values())) if known else None
        yield Doubt(lot, code, unit, stated.get(lot), low, high, share, expected)


def _masses(book: Book, lot: str, period: Interval) -> Span | None:
    """Give the least and the most that a lot weighed in a period, by its mass and losses; None where that is closed."""
    chain = book.lot_mass(lot)
    try:
        if chain is None:
            return None
        losses = [(cited.entry.event_time, cited.mass_kg) for cited in chain.losses]
        most = chain.base.mass_kg - sum(kg for time, kg in losses if time < period.start)
        return most - sum(kg for time, kg in losses if period.start <= time < period.end), most
    except IOCoreError:
        return None


def _stays(book: Book, lot: str, close: Effective) -> Span | None:
    """Give the least and the most kilogram days that a lot can have been there; None where its mass is closed."""
    period = span_of(close)
    span = _masses(book, lot, period)
    if span is None:
        return None
    own = [entry for entry in book.naming(lot) if entry.actor == close.actor]
    came = [entry for entry in own if entry.kind == "receive"]
    origin, gone = book.lots[lot].origin, _gone(book, lot, close.actor)
    start = max(period.start, min((entry.event_time for entry in came), default=origin.event_time))
    most = _days(start, min(period.end, gone or period.end))
    sent = [entry for entry in own if entry.kind == "ship" and entry.facility == close.facility]
    dated = bool(sent) and any(entry.facility == close.facility for entry in came)
    least = most * (1 - QUARTER) - 1 if dated else Fraction(0)
    return span[0] * max(least, SHORTEST_D), span[1] * (most * (1 + QUARTER) + 1)


def _gone(book: Book, lot: str, actor: str) -> datetime | None:
    """Give the time at which an actor sent a lot on for the last time, or at which it was used up or written off."""
    sent = [entry.event_time for entry in book.naming(lot) if entry.kind == "ship" and entry.actor == actor]
    end = book.consumer_of(lot)
    return max(sent) if sent else end.event_time if end else None


def _days(start: datetime, end: datetime) -> Fraction:
    return max(Fraction(0), Fraction(int((end - start).total_seconds()), DAY_S))


def _prices(entry: Effective) -> Iterator[Doubt]:
    """Hold prices, which share by value once every lot has one, against that of the lot that weighs most."""
    prices = {item.get("lot"): item for item in entry.named("price")}
    shared = entry.named("weight") if entry.kind == "close" else entry.masses("out")
    masses = {item.get("lot"): mass_of(item) for item in shared}
    names = sorted(set(entry.lots if entry.kind == "close" else entry.outs))
    kg = {lot: mass for lot in names if (mass := masses.get(lot)) is not None}
    cost = {lot: price for lot in names if lot in prices and (price := quantity_in(prices[lot], "CNY/kg")) is not None}
    worth = {lot: kg[lot] * cost[lot] for lot in names if lot in kg and lot in cost}
    if len(names) < 2 or len(worth) < len(names) or not sum(worth.values()) or not sum(kg.values()):
        return
    residues = {lot for lot, item in prices.items() if item.get("kind") == "residue"}
    main = max(names, key=lambda lot: (lot not in residues, kg[lot], lot))
    for lot in names:
        code: Code | None = None
        if cost[lot] > cost[main]:
            code = "price_above"
        elif cost[lot] * APART < cost[main] and lot not in residues:
            code = "price_apart"
        if code:
            share, expected = worth[lot] / sum(worth.values()), kg[lot] / sum(kg.values())
            yield Doubt(lot, code, "CNY/kg", cost[lot], cost[main], cost[main], share, expected, main)
