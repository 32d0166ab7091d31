"""Every worked example is complete, follows by hand from published numbers, and is what the product gives."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.scenarios.cases import CASES, HALF_QUANTUM, by_hand, expected
from tests.scenarios.ledger_runner import STEPS, run_ledger
from tests.scenarios.runners import RUNNERS

ALL_RUNNERS = {**RUNNERS, "ledger": run_ledger}


@pytest.mark.parametrize("name", CASES)
def test_case_says_what_it_is_and_where_it_is_from(name: str) -> None:
    case = CASES[name]
    assert case["id"] == name.partition("-")[0] and case["title"]
    assert case.get("source") and case.get("working")
    assert Fraction(case["tolerance"]) >= 0
    assert expected(case)
    assert {step["do"] for step in case.get("step", ())} <= set(STEPS)


@pytest.mark.parametrize("name", CASES)
def test_figures_follow_by_hand_from_published_numbers(name: str) -> None:
    case = CASES[name]
    found, wanted = by_hand(case), expected(case)
    assert set(wanted) <= set(found)
    slack = max(Fraction(case["tolerance"]), HALF_QUANTUM)
    for place, text in wanted.items():
        assert abs(found[place] - Fraction(text)) <= slack, (place, float(found[place]), text)


@pytest.mark.parametrize("name", CASES)
def test_worked_example(name: str) -> None:
    ALL_RUNNERS[CASES[name]["run"]](CASES[name])
