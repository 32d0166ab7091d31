"""The live book fetches what it is asked for; each test is a way in which it could miss something."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ledger.book.item import by_digest
from ledger.errors import EntryNotFound
from ledger.live import LiveBook
from ledger.sequencer import reasons_text
from ledger.service import Ledger
from tests.support.chain import JUNE, SEASON, Added, ChainBuilder, used, weight

MAY = {"start": "2026-04-30T16:00:00Z", "end": "2026-05-31T16:00:00Z"}


class Orchard:
    """Hold a chain with one grower, and a ledger that holds all of it."""

    def __init__(self, folder: Path) -> None:
        self.chain = ChainBuilder()
        self.grower = self.chain.actor("grower", "grower")
        self.place = self.chain.facility("orchard", self.grower)
        self.lot = self.chain.harvest(self.grower, self.place, "lot", "100")
        self.ledger = self.chain.ledger(folder)
        self.stored = len(self.chain.added)

    def other(self) -> Ledger:
        """Open the same store as another process would."""
        return Ledger(self.ledger.store, self.ledger._signer, self.ledger.openings, self.ledger.clock)

    def activity(self, kilowatt_hours: str, **parts: object) -> Added:
        items = [used("electricity", kilowatt_hours, "kWh")]
        where = {"facility": self.place, "stage": "packing", "data": {"period": JUNE}}
        return self.chain.add("activity", self.grower, items=items, **{**where, **parts})

    def close(self, kilowatt_hours: str, period: dict[str, str] = JUNE) -> Added:
        total = {"slot": "electricity", "quantity": kilowatt_hours, "unit": "kWh", "evidence": "meter"}
        items = [weight(self.lot, "1"), ("total", total)]
        parts = {"facility": self.place, "stage": "packing", "lots": [self.lot], "data": {"period": period}}
        return self.chain.add("close", self.grower, items=items, **parts)

    def submit(self, ledger: Ledger, added: Sequence[Added]) -> None:
        """Submit the next entries, and compare the verdicts with those of the whole book."""
        assert [one.index for one in added] == list(range(self.stored, self.stored + len(added)))
        self.stored += len(added)
        ledger.submit([(one.signed.note, one.lines) for one in added])
        for one in added:
            stored = ledger.entry(one.entry_id)
            assert stored.reasons == reasons_text(one.violations)
            assert stored.status == ("rejected" if one.violations else "logged")


@pytest.fixture
def orchard(tmp_path: Path) -> Orchard:
    return Orchard(tmp_path)


def test_a_close_sees_the_activities_of_its_own_batch(orchard: Orchard) -> None:
    first, close = orchard.activity("5"), orchard.close("7")
    assert close.codes == ["total-differs"]
    orchard.ledger._forget()
    orchard.submit(orchard.ledger, [first, close])
    orchard.submit(orchard.ledger, [orchard.close("5")])


def test_a_close_sees_what_another_writer_reported_since(orchard: Orchard) -> None:
    orchard.submit(orchard.ledger, [orchard.activity("5"), orchard.close("1", MAY)])
    orchard.submit(orchard.other(), [orchard.activity("6")])
    close = orchard.close("5")
    assert close.codes == ["total-differs"]
    orchard.submit(orchard.ledger, [close])
    orchard.submit(orchard.ledger, [orchard.close("11")])


def test_a_place_that_is_new_to_one_writer_is_old_once_another_reported_from_it(orchard: Orchard) -> None:
    size = len(orchard.chain.added)
    orchard.place = orchard.chain.facility("new place", orchard.grower)
    orchard.submit(orchard.ledger, [*orchard.chain.added[size:], orchard.activity("1"), orchard.close("3", MAY)])
    orchard.submit(orchard.other(), [orchard.activity("5")])
    orchard.submit(orchard.ledger, [orchard.activity("7"), orchard.close("12"), orchard.close("13")])


def test_a_place_that_is_registered_again_is_not_new(orchard: Orchard) -> None:
    orchard.submit(orchard.ledger, [orchard.activity("5")])
    size = len(orchard.chain.added)
    assert orchard.chain.facility("orchard", orchard.grower) == orchard.place
    orchard.ledger._forget()
    orchard.submit(
        orchard.ledger, [*orchard.chain.added[size:], orchard.activity("7"), orchard.close("7"), orchard.close("12")]
    )


def test_a_close_sees_that_another_writer_amended_an_activity_away(orchard: Orchard) -> None:
    elsewhere = orchard.chain.facility("elsewhere", orchard.grower)
    first = orchard.activity("5")
    orchard.submit(orchard.ledger, [orchard.chain.added[-2], first, orchard.activity("6"), orchard.close("1", MAY)])
    items = [used("electricity", "5", "kWh")]
    amended = orchard.chain.amend(first, facility=elsewhere, stage="packing", items=items, data={"period": JUNE})
    assert not amended.violations
    orchard.submit(orchard.other(), [amended])
    close = orchard.close("11")
    assert close.codes == ["total-differs"]
    orchard.submit(orchard.ledger, [close, orchard.close("6")])


def test_an_entry_rejected_for_its_items_alone_is_told_from_one_that_was_never_admitted(orchard: Orchard) -> None:
    items = [used("no_such_slot", "5", "kWh")]
    bad = orchard.chain.add(
        "activity", orchard.grower, facility=orchard.place, stage="packing", data={"period": JUNE}, items=items
    )
    assert bad.codes == ["slot-unknown"]
    worse = orchard.chain.add("activity", orchard.grower, facility=orchard.place, stage="no_such", data={}, items=[])
    assert "stage-unknown" in worse.codes
    orchard.submit(orchard.ledger, [bad, worse])
    orchard.ledger._forget()
    again = [orchard.chain.amend(one, items=[used("electricity", "5", "kWh")]) for one in (bad, worse)]
    assert again[0].codes == ["amend-rejected"] and again[1].codes.count("amend-rejected") == 2
    orchard.submit(orchard.ledger, again)


def test_a_revoked_key_stays_revoked_when_its_registration_is_read_alone(orchard: Orchard) -> None:
    chain, grower = orchard.chain, orchard.grower
    old = chain.signer(grower)
    registration = next(one for one in chain.added if one.signed.entry.data.get("vkey") == old.public_key.encode())
    new = chain.register_key(grower, roles=["grower"], label="new")
    gone = chain.must(
        "revoke_key",
        grower,
        data={"vkey": old.public_key.encode(), "disputed_from": ""},
        key=chain.signer(chain.registrar),
    )
    orchard.submit(orchard.ledger, [new, gone])
    key = chain.signer(grower, "new")
    place = {"facility": orchard.place, "stage": "packing", "data": {"period": JUNE}}
    after = chain.must("activity", grower, items=[used("electricity", "1", "kWh")], key=key, **place)
    orchard.submit(orchard.ledger, [after])
    for writer in (orchard.other(), orchard.ledger):
        stand = chain.must("reattest", grower, data={"key": old.name}, refs=[registration.entry_id], key=key)
        orchard.submit(writer, [stand])
    signed, items = chain.sign("activity", grower, items=[used("electricity", "1", "kWh")], key=old, **place)
    (answer,) = orchard.ledger.submit([(signed.note, [item.text for item in items])])
    assert answer.status == "refused" and answer.problem is not None and "revoked" in str(answer.problem)


def test_what_an_entry_changes_is_known_although_nobody_asked_before(orchard: Orchard) -> None:
    size = len(orchard.chain.added)
    actor = orchard.chain.actor("new", "packer", keeper=orchard.grower)
    live = LiveBook(orchard.ledger.openings)
    with orchard.ledger.store.read() as reader, live.reading(reader, size):
        for added in orchard.chain.added[size:]:
            assert live.apply(added.index, added.signed, by_digest(added.lines)) == []
        assert live.authority.facts.roles.get(actor) == {"packer"}
        assert live.authority.facts.keepers.get(actor) == orchard.grower
        assert live.keyring.get(f"{actor}/2026") is not None


def test_the_first_append_after_a_start_reads_few_entries(orchard: Orchard) -> None:
    """Of a hundred entries about other things, none is read."""
    others = [orchard.activity("1", lots=[orchard.lot], data={"period": SEASON}, stage="orchard") for _ in range(3)]
    orchard.submit(orchard.ledger, others)
    orchard.submit(orchard.ledger, [orchard.activity(str(number)) for number in range(1, 101)])
    orchard.ledger._forget()
    orchard.submit(orchard.ledger, [orchard.activity("7")])
    assert len(orchard.ledger._live._known["entry"]) < 12


@pytest.mark.parametrize("unknown", ["", "no id", "00" * 32, "FF" * 32])
def test_an_unknown_entry_is_not_found_whatever_its_name(orchard: Orchard, unknown: str) -> None:
    with pytest.raises(EntryNotFound):
        orchard.ledger.disputed([unknown])
