"""One test for each trap of carbon accounting whose subject the product has: a slip that nobody would notice.

The numbers of the traps are their places in the list of the design (accounting, section 8). Each test goes through the
product's own code and compares with figures that are written out here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from iocore.errors import MalformedTable
from iocore.factors import FactorRow
from iocore.ports import great_circle, place_fault, ports, read_ports
from iocore.sources._base import shipped_rows
from iocore.units import Quantity
from passport.assess import Assessment, assess
from passport.calculation import Builder
from passport.disclosure import Disclosure
from passport.errors import AssessmentRefused
from passport.explain import explain_text, plain
from passport.facts import LotFacts
from passport.footprint import ProductFootprint
from passport.formats.pact import PactContext, product_footprint
from passport.methodologies.lychee_fresh_v1 import METHODOLOGY
from passport.methodologies.lychee_fresh_v2 import METHODOLOGY as VERSION_2
from passport.methodology import (
    AMOUNT,
    ELECTRICITY,
    ByClimate,
    Constant,
    Emission,
    Expression,
    Factor,
    Methodology,
    Product,
    Sum,
    Where,
    plus,
    times,
)
from passport.recipes.basics import MINUS
from tests.scenarios.cases import library
from tests.scenarios.runners import bench, post
from tests.support import chain
from tests.unit.assess.recorder import FRESH, Recorder, activity, distance, lot, mass, period
from web.imports.files import read_file

GRID = Fraction("0.5777")
PER_KG_N = Fraction(44, 28) * 273
HOME = Where(("CN-GD",), 2026)
SHELVES: Mapping[str, tuple[Emission, ...]] = {
    **{"/".join(key): emissions for key, emissions in METHODOLOGY.recipes.items()},
    **{f"vehicle/{name}": emissions for name, emissions in METHODOLOGY.vehicles.items()},
}

#: What the second method adds or replaces.
NEWER: Mapping[str, tuple[Emission, ...]] = {
    "/".join(key): emissions
    for key, emissions in VERSION_2.recipes.items()
    if METHODOLOGY.recipes.get(key) != emissions
}

#: Recipes that hold grid electricity, one factor of it each.
POWERED = ("*/electricity", "*/plug_energy", "*/plug_hours", "*/ice")


def figure(found: Decimal) -> Fraction:
    return Fraction(found)


def quantum(value: Fraction) -> Fraction:
    return Fraction(round(value * 1_000_000), 1_000_000)


def used_rows(
    emissions: tuple[Emission, ...], where: Where = HOME, method: Methodology = METHODOLOGY
) -> list[FactorRow]:
    """Compile emissions of one unit and list the factor rows."""
    desk = bench(method)
    post(desk, emissions, desk.builder.constant("1", "case"), where)
    return list(desk.used.values())


def constants(value: Expression) -> Iterator[str]:
    """Give every constant of an expression."""
    if isinstance(value, Constant):
        yield value.value
    elif isinstance(value, Product | Sum):
        for inner in value.args:
            yield from constants(inner)
    elif isinstance(value, ByClimate):
        yield from constants(value.wet)


def recipe(stage: str, slot: str, quantity: str) -> dict[tuple[str, str], Fraction]:
    """Post a quantity of a slot and give the kilograms by bucket and gas."""
    emissions = METHODOLOGY.recipe(stage, slot)
    assert emissions is not None
    desk = bench()
    return post(desk, emissions, desk.builder.constant(quantity, "case"), HOME)


def places(rec: Recorder) -> Recorder:
    for name in ("orchard", "hillside", "packhouse", "coldroom"):
        rec.place(name, country="CN", region="CN-GD")
    return rec


def picked(kwh: str = "1000", kilograms: str = "1000") -> Recorder:
    """Harvest one lot, `fruit`, that carries the electricity of its orchard."""
    rec = places(Recorder())
    rec.harvest({"fruit": kilograms}, at="orchard")
    rec.pool("orchard", "orchard", [activity("electricity", kwh, "kWh", "meter", reason="as metered")])
    rec.close("orchard", "orchard", {"fruit": kilograms})
    return rec


def assessed(rec: Recorder, name: str = "fruit", method: Methodology = METHODOLOGY) -> Assessment:
    return assess(rec.book, lot(name), library=library(), methodology=method, tree_size=len(rec.entries))


def packed(*items: tuple[str, dict[str, str]], kwh: str = "1000") -> Recorder:
    """Pack the lot with items of its own."""
    rec = picked(kwh)
    rec.process("transform", {"fruit": "1000"}, {"box": "1000"}, at="packhouse", process="pack", more=items)
    return rec


def expense(**fields: str) -> tuple[str, dict[str, str]]:
    known = {"slot": "board", "amount": "1000", "currency": "CNY", "vat": "0", "year": "2017", "evidence": "invoice"}
    return "expense", {**known, "sector": "cn-io-2017:10", **fields}


def paid(**fields: str) -> Assessment:
    return assessed(packed(expense(**fields), kwh="0"), "box")


def carry(rec: Recorder, kilograms: str, *, km: str = "75", time: str = "2026-06-23T00:00:00Z") -> None:
    rec.carry(
        {"fruit": kilograms}, stage="road", leg="pre_carriage", vehicle="artic_33_reefer", items=[distance(km)],
        time=time,
    )  # fmt: skip


# --- 1 to 6: factors that look alike ----------------------------------------------------------------------------------

#: Chen, Lu and Wang 2015: tonnes of carbon equivalent per tonne of nutrient.
CARBON_EQUIVALENT: Mapping[str, str] = {
    "N-AVG": "2.116", "UREA": "2.041", "NH3": "1.672", "ABC": "1.928", "AN": "4.202", "ACL": "2.220",
    "P-AVG": "0.636", "DAP": "1.109", "MAP": "0.740", "SSP": "0.195", "FCMP": "2.105",
    "K-AVG": "0.180", "MOP": "0.168", "SOP": "0.409",
}  # fmt: skip


def test_trap_01_carbon_equivalent_is_not_co2_equivalent() -> None:
    shipped = {
        row.key.split(".")[1]: Fraction(row.value)
        for row in library().source("literature")
        if re.fullmatch(r"FERT\.[A-Z0-9-]+\.MFG\.CN\.2015", row.key)
    }
    made = {name: Fraction(text) * Fraction(44, 12) for name, text in CARBON_EQUIVALENT.items()}
    pesticides = {"HERBICIDE": "6.3", "INSECTICIDE": "5.1", "FUNGICIDE": "3.9"}  # Lal 2004: kg CE per kg a.i.
    for kind, text in pesticides.items():
        (row,) = [row for row in library().source("practice") if row.key.startswith(f"AGROCHEM.{kind}.")]
        assert Fraction(row.value) == Fraction(text) * Fraction(44, 12), kind
    made["NPK-15-15-15"] = Fraction("0.15") * (made["N-AVG"] + made["P-AVG"] + made["K-AVG"])
    assert set(shipped) == set(made)
    for name, value in made.items():
        assert abs(shipped[name] - value) <= Fraction("0.00005"), name
    urea = recipe("orchard", "urea", "100")
    assert abs(urea["fossil", "CO2e@unknown"] - 46 * Fraction("2.041") * Fraction(44, 12)) < Fraction("0.01")
    assert urea["fossil", "CO2"] == quantum(100 * Fraction("0.20") * Fraction(44, 12))


def test_trap_02_nitrogen_in_n2o_is_not_n2o() -> None:
    soil = {
        "urea": ("0.46", "0.016", "0.15"),
        "npk": ("0.15", "0.016", "0.11"),
        "organic_manure": ("0.0163", "0.006", "0.21"),
    }
    for slot, (nitrogen, direct, volatile) in soil.items():
        per_kg = Fraction(direct) + Fraction(volatile) * Fraction("0.014") + Fraction("0.24") * Fraction("0.011")
        found = recipe("orchard", slot, "1000")["land_management", "N2O"]
        assert found == quantum(1000 * Fraction(nitrogen) * per_kg * PER_KG_N), slot
    for method, shelves in ((METHODOLOGY, SHELVES), (VERSION_2, NEWER)):
        for name, emissions in shelves.items():
            for emission in emissions:
                bases = {row.gas for row in used_rows((emission,), method=method)}
                given = list(constants(emission.kg))
                assert given.count("44/28") == ("N2O-N" in bases) and given.count("44/12") == ("C" in bases), name
                assert emission.gas in {"", *method.gwps}, name


def test_trap_03_driving_a_vehicle_is_half_of_its_footprint() -> None:
    for name, emissions in METHODOLOGY.vehicles.items():
        desk = bench()
        both = post(desk, emissions, desk.builder.constant("1000000", "case"), HOME)
        stem = next(row.stem for row in desk.used.values() if row.boundary == "tank_to_wheel").removesuffix(".TTW")
        whole = library().match(f"{stem}.WTW", places=("GB",), year=2026).row
        assert sum(both.values()) == 1_000_000 * Fraction(whole.value), name
    for name, emissions in SHELVES.items():
        rows = used_rows(tuple(item for item in emissions if item.bucket != "aircraft_forcing"))
        bounds = [row.boundary for row in rows if row.boundary.endswith(("wheel", "tank"))]
        burnt = any(row.key.startswith("FUEL.DIESEL.CO2-MASS") for row in rows)
        halves = ["tank_to_wheel", "well_to_tank"]
        assert sorted(bounds) in ([], halves, ["well_to_wheel"]) or (burnt and bounds == ["well_to_tank"]), name
        assert not burnt or bounds == ["well_to_tank"], name


def test_trap_03_no_fuel_of_the_second_version_is_burnt_without_being_made() -> None:
    shelves = {**VERSION_2.recipes, **VERSION_2.vehicles, **VERSION_2.vessels}
    burnt = 0
    for name, emissions in shelves.items():
        rows = used_rows(emissions, method=VERSION_2)
        used = [
            row for row in rows if row.boundary == "tank_to_wheel" or re.match(r"FUEL\.\w+\.CO2-(MASS|VOL)", row.key)
        ]
        made = [row for row in rows if row.boundary == "well_to_tank"]
        assert len(used) == len(made) <= 1, name
        burnt += len(used)
    assert burnt > 20


@pytest.mark.parametrize("place", ["CN", "CN-GD", "CN-SC", "CN-SH", "NL", "DE", "HK", "SG"])
def test_trap_04_organisations_report_another_electricity_factor(place: str) -> None:
    country = place.partition("-")[0]
    family = "ELC.GRID-PCF.CN." if country == "CN" else f"ELC.GRID-EMBER.{country}."
    for year in range(2021, 2027):
        for name in SHELVES if country == "CN" else POWERED:
            rows = used_rows(SHELVES[name], Where((place,), year))
            grid = [row for row in rows if row.key.startswith("ELC.")]
            assert len(grid) == (name in POWERED), name
            assert all(row.boundary == "life_cycle" and row.key.startswith(family) for row in grid), name


@pytest.mark.parametrize(
    "stem", ["ELC.GRID-AVG", "ELC.GRID-RESID", "ELC.GRID-FOSSIL", "ELC.OM", "ELC.BM"]
)  # fmt: skip
def test_trap_04_a_method_that_takes_it_all_the_same_is_refused(stem: str) -> None:
    power = Emission("fossil", times(AMOUNT, Factor(stem, places=("CN-SOUTH", "CN"))), gas="CO2")
    method = replace(VERSION_2, recipes={**VERSION_2.recipes, ("packing", "electricity"): (power,)})
    found = assessed(packed(activity("electricity", "100", "kWh", "meter")), "box", method).footprint
    assert found.gate.total_kgco2e == Decimal("577.7")
    assert [item.slot for item in found.missing if item.stage == "packing" and "reported" not in item.reason] == [
        "electricity"
    ]


def test_trap_05_figures_of_another_gwp_set_stay_named() -> None:
    for gas, stem in METHODOLOGY.gwps.items():
        row = library().match(stem, places=("WORLD",), year=2026).row
        assert row.gwp_set in (METHODOLOGY.gwp_set, "all") and row.unit == "kg CO2e/kg", gas
    found = assessed(packed(activity("board", "100", "kg")), "box").footprint
    assert found.gate.by_gas["CO2e@AR5"] == Decimal("119.972542") and found.gate.by_gas["CO2e@AR6"] == Decimal("577.7")
    assert found.gate.flag("other_gwp:AR5").total_kgco2e == Decimal("119.972542")
    assert found.gate.flag("other_gwp").share == Decimal("17.2")
    assert set(found.gwp_sets_used) == {"AR5", "AR6"}
    mixed = Emission("fossil", plus(times(AMOUNT, Factor("PKG.BOARD.PRIM")), times(AMOUNT, ELECTRICITY)))
    desk = bench()
    with pytest.raises(AssessmentRefused, match="one gas"):
        desk.emission(mixed, desk.builder.constant("1", "case"), HOME)


@pytest.mark.parametrize("year", range(2019, 2031))
def test_trap_06_one_calculation_holds_one_edition_of_the_soil_tables(year: int) -> None:
    rows = [
        row
        for slot in ("urea", "npk", "organic_manure")
        for row in used_rows(METHODOLOGY.recipe("orchard", slot) or (), Where(("CN-GD",), year))
        if row.key.startswith("SOILN.")
    ]
    assert {row.year for row in rows} == {2019} and len(rows) >= 12


def test_trap_06_an_older_edition_beside_the_newer_is_refused() -> None:
    soil = times(AMOUNT, plus(Factor("SOILN.EF1-SYN-WET"), times(Factor("SOILN.FRACLEACH"), Factor("SOILN.EF5"))))
    spoilt = (Emission("land_management", soil, gas="N2O"),)
    rec = places(Recorder())
    rec.harvest({"fruit": "1000"}, at="orchard")
    rec.pool("orchard", "orchard", [activity("npk", "600", "kg"), activity("electricity", "1000", "kWh", "meter")])
    rec.close("orchard", "orchard", {"fruit": "1000"})
    method = replace(VERSION_2, recipes={**VERSION_2.recipes, ("orchard", "npk"): spoilt})
    assert assessed(rec, method=VERSION_2).footprint.gate.total_kgco2e > 1000
    found = assessed(rec, method=method).footprint
    assert found.gate.total_kgco2e == Decimal("577.7")
    assert "npk" in {item.slot for item in found.missing if "reported" not in item.reason}


# --- 7 to 11: what a lot carries --------------------------------------------------------------------------------------


def test_trap_07_shares_are_weighted_by_emissions_not_by_mass() -> None:
    rec = places(Recorder())
    for at, name, kilograms, metered, told in (
        ("orchard", "a", "900", "2400", "600"),
        ("hillside", "b", "600", "200", "800"),
    ):
        rec.harvest({name: kilograms}, at=at)
        rec.pool(at, "orchard", [activity("electricity", metered, "kWh", "meter")])
        rec.pool(at, "orchard", [activity("electricity", told, "kWh", "own_statement")])
        rec.close(at, "orchard", {name: kilograms})
    rec.pool("coldroom", "cold_store", [activity("refrigerant_r404a", "0.5", "kg", "invoice")])
    rec.close("coldroom", "cold_store", {"a": "900"}, unit="kg_day")
    rec.process("merge", {"a": "900", "b": "600"}, {"fruit": "1500"}, at="packhouse")
    shares = {name: assessed(rec, name).footprint.gate for name in ("a", "b", "fruit")}
    leak, power = Fraction("0.5") * 4728, {"a": 3000 * GRID, "b": 1000 * GRID}
    assert shares["b"].measured_activity_share == Decimal("20.0")
    together = leak + power["a"] + power["b"]
    assert shares["fruit"].primary_data_share == Decimal(str(round(float(100 * leak / together), 1)))
    measured = leak + 2600 * GRID
    assert shares["fruit"].measured_activity_share == Decimal(str(round(float(100 * measured / together), 1)))
    by_mass = (900 * shares["a"].primary_data_share + 600 * shares["b"].primary_data_share) / 1500
    assert abs(by_mass - shares["fruit"].primary_data_share) > 2


def pact(found: ProductFootprint, ratings: Mapping[str, Decimal] | None = None) -> dict[str, Any]:
    facts = LotFacts(
        lot=found.lot, lot_number="L1", gtin=FRESH, has_link=False, kind="fresh", variety="guiwei",
        name="Fresh lychee", facility="", facility_type="packhouse", country="CN", region="CN-GD",
        produced="2026-06-22", harvested=("2026-06-20", "2026-06-20"), net_mass="1000", keepers=(),
    )  # fmt: skip
    context = PactContext(
        uuid="00000000-0000-4000-8000-000000000000", base_url="https://passport.example",
        created="2026-08-01T00:00:00Z", company=("Cooperative", "coop"), ratings=ratings or {},
    )  # fmt: skip
    pcf = product_footprint(found, facts, context)["pcf"]
    assert isinstance(pcf, dict)
    return pcf


def test_trap_08_a_figure_per_unit_is_divided_once() -> None:
    found = assessed(packed(activity("board", "100", "kg")), "box").footprint
    whole = Fraction("577.7") + Fraction("119.972542")
    per_kg = quantum(whole / 1000)
    assert (found.declared_unit.amount, found.declared_unit.unit) == ("1", "kg")
    assert figure(found.gate.total_kgco2e) == whole and figure(found.gate.kgco2e_per_kg) == per_kg
    pcf = pact(found)
    assert pcf["declaredUnitAmount"] == pcf["productMassPerDeclaredUnit"] == "1"
    assert pcf["declaredUnitOfMeasurement"] == "kilogram"
    assert Fraction(pcf["pcfExcludingBiogenicUptake"]) == Fraction(pcf["fossilGhgEmissions"]) == per_kg
    assert Fraction(pcf["packagingGhgEmissions"]) == quantum(Fraction("119.972542") / 1000)


def test_trap_08_a_passport_speaks_of_one_kilogram_and_of_nothing_else() -> None:
    amount = next(field.type for field in msgspec.structs.fields(Disclosure) if field.name == "declared_amount")
    assert msgspec.convert("1", amount) == "1"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert("2", amount)


def test_ratings_of_the_data_are_weighted_by_emissions_and_stand_in_their_fields() -> None:
    rec, method = packed(activity("board", "100", "kg")), "lychee-fresh@2"
    size = len(rec.entries)
    found = assess(rec.book, lot("box"), library=library(), methodology=method, tree_size=size, rated=True)
    power, board = Fraction("577.7"), Fraction("119.972542")
    place = (2 * power + 5 * board) / (power + board)  # the national grid, and British board as a proxy
    assert pact(found.footprint, found.ratings)["dqi"] == {
        "technologicalDQR": "2.000",
        "geographicalDQR": str(round(Decimal(float(place)), 3)),
        "temporalDQR": "1.000",
    }
    assert "dqi" not in pact(found.footprint)


@pytest.mark.parametrize("bucket", ["removal", "biogenic_uptake", "biogenic_co2", "aircraft_forcing"])
def test_trap_09_what_stands_beside_the_headline_never_moves_it(bucket: str) -> None:
    beside = Emission(bucket, times(AMOUNT, MINUS, Factor("PKG.BOARD.PRIM")))
    method = replace(METHODOLOGY, recipes={**METHODOLOGY.recipes, ("packing", "board"): (beside,)})
    with_it = assessed(packed(activity("board", "100", "kg")), "box", method)
    without = assessed(packed(), "box")
    for name in ("gate", "delivered"):
        one, other = with_it.footprint.boundary(name), without.footprint.boundary(name)
        assert one.total_kgco2e == other.total_kgco2e == Decimal("577.7")
        assert one.by_stage == other.by_stage and one.by_bucket == other.by_bucket
    results = with_it.tree.results()
    assert results["removals" if bucket == "removal" else bucket] == -quantum(100 * Fraction("1199.72542"))


def test_trap_09_a_reported_removal_changes_no_figure_and_no_digest() -> None:
    rec = picked()
    before = assessed(rec)
    paper = ("document", {"sha256": "ab" * 32, "media_type": "application/pdf", "title": "forest certificate, 1448 t"})
    rec.add(
        "removal", at="orchard", lots=[lot("fruit")], data={"period": period(), "type": "forest"}, items=[paper],
        time="2026-07-01T00:00:00Z",
    )  # fmt: skip
    after = assessed(rec)
    assert after.tree.unsalted_digest() == before.tree.unsalted_digest()
    assert after.footprint.gate == before.footprint.gate and after.footprint.delivered == before.footprint.delivered


CONDITIONS = (
    ("document", {"sha256": "ab" * 32, "media_type": "application/pdf", "title": "laboratory report"}),
    ("owner", {"text": "cooperative"}),
    ("monitoring", {"text": "soil sampling", "until": "2040-12-31"}),
)


def measured(of: str, quantity: str, unit: str = "kg") -> tuple[str, dict[str, str]]:
    return "measurement", {"of": of, "quantity": quantity, "unit": unit, "evidence": "document"}


@pytest.mark.parametrize("kilograms", ["0.001", "100", "900000000"])
def test_trap_09_a_removal_that_counts_is_no_part_of_the_headline(kilograms: str) -> None:
    """As of `lychee-fresh@2`, under which removals are booked at all."""
    rec = picked()
    before = assessed(rec, method=VERSION_2)
    parts = [measured("biochar", kilograms), measured("carbon", "0.75", "kg/kg"), measured("stable", "0.8", "kg/kg")]
    rec.add(
        "removal", at="orchard", lots=[lot("fruit")],
        data={"period": period(), "type": "biochar", "serials": ["batch:1"]},
        items=[*parts, *CONDITIONS], time="2026-07-01T00:00:00Z",
    )  # fmt: skip
    after = assessed(rec, method=VERSION_2)
    whole = quantum(Fraction(kilograms) * Fraction("0.6") * Fraction(44, 12))
    assert -figure(after.footprint.removals_kgco2e) == whole > 0
    assert after.footprint.gate == before.footprint.gate and after.footprint.delivered == before.footprint.delivered
    digests = [
        {node.label: digest for node, digest in zip(one.tree.nodes, one.tree.digests(), strict=True) if node.label}
        for one in (before, after)
    ]
    assert {label for label in digests[0] if digests[0][label] != digests[1][label]} == {("apart", "removals")}
    for name in ("gate", "delivered"):
        second = after.footprint.apart.emissions_and_removals[name]
        assert figure(second.headline_kgco2e) == figure(after.footprint.boundary(name).total_kgco2e)
        assert figure(second.total_kgco2e) == Fraction("577.7") - whole
    assert f"removals: -{plain(whole)}" in explain_text(after.tree) and "removals" not in explain_text(before.tree)
    pcf = pact(after.footprint)
    per_kg, removed = Fraction("0.5777"), -quantum(whole / 1000)
    fields = ("fossilGhgEmissions", "landManagementBiogenicCO2Removals", "pcfExcludingBiogenicUptake")
    stated = [Fraction(pcf.get(field, "0")) for field in fields]
    assert stated == [per_kg, removed, per_kg + removed]


def issued(serial: str = "phcer:GD-7", *, covers: Sequence[str] = (), status: str = "issued") -> dict[str, Any]:
    return {"serial": serial, "vintage": "2026", "status": status, "period": period(), "covers": list(covers)}


OWNED = ("owner", {"text": "Panels Ltd"})
ISSUED = ("credit", {"quantity": "328000", "unit": "kg", "project": "roof", "evidence": "document"})
LINKED = ("link", {"stage": "orchard", "slot": "electricity"})
SPARED = {"quantity": "900000000", "unit": "kg", "baseline": "coal", "method": "difference", "evidence": "document"}


@pytest.mark.parametrize("method", [METHODOLOGY, VERSION_2], ids=lambda method: method.code)
def test_trap_09_credits_and_avoided_emissions_change_no_figure_and_no_digest(method: Methodology) -> None:
    rec = picked()
    before = assessed(rec, method=method)
    for number, status in enumerate(("issued", "held", "cancelled", "reversed")):
        rec.add(
            "credit", at="orchard", lots=[lot("fruit")], data=issued(f"phcer:{number}", status=status),
            items=[ISSUED, OWNED, LINKED],
        )  # fmt: skip
    rec.add(
        "avoided", at="orchard", lots=[lot("fruit")], data={"period": period(), "type": "pv"},
        items=[("avoided", SPARED), OWNED],
    )  # fmt: skip
    after = assessed(rec, method=method)
    assert after.tree.unsalted_digest() == before.tree.unsalted_digest()
    assert after.footprint.gate == before.footprint.gate and after.footprint.period == before.footprint.period
    beside = after.footprint.apart
    assert sorted(one.serial for one in beside.credited) == (
        ["phcer:0", "phcer:1", "phcer:2"] if method is VERSION_2 else []
    )
    assert len(beside.avoided) == (method is VERSION_2)


@pytest.mark.parametrize("carbon", ["0.001", "100", "1000"])
def test_trap_09_the_carbon_in_a_product_is_no_part_of_the_headline(carbon: str) -> None:
    content = ("carbon", {"lot": lot("box"), "quantity": carbon, "unit": "kg", "evidence": "document"})
    without, with_it = (assessed(packed(*items), "box", VERSION_2) for items in ((), (content,)))
    assert figure(with_it.footprint.biogenic_uptake_kgco2e) == -quantum(Fraction(carbon) * Fraction(44, 12))
    for name in ("gate", "delivered"):
        one, other = with_it.footprint.boundary(name), without.footprint.boundary(name)
        assert one.total_kgco2e == other.total_kgco2e == Decimal("577.7")
        assert (one.by_stage, one.by_bucket, one.by_gas) == (other.by_stage, other.by_bucket, other.by_gas)


def test_trap_10_lost_fruit_takes_no_carbon_along() -> None:
    rec = picked()
    rec.lose("fruit", "100", stage="packing", treatment="none", time="2026-06-21T00:00:00Z")
    found = assessed(rec).footprint.gate
    assert (found.total_kgco2e, found.mass_kg) == (Decimal("577.7"), Decimal(900))
    assert figure(found.kgco2e_per_kg) == quantum(Fraction("577.7") / 900)
    rec.process(
        "transform", {"fruit": "900"}, {"one": "500", "two": "300"}, at="packhouse", process="grade",
        more=[mass("fruit", "loss", "100")], time="2026-06-22T00:00:00Z",
    )  # fmt: skip
    parts = [figure(assessed(rec, name).footprint.gate.total_kgco2e) for name in ("one", "two")]
    assert parts == [Fraction("361.0625"), Fraction("216.6375")]


@pytest.mark.parametrize("first", ["money", "metered"])
def test_trap_11_a_default_does_not_stand_beside_a_measurement(first: str) -> None:
    """Within one entry and within one pool, whichever was written first."""
    both = [expense(), activity("board", "100", "kg")]
    found = assessed(packed(*(both if first == "money" else both[::-1]), kwh="0"), "box").footprint
    assert found.gate.total_kgco2e == Decimal("119.972542")
    assert [(item.slot, item.tier) for item in found.superseded] == [("board", "io")]
    rec = picked("0")
    told = activity("electricity", "120", "kWh", "estimate")
    money = expense(slot="electricity", sector="cn-io-2017:24")
    read = activity("electricity", "100", "kWh", "meter")
    for item in (told, money, read) if first == "money" else (read, money, told):
        rec.pool("coldroom", "cold_store", [item])
    rec.close("coldroom", "cold_store", {"fruit": "3000"}, unit="kg_day")
    room = assessed(rec).footprint
    assert room.gate.total_kgco2e == Decimal("57.77")
    assert sorted(item.tier for item in room.superseded) == ["database", "io"]


@pytest.mark.parametrize("first", ["money", "weight"])
def test_trap_11_nor_across_the_entries_of_a_lot(first: str) -> None:
    """As of `lychee-fresh@2`; the first version looks within one entry or pool."""
    money, weight = expense(), activity("board", "100", "kg")
    rec = packed(money if first == "money" else weight, kwh="0")
    rec.add(
        "activity", at="packhouse", stage="packing", lots=[lot("box")], time="2026-06-23T00:00:00Z",
        data={"period": period()}, items=[weight if first == "money" else money],
    )  # fmt: skip
    found = assessed(rec, "box", VERSION_2).footprint
    assert found.gate.total_kgco2e == Decimal("119.972542")
    assert [(item.slot, item.tier) for item in found.superseded] == [("board", "io")]


# --- 12 and 13: money -------------------------------------------------------------------------------------------------


def test_trap_12_a_purchasers_price_is_not_a_basic_price() -> None:
    per_yuan = Fraction("0.0991131511")
    whole = figure(paid(vat="0.13", margin="0.06").footprint.gate.total_kgco2e)
    assert whole == quantum(1000 / Fraction("1.13") * Fraction("0.94") * per_yuan)
    net = figure(paid(vat="0.13", margin="0").footprint.gate.total_kgco2e)
    assert net == quantum(1000 / Fraction("1.13") * per_yuan)
    unknown = paid(vat="0.13").footprint.gate
    assert unknown.flag("margin_unknown").share == 100
    american = paid(currency="USD", year="2021", sector="us-epa-2021:322211")
    assert figure(american.footprint.gate.total_kgco2e) == 490
    assert [key for key in american.used_rows if key.startswith("us-epa")] == ["us-epa-2021:1.2:322211.PUR"]


@pytest.mark.parametrize("margin", ["0.10", "0", ""])
def test_trap_12_a_price_with_margins_takes_no_margin_out(margin: str) -> None:
    """As of `lychee-fresh@2`; the first version takes a stated margin out of a price that the row has it in."""
    bought = {
        "currency": "USD",
        "year": "2021",
        "sector": "us-epa-2021:322211",
        **({"margin": margin} if margin else {}),
    }
    found = assessed(packed(expense(**bought), kwh="0"), "box", VERSION_2)
    assert found.footprint.gate.total_kgco2e == Decimal(490)
    assert [key for key in found.used_rows if key.startswith("us-epa")] == ["us-epa-2021:1.2:322211.PUR"]
    assert "margin_unknown" not in found.flags


def test_trap_13_money_moves_through_time_before_it_changes_currency() -> None:
    found = paid(currency="USD", year="2024", margin="0")
    assert found.footprint.gate.total_kgco2e == Decimal("522.914051")
    rows = {key for key in found.used_rows if key.startswith("prices:")}
    assert rows == {f"prices:2026-11:{key}" for key in ("CPI.US.2017", "CPI.US.2024", "FX.USDCNY.2017")}


# --- 14 to 15: routes and places --------------------------------------------------------------------------------------


def findings(rec: Recorder, entry: str) -> list[str]:
    """Give what the book finds wrong with an entry, or warns of."""
    return [finding.code for finding in (*rec.book.rejected.get(entry, ()), *rec.book.warnings.get(entry, ()))]


def sailed(kilometres: str, *, teu: str = "2", load: str = "16000", **more: str) -> tuple[Recorder, str]:
    """Sail with one box from Yantian to Rotterdam, unless it is said otherwise; give the voyage."""
    rec = picked("0", "8000")
    box = ("box", {"teu": teu, "load": load, "unit": "kg", "evidence": "document"})
    ends = {"from": "CNYTN", "to": "NLRTM", **more}
    entry = rec.add(
        "transport", stage="sea", lots=[lot("fruit")], data={"leg": "main_carriage", "vehicle": "ship"},
        items=[mass("fruit", "at", "8000"), box, distance(kilometres, **ends)], time="2026-06-25T00:00:00Z",
    )  # fmt: skip
    return rec, entry


@pytest.mark.parametrize(
    ("kilometres", "more", "found"),
    [
        ("16767", {}, "through the Arctic"),
        ("16767", {"passage": "cape"}, "the passage that is stated"),
        ("16767", {"passage": "arctic"}, ""),
        ("18185", {}, ""),
        ("18185", {"passage": "suez"}, ""),
        ("18185", {"passage": "cape"}, "the passage that is stated"),
        ("24360", {"passage": "cape"}, ""),
        ("24372", {"passage": "cape", "from": "CNNSA"}, ""),
        ("9000", {"passage": "arctic"}, "great circle"),
        ("15492", {"from": "SGSIN"}, ""),
        ("19879", {"from": "CNSHA", "to": "DEHAM"}, ""),
        ("18196", {"from": "NLRTM", "to": "CNNSA"}, ""),
        ("100", {"from": "CNNSA", "to": "XXABC"}, ""),
    ],
)
def test_trap_14_a_route_that_avoids_suez_does_not_run_through_the_arctic(
    kilometres: str, more: dict[str, str], found: str
) -> None:
    """Yantian, Nansha and Singapore to Rotterdam are lengths of the design, Shanghai to Hamburg is HHLA's."""
    rec, _ = sailed(kilometres, **more)
    footprint = assessed(rec, method=VERSION_2).footprint
    refused = [item.reason for item in footprint.missing if item.stage == "sea"]
    counted = 0 if found else Fraction(kilometres) * 2 / 2 * Fraction("0.1393")
    assert (len(refused), found in "".join(refused)) == (bool(found), True)
    # The port of exit that nobody reported is estimated before the gate.
    voyage = footprint.delivered.total_kgco2e - footprint.gate.total_kgco2e
    assert figure(voyage) == quantum(Fraction(counted))


