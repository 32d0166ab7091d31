"""What an orchard reports is judged by its climate, closes groups of mandatory slots by any of their members."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from iocore.sources import load_all
from passport.assess import Assessment, assess
from passport.policy import POLICY_2
from tests.unit.assess.recorder import SEASON, Recorder, activity, lot

METHOD = "lychee-fresh@2"
LIBRARY = load_all()
Items = Sequence[tuple[str, dict[str, Any]]]


def registered(*items: tuple[str, dict[str, str]]) -> Recorder:
    rec = Recorder()
    place = ("place", {"country": "CN", "region": "CN-GD", "audience": "public"})
    rec.add("register_facility", at="orchard", data={"type": "orchard"}, items=[place, *items], time=SEASON[0])
    return rec


def climate(zone: str) -> tuple[str, dict[str, str]]:
    return "climate", {"zone": zone, "evidence": "document", "precipitation": "480"}


def grown(rec: Recorder, items: Items) -> Assessment:
    rec.harvest({"fruit": "1000"}, at="orchard")
    rec.pool("orchard", "orchard", items)
    rec.close("orchard", "orchard", {"fruit": "1000"})
    return assess(rec.book, lot("fruit"), library=LIBRARY, methodology=METHOD, tree_size=len(rec.entries))


def of_gas(found: Assessment, gas: str) -> Fraction:
    return sum((Fraction(one.total_kgco2e) for one in found.footprint.delivered.slots if one.gas == gas), Fraction(0))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ((), Fraction("865.722")),  # 100 x (0.016 + 0.11 x 0.014 + 0.24 x 0.011) x 44/28 x 273
        ((climate("wet"),), Fraction("865.722")),
        ((climate("dry"),), Fraction("238.095")),  # 100 x (0.005 + 0.11 x 0.005) x 44/28 x 273
    ],
)
def test_registration_says_what_climate_the_soil_has(said: Items, wanted: Fraction) -> None:
    found = grown(registered(*said), [activity("nitrogen", "100", "kg")])
    assert of_gas(found, "N2O") == wanted


@pytest.mark.parametrize(
    ("year", "wanted"), [("2006", "800"), ("2024", "800"), ("2005", "0"), ("1958", "0"), ("2025", "800")]
)
def test_conversion_is_charged_for_twenty_years(year: str, wanted: str) -> None:
    land = activity("land_converted", "2", "mu", "document", converted=year, lost="120")
    found = grown(registered(), [land])
    (slot,) = found.footprint.delivered.slots
    assert (slot.bucket, slot.gas, slot.tier) == ("luc", "CO2", "primary")
    assert Fraction(slot.total_kgco2e) == Fraction(wanted)
    assert "land_converted" not in missing_of_orchard(found)


@pytest.mark.parametrize(
    ("fields", "evidence", "reason"),
    [
        ({}, "document", "state the year of the conversion, from a document"),
        (
            {"converted": "2013"},
            "document",
            "state the t of CO2 that a hectare lost by the conversion, from a document",
        ),
        ({"converted": "2031", "lost": "120"}, "document", "the land was converted after this"),
        ({"converted": "1958"}, "own_statement", "state the year of the conversion, from a document"),
    ],
)
def test_converted_land_without_evidence_is_unknown_and_never_nothing(
    fields: dict[str, str], evidence: str, reason: str
) -> None:
    found = grown(registered(), [activity("land_converted", "2", "mu", evidence, **fields)])
    assert {gap.reason for gap in found.footprint.missing if gap.slot == "land_converted"} == {reason}
    assert "missing_slots" in found.flags
    assert found.footprint.delivered.slots == ()


def missing_of_orchard(found: Assessment) -> list[str]:
    return [item.slot for item in found.footprint.missing if item.stage == "orchard"]


def test_one_fertiliser_closes_every_nutrient_that_it_holds() -> None:
    nothing = missing_of_orchard(grown(registered(), [activity("diesel", "10", "L")]))
    assert nothing == sorted(set(POLICY_2.mandatory["orchard"]) - {"diesel"})
    compound = missing_of_orchard(grown(registered(), [activity("diesel", "10", "L"), activity("npk", "100", "kg")]))
    assert set(nothing) - set(compound) == {"nitrogen", "phosphate", "potash"}
    phosphate = [activity("diesel", "10", "L"), activity("diammonium_phosphate", "100", "kg")]
    assert set(nothing) - set(missing_of_orchard(grown(registered(), phosphate))) == {"nitrogen", "phosphate"}
    sheep = [activity("diesel", "10", "L"), activity("manure_sheep", "100", "kg")]
    assert set(nothing) - set(missing_of_orchard(grown(registered(), sheep))) == {"organic_manure"}


def test_one_explicit_zero_closes_a_group() -> None:
    zero = grown(registered(), [activity("nitrogen", "0", "kg", reason="none was spread")])
    assert "nitrogen" not in missing_of_orchard(zero)
    before = grown(registered(), [activity("diesel", "10", "L")]).footprint.coverage
    assert zero.footprint.coverage == before
