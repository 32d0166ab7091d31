"""CONTRACT 3: another text for one number is refused, both are kept as evidence, and only that key is frozen."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.log.note import Signature, SignedNote
from tests.support.doors import DOORS, house
from web.services import build


@pytest.mark.parametrize("door", DOORS)
def test_both_texts_are_kept_and_the_key_is_frozen(tmp_path: Path, door: str) -> None:
    found = house(tmp_path, door)
    notes = [found.desk.facility("zhang", number) for number in (1, 2, 3)]
    results = found.logged(*notes)
    rival = found.desk.facility("zhang", 9, seq=2, prev=results[0]["entry_id"], keep=False)
    problem = found.refused(rival, "equivocation", 409)
    assert problem["seq"] == 2 and problem["key_name"].endswith("/k1")
    assert [(one.seq, one.note, one.size) for one in found.evidence()] == [(2, rival[0], found.ledger.size)]
    assert found.ledger.entry(results[1]["entry_id"]).note == notes[1][0]
    found.refused(found.desk.facility("zhang", 4, keep=False), "key-frozen", 409)
    found.refused(rival, "key-frozen", 409)
    assert len(found.evidence()) == 1
    assert found.sound()


@pytest.mark.parametrize("door", DOORS)
def test_others_in_the_batch_go_on_and_the_first_text_keeps_its_receipt(tmp_path: Path, door: str) -> None:
    found = house(tmp_path, door)
    note = found.desk.facility("zhang", 1)
    (first,) = found.logged(note)
    rival = found.desk.facility("zhang", 9, seq=1, prev="0" * 64, keep=False)
    results = found.send([rival, found.desk.facility("li", 1), note, found.desk.facility("zhang", 2, keep=False)])
    assert [result["status"] for result in results] == ["refused", "logged", "duplicate", "refused"]
    assert [(results[at]["problem"] or {})["code"] for at in (0, 3)] == ["equivocation", "key-frozen"]
    assert results[2]["receipt"] == first["receipt"]


@pytest.mark.parametrize("door", DOORS)
def test_two_texts_in_one_batch_are_equivocation_too(tmp_path: Path, door: str) -> None:
    found = house(tmp_path, door)
    note = found.desk.facility("zhang", 1, keep=False)
    rival = found.desk.facility("zhang", 2, keep=False)
    results = found.send([note, rival])
    assert [result["status"] for result in results] == ["logged", "refused"]
    assert results[1]["problem"]["code"] == "equivocation"
    assert [one.note for one in found.evidence()] == [rival[0]]
    assert found.sound()


@pytest.mark.parametrize("door", DOORS)
def test_nobody_freezes_a_key_without_its_signature(tmp_path: Path, door: str) -> None:
    found = house(tmp_path, door)
    found.logged(found.desk.facility("zhang", 1))
    text = SignedNote.parse(found.desk.facility("zhang", 9, seq=1, prev="0" * 64, keep=False)[0])
    line = text.signatures[0]
    forged = SignedNote(text.text, (Signature(line.name, line.key_id, bytes(64)),)).encode()
    found.refused((forged, []), "signature-untrusted", 403)
    assert found.evidence() == []
    found.logged(found.desk.facility("zhang", 2))


@pytest.mark.parametrize("door", DOORS)
def test_a_frozen_key_is_frozen_after_a_restart(tmp_path: Path, door: str) -> None:
    found = house(tmp_path, door)
    found.logged(found.desk.facility("zhang", 1))
    rival = found.desk.facility("zhang", 9, seq=1, prev="0" * 64, keep=False)
    found.refused(rival, "equivocation", 409)
    found.services.close()
    with build(found.services.config, clock=found.services.clock) as again:
        (result,) = again.ledger.submit([found.desk.facility("zhang", 2)])
        assert result.problem is not None and result.problem["code"] == "key-frozen"
        with again.store.read() as reader:
            assert [one.note for one in reader.equivocations()] == [rival[0]]
