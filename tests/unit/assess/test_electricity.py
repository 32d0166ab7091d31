"""Electricity is counted in one way, and gases with one set of warming potentials, wherever a factor comes from."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from passport.bench import Bench
from passport.calculation import Builder
from passport.errors import AssessmentRefused
from passport.methodologies.lychee_fresh_v2 import METHODOLOGY
from passport.methodology import AMOUNT, Emission, Factor, Fill, times
from tests.unit.assess.recorder import FRESH, activity, lot, period
from tests.unit.assess.test_slots import footprint, kwh, library, packed, recipe, refusals


@pytest.mark.parametrize("stem", ["ELC.GRID-AVG", "ELC.GRID-FOSSIL", "ELC.OM", "ELC.BM"])
def test_direct_co2_of_the_grid_never_stands_for_electricity(stem: str) -> None:
    rec = packed(kwh("100"))
    direct = Emission("fossil", times(AMOUNT, Factor(stem, ("CN-SOUTH",))), gas="CO2")
    told = refusals(rec, "electricity", recipe("packing", "electricity", direct))
    assert [reason.partition(" (")[0] for reason in told] == [
        "assessment-refused: a factor counts electricity in another way than this method"
    ]
    fill = Fill("packing", "electricity", times(AMOUNT, Factor(stem, ("CN-SOUTH",))), "no such thing")
    silent = packed(activity("board", "1", "kg"), product=FRESH)
    with pytest.raises(AssessmentRefused, match="electricity in another way"):
        footprint(silent, method=replace(METHODOLOGY, fills=(fill,)))


def test_residual_mix_enters_through_its_opening_and_is_flagged_as_co2_alone() -> None:
    """100 kWh by 0.6096 kg CO2 each, the residual mix of 2023; another slot and another policy refuse it."""
    rec = packed(kwh("100"))
    method = recipe("packing", "electricity", Emission("fossil", times(AMOUNT, Factor("ELC.GRID-RESID")), gas="CO2"))
    assert METHODOLOGY.policy.openings == (("ELC.GRID-RESID", "shore_power", "co2_only"),)
    assert len(refusals(rec, "electricity", method)) == 1
    for openings, total in (((("ELC.GRID-RESID", "electricity", "co2_only"),), "60.96"), ((), "0")):
        changed = replace(method, policy=replace(method.policy, openings=openings))
        made = footprint(rec, method=changed).delivered
        assert made.total_kgco2e == Decimal(total)
        assert {flag.code for flag in made.flags if flag.total_kgco2e} == ({"co2_only"} if openings else set())


def test_a_method_of_direct_emissions_refuses_the_life_cycle_as_well() -> None:
    rec = packed(kwh("100"))
    direct = replace(METHODOLOGY, policy=replace(METHODOLOGY.policy, electricity="direct"))
    assert len(refusals(rec, "electricity", direct)) == 1
    assert footprint(rec, method="lychee-fresh@1").delivered.total_kgco2e == Decimal("57.77")


def test_set_that_nobody_confirmed_is_flagged_by_the_second_policy_alone() -> None:
    rec = packed(kwh("100"))
    first, second = (footprint(rec, method=name).delivered for name in ("lychee-fresh@1", "lychee-fresh@2"))
    assert [flag.code for flag in first.flags if "unconfirmed" in flag.code] == []
    found_flag = next(flag for flag in second.flags if flag.code == "gwp_unconfirmed")
    assert (found_flag.total_kgco2e, found_flag.share) == (Decimal("57.77"), Decimal("100.0"))


def test_gas_is_characterised_with_the_set_of_the_method_alone() -> None:
    older = replace(METHODOLOGY, gwps={**METHODOLOGY.gwps, "CH4": "GWP100.CH4.AR5"})
    bench = Bench(Builder(), library(), older)
    bench.characterisation("CO2")
    bench.characterisation("N2O")
    with pytest.raises(AssessmentRefused, match="another set"):
        bench.characterisation("CH4")


@pytest.mark.parametrize(
    ("year", "rest"), [("2022", "0.6205"), ("2023", "0.6205"), ("2024", "0.6096"), ("2026", "0.6096")]
)
def test_a_certificate_never_makes_the_power_beyond_it_lighter(year: str, rest: str) -> None:
    """The residual mix of a year is CO2 alone: 0.5856 and 0.6096, below the life cycle of all power, 0.6205 in 2023."""
    rec = packed()
    named = {"slot": "shore_power", "serial": "gec:1", "quantity": "1", "unit": "kWh", "evidence": "document"}
    rec.add(
        "activity", at="packhouse", stage="port", lots=[lot("p")], time=f"{year}-06-23T00:00:00Z",
        data={"period": period(f"{year}-06-01T00:00:00Z", f"{year}-07-01T00:00:00Z"), "certificates": ["gec:1"]},
        items=[activity("shore_power", "1001", "kWh", "meter"), ("certificate", named)],
    )  # fmt: skip
    slots = footprint(rec, method="lychee-fresh@2").delivered.slots
    total = sum(one.total_kgco2e for one in slots if one.slot == "shore_power")
    assert total == 1000 * Decimal(rest) + Decimal("0.0545")


def test_no_life_cycle_residual_mix_is_shipped() -> None:
    """Where one is, it is what power beyond its certificates takes, and the opening for CO2 alone goes."""
    rows = [row for source in ("literature", "practice") for row in library().source(source) if "RESID" in row.key]
    assert len(rows) >= 2 and {row.electricity for row in rows} == {"direct"}
