"""The closure follows from public envelopes alone, holds all that counts, and a stranger cannot stretch it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import pytest

from ledger.book.authority import Authority
from ledger.book.lineage import ancestors, closure, envelope_ancestors, lineage_digest
from ledger.book.state import Book
from ledger.errors import EntryNotFound
from tests.support.chain import JUNE, SEASON, Added, ChainBuilder, gs1_lot, lot_code, mass, name, used, weight
from tests.unit.book.conftest import Season


def closed_over(chain: ChainBuilder, lot: str) -> set[str]:
    return set(closure(chain.envelopes, lot, len(chain.added)))


def kinds_in(chain: ChainBuilder, ids: Iterable[str]) -> list[str]:
    wanted = set(ids)
    return [added.signed.entry.kind for added in chain.added if added.entry_id in wanted]


def pool_entry(season: Season, *, period: dict[str, str] = SEASON, **parts: object) -> Added:
    merged = {"facility": season.plot, "stage": "orchard", "data": {"period": period}, **parts}
    return season.chain.must("activity", season.grower, items=[used("urea", "9", "kg")], **merged)


def test_closure_holds_exactly_what_a_lot_rests_on(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "100")
    neighbour = chain.harvest(season.other, season.other_plot, "H9", "100")
    activity = pool_entry(season)
    outside = chain.must(
        "activity",
        season.other,
        facility=season.other_plot,
        stage="orchard",
        data={"period": SEASON},
        items=[used("urea", "9", "kg")],
    )
    found = closed_over(chain, lot)
    assert activity.entry_id in found
    assert outside.entry_id not in found
    assert kinds_in(chain, found) == [
        "register_key",
        "register_actor",
        "register_key",
        "register_actor",
        "register_facility",
        "harvest",
        "activity",
    ]
    assert closed_over(chain, neighbour).isdisjoint(found - {chain.added[0].entry_id})


def test_closure_walks_through_all_ancestors(season: Season) -> None:
    chain = season.chain
    first = chain.harvest(season.grower, season.plot, "H1", "60")
    second = chain.harvest(season.other, season.other_plot, "H2", "40")
    chain.hand_over(season.grower, season.coop, {first: "60"})
    chain.hand_over(season.other, season.coop, {second: "40"})
    merged, packed = lot_code("M"), gs1_lot(season.product, "P1")
    assert not chain.move("merge", season.coop, {first: "60", second: "40"}, {merged: "100"}).codes
    assert not chain.pack(season.coop, season.house, {merged: "100"}, {packed: "100"}).codes
    found = kinds_in(chain, closed_over(chain, packed))
    assert found.count("harvest") == 2
    assert {"merge", "transform", "ship", "receive", "register_product"} <= set(found)
    assert ancestors(chain.book, packed) == tuple(
        sorted(envelope_ancestors(Authority.fold(enumerate(chain.envelopes)), packed))
    )
    assert found.count("harvest") == 2
    assert kinds_in(chain, closed_over(chain, first)).count("harvest") == 1


def test_period_must_overlap_and_an_added_entry_does_not_widen(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "100")
    before = {"start": "2025-06-30T16:00:00Z", "end": SEASON["start"]}
    across = {"start": "2025-06-30T16:00:00Z", "end": "2025-08-31T16:00:00Z"}
    touching = pool_entry(season, period=before)
    overlapping = pool_entry(season, period=across)
    found = closed_over(chain, lot)
    assert touching.entry_id not in found
    assert overlapping.entry_id in found


def test_instant_of_an_entry_without_period_counts(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.coop, season.house, "H1", "100")
    packed = gs1_lot(season.product, "P1")
    at = "2026-06-10T00:00:00Z"
    assert not chain.pack(season.coop, season.house, {lot: "100"}, {packed: "100"}, at=at).codes
    july = {"start": JUNE["end"], "end": "2026-07-31T16:00:00Z"}
    ends = {"start": "2026-05-01T00:00:00Z", "end": at}
    meters = [
        chain.must(
            "activity",
            season.coop,
            facility=season.house,
            stage="packing",
            data={"period": period},
            items=[used("electricity", "9", "kWh")],
        )
        for period in (JUNE, july, ends)
    ]
    found = closed_over(chain, packed)
    assert [meter.entry_id in found for meter in meters] == [True, False, False]


def test_answers_and_what_they_answer_belong_together(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "100")
    activity = pool_entry(season)
    amendment = chain.amend(activity, items=[used("urea", "2", "kg")])
    erased = chain.must("erase", season.grower, data={"subject": season.grower}, refs=[amendment.entry_id])
    assert {activity.entry_id, amendment.entry_id, erased.entry_id} <= closed_over(chain, lot)


def test_activity_amended_into_the_period_comes_with_its_amendment(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "100")
    early = {"start": "2024-07-31T16:00:00Z", "end": SEASON["start"]}
    activity = pool_entry(season, period=early)
    assert activity.entry_id not in closed_over(chain, lot)
    amendment = chain.amend(activity, data={"period": SEASON}, items=[used("urea", "2", "kg")])
    assert {activity.entry_id, amendment.entry_id} <= closed_over(chain, lot)


def test_amended_registration_comes_along(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "100")
    registration = next(added for added in chain.added if added.signed.entry.facility == season.plot)
    amendment = chain.amend(registration, items=[name("plot"), ("place", {"country": "CN", "region": "CN-HI"})])
    assert amendment.codes == []
    assert amendment.entry_id in closed_over(chain, lot)


def test_revocation_comes_with_the_keys(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.other, season.other_plot, "H1", "100")
    record = chain.book.keyring.key(f"{season.other}/2026")
    revoked = chain.must(
        "revoke_key",
        season.other,
        data={"vkey": record.vkey, "disputed_from": ""},
        key=chain.signer(chain.registrar),
    )
    assert revoked.entry_id in closed_over(chain, lot)


def test_entries_after_the_tree_size_do_not_count(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "100")
    size = len(chain.added)
    before = closure(chain.envelopes, lot, size)
    pool_entry(season)
    assert closure(chain.envelopes, lot, size) == before
    assert len(closed_over(chain, lot)) == len(before) + 1
    with pytest.raises(EntryNotFound):
        closure(chain.envelopes, lot, len(chain.added) + 1)


def test_stranger_cannot_stretch_the_ancestry(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "100")
    foreign_plot = chain.facility("foreign", season.stranger)
    foreign = chain.harvest(season.stranger, foreign_plot, "H7", "5")
    attack = chain.add(
        "transform",
        season.stranger,
        facility=foreign_plot,
        stage="packing",
        lots=[foreign, lot],
        data={"in": [foreign], "out": [lot], "process": "pack"},
        items=[mass(lot, "out", "5")],
    )
    assert "lot-taken" in attack.codes
    found = closed_over(chain, lot)
    assert attack.entry_id in found, "whatever names the lot is shown"
    harvest = chain.book.lots[foreign].origin.entry_id
    assert harvest not in found, "but its other lots are not drawn in"


def test_rejected_attempt_of_the_same_actor_stays_visible(season: Season) -> None:
    chain = season.chain
    first = chain.harvest(season.grower, season.plot, "H1", "100")
    second = chain.harvest(season.grower, season.plot, "H2", "50")
    left, right = lot_code("L"), lot_code("R")
    refused = chain.move("split", season.grower, {first: "100"}, {left: "100", right: "100"})
    assert refused.codes == ["oversell"]
    assert not chain.move("split", season.grower, {second: "50"}, {left: "25", right: "25"}).codes
    assert ancestors(chain.book, left) == tuple(sorted([second, left]))
    assert refused.entry_id in closed_over(chain, left)
    assert set(ancestors(chain.book, left)) <= envelope_ancestors(Authority.fold(enumerate(chain.envelopes)), left)


def test_lineage_alone_gives_the_same_lots_as_the_whole_log(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "60")
    other = chain.harvest(season.other, season.other_plot, "H2", "40")
    chain.hand_over(season.grower, season.coop, {lot: "60"})
    chain.hand_over(season.other, season.coop, {other: "40"})
    packed = gs1_lot(season.product, "P1")
    assert not chain.pack(season.coop, season.house, {lot: "60"}, {packed: "60"}).codes
    leg = {"leg": "pre_carriage", "vehicle": "van"}
    masses = [mass(packed, "at", "60"), mass(other, "at", "40")]
    chain.must("transport", season.haulier, stage="road", lots=[packed, other], data=leg, items=masses)
    chain.must(
        "close",
        season.coop,
        facility=season.room,
        stage="cold_store",
        lots=[packed, other],
        data={"period": JUNE},
        items=[weight(packed, "120", "kg_day"), weight(other, "40", "kg_day")],
    )
    wanted = closed_over(chain, packed)
    part = Book.fold([triple for triple in chain.triples if chain.added[triple[0]].entry_id in wanted], partial=True)
    assert not part.rejected
    assert other not in part.lots
    for known in chain.book.ancestors(packed):
        assert part.lots[known] == chain.book.lots[known]
    assert part.pools_of(packed) == chain.book.pools_of(packed)


def test_lineage_digest_is_that_of_the_sorted_ids() -> None:
    assert lineage_digest(["bb", "aa"]) == sha256(b"aa\nbb").hexdigest()


def test_who_claimed_a_serial_first_is_told_by_the_lineage_alone(season: Season) -> None:
    """Else a reader of the lineage would let a kilowatt-hour count that the log refused to count twice.

    Capitals make no other serial, in public data, items or lineages.
    """
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "60")
    data = {"period": JUNE, "certificates": ["gec:gd-1"]}
    named = (
        "certificate",
        {"slot": "electricity", "serial": "gec:GD-1", "quantity": "9", "unit": "kWh", "evidence": "meter"},
    )
    items = [("activity", {"slot": "electricity", "quantity": "9", "unit": "kWh", "evidence": "meter"}), named]
    first = chain.must("activity", season.coop, facility=season.room, stage="cold_store", data=data, items=items)
    again = {"period": JUNE, "certificates": ["gec:GD-1"]}
    parts = {"facility": season.plot, "stage": "orchard", "lots": [lot], "data": again, "items": items}
    second = chain.add("activity", season.grower, **parts)
    assert second.codes == ["serial-claimed"]
    wanted = closed_over(chain, lot)
    assert {first.entry_id, second.entry_id} <= set(wanted)
    part = Book.fold([triple for triple in chain.triples if chain.added[triple[0]].entry_id in wanted], partial=True)
    assert set(part.rejected) == {second.entry_id}
    chain.amend(first, data={"period": JUNE}, items=items[:1])
    third = chain.must("activity", season.grower, **parts)
    wanted = closed_over(chain, lot)
    part = Book.fold([triple for triple in chain.triples if chain.added[triple[0]].entry_id in wanted], partial=True)
    assert set(part.rejected) == {second.entry_id} and part.entry(third.entry_id) is not None


def test_an_entry_of_the_last_second_that_there_is_breaks_no_lineage(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "60")
    last = chain.must(
        "retail", season.grower, facility=season.plot, stage="retail", lots=[lot], at="9999-12-31T23:59:59Z"
    )
    assert last.entry_id in closed_over(chain, lot)
    assert chain.book.pools_of(lot) == ()