def minutes(text: str) -> str:
    """Write decimal degrees as public lists do: degrees, a point, minutes."""
    sign, value = "-" * text.startswith("-"), abs(Fraction(text))
    return f"{sign}{int(value)}.{round(value % 1 * 60):02d}"


def test_trap_15_degrees_and_minutes_are_no_decimals() -> None:
    known = {"CNYTN": (22.57, 114.27), "CNNSA": (22.63, 113.68), "NLRTM": (51.95, 4.05), "SGSIN": (1.26, 103.83)}
    for code, point in known.items():
        assert great_circle(ports()[code].point, point) < 20, code
    rows = shipped_rows("ports-2026-12.csv")
    written = [{**row, "latitude": minutes(row["latitude"]), "longitude": minutes(row["longitude"])} for row in rows]
    with pytest.raises(MalformedTable, match="degrees and minutes"):
        read_ports(written)
    with pytest.raises(MalformedTable, match="no such place"):
        read_ports([{**rows[0], "latitude": "91.0", "longitude": "91.0"}])


@pytest.mark.parametrize(
    ("latitude", "longitude", "found"),
    [
        ("91", "91", "nowhere"),
        ("22.57", "114.27", ""),
        ("22.34", "114.16", "minutes"),
        ("26.51", "119.52", "far"),
        ("114.27", "22.57", "nowhere"),
    ],
)
def test_trap_15_a_port_lies_where_it_lies(tmp_path: Path, latitude: str, longitude: str, found: str) -> None:
    """Yantian lies at 22.57 N 114.27 E; public lists have 2234N 11416E read as decimals, Fujian, or 91/91."""
    assert place_fault("CNYTN", Decimal(latitude), Decimal(longitude)) == found
    rec = Recorder()
    entry = rec.add(
        "register_facility", at="yantian", data={"type": "port"}, time="2025-01-01T00:00:00Z",
        items=[("place", {"locode": "CNYTN", "latitude": latitude, "longitude": longitude, "audience": "public"})],
    )  # fmt: skip
    assert findings(rec, entry) == (["place-nowhere"] if found == "nowhere" else [])
    path = tmp_path / "parties.csv"
    head = "类别,日期,简称,编号,所属或代管方,角色或类型,口岸代码,纬度,经度"
    path.write_text(f"{head}\n场所,2026-05-20,yt,f_uznqx7bug37jo4ne,coop,port,CNYTN,{latitude},{longitude}\n", "utf-8")
    read = read_file(path)
    assert [finding.code for finding in read.findings] == ([f"place-{found}"] if found else [])


