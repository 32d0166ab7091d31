"""Ratings follow the table and the emissions; bounds follow from the warming potentials of the gases inside."""

from __future__ import annotations

from dataclasses import astuple
from decimal import Decimal
from fractions import Fraction

import pytest

from iocore.dqr import DIMENSIONS, Rating, misfit, policy_table, rate, roll_up, weighted
from iocore.factors import FactorRow
from iocore.shift import co2_only_shift, gwp_shift
from iocore.sources import load_all


def row(region: str = "CN", year: int = 2024, confidence: str = "A", key: str = "X.Y", **more: str) -> FactorRow:
    return FactorRow(
        key=key, value="1", unit="kg/kg", gas="CO2", region=region, year=year, confidence=confidence, **more
    )


def rating(*rows: FactorRow, tier: str = "database", evidence: str = "meter", year: int = 2026) -> tuple[int, ...]:
    return astuple(rate(rows, tier=tier, evidence=evidence, places=("CN-GD", "CN"), year=year))


@pytest.mark.parametrize(("region", "wanted"), [("CN-GD", 1), ("CN-SOUTH", 2), ("CN", 2), ("WORLD", 4), ("GB", 5)])
def test_place_is_rated_by_how_near_it_is(region: str, wanted: int) -> None:
    assert rating(row(region=region)) == (2, wanted, 1, 1)


def test_nation_is_a_mean_even_where_no_nearer_place_is_known() -> None:
    assert rate([row(region="NL")], tier="database", evidence="meter", places=("NL",), year=2025).geography == 2


@pytest.mark.parametrize(
    ("year", "wanted"), [(2024, 1), (2023, 2), (2021, 2), (2020, 3), (2016, 4), (2011, 5), (0, 5), (2029, 2)]
)
def test_time_is_rated_by_the_gap_in_both_directions(year: int, wanted: int) -> None:
    assert rating(row(year=year))[2] == wanted


@pytest.mark.parametrize(
    ("tier", "confidence", "wanted"),
    [("database", "A", 2), ("database", "B", 2), ("database", "C", 3), ("database", "D", 4), ("database", "", 4),
     ("gap_fill", "A", 4), ("io", "A", 5), ("supplier", "A", 2), ("primary", "A", 1)],
)  # fmt: skip
def test_technology_is_rated_by_the_kind_of_estimate(tier: str, confidence: str, wanted: int) -> None:
    assert rating(row(confidence=confidence), tier=tier)[0] == wanted


@pytest.mark.parametrize(
    ("evidence", "wanted"),
    [("meter", 1), ("scale_ticket", 1), ("invoice", 2), ("document", 3), ("own_statement", 4), ("estimate", 5)],
)
def test_activity_is_rated_by_its_evidence(evidence: str, wanted: int) -> None:
    assert rating(row(), evidence=evidence)[3] == wanted


@pytest.mark.parametrize(
    ("factor", "wanted"),
    [
        (row(), "0.000625"),  # read at its source 0.0006, own nation 0.000025, two years 0
        (row(region="CN-GD"), "0.000625"),
        (row(region="WORLD", year=2006, confidence="C"), "0.0486"),  # 0.008 + 0.0006 + 0.04
        (row(region="GB", year=2022), "0.0028"),  # 0.0006 + 0.002 + 0.0002
        (row(category="soil-N", region="WORLD", year=2006), "0.0012"),
        (row(key="FUEL.X.NCV.CN.2006", category="fuel", region="CN", year=2006), "0.000625"),
        (row(key="FUEL.X.CH4.CN.2006", category="fuel", region="CN", year=2006), "0.040625"),
        (row(category="input_output", year=2017), "0.122025"),
        (row(category="price", year=2006), "0"),
        (row(key="GWP100.N2O.AR6", region="WORLD", year=2021), "0"),
    ],
)
def test_distance_from_what_a_factor_stands_for_adds_variance(factor: FactorRow, wanted: str) -> None:
    assert misfit(factor, home="CN", year=2026, timeless=("soil-N", ".NCV")) == Decimal(wanted)


