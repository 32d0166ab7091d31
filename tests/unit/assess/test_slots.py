"""One slot of a lot counts one estimate, wherever it is reported; what cannot be entered hands on with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from iocore.factors import FactorLibrary, FactorRow
from iocore.sources import load_all
from ledger.book.state import Book
from passport.assess import Assessment, assess
from passport.bench import Compiled
from passport.footprint import ProductFootprint
from passport.guards import boundary_overlap, gas_missing, sets_mixed
from passport.methodologies.lychee_fresh_v2 import METHODOLOGY
from passport.methodology import AMOUNT, Emission, Factor, Methodology, Where, methodology, times
from tests.unit.assess.recorder import ACTOR, FRESH, ORCHARD, Recorder, activity, distance, lot, period

Said = tuple[str, dict[str, str]]
JUNE = ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z")
JULY = ("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z")
MONEY = Decimal("81.080951")


@cache
def library() -> FactorLibrary:
    return load_all()


def found(rec: Recorder, name: str = "p", method: str | Methodology = METHODOLOGY) -> Assessment:
    return assess(rec.book, lot(name), library=library(), methodology=method, tree_size=len(rec.entries))


def footprint(rec: Recorder, name: str = "p", method: str | Methodology = METHODOLOGY) -> ProductFootprint:
    return found(rec, name, method).footprint


def expense(slot: str = "board", **more: str) -> Said:
    value = {"slot": slot, "amount": "1000", "currency": "CNY", "vat": "0.13", "year": "2024", "evidence": "invoice"}
    return "expense", {**value, "sector": "cn-io-2017:10", **more}


def kwh(quantity: str, evidence: str = "meter") -> Said:
    return activity("electricity", quantity, "kWh", evidence)


def packed(*items: Said, country: str = "CN", product: str = "") -> Recorder:
    """Record a lot p that was packed, with what the packing used; precooling is metered, so that nothing is filled."""
    rec = Recorder()
    for name in ("orchardg", "packhouse", "coldroom"):
        rec.place(name, country="CN")
    rec.place("precooler", country=country)
    rec.harvest({"h": "1000"}, at="orchardg")
    add(rec, [activity("electricity", "0", "kWh", "meter", reason="by hand")], at="precooler", stage="precooling",
        lots=["h"], span=("2026-06-20T00:00:00Z", "2026-06-21T00:00:00Z"))  # fmt: skip
    rec.process("transform", {"h": "1000"}, {"p": "1000"}, at="packhouse", process="pack", product=product,
                more=list(items))  # fmt: skip
    return rec


def add(
    rec: Recorder,
    items: Sequence[Said],
    *,
    at: str = "packhouse",
    stage: str = "packing",
    lots: Sequence[str] = ("p",),
    span: tuple[str, str] = JUNE,
) -> str:
    names = [lot(name) for name in lots]
    time = "2026-06-20T12:00:00Z" if stage == "precooling" else "2026-06-25T00:00:00Z"
    return rec.add("activity", at=at, stage=stage, lots=names, data={"period": period(*span)}, items=items, time=time)


def losers(made: ProductFootprint) -> list[tuple[str, str, str]]:
    return [(item.slot, item.tier, item.reason) for item in made.superseded]


# --- across entries and pools -----------------------------------------------------------------------------------------


def test_money_in_a_later_entry_does_not_count_beside_the_weight() -> None:
    """S45: the board of a lot is weighed when it is packed, and paid in another entry."""
    rec = packed(activity("board", "100", "kg"))
    add(rec, [expense()])
    made = footprint(rec)
    assert made.delivered.total_kgco2e == Decimal("119.972542")
    assert losers(made) == [("board", "io", "a better estimate counts")]
    # The first method counts both and always will: passports were issued under it.
    assert footprint(rec, method="lychee-fresh@1").delivered.total_kgco2e == Decimal("201.053493")


def test_estimate_and_meter_of_one_room_in_two_entries_count_once_in_any_order() -> None:
    """S60: one room, one month, a reading of the meter and an estimate, whichever was written first."""
    rec = packed()
    add(rec, [kwh("120", "estimate")])
    rec.pool("packhouse", "packing", [kwh("100")], JUNE)
    late = rec.entries[-2:]
    swapped = [*rec.entries[:-2], *((at, *rest[1:]) for at, rest in zip([e[0] for e in late], late[::-1], strict=True))]
    books = [rec.book, Book.fold(swapped)]
    assert not books[1].rejected
    both = [
        assess(book, lot("p"), library=library(), methodology=METHODOLOGY, tree_size=len(rec.entries)) for book in books
    ]
    assert both[0].tree.root_digest == both[1].tree.root_digest
    for one in both:
        assert one.footprint.delivered.total_kgco2e == Decimal("57.77")
        assert losers(one.footprint) == [("electricity", "database", "a better estimate counts")]


def test_measured_readings_add_up_and_other_months_stand_apart() -> None:
    rec = packed()
    add(rec, [kwh("100")])
    rec.pool("packhouse", "packing", [kwh("30")], JUNE)
    assert footprint(rec).delivered.total_kgco2e == Decimal("75.101")
    add(rec, [expense("electricity", sector="cn-io-2017:24")], span=JULY)
    made = footprint(rec)
    assert sorted((item.tier, item.slot) for item in made.delivered.slots if item.stage == "packing") == [
        ("database", "electricity"),
        ("io", "electricity"),
    ]
    assert losers(made) == []


def test_total_of_a_pool_holds_what_its_lots_report_unless_its_own_readings_add_up_to_it() -> None:
    total = ("total", {"slot": "electricity", "quantity": "130", "unit": "kWh", "evidence": "invoice"})
    for inside, figure, reasons in (
        ([], "75.101", [("electricity", "primary", "the close states the total")]),
        ([kwh("130")], "132.871", []),
    ):
        rec = packed()
        add(rec, [kwh("100")])
        if inside:
            rec.pool("packhouse", "packing", inside, JUNE)
        weight = ("weight", {"lot": lot("p"), "quantity": "1000", "unit": "kg"})
        rec.add("close", at="packhouse", stage="packing", lots=[lot("p")], data={"period": period(*JUNE)},
                items=[weight, total], time=JUNE[1])  # fmt: skip
        made = footprint(rec)
        assert (made.delivered.total_kgco2e, losers(made)) == (Decimal(figure), reasons)


def test_lot_with_a_meter_of_its_own_takes_no_share_of_the_money() -> None:
    """The money of the pool counts for the other lot; the reason says that it counts in part."""
    rec = packed()
    rec.harvest({"i": "1000"}, at="orchardg", time="2026-06-20T01:00:00Z")
    rec.process("transform", {"i": "1000"}, {"q": "1000"}, at="packhouse", process="pack", more=[kwh("10")])
    rec.pool("packhouse", "packing", [expense("electricity", sector="cn-io-2017:24")], JUNE)
    rec.close("packhouse", "packing", {"p": "1000", "q": "1000"}, JUNE)
    alone = footprint(rec, "p").delivered
    assert [item.tier for item in alone.slots if item.stage == "packing"] == ["io"]
    own = footprint(rec, "q")
    assert [(item.tier, item.total_kgco2e) for item in own.delivered.slots if item.stage == "packing"] == [
        ("database", Decimal("5.777"))
    ]
    assert losers(own) == [("electricity", "io", "a better estimate counts")]
    rec.process("merge", {"p": "1000", "q": "1000"}, {"m": "2000"}, at="", time="2026-06-26T00:00:00Z")
    assert losers(footprint(rec, "m")) == [("electricity", "io", "a better estimate counts for some of its lots")]


def test_two_trips_are_two_slots_and_fuel_comes_before_distance_before_money() -> None:
    fuel, money = activity("diesel", "10", "L"), expense("diesel", sector="cn-io-2017:11")
    for items, wanted in (
        ([fuel, distance("100")], ["diesel"]),
        ([money, distance("100")], ["work"]),
        ([activity("diesel", "10", "L", "estimate"), distance("100")], ["work"]),
        ([money], ["diesel"]),
    ):
        rec = packed()
        for time in ("2026-06-23T00:00:00Z", "2026-06-24T00:00:00Z"):
            rec.carry({"p": "1000"}, stage="road", leg="pre_carriage", vehicle="rigid_17", items=items, time=time)
        made = footprint(rec)
        assert sorted({item.slot for item in made.delivered.slots if item.stage == "road"}) == wanted
        once = packed()
        once.carry({"p": "1000"}, stage="road", leg="pre_carriage", vehicle="rigid_17", items=items,
                   time="2026-06-23T00:00:00Z")  # fmt: skip
        assert made.delivered.total_kgco2e == 2 * footprint(once).delivered.total_kgco2e > 0
        assert len(made.superseded) == 2 * (len(items) - 1)


# --- falling through --------------------------------------------------------------------------------------------------


def test_quantity_that_cannot_be_entered_hands_on_to_the_money() -> None:
    rec = packed()
    rec.add("port_call", stage="port", lots=[lot("p")], data={"port": "CNNSA"}, time="2026-06-24T00:00:00Z",
            items=[activity("moves", "1", "move", "document"), expense("moves", sector="cn-io-2017:29")])  # fmt: skip
    first = footprint(rec, method="lychee-fresh@1")
    assert first.delivered.total_kgco2e == 0 and ("moves", "no box size and cargo mass") in {
        (gap.slot, gap.reason) for gap in first.missing
    }
    made = footprint(rec)
    assert [(item.slot, item.tier) for item in made.delivered.slots if item.stage == "port"] == [("moves", "io")]
    assert losers(made) == [("moves", "primary", "no box size and cargo mass")]
    assert "moves" not in {gap.slot for gap in made.missing}


def test_nothing_that_can_be_entered_is_missing_with_the_first_reason() -> None:
    rec = packed(expense("waste_compost"))
    made = footprint(rec)
    assert [(gap.stage, gap.reason) for gap in made.missing if gap.slot == "waste_compost"] == [
        ("packing", "slot_not_io_closable")
    ]


def test_stage_mean_stands_in_where_the_only_reading_has_no_factor() -> None:
    """A precooler in a country without a published grid factor: the first method leaves nothing, the second a mean."""
    rec = packed(country="BR", product=FRESH)
    first, made = footprint(rec, method="lychee-fresh@1"), footprint(rec)
    assert first.delivered.total_kgco2e == 0
    filled = [gap for gap in made.missing if gap.slot == "electricity" and gap.stage == "precooling"]
    assert [bool(gap.filled) for gap in filled] == [True]
    assert filled[0].reason.startswith("factor-not-found: ")
    assert [(item.tier, item.total_kgco2e) for item in made.delivered.slots] == [("gap_fill", Decimal("31.88904"))]


# --- guards -----------------------------------------------------------------------------------------------------------


def recipe(stage: str, slot: str, *emissions: Emission) -> Methodology:
    return replace(METHODOLOGY, recipes={**METHODOLOGY.recipes, (stage, slot): emissions})


def refusals(rec: Recorder, slot: str, method: Methodology = METHODOLOGY, name: str = "p") -> set[str]:
    missing = footprint(rec, name, method).missing
    return {gap.reason for gap in missing if gap.slot == slot and gap.reason != "not reported"}


def test_every_recipe_of_the_method_passes_its_own_guards() -> None:
    rec = Recorder()
    rec.place("orchardg", country="CN")
    rec.pool("orchardg", "orchard", [*ORCHARD, activity("mulch_film", "5", "kg"), activity("diesel", "3", "L")])
    rec.harvest({"x": "1000"}, at="orchardg")
    both = [footprint(rec, "x", method) for method in ("lychee-fresh@1", "lychee-fresh@2")]
    assert both[0].gate.total_kgco2e == both[1].gate.total_kgco2e > 0
    assert {gap.reason for gap in (*both[0].missing, *both[1].missing)} == {"not reported"}


def test_recipe_without_the_main_gas_is_refused() -> None:
    rec = Recorder()
    rec.place("orchardg", country="CN")
    rec.pool("orchardg", "orchard", [activity("npk", "100", "kg")])
    rec.harvest({"x": "1000"}, at="orchardg")
    making = Emission("fossil", times(AMOUNT, Factor("FERT.NPK-15-15-15.MFG")))
    told = "no factor covers the gas that carries most of this slot"
    assert refusals(rec, "npk", recipe("orchard", "npk", making), "x") == {told}
    assert refusals(rec, "npk", name="x") == set()


@pytest.mark.parametrize(
    "emissions",
    [
        (Emission("fossil", times(AMOUNT, Factor("BENCH.FRUIT-CF-LOW"))),),
        (Emission("fossil", times(AMOUNT, Factor("TRN.RIGID-17.WTW"))),
         Emission("fossil", times(AMOUNT, Factor("TRN.RIGID-17.WTT")))),
    ],
    ids=["benchmark", "whole and half"],
)  # fmt: skip
def test_factor_that_holds_more_than_the_slot_is_refused(emissions: tuple[Emission, ...]) -> None:
    rec = packed(kwh("100"))
    method = recipe("packing", "electricity", *emissions)
    assert refusals(rec, "electricity", method) == {"a factor contains what is counted elsewhere"}


def test_mixed_sets_are_refused_for_the_slot_and_not_for_the_lot() -> None:
    rec = packed(activity("board", "100", "kg"), kwh("100"))
    twice = Emission("fossil", times(AMOUNT, Factor("PKG.BOARD.PRIM")), gas="CO2")
    both = Emission("fossil", times(AMOUNT, Factor("PKG.BOARD.PRIM"), Factor("ELC.GRID-PCF")))
    told = "the factors mix two sets of warming potentials or two editions"
    assert refusals(rec, "board", recipe("*", "board", twice)) == {told}
    assert {reason.partition(":")[0] for reason in refusals(rec, "board", recipe("*", "board", both))} == {
        "assessment-refused"
    }
    assert footprint(rec, method=recipe("*", "board", twice)).delivered.total_kgco2e == Decimal("57.77")


def row(key: str, gas: str = "CO2", year: int = 2019, boundary: str = "") -> FactorRow:
    return FactorRow(key=key, value="1", unit="kg/kg", gas=gas, year=year, boundary=boundary)


def compiled(*rows: FactorRow, gas: str = "CO2", bucket: str = "fossil") -> Compiled:
    return Compiled(0, bucket, gas, (), primary=False, where=Where(("CN",), 2026), rows=rows)


def test_guards_ask_what_they_say() -> None:
    making = compiled(row("A.MFG", "CO2e@AR5", boundary="cradle_to_gate"), gas="CO2e@AR5")
    whole = compiled(row("A", "CO2e@AR5"), gas="CO2e@AR5")
    assert gas_missing("N2O", [making]) and not gas_missing("CO2", [making]) and not gas_missing("N2O", [whole])
    assert not gas_missing("N2O", [making, compiled(gas="N2O")]) and not gas_missing("N2O", [])
    assert gas_missing("R404A", [compiled()])
    editions = [compiled(row("SOILN.EF5.WORLD.2019"), row("SOILN.FRACLEACH.WORLD.2006", year=2006), gas="N2O")]
    assert sets_mixed(editions) and not sets_mixed([making, whole])
    wheel, tank = row("A.WTW", boundary="well_to_wheel"), row("A.WTT", boundary="well_to_tank")
    assert boundary_overlap([compiled(wheel), compiled(tank)], ())
    assert not boundary_overlap([compiled(wheel, bucket="aircraft_forcing"), compiled(tank)], ())
    assert boundary_overlap([compiled(row("COST.X"))], ("COST.",)) and not boundary_overlap([whole], ("COST.",))


def test_what_one_actor_of_the_account_sells_another_is_no_input_of_it() -> None:
    told = "the supplier is part of this account, so the money is no input of it"
    for supplier, reasons in ((ACTOR, {told}), ("a_" + "b" * 16, set())):
        rec = packed()
        add(rec, [expense(), ("identifier", {"scheme": "supplier", "value": supplier})])
        made = footprint(rec)
        assert {gap.reason for gap in made.missing if gap.slot == "board"} == reasons
        assert made.delivered.total_kgco2e == (0 if reasons else MONEY)


# --- factors ----------------------------------------------------------------------------------------------------------


def test_factors_passed_over_are_shown_with_the_one_chosen() -> None:
    made = found(packed(kwh("100")))
    grid = [match for match in made.choices if match.row.key == "ELC.GRID-PCF.CN.2024"]
    assert [(match.place_rank, match.year_gap) for match in grid] == [(0, 2)]
    assert grid[0].rejected == ("literature:2026-11:ELC.GRID-PCF.CN.2023",)
    assert {match.row_id for match in made.choices} == set(made.used_rows)


def test_a_newer_version_of_a_factor_set_changes_no_method_that_names_the_older() -> None:
    rec = packed(kwh("100"), activity("board", "100", "kg"))
    newer = replace(library().source("literature"), version="2031-01")
    both = FactorLibrary([*library().sets, newer])
    for method in ("lychee-fresh@1", "lychee-fresh@2"):
        again = assess(rec.book, lot("p"), library=both, methodology=method, tree_size=len(rec.entries))
        assert again.tree.root_digest == found(rec, method=method).tree.root_digest
    later = replace(METHODOLOGY, sets={**METHODOLOGY.sets, "literature": "2031-01"})
    rows = assess(rec.book, lot("p"), library=both, methodology=later, tree_size=len(rec.entries)).used_rows
    assert any(row_id.startswith("literature:2031-01:") for row_id in rows)
    assert not any(row_id.startswith("literature:2026-11:") for row_id in rows)
    assert methodology("lychee-fresh@2") is METHODOLOGY
