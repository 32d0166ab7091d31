"""Who may report on lots of others, such as a haulier, cannot keep these from being assessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest

from passport.assess import Assessment, assess
from passport.errors import AssessmentRefused
from passport.journal import journal_of_actors
from passport.methodology import methodology
from tests.scenarios.cases import library
from tests.support.chain import SEASON, ChainBuilder, Value, mass, used, weight

TRIP = {"stage": "road", "data": {"leg": "pre_carriage", "vehicle": "artic_33_reefer"}}
MASSES = "an entry about several lots states the mass of each"
NOTHING = "the masses of an event add up to nothing"
Items = Sequence[tuple[str, Value]]


class World:
    """Hold two growers with a lot each, and a haulier who never holds any."""

    def __init__(self) -> None:
        self.chain = ChainBuilder()
        place = {"country": "CN", "region": "CN-GD", "audience": "public"}
        self.one, self.two = self.chain.actor("one", "grower"), self.chain.actor("two", "grower", "packer")
        self.haulier = self.chain.actor("haulier", "haulier")
        self.yard = self.chain.facility("yard", self.haulier, place=place)
        self.hill = self.chain.facility("hill", self.two, place=place)
        self.mine = self.chain.harvest(self.one, self.chain.facility("plot", self.one, place=place), "mine", "600")
        self.other = self.chain.harvest(self.two, self.hill, "other", "400")

    def report(self, kind: str, actor: str, items: Items, **parts: Any) -> None:
        lots = parts.pop("lots", sorted([self.mine, self.other]))
        self.chain.must(kind, actor, lots=lots, items=items, at="2026-07-01T00:00:00Z", **parts)

    def found(self, lot: str, method: str = "lychee-fresh@2") -> Assessment:
        book = self.chain.book
        return assess(book, lot, library=library(), methodology=method, tree_size=len(self.chain.added))


def add_up(world: World) -> bool:
    """Tell whether everybody's books add up."""
    books = journal_of_actors(world.chain.book, method=methodology("lychee-fresh@2"), library=library())
    return not books.faults() and all(line.balanced for line in (*books.statement(), *books.lots().values()))


def total(one: Assessment) -> Fraction:
    return Fraction(one.footprint.delivered.total_kgco2e)


def refused(one: Assessment) -> set[tuple[str, str, str]]:
    told, gaps = ("several lots", "add up"), one.footprint.missing
    return {(gap.stage, gap.slot, gap.reason) for gap in gaps if any(part in gap.reason for part in told)}


@pytest.mark.parametrize(
    ("kind", "parts", "stage"),
    [
        ("transport", TRIP, "road"),
        ("port_call", {"stage": "port", "data": {"port": "CNNSA"}}, "port"),
        ("activity", {"stage": "cold_store", "data": {"period": SEASON}}, "cold_store"),
    ],
)
@pytest.mark.parametrize(("masses", "reason"), [((), MASSES), (("mine",), MASSES), (("mine", "other"), NOTHING)])
def test_an_outsiders_report_without_masses_is_named_and_does_not_count(
    kind: str, parts: Mapping[str, Any], stage: str, masses: Sequence[str], reason: str
) -> None:
    world = World()
    before = total(world.found(world.mine))
    stated = [mass(getattr(world, name), "at", "0") for name in masses]
    where = {"facility": world.yard} if kind == "activity" else {}
    slot = "electricity" if stage == "cold_store" else "diesel"
    unit = "kWh" if stage == "cold_store" else "L"
    world.report(kind, world.haulier, [used(slot, "900", unit), *stated], **parts, **where)
    for lot in (world.mine, world.other):
        after = world.found(lot)
        assert (stage, slot, reason) in refused(after)
    # The room was visited, so that its mean stands in, by the mass there: 600 kg x 55.2 kWh/t x 0.5777.
    visited = kind == "activity" and "mine" not in masses
    room = Fraction("0.6") * Fraction("55.2") * Fraction("0.5777") if visited else 0
    assert abs(total(world.found(world.mine)) - before - room) < Fraction(1, 10**5)
    assert add_up(world)
    with pytest.raises(AssessmentRefused):
        world.found(world.mine, "lychee-fresh@1")


def test_its_distance_counts_where_its_fuel_cannot_be_shared() -> None:
    """600 kg over 75 km by the row of the truck, as if the haulier had stated no fuel."""
    world, plain = World(), World()
    way = ("distance", {"quantity": "75", "unit": "km", "evidence": "document"})
    world.report("transport", world.haulier, [used("diesel", "900", "L"), way], **TRIP)
    plain.report("transport", plain.haulier, [way], **TRIP)
    assert total(world.found(world.mine)) == total(plain.found(plain.mine)) > 0
    assert [(one.slot, one.reason) for one in world.found(world.mine).footprint.superseded] == [("diesel", MASSES)]


def test_an_outsiders_close_that_shares_nothing_is_named_and_does_not_count() -> None:
    world = World()
    before = total(world.found(world.mine))
    free = {"quantity": "0", "unit": "CNY/kg", "source": "market"}
    shares = [weight(world.mine, "5"), ("price", {"lot": world.mine, **free})]
    place = {"facility": world.yard, "stage": "orchard", "data": {"period": SEASON}}
    world.report("activity", world.haulier, [used("diesel", "9", "L")], lots=[], **place)
    world.report("close", world.haulier, shares, lots=[world.mine], **place)
    after = world.found(world.mine)
    assert total(after) == before
    assert ("orchard", "diesel", "the weights of an allocation add up to nothing") in refused(after)
    assert add_up(world)
    with pytest.raises(AssessmentRefused, match="add up to nothing"):
        world.chain.must(
            "close",
            world.two,
            facility=world.hill,
            stage="orchard",
            data={"period": SEASON},
            lots=[world.other],
            items=[weight(world.other, "5"), ("price", {"lot": world.other, **free})],
        )
        world.chain.must("activity", world.two, facility=world.hill, stage="orchard", data={"period": SEASON},
                         items=[used("diesel", "9", "L")])  # fmt: skip
        world.found(world.other)


def test_who_held_the_lot_still_has_to_say_what_it_weighed() -> None:
    world = World()
    world.chain.hand_over(world.two, world.one, {world.other: "400"})
    world.report("transport", world.one, [used("diesel", "9", "L")], **{**TRIP, "stage": "road"})
    for lot in (world.mine, world.other):
        with pytest.raises(AssessmentRefused, match="mass of each"):
            world.found(lot)


def test_an_outsider_who_states_the_masses_is_counted() -> None:
    world = World()
    stated = [mass(world.mine, "at", "600"), mass(world.other, "at", "400")]
    world.report("transport", world.haulier, [used("diesel", "10", "L"), *stated], **TRIP)
    parts = [total(world.found(lot)) for lot in (world.mine, world.other)]
    assert abs(parts[0] * 2 - parts[1] * 3) < Fraction(1, 10**4) and parts[0] > 0
    assert refused(world.found(world.mine)) == set()
