"""Find the entries that a lot's passport rests on, from public envelopes alone.

The algorithm is written out in `ledger/SPEC.md`, so that anyone with the public log can repeat it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from iocore.times import Interval, parse_time
from ledger.book.authority import Authority
from ledger.book.entry import SignedEntry
from ledger.book.kind import claimed_by
from ledger.book.state import Book
from ledger.book.statement import Statement
from ledger.errors import EntryNotFound
from ledger.ids import gtin_of

POOL_KINDS: Final = frozenset({"activity", "close"})
ANSWERS: Final = frozenset({"amend", "erase", "reattest"})
KEY_KINDS: Final = frozenset({"register_actor", "register_key", "revoke_key"})
ACTOR_KINDS: Final = KEY_KINDS | {"reattest"}


def ancestors(book: Book, lot: str) -> tuple[str, ...]:
    """Give a lot and every lot that went into it, as the book has them, sorted."""
    return book.ancestors(lot)


def envelope_ancestors(authority: Authority, lot: str) -> frozenset[str]:
    """Give a lot and every lot that may have gone into it, as the public envelopes have them."""
    parents = authority.facts.parents
    found, waiting = {lot}, [lot]
    while waiting:
        for parent in parents.get(waiting.pop(), ()):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return frozenset(found)


def closure(envelopes: Sequence[SignedEntry], lot: str, tree_size: int) -> tuple[str, ...]:
    """Give the ids of all entries that a complete lineage of a lot holds, sorted.

    Args:
        envelopes: the log's entries from index 0 on, in order.
        lot: lot id.
        tree_size: how many of them count.

    Raises:
        EntryNotFound: there are fewer envelopes than the tree size.
    """
    if not 0 <= tree_size <= len(envelopes):
        raise EntryNotFound("the envelopes end before the tree size", have=len(envelopes), tree_size=tree_size)
    statements = [Statement.of(index, signed) for index, signed in enumerate(envelopes[:tree_size])]
    authority = Authority()
    for statement in statements:
        authority.read(statement)
    return _Closure(statements, envelope_ancestors(authority, lot)).entry_ids()


def lineage_digest(entry_ids: Iterable[str]) -> str:
    """Give the lower-case hex SHA-256 of sorted entry ids joined by newlines."""
    return sha256("\n".join(sorted(entry_ids)).encode("ascii")).hexdigest()


class _Closure:
    """Grow the set of entries step by step; see `ledger/SPEC.md`, section Closure."""

    def __init__(self, statements: Sequence[Statement], lots: frozenset[str]) -> None:
        self._statements = statements
        self._lots = lots
        self._by_id = {statement.entry_id: statement for statement in statements}
        self._found: dict[str, Statement] = {}

    def entry_ids(self) -> tuple[str, ...]:
        """Run all steps and give the sorted ids."""
        seeds = [statement for statement in self._statements if statement.named & self._lots]
        self._add(seeds)
        self._add_pools(seeds)
        size = -1
        while size != len(self._found):
            size = len(self._found)
            self._add_answers()
            self._add_claims()
            self._add_registrations()
        return tuple(sorted(self._found))

    def _add(self, statements: Iterable[Statement]) -> bool:
        before = len(self._found)
        self._found.update((statement.entry_id, statement) for statement in statements)
        return len(self._found) > before

    def _add_pools(self, seeds: Sequence[Statement]) -> None:
        spans: dict[tuple[str, str], list[Interval]] = {}
        for seed in seeds:
            if seed.facility and seed.stage:
                spans.setdefault((seed.facility, seed.stage), []).append(span_of(seed))
        for statement in self._statements:
            period = statement.period
            if statement.kind in POOL_KINDS and period is not None:
                near = spans.get((statement.facility, statement.stage), ())
                if any(span.overlaps(period) for span in near):
                    self._add([statement])

    def _add_answers(self) -> None:
        grown = True
        while grown:
            amended = [
                self._by_id[statement.amends]
                for statement in list(self._found.values())
                if statement.is_amendment and statement.amends in self._by_id
            ]
            answers = [
                statement
                for statement in self._statements
                if (statement.is_amendment or statement.kind in ANSWERS)
                and any(ref in self._found for ref in statement.refs)
            ]
            grown = self._add([*amended, *answers])

    def _add_claims(self) -> None:
        """Add who claims a serial of the set, so that its entries alone tell whose it is."""
        claims = {serial for statement in self._found.values() for serial in serials_of(statement)}
        self._add(one for one in self._statements if claims.intersection(serials_of(one)))

    def _add_registrations(self) -> None:
        gtins = {gtin_of(lot) for lot in self._lots}
        grown = True
        while grown:
            inside = list(self._found.values())
            actors = {name for statement in inside for name in (statement.actor, statement.recorded_by)}
            facilities = {statement.facility for statement in inside} - {""}
            gtins |= {statement.text("product") for statement in inside if statement.named & self._lots}
            grown = self._add(
                statement
                for statement in self._statements
                if (statement.kind in ACTOR_KINDS and statement.actor in actors)
                or (statement.kind == "register_facility" and statement.facility in facilities)
                or (statement.kind == "register_product" and statement.text("gtin") in gtins - {""})
            )


def serials_of(statement: Statement) -> tuple[str, ...]:
    """Give the serials that an entry claims, by what its envelope says."""
    return claimed_by(statement.kind, statement.data)


def span_of(statement: Statement) -> Interval:
    """Give the time that an entry covers: its period, or the second of its event."""
    return statement.period or Interval.second(parse_time(statement.event_time))
