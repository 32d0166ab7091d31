"""Every recipe finds its factors, carries one gas, and uses the factors that the rules ask for."""

from __future__ import annotations

import pytest

from iocore.sources import load_all
from ledger.book.stage import COMMON_SLOTS, stages
from passport.bench import Bench
from passport.calculation import Builder
from passport.methodologies.lychee_fresh_v1 import METHODOLOGY
from passport.methodologies.lychee_fresh_v2 import METHODOLOGY as NEWEST
from passport.methodology import Emission, Methodology, Where, methodologies, methodology

LIBRARY = load_all()
RECIPES = {
    f"{method.code}/{name}": (method, emissions)
    for method in (METHODOLOGY, NEWEST)
    for name, emissions in {
        **{f"{stage}/{slot}": found for (stage, slot), found in method.recipes.items()},
        **{f"vehicle/{name}": found for name, found in {**method.vehicles, **method.vessels}.items()},
    }.items()
}


def compile_with(emission: Emission, place: str = "CN-GD", method: Methodology = METHODOLOGY) -> Bench:
    bench = Bench(Builder(), LIBRARY, method)
    compiled = bench.emission(emission, bench.builder.constant("10", "test"), Where((place, place[:2]), 2026))
    assert compiled.gas
    sign = -1 if compiled.bucket == "biogenic_uptake" else 1
    assert bench.builder.value(compiled.node) * sign > 0
    return bench


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_recipe_finds_its_factors_at_home(name: str) -> None:
    method, emissions = RECIPES[name]
    for emission in emissions:
        used = compile_with(emission, method=method).used
        assert used or emission.gas
        forbidden = ("ELC.GRID-AVG", "ELC.OM", "ELC.BM", "BENCH", "FERT.N-CHAIN", "COST")
        assert not [row.key for row in used.values() if row.key.startswith(forbidden)]
        halves = {row.key.split(".")[-3] for row in used.values() if row.key.startswith("TRN.") and ".GB." in row.key}
        assert halves <= {"TTW"} or halves <= {"WTT"} or halves <= {"WTW"}


def test_soil_nitrogen_uses_one_edition() -> None:
    for slot in ("urea", "npk", "organic_manure"):
        emissions = METHODOLOGY.recipe("orchard", slot)
        assert emissions is not None
        years = {row.year for row in compile_with(emissions[-1]).used.values() if row.key.startswith("SOILN.")}
        assert years == {2019}


def test_electricity_is_the_footprint_factor_of_the_country() -> None:
    emissions = METHODOLOGY.recipe("retail", "electricity")
    assert emissions is not None
    assert list(compile_with(emissions[0], "CN-GD").used) == ["literature:2026-11:ELC.GRID-PCF.CN.2024"]
    assert list(compile_with(emissions[0], "NL-XX").used) == ["literature:2026-11:ELC.GRID-EMBER.NL.2024"]


#: Slots that no published value is known for: money may stand for them, a quantity is refused.
GAPS = {
    "packing/dip_acid",
    "packing/sulphur",
    *(f"wine/{slot}" for slot in ("cleaning_agent", "cork", "sugar", "yeast")),
}
#: Methods of the stages that not every product goes through.
OWN = {"wine": "lychee-wine@1"}


def test_every_slot_of_every_stage_has_a_recipe_or_is_a_known_gap() -> None:
    computed = {"road/work"}
    missing = {
        f"{stage.code}/{slot.code}"
        for stage in stages().values()
        for slot in (*stage.slots, *COMMON_SLOTS)
        if methodology(OWN.get(stage.code, NEWEST.code)).recipe(stage.code, slot.code) is None
        and slot.code not in NEWEST.policy.zero_only
    }
    assert missing == computed | GAPS


def test_every_mandatory_slot_is_one_and_so_is_what_closes_it() -> None:
    for stage, slots in NEWEST.policy.mandatory.items():
        known = {slot.code for slot in stages()[stage].slots}
        assert {code for slot in slots for code in NEWEST.policy.members(slot)} <= known, stage


def test_soil_nitrogen_takes_one_edition_in_any_year_and_climate() -> None:
    nitrogen = [slot.code for slot in stages()["orchard"].slots if slot.main_gas == "N2O"]
    assert len(nitrogen) == 15
    for slot in nitrogen:
        for year in (2005, 2018, 2026):
            for climate, wanted in (("", "WET"), ("wet", "WET"), ("dry", "DRY")):
                bench = Bench(Builder(), LIBRARY, NEWEST)
                (field,) = [one for one in NEWEST.recipe("orchard", slot) or () if one.gas == "N2O"]
                bench.emission(field, bench.builder.constant("10", "test"), Where(("CN",), year, climate))
                rows = [row for row in bench.used.values() if row.key.startswith("SOILN.")]
                assert {row.year for row in rows} == {2019}
                named = [row.key for row in rows if "WET" in row.key or "DRY" in row.key]
                assert named and all(wanted in key for key in named), (slot, year, climate)


def test_information_slots_post_nothing() -> None:
    for stage in stages().values():
        for slot in stage.slots:
            if slot.information:
                assert NEWEST.recipe(stage.code, slot.code) == ()


def test_methodologies_are_found_by_code() -> None:
    assert methodologies()["lychee-fresh@1"] is METHODOLOGY
