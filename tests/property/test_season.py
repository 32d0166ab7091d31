"""Lots assessed all together have the figures and the digests that each has when it is assessed alone."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from hypothesis import given, settings

from ledger.book.item import Item, by_digest
from passport.account import Accounts
from passport.assess import Assessment, assess, earlier_sizes
from passport.errors import AssessmentRefused
from passport.lineage import LedgerSource
from passport.quantities import Desk
from passport.season import Outcome, assess_all
from tests.property.test_lot_graphs import World, library, worlds
from tests.support.demo_season import DEMO, SALTS, keys_of, season
from tests.unit.assess.recorder import Recorder, activity, facility, lot, period
from web.config import load
from web.imports.files import read_file
from web.imports.history import History
from web.imports.sign import sign_drafts
from web.services import build


class Recorded:
    """Give the entries of a recorder; remember which were read again."""

    def __init__(self, rec: Recorder) -> None:
        self.rec = rec
        self.asked: list[int] = []

    def notes(self) -> Iterator[tuple[bytes, bool]]:
        return ((note, True) for _, note, _ in self.rec.entries)

    def opened(self, indexes: Sequence[int]) -> Iterator[tuple[int, bytes, Mapping[str, Item]]]:
        self.asked += indexes
        return ((index, note, by_digest(lines)) for index, note, lines in (self.rec.entries[at] for at in indexes))


def found(outcomes: Iterable[Outcome]) -> dict[str, Assessment]:
    """Give the assessments by lot; there must be no problem."""
    results = {outcome.lot: outcome.result for outcome in outcomes}
    assert not [result for result in results.values() if isinstance(result, Exception)]
    return {name: result for name, result in results.items() if isinstance(result, Assessment)}


def same(one: Assessment, other: Assessment) -> bool:
    """Compare everything but the order in which nodes were entered."""
    return (
        one.tree.unsalted_digest() == other.tree.unsalted_digest()
        and one.tree.to_json() == other.tree.to_json()
        and one.tree.evaluate() == other.tree.evaluate()
        and one.footprint == other.footprint
        and (one.used_rows, one.entries, one.audiences, one.flags)
        == (other.used_rows, other.entries, other.audiences, other.flags)
    )


@settings(max_examples=30, deadline=None)
@given(worlds())
def test_random_lots_have_the_same_calculation_together_and_alone(world: World) -> None:
    book = world.rec.book
    together = found(assess_all(Recorded(world.rec), library=library(), used_up=True))
    assert set(together) == set(book.lots)
    for name, one in together.items():
        assert same(one, assess(book, name, library=library(), tree_size=book.size))
    left = found(assess_all(Recorded(world.rec), library=library()))
    assert set(left) == {lot(name) for name in world.live}


def two_farms() -> Recorder:
    """Record two farms that have nothing in common but their cooperative, each with an orchard and a packhouse."""
    rec = Recorder()
    for farm in ("east", "west"):
        rec.place(f"{farm}", country="CN", region="CN-GD")
        rec.place(f"{farm}pack")
        raw, packed = f"{farm}raw", f"{farm}packed"
        rec.harvest({raw: "1000"}, at=farm)
        rec.pool(farm, "orchard", [activity("urea", "40", "kg"), activity("electricity", "90", "kWh", "meter")])
        rec.close(farm, "orchard", {raw: "1000"})
        rec.process("transform", {raw: "1000"}, {packed: "950"}, at=f"{farm}pack", process="pack")
    return rec


def digests(rec: Recorder, since: int = 0) -> dict[str, str]:
    results = found(assess_all(Recorded(rec), library=library(), since=since))
    return {name: result.tree.unsalted_digest() for name, result in results.items()}


def test_one_amendment_changes_and_assesses_nothing_but_its_component() -> None:
    rec = two_farms()
    before, size = digests(rec), len(rec.entries)
    assert set(before) == {lot("eastpacked"), lot("westpacked")}
    pool = next(
        entry for entry in rec.book.entries.values() if entry.facility == facility("west") and entry.kind == "activity"
    )
    rec.add(
        "amend", at="west", stage="orchard", refs=[pool.entry_id], time="2026-08-02T00:00:00Z",
        data={"kind": "activity", "reason": "wrong_number", "data": {"period": period()}},
        items=[activity("urea", "400", "kg"), activity("electricity", "90", "kWh", "meter")],
    )  # fmt: skip
    source = Recorded(rec)
    again = found(assess_all(source, library=library(), since=size))
    assert set(again) == {lot("westpacked")}
    east = {entry.index for entry in rec.book.entries.values() if entry.facility.startswith("f_east")}
    assert east and source.asked and not east & set(source.asked)
    after = digests(rec)
    assert {name for name in after if after[name] != before[name]} == set(again)
    assert digests(rec, since=len(rec.entries)) == {}


def test_amended_place_of_a_facility_reaches_every_lot_that_it_may_concern() -> None:
    rec = two_farms()
    before, size = digests(rec), len(rec.entries)
    place = next(
        entry
        for entry in rec.book.entries.values()
        if entry.facility == facility("west") and entry.kind == "register_facility"
    )
    rec.add(
        "amend", at="west", refs=[place.entry_id], time="2026-08-02T00:00:00Z",
        data={"kind": "register_facility", "reason": "wrong_place", "data": {"type": "site"}},
        items=[("place", {"country": "GB", "region": "GB", "audience": "public"})],
    )  # fmt: skip
    after = digests(rec, since=size)
    assert after[lot("westpacked")] != before[lot("westpacked")]
    assert after == digests(rec)


def test_lot_that_cannot_be_assessed_is_named_and_stops_no_other() -> None:
    rec = two_farms()
    rec.lose("eastpacked", "950", stage="packing", treatment="compost", time="2026-06-25T00:00:00Z")
    results = {outcome.lot: outcome.result for outcome in assess_all(Recorded(rec), library=library())}
    assert isinstance(results[lot("eastpacked")], AssessmentRefused)
    assert isinstance(results[lot("westpacked")], Assessment)


def test_garbage_collector_is_left_as_it_was_also_by_who_stops_in_between() -> None:
    outcomes = (outcome.lot for outcome in assess_all(Recorded(two_farms()), library=library()))
    before = gc.get_threshold()
    assert gc.get_freeze_count() == 0 and next(outcomes)
    assert gc.get_freeze_count() > 0 and gc.get_threshold() != before
    del outcomes
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, before)


def test_garbage_collector_is_left_as_it_was_by_two_who_take_turns() -> None:
    before = gc.get_threshold()
    one, other = (assess_all(Recorded(two_farms()), library=library()) for _ in range(2))
    assert next(one).lot == next(other).lot
    del one
    assert list(other)
    del other
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, before)


def test_accounts_of_a_component_are_freed_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        assert [one.lot for one in assess_all(Recorded(two_farms()), library=library(), methodology="lychee-fresh@2")]
        assert [found for found in gc.get_objects() if isinstance(found, Accounts | Desk)] == []
    finally:
        gc.enable()


def test_demo_lots_have_the_same_calculation_together_and_alone(demo_home: Path) -> None:
    config = load({"ECARBON_HOME": str(demo_home), "ECARBON_CONFIG": str(demo_home / "ecarbon.toml")})
    with build(config) as services:
        ledger = services.ledger
        book = ledger.book()
        together = found(assess_all(LedgerSource(ledger, book.size), library=services.library, used_up=True))
        assert set(together) == set(book.lots)
        assert any(earlier_sizes(book, name) for name in together)
        for name, one in together.items():
            earlier = [ledger.book(size) for size in earlier_sizes(book, name)]
            alone = assess(book, name, library=services.library, tree_size=book.size, earlier=earlier)
            assert same(one, alone), name


def test_receiver_is_known_together_as_alone() -> None:
    """Without the file of the shops abroad, only who received a lot tells that it is in a shop."""
    history, rec = History(()), Recorder()
    rec.entries.clear()
    for step in season()["step"]:
        if step["do"] == "import" and step["file"] != "18-retail-abroad.csv":
            drafts = read_file(DEMO / step["file"]).drafts
            signed = sign_drafts(drafts, history=history, keys=keys_of(step["keys"]), salts=SALTS)
            rec.entries += [(len(rec.entries) + at, one.note, one.lines) for at, one in enumerate(signed.batch)]
    lot = season()["lots"]["SEA1"]
    together = found(assess_all(Recorded(rec), library=library()))[lot]
    alone = assess(history.book, lot, library=library(), tree_size=history.size)
    assert same(together, alone)
    assert ("retail", "electricity") in {(gap.stage, gap.slot) for gap in together.footprint.missing}
