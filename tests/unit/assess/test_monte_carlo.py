"""Sampling agrees with the interval matched by moments on every lot of the demo season; first order is told apart."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from iocore.sources import load_all
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
def test_matched_interval_lies_within_the_band(name: str, boundary: str) -> None:
    sampled = drawn(assessed(name), boundary)
    matched = assessed(name).quality[boundary].matched
    assert matched is not None
    assert sampled.agrees
    for closed, drew in ((matched.low, sampled.low), (matched.high, sampled.high)):
        assert abs(Decimal(closed) / Decimal(drew) - 1) < Decimal("0.155")
    assert abs(Decimal(matched.mean) / Decimal(sampled.mean) - 1) < Decimal("0.01")
    for found, (least, most) in ((sampled.low, sampled.low_range), (sampled.high, sampled.high_range)):
        assert Decimal(least) <= Decimal(found) <= Decimal(most) and least != most


def test_interval_of_first_order_is_low_where_a_factor_is_very_uncertain_and_that_is_told() -> None:
    sampled = drawn(assessed("SHA1", "lychee-fresh@1"), "gate")
    assert not sampled.first_order_agrees
    assert Decimal(sampled.first_order_gaps[1]) < -20
    assert drawn(assessed("DRY1"), "gate").first_order_agrees


def test_same_seed_gives_the_same_text() -> None:
    assert drawn(assessed("DRY1"), "gate", 1) == drawn(assessed("DRY1"), "gate", 1)
    assert drawn(assessed("DRY1"), "gate", 1) != drawn(assessed("DRY1"), "gate", 2)


def test_figure_on_which_both_closed_forms_fail_is_told() -> None:
    found = assessed("DRY1")
    wild = replace(found, spreads=dict.fromkeys(found.spreads, "3.0"))
    sampled = drawn(wild, "gate")
    assert not sampled.agrees and not sampled.first_order_agrees


def test_without_judging_nothing_is_drawn() -> None:
    assert draw(replace(assessed("DRY1"), quality={}), "gate", seed=SEED) is None


def test_verifying_and_assessing_need_no_numpy() -> None:
    script = "import sys, passport.verify, passport.assess, passport.quality; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