# --- 16 to 19: units, masses, years -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("teu", "load", "part"), [("2", "16000", "1/2"), ("1", "8000", "1"), ("2", "8000", "1")])
def test_trap_16_a_forty_foot_box_is_two_teu(teu: str, load: str, part: str) -> None:
    rec = picked("0", "8000")
    box = ("box", {"teu": teu, "load": load, "unit": "kg", "evidence": "document"})
    plugged = [activity("moves", "1", "move"), activity("plug_hours", "31", "h", "meter")]
    rec.add(
        "port_call", stage="port", lots=[lot("fruit")], data={"port": "CNNSA"},
        items=[mass("fruit", "at", "8000"), box, *plugged], time="2026-06-24T00:00:00Z",
    )  # fmt: skip
    rec.carry(
        {"fruit": "8000"}, stage="sea", leg="main_carriage", vehicle="ship", items=[distance("18196"), box],
        time="2026-06-25T00:00:00Z",
    )  # fmt: skip
    slots = {slot.slot: figure(slot.total_kgco2e) for slot in assessed(rec).footprint.delivered.slots}
    teus = int(teu) * Fraction(part)
    assert slots["moves"] == 19 * teus
    assert slots["plug_hours"] == 31 * Fraction("2.7") * GRID * teus
    assert slots["work"] == 18196 * Fraction("0.1393") * teus


