"""What an entry touches: lots that it names, that share its pool, that were made from these; and their passports."""

from __future__ import annotations

from ledger.book.state import Book
from passport.impact import Touch, late_entries, stale_passports, touched
from tests.support.chain import SEASON, Added, ChainBuilder, lot_code, used, weight


class Orchards(ChainBuilder):
    """Two orchards of one grower; the lots a and b share the first, c stands alone in the second."""

    def __init__(self) -> None:
        super().__init__()
        self.grower = self.actor("grower", "grower", "packer")
        self.first, self.second = self.facility("first", self.grower), self.facility("second", self.grower)
        self.a, self.b = (self.harvest(self.grower, self.first, name, "100") for name in "ab")
        self.c = self.harvest(self.grower, self.second, "c", "100")
        self.reading = self.power(self.first, "1000")
        self.power(self.second, "10")
        self.must(
            "close", self.grower, facility=self.first, stage="orchard", lots=[self.a, self.b], data={"period": SEASON},
            items=[weight(self.a, "100"), weight(self.b, "100")],
        )  # fmt: skip
        self.a1, self.a2 = lot_code("a1"), lot_code("a2")
        self.move("split", self.grower, {self.a: "100"}, {self.a1: "60", self.a2: "40"})

    def power(self, facility: str, quantity: str) -> Added:
        return self.must(
            "activity", self.grower, facility=facility, stage="orchard", data={"period": SEASON},
            items=[used("electricity", quantity, "kWh")],
        )  # fmt: skip

    def passport(self, lot: str, uuid: str, tree_size: int) -> Added:
        lineage = {"tree_size": tree_size, "count": 1, "digest": "0" * 64}
        data = {"credential": "0" * 64, "lineage": lineage, "passport": uuid, "phase": "final"}
        return self.must("passport", self.registrar, lots=[lot], data=data)

    def last(self) -> dict[str, Touch]:
        """Say what the last entry touched."""
        before = Book.fold(self.triples[:-1])
        return dict(touched(before, self.book, self.added[-1].entry_id))


def test_an_amended_reading_touches_its_pool_and_what_was_made_from_it() -> None:
    world = Orchards()
    world.amend(world.reading, items=[used("electricity", "2000", "kWh")])
    place = f"{world.first}/orchard"
    assert world.last() == {
        world.a: Touch(world.a, "shares", place),
        world.b: Touch(world.b, "shares", place),
        world.a1: Touch(world.a1, "made_from", world.a),
        world.a2: Touch(world.a2, "made_from", world.a),
    }


def test_an_event_of_one_lot_touches_that_lot_and_its_descendants_only() -> None:
    world = Orchards()
    data = {"leg": "pre_carriage", "vehicle": "artic_33_reefer"}
    distance = ("distance", {"quantity": "5", "unit": "km", "evidence": "document"})
    haulier = world.actor("haulier", "haulier")
    world.must("transport", haulier, stage="road", lots=[world.a1], data=data, items=[distance])
    assert world.last() == {world.a1: Touch(world.a1, "named", "")}


def test_a_place_that_moves_touches_the_lots_that_were_there() -> None:
    world = Orchards()
    facility = next(added for added in world.added if added.signed.entry.facility == world.second)
    world.amend(facility, items=[("place", {"country": "NL", "region": ""})])
    assert not world.added[-1].violations
    assert world.last() == {world.c: Touch(world.c, "place", world.second)}


def test_an_entry_without_effect_touches_nothing() -> None:
    world = Orchards()
    rejected = world.add("loss", world.grower, stage="packing", lots=[world.a])
    assert rejected.violations and world.last() == {}
    world.actor("another")
    assert world.last() == {}


def test_passports_that_rest_on_less_are_stale_until_they_are_renewed() -> None:
    world = Orchards()
    size = world.book.size
    one, two, other = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
    world.passport(world.b, one, size)
    world.passport(world.c, other, size)
    change = world.amend(world.reading, items=[used("electricity", "2000", "kWh")])
    lots = world.last()
    (stale,) = stale_passports(world.book, lots, change.index)
    assert (stale.passport, stale.lot, stale.renewed_by) == (one, world.b, "")
    world.passport(world.b, two, world.book.size)
    (stale,) = stale_passports(world.book, lots, change.index)
    assert (stale.passport, stale.renewed_by) == (one, two)


def test_late_entries_are_those_that_touch_a_lot_or_what_went_into_it() -> None:
    world = Orchards()
    shed = world.facility("shed", world.grower)
    then = world.book.copy()
    own = world.passport(world.a1, "00000000-0000-4000-8000-000000000001", then.size)
    late = world.must(
        "activity", world.grower, facility=shed, stage="packing", lots=[world.a],
        data={"period": SEASON}, items=[used("electricity", "5", "kWh")],
    )  # fmt: skip
    world.amend(world.reading, items=[used("electricity", "2000", "kWh")])
    change = world.amend(world.reading, items=[used("electricity", "3000", "kWh")])
    found = late_entries(then, world.book, [world.a1, world.b, world.c])
    assert {lot: [entry.source_id for entry in entries] for lot, entries in found.items()} == {
        world.a1: [late.entry_id, change.entry_id], world.b: [change.entry_id]
    }  # fmt: skip
    assert own.entry_id not in str(found)


def test_a_removal_touches_the_lots_that_share_it_and_what_was_made_from_them_and_a_credit_none() -> None:
    world = Orchards()
    data = {"period": SEASON, "type": "soil"}
    world.must("removal", world.grower, facility=world.first, lots=[world.a, world.b], data=data)
    assert {lot: touch.reason for lot, touch in world.last().items()} == {
        world.a: "named", world.b: "named", world.a1: "made_from", world.a2: "made_from",
    }  # fmt: skip
    world.must(
        "credit", world.grower, facility=world.first, lots=[world.a],
        data={"serial": "phcer:1", "vintage": "2026", "status": "issued", "period": SEASON},
        items=[
            ("credit", {"quantity": "1000", "unit": "kg", "project": "roof", "evidence": "document"}),
            ("owner", {"text": "grower"}),
        ],
    )  # fmt: skip
    assert world.last() == {}
