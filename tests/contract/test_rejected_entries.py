"""CONTRACT 3: a validly signed entry that breaks a content rule is logged, takes no effect, and holds nobody up."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.book.state import Book
from ledger.log.proof import Receipt
from tests.support.doors import DOORS, House, house
from tests.unit.ledger_store.notes import Note, actor_id


def broken(found: House) -> Note:
    """Sign an entry under a facility that another actor registered, of a stage that is none, about an unknown lot."""
    lot = "p:91BGH5VVASFQEG1K"
    return found.desk.note(
        found.desk.signer("zhang"),
        "loss",
        {"cause": "decay", "treatment": "none"},
        lots=(lot,),
        stage="nowhere",
        facility="f_" + actor_id("li1")[2:],
    )


@pytest.mark.parametrize("door", DOORS)
def test_it_is_logged_with_a_receipt_and_all_reasons(tmp_path: Path, door: str) -> None:
    found = house(tmp_path, door)
    note = broken(found)
    result = found.one(note)
    assert (result["status"], result["index"]) == ("rejected", found.ledger.size - 1)
    receipt = Receipt.parse(result["receipt"])
    receipt.verify(note[0], found.ledger.log_key)
    problem = result["problem"]
    assert problem["code"] == "entry-rejected" and problem.get("status") == (422 if door == "http" else None)
    codes = [one["code"] for one in problem["violations"]]
    assert {"stage-unknown", "facility-unknown", "lot-unknown"} <= set(codes)
    shown = found.get(f"/api/v1/entries/{result['entry_id']}")
    assert (shown["status"], shown["reasons"]) == ("rejected", problem["violations"])


@pytest.mark.parametrize("door", DOORS)
def test_the_reasons_follow_from_the_log_alone(tmp_path: Path, door: str) -> None:
    found = house(tmp_path, door)
    result = found.one(broken(found))
    entries = [(one.index, one.note, found.ledger.items(one.entry_id) or ()) for one in found.ledger.entries()]
    again = Book.fold(entries).rejected[result["entry_id"]]
    assert [one.code for one in again] == [one["code"] for one in result["problem"]["violations"]]
    assert Book.fold(entries).entry(result["entry_id"]) is None


@pytest.mark.parametrize("door", DOORS)
def test_the_queue_of_its_key_goes_on(tmp_path: Path, door: str) -> None:
    found = house(tmp_path, door)
    queue = [found.desk.facility("zhang", 1), broken(found), found.desk.facility("zhang", 2)]
    results = found.send(queue)
    assert [result["status"] for result in results] == ["logged", "rejected", "logged"]
    again = found.send(queue)
    assert [(one["status"], one["index"], one["receipt"]) for one in again] == [
        ("duplicate", one["index"], one["receipt"]) for one in results
    ]
    rival = found.desk.facility("zhang", 9, seq=2, prev=results[0]["entry_id"], keep=False)
    found.refused(rival, "equivocation", 409)
    assert found.sound()
