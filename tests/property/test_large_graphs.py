"""Seasons of 200 lots: carbon is conserved, no default counts beside a measurement, order and sealing change nothing.

A few seasons are drawn in each run; ECARBON_GRAPHS draws more.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache

import pytest

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from ledger.book.entry import parse_entry
from ledger.book.item import Item, by_digest
from ledger.book.state import Book
from passport.account import Accounts
from passport.assess import assess
from passport.calculation import Calculation
from passport.methodology import methodology
from passport.nodes import Node
from passport.season import assess_all
from passport.tree import grow
from tests.property.graphs import Graph, seeds
from tests.property.test_season import Recorded, found, same
from tests.support.figures import shuffled
from tests.unit.assess.recorder import lot

METHODS = ("lychee-fresh@1", "lychee-fresh@2")
KEY = b"k" * 32


@cache
def library() -> FactorLibrary:
    return load_all()


@cache
def graph(seed: int, method: str) -> Graph:
    """Draw a season that a method can account for: only the later one passes over defaults in entries of their own."""
    return Graph(seed, across=method == METHODS[1])


def accounts(book: Book, name: str, method: str) -> Accounts:
    return Accounts(book, lot(name), method=methodology(method), library=library())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", seeds(4))
def test_what_200_lots_carry_is_all_that_was_produced(seed: int, method: str) -> None:
    world = graph(seed, method)
    assert len(world.rec.book.lots) >= 200 and world.defaults and world.lost
    assert any(entry.amended for entry in world.rec.book.entries.values())
    carried = Fraction(0)
    for name, kilograms in world.live.items():
        own = accounts(world.rec.book, name, method)
        results = grow(own).calculation.results()
        assert results["delivered_mass"] == kilograms
        assert all(own.builder.value(item.node) >= 0 for item in own.postings())
        assert not own.poster.missing and not own.open_pools
        carried += results["delivered"]
    assert carried == world.produced


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", seeds(2))
def test_every_gas_of_every_bucket_is_conserved(seed: int, method: str) -> None:
    """Urea, diesel and refrigerant beside power and rotten fruit: what 80 lots carry of each is what was emitted."""
    world = Graph(seed, across=method == METHODS[1], lots=80, gases=True)
    carried: Counter[tuple[str, str]] = Counter()
    for name in world.live:
        own = accounts(world.rec.book, name, method)
        assert not own.poster.missing
        for item in own.postings():
            carried[item.bucket, item.gas] += own.builder.value(item.node)
    assert carried == world.emitted and len(carried) == 9


@pytest.mark.parametrize("seed", seeds(4))
def test_no_default_counts_beside_a_measured_value_in_200_lots(seed: int) -> None:
    world = graph(seed, METHODS[1])
    passed_over: set[str] = set()
    for name in world.live:
        own = accounts(world.rec.book, name, METHODS[1])
        tiers = {(item.stage, item.slot): item.tier for item in own.postings() if item.evidence != "meter"}
        assert set(tiers) <= {("packing", "waste_landfill")}
        passed_over |= {loser.item for chosen in own.selected.values() for loser in chosen.superseded}
        assert not any(loser.tier == "primary" for chosen in own.selected.values() for loser in chosen.superseded)
    assert passed_over, "the season must hold defaults that were passed over"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", seeds(2))
def test_200_lots_have_the_same_trees_in_every_order_that_the_log_could_have(seed: int, method: str) -> None:
    world = graph(seed, method)
    size = len(world.rec.entries)
    known = found(assess_all(Recorded(world.rec), library=library(), methodology=method))
    assert set(known) == {lot(name) for name in world.live}
    chance = random.Random(seed)
    mixed = Mixed(world, chance)
    assert [note for note, _ in mixed.notes()] != [note for _, note, _ in world.rec.entries]
    again = found(assess_all(mixed, library=library(), methodology=method))
    assert set(again) == set(known)
    for name in known:
        assert again[name].tree.unsalted_digest() == known[name].tree.unsalted_digest()
        assert again[name].footprint == known[name].footprint
    book = mixed.fold()
    for name in chance.sample(sorted(known), 5):
        alone = assess(book, name, library=library(), methodology=method, tree_size=size)
        assert same(again[name], alone)


class Mixed:
    """Give the entries of a season in another order that the ledger could have received, judged in that order."""

    def __init__(self, world: Graph, chance: random.Random) -> None:
        lines = {note: opened for _, note, opened in world.rec.entries}
        order = shuffled([parse_entry(note) for _, note, _ in world.rec.entries], chance)
        self.entries = [(signed.note, chance.sample(lines[signed.note], len(lines[signed.note]))) for signed in order]

    def fold(self) -> Book:
        """Judge all entries; none may be refused."""
        book = Book.empty()
        for index, (note, lines) in enumerate(self.entries):
            assert not book.apply(index, parse_entry(note), by_digest(lines))
        return book

    def notes(self) -> list[tuple[bytes, bool]]:
        return [(note, True) for note, _ in self.entries]

    def opened(self, indexes: Sequence[int]) -> list[tuple[int, bytes, Mapping[str, Item]]]:
        return [(index, self.entries[index][0], by_digest(self.entries[index][1])) for index in indexes]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", seeds(3))
def test_sealing_any_items_of_any_lot_changes_no_value(seed: int, method: str) -> None:
    world = graph(seed, method)
    chance = random.Random(seed)
    hidden = 0
    for name in chance.sample(sorted(world.live), 12):
        whole = grow(accounts(world.rec.book, name, method)).calculation.salted(KEY)
        items = sorted({node.text("item") for node in whole.nodes if node.op == "item"})
        for part in (1, chance.randint(2, 4)):
            closed = frozenset(chance.sample(items, len(items) // part))
            sealed = whole.seal(lambda node, closed=closed: node.text("item") in closed)
            read = Calculation.from_json(sealed.to_json())
            assert read.root_digest == whole.root_digest
            assert read.results() == whole.results()
            labels = whole.labels()
            assert all(labels[label] == value for label, value in read.labels().items())
            assert not closed & {node.text("item") for node in read.nodes if _is_item(node)}
            hidden += len(whole.nodes) - len(read.nodes)
    assert hidden


def _is_item(node: Node) -> bool:
    return node.op == "item"
