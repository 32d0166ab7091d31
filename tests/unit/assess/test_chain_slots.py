"""What the stages behind the orchard have to answer under the second policy, and what closes it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from passport.assess import assess
from tests.scenarios.cases import library
from tests.unit.assess.recorder import Recorder, activity, distance, lot, period

JUNE = ("2026-06-21T00:00:00Z", "2026-07-01T00:00:00Z")
Use = tuple[str, str, str]


def picked() -> Recorder:
    rec = Recorder()
    for name in ("orchard", "coldroom"):
        rec.place(name, country="CN", region="CN-GD")
    rec.harvest({"fruit": "1000"}, at="orchard")
    return rec


def unanswered(rec: Recorder, stage: str, method: str = "lychee-fresh@2") -> set[str]:
    found = assess(rec.book, lot("fruit"), library=library(), methodology=method, tree_size=len(rec.entries)).footprint
    return {item.slot for item in found.missing if item.stage == stage and item.reason == "not reported"}


def stored(*uses: Use) -> Recorder:
    rec = picked()
    rec.pool("coldroom", "cold_store", [activity(*use, reason="as recorded") for use in uses], JUNE)
    rec.close("coldroom", "cold_store", {"fruit": "10000"}, JUNE, unit="kg_day")
    return rec


@pytest.mark.parametrize(
    "use",
    [
        ("refrigerant_r404a", "0", "kg"),
        ("refrigerant_r410a", "0.1", "kg"),
        ("refrigerant_ammonia", "2", "kg"),
        ("refrigerant_co2", "2", "kg"),
        ("charge_r507a", "40", "kg"),
    ],
)
def test_any_refrigerant_answers_for_the_room(use: Use) -> None:
    rec = stored(("electricity", "10", "kWh"), use)
    assert unanswered(rec, "cold_store") == {"loss"}


def test_a_room_without_refrigerant_leaves_it_open() -> None:
    assert unanswered(stored(("electricity", "10", "kWh")), "cold_store") == {"refrigerant", "loss"}
    assert unanswered(stored(("electricity", "10", "kWh")), "cold_store", "lychee-fresh@1") == {"refrigerant_r404a"}


def test_what_was_lost_answers_for_the_loss() -> None:
    rec = stored(("electricity", "10", "kWh"), ("charge_r404a", "1", "kg"))
    rec.lose("fruit", "5", stage="cold_store", treatment="none", time="2026-06-25T00:00:00Z")
    assert unanswered(rec, "cold_store") == set()
    nothing = stored(("electricity", "10", "kWh"), ("charge_r404a", "1", "kg"), ("loss", "0", "kg"))
    assert unanswered(nothing, "cold_store") == set()


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ([activity("diesel", "60", "L")], {"empty_return"}),
        ([activity("diesel", "60", "L"), activity("empty_return", "75", "km")], set()),
        ([activity("gasoline", "60", "L"), distance("75")], {"empty_return"}),
        ([distance("75")], set()),
    ],
)
def test_fuel_has_to_say_how_far_the_truck_came_back_empty(
    items: list[tuple[str, dict[str, str]]], found: set[str]
) -> None:
    """A row per tonne-kilometre is a mean of laden and empty running, so nothing is left to say."""
    rec = picked()
    rec.carry(
        {"fruit": "1000"}, stage="road", leg="pre_carriage", vehicle="artic_33_reefer", items=items,
        time="2026-06-22T00:00:00Z",
    )  # fmt: skip
    assert unanswered(rec, "road") == found


@pytest.mark.parametrize("method", ["lychee-fresh@1", "lychee-fresh@2"])
def test_an_electric_truck_counts_its_meter_and_not_the_distance_too(method: str) -> None:
    rec = picked()
    rec.carry(
        {"fruit": "1000"}, stage="road", leg="pre_carriage", vehicle="truck_electric",
        items=[distance("75"), activity("electricity", "90", "kWh", "meter")], time="2026-06-22T00:00:00Z",
    )  # fmt: skip
    found = assess(rec.book, lot("fruit"), library=library(), methodology=method, tree_size=9).footprint
    assert str(found.gate.total_kgco2e) == "51.993000"


def test_a_charge_without_a_period_is_refused() -> None:
    rec = picked()
    rec.carry(
        {"fruit": "1000"}, stage="road", leg="pre_carriage", vehicle="artic_33_reefer",
        items=[distance("75"), activity("charge_r404a", "5", "kg")], time="2026-06-22T00:00:00Z",
    )  # fmt: skip
    found = assess(rec.book, lot("fruit"), library=library(), methodology="lychee-fresh@2", tree_size=9).footprint
    assert ("charge_r404a", "state the period in which this was held") in {
        (item.slot, item.reason) for item in found.missing
    }


@pytest.mark.parametrize("slot", ["diesel", "gasoline", "lng", "natural_gas", "electricity", "work"])
def test_a_truck_that_used_none_of_one_fuel_is_counted_by_its_distance(slot: str) -> None:
    """75 km x 1 t x 0.10994: that no petrol was burnt says nothing about what else was."""
    rec = picked()
    unit = {"electricity": "kWh", "lng": "kg", "natural_gas": "m3", "work": "tkm"}.get(slot, "L")
    rec.carry(
        {"fruit": "1000"}, stage="road", leg="pre_carriage", vehicle="artic_33_reefer",
        items=[distance("75"), activity(slot, "0", unit, reason="none")], time="2026-06-22T00:00:00Z",
    )  # fmt: skip
    found = assess(rec.book, lot("fruit"), library=library(), methodology="lychee-fresh@2", tree_size=9).footprint
    assert str(found.gate.total_kgco2e) == "8.245500"


@pytest.mark.parametrize(
    ("teu", "load", "entered"),
    [("2", "20000", True), ("1", "36000", True), ("0", "20000", False), ("2", "0", False), ("1", "36001", False)],
)
def test_a_box_has_a_size_and_a_cargo_that_it_can_hold(teu: str, load: str, entered: bool) -> None:
    rec = picked()
    box = "box", {"teu": teu, "load": load, "unit": "kg", "evidence": "document"}
    rec.add(
        "port_call", stage="port", lots=[lot("fruit")], data={"port": "CNNSA"},
        items=[box, activity("moves", "1", "move", "document")], time="2026-06-24T00:00:00Z",
    )  # fmt: skip
    found = assess(rec.book, lot("fruit"), library=library(), methodology="lychee-fresh@2", tree_size=9).footprint
    # 1 move x 19 kg per TEU x the lot's part of the cargo.
    wanted = Decimal(19) * int(teu) * 1000 / int(load) if entered else Decimal(0)
    assert found.gate.total_kgco2e == wanted.quantize(Decimal("0.000001"))
    assert entered is ("no box size and cargo mass" not in {item.reason for item in found.missing})


@pytest.mark.parametrize(
    ("stage", "slot", "evidence", "certified"),
    [
        ("port", "yard_electricity", "document", True),
        ("port", "yard_electricity", "meter", True),
        ("port", "yard_electricity", "own_statement", False),
        ("port", "yard_electricity", "estimate", False),
        ("sea", "plug_energy", "document", False),
    ],
)
def test_a_certificate_rests_on_a_document_and_is_of_power_of_the_grid(
    stage: str, slot: str, evidence: str, certified: bool
) -> None:
    """What a ship's own engine makes is no power that anybody certifies."""

    def carried(*items: tuple[str, dict[str, str]]) -> Decimal:
        rec = picked()
        box = "box", {"teu": "2", "load": "1000", "unit": "kg", "evidence": "document"}
        rec.carry(
            {"fruit": "1000"}, stage="sea", leg="main_carriage", vehicle="container_ship",
            items=[distance("18000"), box], time="2026-06-22T00:00:00Z",
        )  # fmt: skip
        data = {"period": {"start": JUNE[0], "end": JUNE[1]}, "certificates": ["gec:1"]}
        rec.add(
            "activity", at="coldroom", stage=stage, lots=[lot("fruit")], data=data,
            items=[activity(slot, "1000", "kWh", "meter"), *items], time=JUNE[0],
        )  # fmt: skip
        size = len(rec.entries)
        found = assess(rec.book, lot("fruit"), library=library(), methodology="lychee-fresh@2", tree_size=size)
        return sum((item.total_kgco2e for item in found.footprint.delivered.slots if item.slot == slot), Decimal(0))

    named = "certificate", {"slot": slot, "serial": "gec:1", "quantity": "1000", "unit": "kWh", "evidence": evidence}
    assert carried() > 0
    assert (carried(named) < carried() / 5) is certified and (carried(named) == carried()) is not certified