def test_what_does_not_age_is_rated_as_of_the_year() -> None:
    """The heating value of 2006 is as good today, the methane of an engine of 2006 is not."""
    heating = row(key="FUEL.X.NCV.CN.2006", category="fuel", region="CN", year=2006)
    engine = row(key="FUEL.X.CH4-ROAD.CN.2006", category="fuel", region="CN", year=2006)
    asked = {"tier": "database", "evidence": "meter", "places": ("CN",), "year": 2026}
    assert rate([heating], **asked).time == rate([engine], **asked).time == 5
    assert rate([heating], **asked, timeless=(".NCV",)).time == 1
    assert rate([heating, engine], **asked, timeless=(".NCV",)).time == 5


def test_every_rating_has_its_term() -> None:
    terms = policy_table("pedigree")
    assert set(terms) == {f"{name}:{rating}" for name in DIMENSIONS[:3] for rating in range(1, 6)}
    for name in DIMENSIONS[:3]:
        found = [Decimal(terms[f"{name}:{rating}"]) for rating in range(1, 6)]
        assert found[0] == 0 and found == sorted(found)


def test_worst_factor_counts_and_what_stands_for_no_process_does_not() -> None:
    assert rating(row(), row(region="GB", year=2010, confidence="C")) == (3, 5, 5, 1)
    others = (row(key="GWP100.N2O.AR6", region="WORLD", year=1990), row(category="constant", year=1990))
    assert rating(row(), *others) == rating(row())
    assert rating(*others) == (1, 1, 1, 1)


def test_worked_example_s50() -> None:
    """0.40, 0.10, 0.06, 0.24 kg rated 1, 3, 2, 4: (0.40 + 0.30 + 0.12 + 0.96) / 0.80; the plain mean would be 2.5."""
    parts = list(zip(map(Fraction, ("0.40", "0.10", "0.06", "0.24")), (1, 3, 2, 4), strict=True))
    assert weighted(parts) == Decimal("2.225")


def test_roll_up_weighs_every_dimension_and_says_nothing_about_nothing() -> None:
    parts = [(Fraction(3), Rating(1, 2, 3, 4)), (Fraction(1), Rating(5, 2, 1, 5))]
    wanted = [Decimal("2.000"), Decimal("2.000"), Decimal("2.500"), Decimal("4.250")]
    assert roll_up(parts) == dict(zip(DIMENSIONS, wanted, strict=True))
    assert roll_up([(Fraction(0), Rating(1, 1, 1, 1))]) == {} == roll_up([])


def test_shift_is_the_largest_change_of_any_gas_inside() -> None:
    assert gwp_shift("AR5", "AR6", combustion=True) == Fraction("29.8") / 28 - 1
    assert gwp_shift("AR5", "AR6", combustion=False) == Fraction(5810, 4800) - 1
    assert gwp_shift("AR4", "AR6", combustion=True) == Fraction("29.8") / 25 - 1
    assert gwp_shift("AR6", "AR6", combustion=False) == 0
    assert gwp_shift("unknown", "AR6", combustion=True) == gwp_shift("AR4", "AR6", combustion=True)
    assert gwp_shift("AR5", "AR7", combustion=True) is None


def test_warming_potentials_equal_the_shipped_factors_where_both_have_them() -> None:
    literature, compared = load_all().source("literature"), 0
    for key, value in policy_table("gwp100").items():
        gwp_set, _, gas = key.partition(":")
        shipped = literature.get(f"GWP100.{gas}.{gwp_set}")
        if shipped is not None:
            assert Fraction(shipped.value) == Fraction(value), key
            compared += 1
    assert compared == 16


def test_gases_left_out_are_bounded_by_the_worst_fuel_or_not_at_all() -> None:
    literature = load_all().source("literature")
    extra = Fraction(literature.row("FUEL.DIESEL.N2O-AGRI.WORLD.2006").value) * 273
    extra += Fraction(literature.row("FUEL.DIESEL.CH4-AGRI.WORLD.2006").value) * Fraction("29.8")
    worst = extra / Fraction(literature.row("FUEL.DIESEL.CO2-NCV.WORLD.2006").value)
    bound = co2_only_shift("moves")
    assert bound is not None
    assert 0 <= bound - worst < Fraction("0.0001")
    assert co2_only_shift("board") is None
