"""Draws follow the calculation, one draw a leaf, and the same seed gives the same numbers."""

from __future__ import annotations

import math

import pytest

from iocore.errors import ShapeMismatch
from iocore.uncertainty import Step, sample

SIGMA = math.log(1.5)
LEAF = Step("leaf", value=2.0, sigma=SIGMA)


def test_one_leaf_has_the_quantiles_of_a_lognormal() -> None:
    found = sample([LEAF], 0, seed=1, draws=100_000)
    for quantile, normal in ((found.low, -1.959964), (found.median, 0.0), (found.high, 1.959964)):
        exact = 2 * math.exp(SIGMA * normal)
        assert quantile.low < exact < quantile.high
        assert quantile.value == pytest.approx(exact, rel=0.02)
    assert found.mean == pytest.approx(2 * math.exp(SIGMA**2 / 2), rel=0.01)


def test_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    steps = [LEAF, Step("leaf", value=3.0, sigma=0.1), Step("product", (0, 1))]
    assert sample(steps, 2, seed=7) == sample(steps, 2, seed=7)
    assert sample(steps, 2, seed=7) != sample(steps, 2, seed=8)
    first = sample([LEAF], 0, seed=20261121, draws=1_000)
    assert (round(first.low.value, 6), round(first.median.value, 6), round(first.mean, 6)) == (
        0.927992,
        1.998189,
        2.131931,
    )


def test_steps_are_arithmetic() -> None:
    three, four = Step("leaf", value=3.0), Step("leaf", value=4.0)
    steps = [
        three, four, Step("sum", (0, 1)), Step("product", (0, 1)), Step("ratio", (0, 1)),
        Step("share", (3, 0, 1), index=1), Step("same", (5,)), Step("sum"),
    ]  # fmt: skip
    wanted = [3, 4, 7, 12, 0.75, 12 * 4 / 7, 12 * 4 / 7, 0]
    for place, value in enumerate(wanted):
        found = sample(steps, place, seed=0, draws=1_000)
        assert found.low.value == found.median.value == found.high.value == pytest.approx(value)


def test_leaf_used_twice_is_one_draw() -> None:
    cancelled = sample([LEAF, Step("ratio", (0, 0))], 1, seed=3)
    assert cancelled.low.value == cancelled.high.value == 1
    own = [*[LEAF] * 4, Step("sum", (0, 1, 2, 3))]
    shared = [LEAF, Step("sum", (0, 0, 0, 0))]
    wide, narrow = sample(shared, 1, seed=3), sample(own, 4, seed=3)
    assert narrow.high.value / narrow.low.value < 0.6 * wide.high.value / wide.low.value


def test_only_what_a_step_needs_is_drawn() -> None:
    alone = sample([LEAF], 0, seed=5)
    beside = sample([Step("leaf", value=9.0, sigma=1.0), LEAF, Step("same", (1,))], 2, seed=5)
    assert alone == beside


@pytest.mark.parametrize("draws", [0, 999, -1000])
def test_other_numbers_of_draws_are_refused(draws: int) -> None:
    with pytest.raises(ShapeMismatch):
        sample([LEAF], 0, seed=1, draws=draws)
