"""In random worlds every actor's books add up to the last quantum, by bucket and gas, at every size of the log."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from ledger.book.state import Book
from passport.bench import Bench
from passport.calculation import Builder
from passport.journal import Journal, journal_of_actors
from passport.methodology import methodology
from passport.quantities import Desk
from tests.support.trading import TradingWorld

METHODS = ("lychee-fresh@1", "lychee-fresh@2")


@cache
def library() -> FactorLibrary:
    return load_all()


class Auditor:
    """Look at the books at every log size, and compare each with the one before."""

    def __init__(self, method: str) -> None:
        self.sizes = 0
        self.method = methodology(method)
        self.desk = Desk(Bench(Builder(), library(), self.method))
        self.before = Journal({}, {})
        self.steps: Counter[str] = Counter()

    def __call__(self, book: Book) -> None:
        found = journal_of_actors(book, method=self.method, library=library(), desk=self.desk)
        assert found.faults() == ()
        for name, line in found.lots().items():
            assert line.balanced
            gone = book.lots[name].written_off_by is not None or book.lot_mass(name).mass_kg == 0
            assert not (line.stock if gone or book.consumer_of(name) else line.written_off)
        since_start, since_before = found.statement(), found.statement(self.before)
        assert all(line.balanced for line in (*since_start, *since_before))
        handed: Counter[tuple[str, str]] = Counter()
        for line in since_start:
            handed[line.bucket, line.gas] += line.imported - line.delivered
        assert not any(handed.values())
        closing = {(line.actor, line.bucket, line.gas): line.stock for line in self.before.statement()}
        for line in since_before:
            assert line.opening == closing.get((line.actor, line.bucket, line.gas), 0)
        self.sizes += 1
        self.before = found
        for move in found.moves:
            self.steps[move.step] += 1


def audited(seed: int, lots: int, method: str = METHODS[0]) -> tuple[TradingWorld, Auditor]:
    auditor = Auditor(method)
    world = TradingWorld(seed, lots, auditor)
    world.run()
    assert auditor.sizes == len(world.added) and world.made >= lots
    return world, auditor


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 30), st.sampled_from(METHODS))
def test_books_add_up_at_every_log_size(seed: int, lots: int, method: str) -> None:
    world, _ = audited(seed, lots, method)
    event(f"{sum(added.signed.entry.kind == 'amend' for added in world.added) // 5 * 5} amendments or more")


@pytest.mark.parametrize(("seed", "method"), [(5, METHODS[1])])
def test_books_of_two_hundred_lots_add_up_at_every_log_size(seed: int, method: str) -> None:
    world, auditor = audited(seed, 200, method)
    taken = Counter(added.signed.entry.kind for added in world.added if not added.violations)
    assert min(taken[kind] for kind in ("harvest", "split", "merge", "transform", "loss", "ship", "receive")) >= 5
    assert min(taken[kind] for kind in ("amend", "close", "transport", "activity", "write_off")) >= 2
    refused = Counter(code for added in world.added for code in added.codes)
    assert min(refused[code] for code in ("attributes-apart", "lot-empty")) >= 1
    assert set(auditor.steps) == {"produce", "release", "allocate", "transform", "transfer", "write_off"}