@pytest.mark.parametrize(
    ("teu", "load", "found"), [("1", "16000", ["box-teu"]), ("1", "14000", []), ("2", "16000", [])]
)
def test_trap_16_a_box_of_one_teu_that_is_too_heavy_is_warned_of(teu: str, load: str, found: list[str]) -> None:
    assert findings(*sailed("18185", teu=teu, load=load)) == found


def test_trap_17_a_jin_is_half_a_kilogram_and_fifteen_mu_are_a_hectare() -> None:
    assert Quantity.parse("2000", "jin").exact_in("kg") == 1000
    assert Quantity.parse("15", "mu").exact_in("m2") == 10_000 == Quantity.parse("1", "ha").exact_in("m2")
    found = assessed(packed(activity("board", "200", "jin"), kwh="0"), "box").footprint.gate
    assert found.total_kgco2e == Decimal("119.972542")


def test_trap_18_the_net_mass_divides_and_the_gross_mass_only_travels() -> None:
    rec = picked()
    carry(rec, "1250")
    rec.lose("fruit", "100", stage="retail", treatment="none", time="2026-06-26T00:00:00Z")
    found = assessed(rec).footprint.delivered
    trip = 75 * Fraction("1.25") * (Fraction("0.08908") + Fraction("0.02086"))
    assert figure(found.total_kgco2e) == Fraction("577.7") + trip
    assert found.mass_kg == 900
    assert figure(found.kgco2e_per_kg) == quantum((Fraction("577.7") + trip) / 900)


