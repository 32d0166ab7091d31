"""Sampling agrees with the interval matched by moments on every lot of the demo season; first order is told apart."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from iocore.sources import load_all
from iocore.uncertainty import Step, sample
from passport.assess import Assessment, assess
from passport.sampling import MonteCarlo, draw
from tests.support.demo_season import season, sign_season
from web.imports.history import History

SEED = 20261121
LOTS = ("SEA1", "SEA2", "AIR1", "SHA1", "SHA2", "SHA3", "DRY1")


@cache
def assessed(name: str, method: str | None = None) -> Assessment:
    history, lot = _history(), season()["lots"][name]
    return assess(history.book, lot, library=load_all(), methodology=method, tree_size=history.size, judged=True)


@cache
def _history() -> History:
    history = History(())
    sign_season(history)
    return history


def drawn(found: Assessment, boundary: str, seed: int = SEED) -> MonteCarlo:
    sampled = draw(found, boundary, seed=seed)
    assert sampled is not None
    return sampled


@pytest.mark.parametrize("boundary", ["gate", "delivered"])
@pytest.mark.parametrize("name", LOTS)
def test_closed_forms_lie_where_the_draws_are(name: str, boundary: str) -> None:
    sampled = drawn(assessed(name), boundary)
    matched = assessed(name).quality[boundary].matched
    assert matched is not None
    assert sampled.agrees and sampled.stated_agrees
    stated = assessed(name).footprint.boundary(boundary).interval
    for low, high, form in ((matched.low, matched.high, "0.055"), (stated.low, stated.high, "0.05")):
        assert within(low, sampled.low_range, form) and within(high, sampled.high_range, form)
    # The mean of n draws is off by its standard error, sigma over the root of n; each is printed to three digits.
    sigma = math.log(float(matched.high) / float(matched.low)) / (2 * 1.96)
    digit = 10.0 ** (math.floor(math.log10(float(matched.mean))) - 2)
    off = float(matched.mean) * 4 * sigma / math.sqrt(sampled.draws) + digit
    assert abs(float(matched.mean) - float(sampled.mean)) < off
    for found, (least, most) in ((sampled.low, sampled.low_range), (sampled.high, sampled.high_range)):
        assert Decimal(least) <= Decimal(found) <= Decimal(most) and least != most


def within(bound: str, drawn: tuple[str, str], form: str) -> bool:
    """Tell whether a bound lies between draws three standard errors of a rank apart, or off by what its form may be."""
    least, most = map(Decimal, drawn)
    return least * (1 - Decimal(form)) <= Decimal(bound) <= most * (1 + Decimal(form))


@pytest.mark.parametrize("count", [1, 3])
def test_product_of_lognormals_is_sampled_as_what_it_is(count: int) -> None:
    """No form stands between closed form and draws here: only their number does, by the ranks beside a quantile."""
    sigmas = [math.log(gsd) for gsd in (1.5, 2.0, 1.2)[:count]]
    leaves = [Step("leaf", value=2.0, sigma=sigma) for sigma in sigmas]
    found = sample([*leaves, Step("product", tuple(range(count)))], count, seed=SEED, draws=40_000)
    sigma = math.hypot(*sigmas)
    for quantile, normal in ((found.low, -1.959964), (found.median, 0.0), (found.high, 1.959964)):
        assert quantile.low < 2.0**count * math.exp(sigma * normal) < quantile.high
    mean, relative = 2.0**count * math.exp(sigma**2 / 2), math.sqrt(math.exp(sigma**2) - 1)
    assert abs(found.mean / mean - 1) < 4 * relative / math.sqrt(found.draws)


def test_interval_of_first_order_is_low_where_a_factor_is_very_uncertain_and_that_is_told() -> None:
    sampled = drawn(assessed("SHA1", "lychee-fresh@1"), "gate")
    assert not sampled.stated_agrees
    assert Decimal(sampled.stated_gaps[1]) < -20
    assert drawn(assessed("DRY1"), "gate").stated_agrees


def test_same_seed_gives_the_same_text() -> None:
    assert drawn(assessed("DRY1"), "gate", 1) == drawn(assessed("DRY1"), "gate", 1)
    assert drawn(assessed("DRY1"), "gate", 1) != drawn(assessed("DRY1"), "gate", 2)


def test_figure_on_which_both_closed_forms_fail_is_told() -> None:
    found = assessed("DRY1")
    wild = replace(found, spreads=dict.fromkeys(found.spreads, "3.0"))
    sampled = drawn(wild, "gate")
    assert not sampled.agrees and not sampled.stated_agrees


def test_without_judging_nothing_is_drawn() -> None:
    assert draw(replace(assessed("DRY1"), quality={}), "gate", seed=SEED) is None


def test_verifying_and_assessing_need_no_numpy() -> None:
    script = "import sys, passport.verify, passport.assess, passport.quality; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
