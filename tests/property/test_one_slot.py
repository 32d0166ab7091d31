"""A default never counts beside a measured value of its slot, whatever is reported where, and in whatever order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from ledger.book.state import Book
from passport.account import Accounts
from passport.assess import assess
from passport.methodologies.lychee_fresh_v2 import METHODOLOGY
from passport.season import assess_all
from passport.slots import superseded
from passport.tree import grow
from tests.property.test_lot_graphs import World, worlds
from tests.property.test_season import Recorded, found, same
from tests.unit.assess.recorder import Recorder, activity, lot, period

GRID = Fraction("0.5777")
TIERS = ("primary", "database", "io")
EVIDENCE = {"primary": "meter", "database": "estimate"}


class Told(NamedTuple):
    """One reading: where it stands, what it rests on, how much, from which day to which; the process has no days."""

    place: str
    tier: str
    amount: int
    start: int
    end: int


@cache
def library() -> FactorLibrary:
    return load_all()


@st.composite
def readings(draw: st.DrawFn) -> tuple[Told, ...]:
    found = []
    for _ in range(draw(st.integers(1, 7))):
        start = draw(st.integers(10, 24))
        found.append(
            Told(
                draw(st.sampled_from(["process", "lot", "pool"])),
                draw(st.sampled_from(TIERS)),
                draw(st.integers(1, 999)),
                start,
                start + draw(st.integers(1, 5)),
            )
        )
    return tuple(found)


def item(told: Told) -> tuple[str, dict[str, str]]:
    if told.tier == "io":
        money = {"amount": str(told.amount), "currency": "CNY", "vat": "0.13", "year": "2024", "evidence": "invoice"}
        return "expense", {"slot": "electricity", "sector": "cn-io-2017:24", **money}
    return activity("electricity", str(told.amount), "kWh", EVIDENCE[told.tier])


def day(number: int) -> str:
    return f"2026-06-{number:02d}T00:00:00Z"


def record(told: Sequence[Told], *, closed: bool = False) -> Recorder:
    """Record a packed lot, each reading in an entry of its own but those of the process; perhaps close the month."""
    rec = Recorder()
    for name in ("orchard", "packhouse"):
        rec.place(name, country="CN")
    rec.harvest({"h": "1000"}, at="orchard", time=day(5))
    process = [item(one) for one in told if one.place == "process"]
    rec.process("transform", {"h": "1000"}, {"p": "1000"}, at="packhouse", process="pack", more=process, time=day(20))
    for one in told:
        if one.place != "process":
            names = [lot("p")] if one.place == "lot" else []
            span = period(day(one.start), day(one.end))
            rec.add("activity", at="packhouse", stage="packing", lots=names, data={"period": span}, items=[item(one)],
                    time=day(one.end))  # fmt: skip
    if closed:
        rec.close("packhouse", "packing", {"p": "1000"}, (day(1), day(30)))
    return rec


def account(book: Book) -> Accounts:
    return Accounts(book, lot("p"), method=METHODOLOGY, library=library())


@settings(max_examples=60, deadline=None)
@given(readings(), st.booleans(), st.randoms(use_true_random=False))
def test_a_default_never_survives_beside_a_primary_value(
    told: tuple[Told, ...], closed: bool, order: random.Random
) -> None:
    rec = record(told, closed=closed)
    made = account(rec.book)
    chosen = made.selected[lot("p")]
    sources = {source.key: source for source in made.sources[lot("p")]}
    counting = [
        (sources[key], slot.tier, reading)
        for key, slots in chosen.slots.items()
        for slot in slots
        for reading in slot.readings
    ]
    for mine, tier, _ in counting:
        for other, better, _ in counting:
            if mine.span is None or other.span is None or mine.span.overlaps(other.span):
                assert tier == better
    # Nothing measured is passed over, and nothing that was said disappears: it counts, or it is superseded.
    offered = [reading for source in sources.values() for entry in source.entries for reading in entry.items]
    offered = [one for one in offered if one.name in ("activity", "expense")]
    lost = {(loser.item, loser.tier) for loser in superseded(made.selected.values())}
    assert not any(tier == "primary" for _, tier in lost)
    assert sorted(one.digest for one in offered) == sorted(
        [reading.cited.item.digest for _, _, reading in counting] + [digest for digest, _ in lost]
    )
    # What counts is what is carried.
    kilowatt_hours = sum(Fraction(one.cited.item.get("quantity")) for _, tier, one in counting if tier != "io")
    carried = sum(made.builder.value(one.node) for one in made.postings() if one.tier not in ("io", "gap_fill"))
    assert abs(carried - kilowatt_hours * GRID) < Fraction(1, 10**4)
    assert (sum(1 for one in made.postings() if one.tier == "io") > 0) == any(tier == "io" for _, tier, _ in counting)
    # The order in which entries arrive changes nothing.
    first = len(rec.entries) - sum(one.place != "process" for one in told) - closed
    early, late = rec.entries[:first], rec.entries[first:]
    notes = [entry[1:] for entry in late]
    order.shuffle(notes)
    mixed = [*early, *((entry[0], *rest) for entry, rest in zip(late, notes, strict=True))]
    again = Book.fold(mixed)
    assert not again.rejected
    assert grow(account(again)).calculation.root_digest == grow(made).calculation.root_digest


@settings(max_examples=30, deadline=None)
@given(readings(), st.booleans())
def test_lots_assessed_together_choose_as_each_does_alone(told: tuple[Told, ...], closed: bool) -> None:
    rec = record(told, closed=closed)
    together = found(assess_all(Recorded(rec), library=library(), methodology=METHODOLOGY, used_up=True))
    assert set(together) == {lot("h"), lot("p")}
    for name, one in together.items():
        size = len(rec.entries)
        assert same(one, assess(rec.book, name, library=library(), methodology=METHODOLOGY, tree_size=size))


@settings(max_examples=30, deadline=None)
@given(worlds())
def test_where_nothing_is_reported_twice_both_methods_give_one_calculation(world: World) -> None:
    book = world.rec.book
    for name in world.live:
        first, second = (
            assess(book, lot(name), library=library(), methodology=f"lychee-fresh@{version}", tree_size=book.size)
            for version in (1, 2)
        )
        assert first.tree.unsalted_digest() == second.tree.unsalted_digest()
        assert [replace(one, flags=()) for one in first.footprint.delivered.slots] == [
            replace(one, flags=()) for one in second.footprint.delivered.slots
        ]
