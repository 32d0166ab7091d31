"""First in, first out: lots leave in order, and at most the last of them is cut."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ledger.book.fifo import Plan, Take, plan

GRAMS = st.integers(0, 10**7).map(lambda grams: Fraction(grams, 1000))


def test_the_last_lot_is_cut() -> None:
    stock = [("a", Fraction(500)), ("empty", Fraction(0)), ("b", Fraction(500)), ("c", Fraction(9))]
    found = plan(stock, Fraction(700))
    assert found == Plan((Take("a", Fraction(500), Fraction(0)), Take("b", Fraction(200), Fraction(300))), Fraction(0))


def test_whole_lots_need_no_cut_and_a_short_stock_is_told() -> None:
    stock = [("a", Fraction(500)), ("b", Fraction(500))]
    assert [take.left_kg for take in plan(stock, Fraction(1000)).takes] == [0, 0]
    assert plan(stock, Fraction(1001)).short_kg == 1
    assert plan(stock, Fraction(0)) == Plan((), Fraction(0))


@given(st.lists(GRAMS, max_size=8), GRAMS)
def test_what_goes_and_what_stays_add_up(masses: list[Fraction], wanted: Fraction) -> None:
    found = plan([(str(place), kg) for place, kg in enumerate(masses)], wanted)
    assert sum(take.kg for take in found.takes) + found.short_kg == wanted
    assert all(take.kg + take.left_kg == masses[int(take.lot)] for take in found.takes)
    assert not any(take.left_kg for take in found.takes[:-1])
    order = [int(take.lot) for take in found.takes]
    passed = set(range(order[-1] if order else 0)) - set(order)
    assert order == sorted(order) and all(masses[place] == 0 for place in passed)
