"""Grow the closure of a lot entry by entry, from what is filed and without reading older entries again.

After each entry it is the closure that `ledger.book.lineage.closure` gives for the log up to there: no step of that
algorithm ever takes an entry out again, so whatever comes to be wanted is looked up once, and stays wanted.
"""

from __future__ import annotations

from collections.abc import Iterator

from iocore.times import Interval
from ledger.book.facts import Facts
from ledger.book.lineage import ACTOR_KINDS, ANSWERS, POOL_KINDS, serials_of, span_of
from ledger.book.statement import Statement
from ledger.ids import gtin_of
from ledger.monitor.store import Rows


class Following:
    """Follow one lot; `ledger/SPEC.md`, section Closure, has the steps.

    Args:
        rows: a transaction.
        facts: what the envelopes read so far say.
    """

    def __init__(self, rows: Rows, facts: Facts) -> None:
        self._rows = rows
        self._facts = facts
        self._waiting: list[str] = []
        self._since = 0

    def start(self, lot: str) -> None:
        """Want a lot, before anything was read."""
        self._want(f"lot {lot}")
        self._look_up()

    def read(self, statement: Statement) -> None:
        """Take in an entry whose statement is filed and whose facts are known."""
        self._since = statement.index + 1
        keys = sorted(set(_keys(statement)))
        self._rows.mark(statement.index, keys)
        pool, period = _pool(statement), statement.period if statement.kind in POOL_KINDS else None
        if period is not None:
            self._rows.mark_pool(statement.index, pool, *_seconds(period))
        wanted = self._rows.wanted([*keys, f"entry {statement.entry_id}"])
        for lot in statement.outs:
            if f"lot {lot}" in wanted:
                self._want_parents(lot)
        if any(key.startswith("lot ") for key in wanted):
            self._seed(statement)
        elif wanted or (period is not None and self._rows.in_span(pool, *_seconds(period))):
            self._hold(statement)
        self._look_up()

    def _want(self, key: str) -> None:
        if self._rows.want(key):
            self._waiting.append(key)

    def _want_parents(self, lot: str) -> None:
        for parent in self._facts.parents.get(lot, ()):
            self._want(f"lot {parent}")

    def _look_up(self) -> None:
        """Look up what is wanted anew, and what is wanted because of that."""
        while self._waiting:
            sort, _, name = self._waiting.pop().partition(" ")
            if sort == "lot":
                self._want(f"product {gtin_of(name)}")
                self._want_parents(name)
                for statement in self._rows.marked(f"lot {name}"):
                    self._seed(statement)
            elif sort == "entry":
                found = self._rows.statement(name)
                if found is not None:
                    self._hold(found)
            else:
                for statement in self._rows.marked(f"{sort} {name}"):
                    self._hold(statement)

    def _seed(self, statement: Statement) -> None:
        """Hold an entry that names a lot of the ancestry, and want the pools in which it took part."""
        if not self._rows.want(f"seed {statement.index}"):
            return
        self._hold(statement)
        self._want(f"product {statement.text('product')}")
        if statement.facility and statement.stage:
            span, pool = _seconds(span_of(statement)), _pool(statement)
            if self._rows.want_span(pool, *span):
                for one in self._rows.pooled(pool, *span):
                    self._hold(one)

    def _hold(self, statement: Statement) -> None:
        """Hold an entry, and want what it amends, what answers it, who claims its serials, and who and where."""
        if not self._rows.hold(statement.index, self._since):
            return
        if statement.is_amendment and statement.amends:
            self._want(f"entry {statement.amends}")
        self._want(f"answers {statement.entry_id}")
        for serial in serials_of(statement):
            self._want(f"serial {serial}")
        for actor in (statement.actor, statement.recorded_by):
            self._want(f"actor {actor}")
        if statement.facility:
            self._want(f"facility {statement.facility}")


def _keys(statement: Statement) -> Iterator[str]:
    for lot in statement.named:
        yield f"lot {lot}"
    for serial in serials_of(statement):
        yield f"serial {serial}"
    if statement.is_amendment or statement.kind in ANSWERS:
        for ref in statement.refs:
            yield f"answers {ref}"
    if statement.kind in ACTOR_KINDS:
        yield f"actor {statement.actor}"
    elif statement.kind == "register_facility":
        yield f"facility {statement.facility}"
    elif statement.kind == "register_product" and statement.text("gtin"):
        yield f"product {statement.text('gtin')}"


def _pool(statement: Statement) -> str:
    return f"{statement.facility}/{statement.stage}"


def _seconds(span: Interval) -> tuple[int, int]:
    return int(span.start.timestamp()), int(span.end.timestamp())