@pytest.mark.parametrize(
    ("gross", "found"),
    [("1000", []), ("999.9", ["gross-below-net"]), ("2000", []), ("2000.1", ["gross-far-above"])],
)
def test_trap_18_a_gross_mass_is_of_a_leg_and_never_below_the_net_mass(gross: str, found: list[str]) -> None:
    rec, stated = picked(), mass("fruit", "at", "1000", gross=gross)
    leg = rec.add(
        "transport", stage="road", lots=[lot("fruit")], data={"leg": "pre_carriage", "vehicle": "artic_33_reefer"},
        items=[stated, distance("75")], time="2026-06-23T00:00:00Z", check=False,
    )  # fmt: skip
    assert findings(rec, leg) == found
    assert (leg in rec.book.rejected) is (found == ["gross-below-net"])
    handled = rec.add(
        "activity", at="packhouse", stage="packing", lots=[lot("fruit")], time="2026-06-26T00:00:00Z",
        data={"period": period("2026-06-26T00:00:00Z", "2026-06-27T00:00:00Z")}, items=[stated], check=False,
    )  # fmt: skip
    assert findings(rec, handled) == ["item-place"]


@pytest.mark.parametrize(
    ("year", "key", "flags"),
    [(2026, "2024", set()), (2024, "2024", set()), (2023, "2023", set()), (2022, "2023", {"later_year"}),
     (2019, "2023", {"later_year", "year_gap"}), (2028, "2024", {"year_gap"})],
)  # fmt: skip
def test_trap_19_a_year_without_factor_says_so(year: int, key: str, flags: set[str]) -> None:
    rec = picked("0")
    rec.add(
        "activity", at="packhouse", stage="packing", lots=[lot("fruit")], time=f"{year}-06-20T00:00:00Z",
        data={"period": period(f"{year}-06-20T00:00:00Z", f"{year}-06-21T00:00:00Z")},
        items=[activity("electricity", "1000", "kWh", "meter")],
    )  # fmt: skip
    found = assessed(rec)
    value = {"2024": Decimal("577.7"), "2023": Decimal("620.5")}[key]
    assert found.footprint.gate.total_kgco2e == value
    assert {flag.code for flag in found.footprint.gate.flags if flag.total_kgco2e} == flags


