"""The book is a pure fold: lots, custody, masses, pools and amendments follow from the entries alone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from ledger.book.entry import parse_entry
from ledger.book.state import Book
from tests.support.chain import JUNE, SEASON, gs1_lot, lot_code, mass, used, weight
from tests.unit.book.conftest import Season


def deliver(season: Season, ref: str, quantity: str) -> str:
    lot = season.chain.harvest(season.grower, season.plot, ref, quantity)
    season.chain.hand_over(season.grower, season.coop, {lot: quantity})
    return lot


def test_harvest_creates_a_lot_in_its_actors_custody(season: Season) -> None:
    lot_id = season.chain.harvest(season.grower, season.plot, "H1", "1000")
    lot = season.chain.book.lots[lot_id]
    assert (lot.custodian, lot.variety, lot.product_gtin, lot.consumed_by) == (season.grower, "guiwei", "", None)
    assert lot.origin.recorded_by == season.coop
    chain = season.chain.book.lot_mass(lot_id)
    assert chain is not None
    assert chain.mass_kg == 1000
    assert chain.base.item.get("role") == "out"


def test_custody_changes_on_receive_only(season: Season) -> None:
    lot = season.chain.harvest(season.grower, season.plot, "H1", "1000")
    ship = season.chain.must(
        "ship", season.grower, lots=[lot], data={"to": season.coop}, items=[mass(lot, "at", "1000")]
    )
    assert season.chain.book.custodian_of(lot) == season.grower
    season.chain.must("receive", season.coop, lots=[lot], refs=[ship.entry_id], items=[mass(lot, "at", "1000")])
    assert season.chain.book.custodian_of(lot) == season.coop


def test_lineage_follows_split_merge_and_packing(season: Season) -> None:
    chain = season.chain
    first, second = deliver(season, "H1", "600"), deliver(season, "H2", "400")
    merged, left, right = lot_code("M"), lot_code("L"), lot_code("R")
    packed = gs1_lot(season.product, "A1")
    assert not chain.move("merge", season.coop, {first: "600", second: "400"}, {merged: "1000"}).violations
    assert not chain.move("split", season.coop, {merged: "1000"}, {left: "700", right: "300"}).violations
    added = chain.pack(season.coop, season.house, {left: "700"}, {packed: "690"}, items=[mass(left, "loss", "10")])
    assert not added.violations
    book = chain.book
    assert book.ancestors(packed) == tuple(sorted([first, second, merged, left, packed]))
    assert book.lots[packed].product_gtin == season.product
    assert book.lots[packed].variety == "guiwei"
    consumer = book.lots[left].consumed_by
    assert consumer is not None
    assert consumer.entry_id == added.entry_id
    assert [event.kind for event in book.lots[first].events] == ["ship", "receive"]


def test_mixed_varieties_are_called_mixed(season: Season) -> None:
    first = season.chain.harvest(season.other, season.other_plot, "H1", "10")
    second = season.chain.harvest(season.other, season.other_plot, "H2", "10", variety="nuomici")
    merged = lot_code("M")
    assert not season.chain.move("merge", season.other, {first: "10", second: "10"}, {merged: "20"}).violations
    assert season.chain.book.lots[merged].variety == "mixed"


def test_loss_lowers_the_mass_and_cites_its_item(season: Season) -> None:
    lot = season.chain.harvest(season.grower, season.plot, "H1", "1000")
    season.chain.must(
        "loss",
        season.grower,
        lots=[lot],
        stage="orchard",
        data={"cause": "decay", "treatment": "compost"},
        items=[mass(lot, "loss", "25.5"), used("waste_compost", "25.5", "kg")],
    )
    chain = season.chain.book.lot_mass(lot)
    assert chain is not None
    assert chain.mass_kg == Fraction("974.5")
    assert [loss.mass_kg for loss in chain.losses] == [Fraction("25.5")]


def test_loss_after_the_main_carriage_counts_for_the_delivered_mass_only(season: Season) -> None:
    chain, lot = season.chain, deliver(season, "H1", "1000")
    leg = {"lots": [lot], "stage": "road", "items": [mass(lot, "at", "1000")]}
    chain.must(
        "transport", season.haulier, data={"leg": "pre_carriage", "vehicle": "van"}, at="2026-06-25T00:00:00Z", **leg
    )
    chain.must(
        "transport", season.haulier, data={"leg": "main_carriage", "vehicle": "van"}, at="2026-06-26T00:00:00Z", **leg
    )
    for at, lost in (("2026-06-25T12:00:00Z", "5"), ("2026-06-27T00:00:00Z", "10")):
        data = {"cause": "decay", "treatment": "landfill"}
        chain.must("loss", season.coop, lots=[lot], stage="retail", data=data, items=[mass(lot, "loss", lost)], at=at)
    gate, delivered = chain.book.lot_mass(lot, after_gate=False), chain.book.lot_mass(lot)
    assert gate is not None
    assert delivered is not None
    assert (gate.mass_kg, delivered.mass_kg) == (995, 985)


def test_amendment_replaces_the_content_and_keeps_the_id(season: Season) -> None:
    chain = season.chain
    diary = {"stage": "orchard", "facility": season.plot, "data": {"period": SEASON}}
    first = chain.must("activity", season.grower, items=[used("urea", "800", "kg")], **diary)
    before = chain.book.entries[first.entry_id]
    amendment = chain.amend(first, items=[used("urea", "200", "kg")])
    assert not amendment.violations
    entry = chain.book.entries[first.entry_id]
    assert entry.amended
    assert not before.amended
    assert (entry.entry_id, entry.source_id, entry.index) == (first.entry_id, amendment.entry_id, first.index)
    assert [item.get("quantity") for item in entry.items] == ["200"]
    assert amendment.entry_id not in chain.book.entries
    again = chain.amend(first, items=[used("urea", "250", "kg")])
    assert chain.book.entries[first.entry_id].source_id == again.entry_id
    past = Book.fold(chain.triples[: amendment.index])
    assert past.entries[first.entry_id] == before


def test_amendment_may_name_another_lot(season: Season) -> None:
    chain = season.chain
    first, second = deliver(season, "H1", "10"), deliver(season, "H2", "10")
    parts = {"stage": "precooling", "facility": season.house, "data": {"period": JUNE}}
    added = chain.must("activity", season.coop, lots=[first], items=[used("electricity", "5", "kWh")], **parts)
    assert not chain.amend(added, lots=[second], items=[used("electricity", "5", "kWh")]).violations
    kinds = [[event.kind for event in chain.book.lots[lot].events] for lot in (first, second)]
    assert kinds == [["ship", "receive"], ["activity", "ship", "receive"]]


def test_close_delimits_a_pool_and_names_its_lots(season: Season) -> None:
    chain = season.chain
    first, second = deliver(season, "H1", "600"), deliver(season, "H2", "400")
    diary = {"stage": "orchard", "facility": season.plot}
    spring = {"start": "2026-02-28T16:00:00Z", "end": "2026-03-31T16:00:00Z"}
    inside = chain.must("activity", season.grower, data={"period": spring}, items=[used("urea", "200", "kg")], **diary)
    (pool,) = chain.book.pools[season.plot, "orchard"]
    assert pool.close is None
    assert pool.lots == tuple(sorted([first, second]))
    assert (pool.period.to_json(), [entry.entry_id for entry in pool.activities]) == (SEASON, [inside.entry_id])
    close = chain.must(
        "close",
        season.grower,
        lots=[first],
        data={"period": SEASON},
        items=[weight(first, "600"), ("total", used("urea", "200", "kg")[1])],
        **diary,
    )
    (pool,) = chain.book.pools[season.plot, "orchard"]
    assert pool.close is not None
    assert (pool.close.entry_id, pool.lots) == (close.entry_id, (first,))
    assert [entry.entry_id for entry in pool.activities] == [inside.entry_id]
    assert chain.book.pools_of(first) == (pool,)
    assert chain.book.pools_of(second) == ()


def test_open_periods_that_do_not_overlap_are_pools_apart(season: Season) -> None:
    chain = season.chain
    july = {"start": JUNE["end"], "end": "2026-07-31T16:00:00Z"}
    for period in (JUNE, july):
        chain.must(
            "activity",
            season.coop,
            stage="cold_store",
            facility=season.room,
            data={"period": period},
            items=[used("electricity", "100", "kWh")],
        )
    assert [pool.period.to_json() for pool in chain.book.pools[season.room, "cold_store"]] == [JUNE, july]


def test_fold_of_the_same_entries_gives_the_same_book(season: Season) -> None:
    deliver(season, "H1", "10")
    book = Book.fold(season.chain.triples)
    assert dict(book.entries) == dict(season.chain.book.entries)
    assert dict(book.lots) == dict(season.chain.book.lots)
    assert book.size == len(season.chain.added)


def test_fold_without_openings_keeps_lots_and_custody(season: Season) -> None:
    lot = deliver(season, "H1", "10")
    book = Book.fold((index, note, ()) for index, note, _ in season.chain.triples)
    assert book.lots[lot].custodian == season.coop
    assert book.lot_mass(lot) is None
    assert len(book.lots[lot].origin.unopened) == 1


def test_rejected_entry_changes_nothing_and_is_remembered(season: Season) -> None:
    chain, lot = season.chain, lot_code("X")
    before = dict(chain.book.entries)
    added = chain.move("split", season.coop, {lot: "10"}, {lot_code("Y"): "5", lot_code("Z"): "5"})
    assert "lot-unknown" in added.codes
    assert chain.book.entries == before
    assert chain.book.rejected[added.entry_id] == added.violations


def test_recorded_rejection_stands_when_openings_are_gone(season: Season) -> None:
    chain = season.chain
    added = chain.add(
        "activity",
        season.grower,
        stage="orchard",
        facility=season.plot,
        data={"period": SEASON},
        items=[used("urea", "-5", "kg")],
    )
    assert added.codes == ["item-malformed"]
    book = Book.fold(chain.triples[: added.index])
    signed = parse_entry(added.signed.note)
    assert book.copy().apply(added.index, signed, {}) == []
    assert [found.code for found in book.apply(added.index, signed, {}, recorded_as="rejected")] == [
        "recorded-rejected"
    ]
    assert added.entry_id in book.rejected


def test_copy_is_independent(season: Season) -> None:
    book = season.chain.book.copy()
    lot = season.chain.harvest(season.grower, season.plot, "H1", "10")
    assert lot in season.chain.book.lots
    assert lot not in book.lots
    assert book.size < season.chain.book.size


def test_names_come_from_registrations(season: Season) -> None:
    book = season.chain.book
    assert book.name_of(season.coop) == "coop"
    assert book.name_of(season.house, "en") == "house"
    assert book.name_of(season.house, "zh") is None
    assert book.name_of(season.product) == "Fresh lychee"
    assert book.actors[season.grower].keeper == season.coop
    assert book.facilities[season.plot].actor == season.grower
    assert book.products[season.product].actor == season.coop


def test_the_same_chain_passes_a_real_ledger(season: Season, tmp_path: Path) -> None:
    lot = deliver(season, "H1", "10")
    ledger = season.chain.ledger(tmp_path)
    assert dict(ledger.book().lots) == dict(season.chain.book.lots)
    assert ledger.book().lots[lot].custodian == season.coop
    assert ledger.size == len(season.chain.added)
