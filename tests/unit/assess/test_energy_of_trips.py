"""What a trip used counts instead of its distance only where it can have driven the vehicle."""

from __future__ import annotations

from decimal import Decimal

import pytest

from passport.assess import assess
from passport.footprint import ProductFootprint
from passport.journal import journal_of_actors
from passport.methodology import methodology
from passport.policy import ENGINES
from tests.scenarios.cases import library
from tests.unit.assess.recorder import Recorder, activity, distance, lot

METHOD = "lychee-fresh@2"
TOO_LITTLE = "too little energy to go this far, so the distance counts"
Items = list[tuple[str, dict[str, str]]]


def carried(lots: dict[str, str], items: Items, vehicle: str = "artic_33_reefer", stage: str = "road") -> Recorder:
    rec = Recorder()
    rec.place("orchard", country="CN", region="CN-GD")
    for name, kilograms in lots.items():
        rec.harvest({name: kilograms}, at="orchard")
    rec.carry(lots, stage=stage, leg="main_carriage", vehicle=vehicle, items=items, time="2026-06-22T00:00:00Z")
    return rec


def footprint(rec: Recorder, name: str = "fruit") -> ProductFootprint:
    size = len(rec.entries)
    return assess(rec.book, lot(name), library=library(), methodology=METHOD, tree_size=size).footprint


def lost(found: ProductFootprint) -> dict[str, str]:
    return {one.slot: one.reason for one in found.superseded}


def test_engines_are_the_vehicles_of_the_road_with_a_factor() -> None:
    assert set(ENGINES) == set(methodology(METHOD).vehicles) - {"rail"}


@pytest.mark.parametrize(
    ("litres", "kilograms", "counts"),
    [
        ("11.0", "1000", False),  # 36.395 kg; a third of 1000 tkm x 0.10994 is 36.647
        ("11.1", "1000", True),  # 36.726 kg
        ("45.3", "20000", False),  # 149.881 kg, of 2198.8 by the factor; 1000 km x 0.15 is 150
        ("45.4", "20000", True),  # 150.212 kg: a lorry that needs little for its load, or is loaded to the brim
    ],
)
def test_fuel_counts_where_it_can_have_driven_the_lorry(litres: str, kilograms: str, counts: bool) -> None:
    """A litre comes to 0.84 x (3.1451 + 43 / 10^6 x 3.9 x (29.8 + 273)) + 0.62409 = 3.30863 kg."""
    found = footprint(carried({"fruit": kilograms}, [distance("1000"), activity("diesel", litres, "L")]))
    assert lost(found) == ({"work": "diesel counts instead"} if counts else {"diesel": TOO_LITTLE})


def test_readings_of_a_trip_are_judged_together() -> None:
    items = [distance("1000"), activity("diesel", "8", "L"), activity("gasoline", "8", "L", "own_statement")]
    assert "work" in lost(footprint(carried({"fruit": "1000"}, items)))
    assert lost(footprint(carried({"fruit": "1000"}, items[:2]))) == {"diesel": TOO_LITTLE}


def test_lots_of_one_trip_share_the_verdict_and_the_books_add_up() -> None:
    """(10 + 5) t over 1480 km; 2 kWh go 2 : 1, the litre of the genset is in the factor of the lorry."""
    items = [distance("1480"), activity("diesel", "1", "L"), activity("electricity", "2", "kWh", "meter")]
    rec = carried({"fruit": "10000", "rest": "5000"}, items)
    wanted = {
        "fruit": Decimal("1627.112000") + Decimal("0.770267"),
        "rest": Decimal("813.556000") + Decimal("0.385133"),
    }
    for name, total in wanted.items():
        found = footprint(rec, name)
        assert found.delivered.total_kgco2e == total
        assert lost(found) == {"diesel": TOO_LITTLE}
    books = journal_of_actors(rec.book, method=methodology(METHOD), library=library())
    assert not books.faults() and all(line.balanced for line in books.statement())


@pytest.mark.parametrize(("power", "total"), [("2", "9.753000"), ("10", "5.777000")])
def test_trains_run_on_power_but_not_on_that_of_a_plug(power: str, total: str) -> None:
    """1500 tkm x 0.006502 = 9.753, a third of it 3.251; 2 kWh x 0.5777 = 1.1554."""
    items = [distance("1500"), activity("electricity", power, "kWh", "meter")]
    found = footprint(carried({"fruit": "1000"}, items, vehicle="rail", stage="rail"))
    assert str(found.delivered.total_kgco2e) == total


def test_an_estimate_of_fuel_gives_way_to_the_distance_as_before() -> None:
    items = [distance("1000"), activity("diesel", "1", "L", "estimate")]
    assert lost(footprint(carried({"fruit": "1000"}, items))) == {"diesel": "work counts instead"}