# --- 20 and 21: shares and custody ------------------------------------------------------------------------------------


def test_trap_20_equal_remainders_have_one_winner_whatever_the_order() -> None:
    build = Builder()
    one = build.constant("1", "case")
    for total, parts in (("100", "33.333334 33.333333 33.333333"), ("0.000002", "0.000001 0.000001 0")):
        pool = build.constant(total, "case")
        for order in ("abc", "cab", "bca"):
            shares = [build.share(pool, dict.fromkeys(order, one), key) for key in "abc"]
            assert [build.value(node) for node in shares] == [Fraction(part) for part in parts.split()]
    rec = picked("100", "999")
    rec.process("split", {"fruit": "999"}, dict.fromkeys("xyz", "333"), at="packhouse")
    names = sorted("xyz", key=lot)
    found = [assessed(rec, name).footprint.gate.total_kgco2e for name in names]
    assert found == [Decimal("19.256667"), Decimal("19.256667"), Decimal("19.256666")]


def test_trap_21_a_returned_lot_carries_what_it_did_and_its_two_journeys() -> None:
    build = chain.ChainBuilder()
    grower, buyer = build.actor("grower", "grower"), build.actor("buyer", "importer")
    orchard = build.facility("orchard", grower, kind="orchard")
    fruit = build.harvest(grower, orchard, "fruit", "1000", at="2026-06-20T00:00:00Z")
    build.must(
        "activity", grower, facility=orchard, stage="orchard", data={"period": chain.SEASON},
        items=[chain.used("electricity", "1000", "kWh")], at="2026-06-20T00:00:00Z",
    )  # fmt: skip
    build.must(
        "close", grower, facility=orchard, stage="orchard", lots=[fruit], data={"period": chain.SEASON},
        items=[chain.weight(fruit, "1000")], at="2026-08-01T00:00:00Z",
    )  # fmt: skip

    def look() -> Assessment:
        return assess(build.book, fruit, library=library(), tree_size=len(build.added))

    before = look()
    assert before.footprint.delivered.total_kgco2e == Decimal("577.7")
    build.hand_over(grower, buyer, {fruit: "1000"}, at="2026-06-21T00:00:00Z")
    assert build.book.custodian_of(fruit) == buyer
    build.hand_over(buyer, grower, {fruit: "1000"}, at="2026-06-22T00:00:00Z")
    assert build.book.custodian_of(fruit) == grower
    after = look()
    assert after.tree.unsalted_digest() == before.tree.unsalted_digest()
    for day in ("21", "22"):
        build.must(
            "transport", grower, stage="road", lots=[fruit], at=f"2026-06-{day}T06:00:00Z",
            data={"leg": "pre_carriage", "vehicle": "artic_33_reefer"},
            items=[
                chain.mass(fruit, "at", "1000"),
                ("distance", {"quantity": "75", "unit": "km", "evidence": "document"}),
            ],
        )  # fmt: skip
    legs = look()
    assert legs.footprint.delivered.total_kgco2e == Decimal("594.191")


