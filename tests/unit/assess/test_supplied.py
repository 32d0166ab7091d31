"""A supplier's value reaches totals and slots without a recipe, is rated as what it is, and is no primary data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from iocore.sources import load_all
from passport.assess import Assessment, assess
from tests.unit.assess.recorder import Recorder, activity, lot

SPAN = ("2026-06-01T00:00:00Z", "2026-06-30T00:00:00Z")
LIBRARY = load_all()
Item = tuple[str, dict[str, Any]]


def value(slot: str, kgco2e: str, **fields: str) -> Item:
    known = {"slot": slot, "kgco2e": kgco2e, "unit": "kg", "gwp_set": "AR6", "boundary": "cradle_to_gate"}
    return "supplier_value", {**known, "source": "PCF 2026", "evidence": "document", **fields}


def total(slot: str, quantity: str) -> Item:
    return "total", {"slot": slot, "quantity": quantity, "unit": "kg", "evidence": "invoice"}


def packed(*entries: list[Item], closing: tuple[Item, ...] = (), method: str = "lychee-fresh@2") -> Assessment:
    rec = Recorder()
    for name in ("orchard", "packhouse"):
        rec.place(name, country="CN")
    rec.harvest({"h": "1000"}, at="orchard")
    rec.process("transform", {"h": "1000"}, {"p": "1000"}, at="packhouse", process="pack")
    for items in entries:
        rec.pool("packhouse", "packing", items, SPAN)
    rec.close("packhouse", "packing", {"p": "1000"}, SPAN, more=closing)
    size = len(rec.entries)
    return assess(rec.book, lot("p"), library=LIBRARY, methodology=method, tree_size=size, judged=True)


def counted(found: Assessment, slot: str) -> list[tuple[str, str, Decimal]]:
    return [(one.tier, one.gas, one.total_kgco2e) for one in found.footprint.delivered.slots if one.slot == slot]


def test_readings_with_a_value_count_instead_of_a_total_that_has_none() -> None:
    known, plain = [activity("board", "60", "kg"), value("board", "0.5")], [activity("board", "40", "kg")]
    found = packed(known, plain, closing=(total("board", "100"),))
    assert counted(found, "board") == [
        ("database", "CO2e@AR5", Decimal("47.989017")),  # 40 x 1.19972542
        ("supplier", "CO2e@AR6", Decimal("30.000000")),
    ]
    whole = packed([activity("board", "100", "kg")], closing=(total("board", "100"), value("board", "0.5")))
    assert counted(whole, "board") == [("supplier", "CO2e@AR6", Decimal("50.000000"))]
    assert counted(packed(plain, plain, closing=(total("board", "80"),)), "board")[0][2] == Decimal("95.978034")


def test_slot_without_a_recipe_has_the_value_alone() -> None:
    quantity = activity("sulphur", "2", "kg")
    assert counted(packed([quantity]), "sulphur") == []
    assert counted(packed([quantity, value("sulphur", "0.4")]), "sulphur") == [
        ("supplier", "CO2e@AR6", Decimal("0.800000"))
    ]


def test_value_is_not_primary_data_and_is_rated_as_another_enterprises() -> None:
    found = packed([activity("board", "100", "kg", "invoice"), value("board", "0.5")])
    assert found.footprint.delivered.primary_data_share == 0
    assert found.footprint.delivered.measured_activity_share > 0
    (rated,) = [one for one in found.quality["delivered"].postings if one.slot == "board"]
    assert (rated.tier, rated.rating.technology) == ("supplier", 2)


def test_first_method_knows_no_suppliers() -> None:
    items = [activity("board", "100", "kg"), value("board", "0.5")]
    assert counted(packed(items, method="lychee-fresh@1"), "board") == [("database", "CO2e@AR5", Decimal("119.972542"))]


def test_a_late_reading_with_a_value_does_not_stand_for_the_total_of_a_close() -> None:
    """A gram whose maker says 0.5 is not the 100 kg that the close stated before it came."""
    rec = Recorder()
    for name in ("orchard", "packhouse"):
        rec.place(name, country="CN")
    rec.harvest({"h": "1000"}, at="orchard")
    rec.process("transform", {"h": "1000"}, {"p": "1000"}, at="packhouse", process="pack")
    rec.close("packhouse", "packing", {"p": "1000"}, SPAN, more=[total("board", "100")])
    rec.pool("packhouse", "packing", [activity("board", "0.001", "kg"), value("board", "0.5")], SPAN)
    found = assess(rec.book, lot("p"), library=LIBRARY, methodology="lychee-fresh@2", tree_size=len(rec.entries))
    assert counted(found, "board") == [("database", "CO2e@AR5", Decimal("119.972542"))]


def test_nothing_is_made_for_nothing() -> None:
    found = packed([activity("board", "100", "kg"), value("board", "0.0")])
    assert counted(found, "board") == [("database", "CO2e@AR5", Decimal("119.972542"))]
    assert [one.reason for one in found.footprint.superseded] == [
        "a supplier's value is above zero, so the published one counts"
    ]
