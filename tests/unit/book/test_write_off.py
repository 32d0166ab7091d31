"""A lot that was written off is at an end; a lot of which nothing is left cannot be used."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from ledger.book.lineage import closure
from tests.support.chain import SEASON, Added, lot_code, mass, used
from tests.unit.book.conftest import Season

GONE: dict[str, Any] = {"stage": "packing", "data": {"cause": "spoiled", "treatment": "landfill"}}
LOST: dict[str, Any] = {"stage": "packing", "data": {"cause": "decay", "treatment": "none"}}


def fruit(season: Season, quantity: str = "1000") -> str:
    lot = season.chain.harvest(season.grower, season.plot, f"fruit {quantity}", quantity)
    season.chain.hand_over(season.grower, season.coop, {lot: quantity})
    return lot


def lose(season: Season, lot: str, quantity: str) -> Added:
    return season.chain.must("loss", season.coop, lots=[lot], items=[mass(lot, "loss", quantity)], **LOST)


def uses(season: Season, lot: str, quantity: str) -> dict[str, list[str]]:
    """Try everything that takes a lot or hands it on; give the broken rules."""
    chain, coop = season.chain, season.coop
    other = chain.harvest(season.grower, season.plot, f"other than {quantity}", "10")
    chain.hand_over(season.grower, coop, {other: "10"})
    half = str(Fraction(quantity) / 2)
    return {
        "split": chain.move("split", coop, {lot: quantity}, {lot_code("1"): half, lot_code("2"): half}).codes,
        "merge": chain.move("merge", coop, {lot: quantity, other: "10"}, {lot_code("3"): "10"}).codes,
        "transform": chain.pack(coop, season.house, {lot: quantity}, {lot_code("4"): "1"}).codes,
        "ship": chain.add("ship", coop, lots=[lot], data={"to": season.other}).codes,
    }


def test_nothing_can_be_done_with_a_lot_that_was_written_off(season: Season) -> None:
    lot = fruit(season)
    ship = season.chain.must("ship", season.coop, lots=[lot], data={"to": season.other})
    entry = season.chain.must("write_off", season.coop, lots=[lot], **GONE)
    found = season.chain.book.lots[lot]
    assert found.consumed_by is None and found.written_off_by in found.events
    assert found.written_off_by.entry_id == entry.entry_id
    assert all("lot-gone" in codes for codes in uses(season, lot, "1000").values())
    assert season.chain.add("receive", season.other, lots=[lot], refs=[ship.entry_id]).codes == ["lot-gone"]
    assert season.chain.add("write_off", season.coop, lots=[lot], **GONE).codes == ["lot-gone"]
    late = season.chain.add(
        "activity", season.coop, facility=season.house, stage="packing", lots=[lot], data={"period": SEASON},
        items=[used("electricity", "3", "kWh")],
    )  # fmt: skip
    assert late.codes == []


def test_only_the_holder_writes_off_and_only_what_is_there(season: Season) -> None:
    lot = fruit(season)
    assert season.chain.add("write_off", season.stranger, lots=[lot], **GONE).codes == ["lot-other", "lot-custody"]
    assert season.chain.add("write_off", season.grower, lots=[lot], **GONE).codes == ["lot-custody"]
    parts = {lot_code("a"): "400", lot_code("b"): "600"}
    assert not season.chain.move("split", season.coop, {lot: "1000"}, parts).codes
    assert season.chain.add("write_off", season.coop, lots=[lot], **GONE).codes == ["lot-consumed"]
    unknown = season.chain.add("write_off", season.coop, lots=[lot_code("nothing")], **GONE).codes
    assert set(unknown) == {"lot-unknown"}


@pytest.mark.parametrize(("stated", "fits"), [("900", True), ("896", True), ("400", False), ("950", False)])
def test_a_lot_is_written_off_as_a_whole(season: Season, stated: str, fits: bool) -> None:
    lot = fruit(season)
    lose(season, lot, "100")
    done = season.chain.add("write_off", season.coop, lots=[lot], items=[mass(lot, "at", stated)], **GONE)
    assert done.codes == ([] if fits else ["mass-differs"])


def test_mass_is_nothing_afterwards_and_earlier_losses_can_still_be_amended(season: Season) -> None:
    lot = fruit(season)
    loss = lose(season, lot, "100")
    season.chain.must("write_off", season.coop, lots=[lot], **GONE)
    chain = season.chain.book.lot_mass(lot)
    assert chain is not None and (chain.mass_kg, chain.unlost_kg) == (0, 900)
    assert season.chain.amend(loss, items=[mass(lot, "loss", "1001")]).codes == ["loss-exceeds"]
    assert season.chain.amend(loss, items=[mass(lot, "loss", "300")]).codes == []
    amended = season.chain.book.lot_mass(lot)
    assert amended is not None and (amended.mass_kg, amended.unlost_kg) == (0, 700)


def test_cause_and_treatment_can_be_amended_but_not_the_lot(season: Season) -> None:
    lot, other = fruit(season), fruit(season, "70")
    entry = season.chain.must("write_off", season.coop, lots=[lot], **GONE)
    now = {"cause": "recalled", "treatment": "compost"}
    assert season.chain.amend(entry, data=now).codes == []
    found = season.chain.book.lots[lot].written_off_by
    assert found is not None and dict(found.data) == now and found.amended
    assert season.chain.amend(entry, data=now, lots=[other]).codes == ["amend-lots"]
    assert "mass-differs" in season.chain.amend(entry, data=now, items=[mass(lot, "at", "70")]).codes


def test_it_belongs_to_the_lineage_of_its_lot_and_of_no_sister(season: Season) -> None:
    lot = fruit(season)
    parts = {lot_code("gone"): "400", lot_code("kept"): "600"}
    assert not season.chain.move("split", season.coop, {lot: "1000"}, parts).codes
    gone, kept = parts
    entry = season.chain.must("write_off", season.coop, lots=[gone], **GONE)
    envelopes = season.chain.envelopes
    assert entry.entry_id in closure(envelopes, gone, len(envelopes))
    assert entry.entry_id not in closure(envelopes, kept, len(envelopes))


def test_nothing_is_made_of_a_lot_that_was_lost_wholly(season: Season) -> None:
    lot = fruit(season)
    loss = lose(season, lot, "1000")
    assert all("lot-empty" in codes for codes in uses(season, lot, "0").values())
    assert season.chain.amend(loss, items=[mass(lot, "loss", "999")]).codes == []
    assert "lot-empty" not in season.chain.add("ship", season.coop, lots=[lot], data={"to": season.other}).codes


def test_a_lot_cannot_be_made_lighter_than_what_it_lost(season: Season) -> None:
    lot = fruit(season)
    lose(season, lot, "600")
    harvest = next(added for added in season.chain.added if added.signed.entry.data.get("out") == [lot])
    assert season.chain.amend(harvest, items=[mass(lot, "out", "599")]).codes == ["loss-exceeds"]
    assert season.chain.amend(harvest, items=[mass(lot, "out", "600")]).codes == []