# --- 22: one kilowatt-hour, one claim ---------------------------------------------------------------------------------

ROOF = "own_pv:roof-1/2026-06"
PANELS = Fraction("0.0545")


def claim(rec: Recorder, serial: str, *, kwh: str = "500", check: bool = True) -> str:
    """Report 500 kWh of the packhouse, of which some are named by a serial."""
    power = activity("electricity", "500", "kWh", "meter")
    named = {"slot": "electricity", "serial": serial, "quantity": kwh, "unit": "kWh", "evidence": "meter"}
    return rec.add(
        "activity", at="packhouse", stage="packing", lots=[lot("fruit")], check=check,
        data={"period": period(), "certificates": [serial]}, items=[power, ("certificate", named)],
    )  # fmt: skip


def sell(rec: Recorder, *, serial: str = "phcer:GD-7", covers: Sequence[str] = (ROOF,), **more: Any) -> str:
    """Record a credit that was issued for the power of a meter."""
    data = issued(serial, covers=covers, status=more.pop("status", "issued"))
    return rec.add("credit", at="packhouse", lots=[lot("fruit")], data=data, items=[ISSUED, OWNED], **more)


def reasons(rec: Recorder, entry_id: str) -> list[str]:
    return [one.code for one in rec.book.rejected.get(entry_id, ())]


