"""CONTRACT 3: a gap is refused with the expected number, stores nothing, and holds nobody up."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.book.entry import parse_entry
from tests.support.doors import DOORS, house


@pytest.mark.parametrize("door", DOORS)
def test_a_gap_says_what_is_expected_and_stores_nothing(tmp_path: Path, door: str) -> None:
    found = house(tmp_path, door)
    first, second, third = (found.desk.facility("zhang", number) for number in (1, 2, 3))
    for note in (second, third):
        problem = found.refused(note, "sequence-gap", 409)
        assert (problem["expected_seq"], problem["expected_prev"]) == (1, "0" * 64)
    assert found.evidence() == []
    found.logged(first)
    problem = found.refused(third, "sequence-gap", 409)
    assert (problem["expected_seq"], problem["expected_prev"]) == (2, parse_entry(first[0]).entry_id)
    found.logged(second, third)
    assert found.sound()


@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_link_is_a_gap_too(tmp_path: Path, door: str) -> None:
    found = house(tmp_path, door)
    first = found.desk.facility("zhang", 1)
    found.logged(first)
    wrong = found.desk.facility("zhang", 2, prev="1" * 64, keep=False)
    problem = found.refused(wrong, "sequence-gap", 409)
    assert (problem["expected_seq"], problem["expected_prev"]) == (2, parse_entry(first[0]).entry_id)
    assert found.evidence() == []
    found.logged(found.desk.facility("zhang", 2))


@pytest.mark.parametrize("door", DOORS)
def test_others_in_the_batch_and_the_queue_go_on(tmp_path: Path, door: str) -> None:
    found = house(tmp_path, door)
    early, late = found.desk.facility("zhang", 1), found.desk.facility("zhang", 2)
    results = found.send([late, found.desk.facility("li", 1), early, late])
    assert [result["status"] for result in results] == ["refused", "logged", "logged", "logged"]
    assert results[0]["problem"]["code"] == "sequence-gap"
    again = found.send([early, late])
    assert [(result["status"], result["receipt"]) for result in again] == [
        ("duplicate", result["receipt"]) for result in results[2:]
    ]
    assert found.sound()
