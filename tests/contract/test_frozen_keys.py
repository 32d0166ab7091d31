"""CONTRACT 3: a frozen key is freed by nobody but its actor, with a new key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.doors import DOORS, House, house
from tests.unit.ledger_store.notes import actor_id

OLD = f"{actor_id('zhang')}/k1"


def frozen(folder: Path, door: str) -> House:
    """Return a ledger in which zhang's first key signed two texts."""
    found = house(folder, door)
    found.logged(found.desk.facility("zhang", 1))
    found.refused(found.desk.facility("zhang", 9, seq=1, prev="0" * 64, keep=False), "equivocation", 409)
    return found


@pytest.mark.parametrize("door", DOORS)
def test_a_new_key_of_the_actor_frees_it(tmp_path: Path, door: str) -> None:
    found = frozen(tmp_path, door)
    desk = found.desk
    waiting = [desk.facility("zhang", number) for number in (2, 3)]
    for note in waiting:
        found.refused(note, "key-frozen", 409)
    found.logged(desk.second_key("zhang"), desk.note(desk.signer("zhang", "k2"), "reattest", {"key": OLD}))
    found.logged(*waiting)
    assert len(found.evidence()) == 1, "what the key did stays on record"
    assert found.sound()


@pytest.mark.parametrize("door", DOORS)
def test_neither_itself_nor_another_actor_frees_it(tmp_path: Path, door: str) -> None:
    found = frozen(tmp_path, door)
    desk = found.desk
    itself = desk.note(desk.signer("zhang"), "reattest", {"key": OLD}, keep=False)
    found.refused(itself, "key-frozen", 409)
    stranger = found.one(desk.note(desk.signer("li"), "reattest", {"key": OLD}))
    assert stranger["status"] == "rejected"
    assert "key-owner" in [one["code"] for one in stranger["problem"]["violations"]]
    intruder = found.one(desk.note(desk.signer("li"), "reattest", {"key": OLD}, actor=actor_id("zhang")))
    assert intruder["status"] == "rejected"
    assert "writer-other" in [one["code"] for one in intruder["problem"]["violations"]]
    found.refused(desk.facility("zhang", 2, keep=False), "key-frozen", 409)
    assert found.sound()


@pytest.mark.parametrize("door", DOORS)
def test_the_registration_of_a_key_alone_frees_nothing(tmp_path: Path, door: str) -> None:
    found = frozen(tmp_path, door)
    desk = found.desk
    found.logged(desk.second_key("zhang"))
    found.refused(desk.facility("zhang", 2, keep=False), "key-frozen", 409)
    mine = desk.note(desk.signer("zhang", "k2"), "register_facility", {"type": "orchard"}, facility="f_" + "a" * 16)
    found.logged(mine)
    found.refused(desk.facility("zhang", 2, keep=False), "key-frozen", 409)


@pytest.mark.parametrize("door", DOORS)
def test_it_freezes_again(tmp_path: Path, door: str) -> None:
    found = frozen(tmp_path, door)
    desk = found.desk
    found.logged(desk.second_key("zhang"), desk.note(desk.signer("zhang", "k2"), "reattest", {"key": OLD}))
    found.refused(desk.facility("zhang", 8, seq=1, prev="0" * 64, keep=False), "equivocation", 409)
    found.refused(desk.facility("zhang", 2, keep=False), "key-frozen", 409)
    assert len(found.evidence()) == 2
    found.logged(desk.note(desk.signer("zhang", "k2"), "reattest", {"key": OLD}), desk.facility("zhang", 2))
    assert found.sound()