def power_of(rec: Recorder) -> Fraction:
    return figure(assessed(rec, method=VERSION_2).footprint.gate.total_kgco2e) - Fraction("577.7")


def test_trap_22_own_power_takes_the_factor_of_panels_once() -> None:
    rec = picked()
    claim(rec, ROOF)
    assert power_of(rec) == 500 * PANELS
    again = claim(rec, ROOF, check=False)
    assert reasons(rec, again) == ["serial-claimed"] and power_of(rec) == 500 * PANELS


def test_trap_22_power_that_brought_a_credit_takes_the_factor_of_the_grid() -> None:
    rec = picked()
    sell(rec)
    refused = claim(rec, ROOF, check=False)
    assert reasons(rec, refused) == ["serial-claimed"]
    rec.add(
        "activity", at="packhouse", stage="packing", lots=[lot("fruit")], data={"period": period()},
        items=[activity("electricity", "500", "kWh", "meter")],
    )  # fmt: skip
    assert power_of(rec) == 500 * GRID


def test_trap_22_a_credit_for_claimed_power_waits_until_the_claim_is_taken_back() -> None:
    rec = picked()
    claimed = claim(rec, ROOF)
    assert reasons(rec, sell(rec, check=False)) == ["serial-claimed"]
    rec.add(
        "amend", at="packhouse", stage="packing", lots=[lot("fruit")], refs=[claimed],
        data={"kind": "activity", "reason": "sold", "data": {"period": period()}},
        items=[activity("electricity", "500", "kWh", "meter")],
    )  # fmt: skip
    sell(rec)
    assert power_of(rec) == 500 * GRID
    assert reasons(rec, claim(rec, ROOF, check=False)) == ["serial-claimed"]


def test_trap_22_one_credit_is_recorded_once_and_frees_what_it_covered_when_reversed() -> None:
    rec = picked()
    first = sell(rec)
    assert reasons(rec, sell(rec, covers=(), check=False)) == ["serial-claimed"]
    assert reasons(rec, claim(rec, "phcer:GD-7", check=False)) == ["serial-claimed"]
    data = {"kind": "credit", "reason": "registry", "data": issued(covers=(ROOF,), status="reversed")}
    rec.add("amend", at="packhouse", lots=[lot("fruit")], refs=[first], data=data, items=[ISSUED, OWNED])
    claim(rec, ROOF)
    assert power_of(rec) == 500 * PANELS
    assert reasons(rec, claim(rec, "phcer:GD-7", check=False)) == ["serial-claimed"]


def test_trap_22_no_more_is_certified_than_was_used_and_every_serial_is_public() -> None:
    rec = picked()
    assert reasons(rec, claim(rec, ROOF, kwh="500.001", check=False)) == ["certificate-exceeds"]
    named = {"slot": "electricity", "serial": ROOF, "quantity": "1", "unit": "kWh", "evidence": "meter"}
    hidden = rec.add(
        "activity", at="packhouse", stage="packing", lots=[lot("fruit")], data={"period": period()}, check=False,
        items=[activity("electricity", "500", "kWh", "meter"), ("certificate", named)],
    )  # fmt: skip
    assert reasons(rec, hidden) == ["certificate-serial"]
    assert power_of(rec) == 0


def test_avoided_emissions_without_a_baseline_or_an_owner_are_refused() -> None:
    rec = picked()
    for items, code in (
        ([("avoided", {name: text for name, text in SPARED.items() if name != "baseline"}), OWNED], "item-missing"),
        ([("avoided", SPARED)], "owner-missing"),
        ([OWNED], "amount-missing"),
    ):
        entry = rec.add(
            "avoided", at="orchard", lots=[lot("fruit")], data={"period": period(), "type": "pv"}, items=items,
            check=False,
        )  # fmt: skip
        assert reasons(rec, entry) == [code]