def test_a_terminals_own_fuel_of_a_lot_adds_to_that_of_its_pool_and_both_are_in_a_move() -> None:
    def burnt(*more: tuple[str, dict[str, str]]) -> tuple[Fraction, list[str]]:
        rec = picked()
        rec.place("quay", country="CN", region="CN-GD")
        rec.pool("quay", "port", [activity("diesel", "10", "L", "meter")])
        box = ("box", {"teu": "2", "load": "2000", "unit": "kg", "evidence": "document"})
        own = [activity("diesel", "30", "L", "meter"), box, *more]
        rec.add("activity", at="quay", stage="port", lots=[lot("fruit")], data={"period": period()}, items=own)
        size = len(rec.entries)
        found = assess(
            rec.book, lot("fruit"), library=library(), methodology="lychee-fresh@2", tree_size=size
        ).footprint
        slots = [one for one in found.delivered.slots if one.stage == "port"]
        return sum((Fraction(one.total_kgco2e) for one in slots), Fraction(0)), [one.slot for one in found.superseded]

    kg = 40 * Fraction("0.84")
    heat = kg * 43 / 10**6
    fuel = [kg * Fraction("3.1451"), heat * Fraction("3.9") * Fraction("29.8"), heat * Fraction("3.9") * 273]
    total = sum(fuel, 40 * Fraction("0.62409"))
    alone, losers = burnt()
    assert abs(alone - total) < Fraction(1, 10**5) and losers == []
    moved, losers = burnt(activity("moves", "1", "move", "document"))
    assert moved == 19 and losers == ["diesel", "diesel"]
