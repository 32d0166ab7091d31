"""Read geometric standard deviations out of what sources print."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from iocore.factors import FactorLibrary, FactorRow
from iocore.quality import DEFAULT_GSD, gsd_of, is_assumed, widened, within_whole


def rated(uncertainty: str, value: str = "0.01", confidence: str = "B") -> FactorRow:
    return FactorRow(key="X", value=value, unit="1", gas="CO2", confidence=confidence, uncertainty=uncertainty)


@pytest.mark.parametrize(
    ("text", "value", "expected", "assumed"),
    [
        ("GSD 1.05 (assumed)", "1", 1.05, True),
        ("GSD 2.0", "1", 2.0, False),
        ("0", "1", 1.0, False),
        ("", "1", 1.2, True),
        ("divide by pump+motor efficiency 0.3-0.7", "1", 1.2, True),
        ("72600-74800 (95%)", "74100", math.exp(math.log(74800 / 72600) / 3.92), False),
        ("15-50 %", "32.5", math.exp(math.log(50 / 15) / 3.92), False),
        ("30-50; measured sites often at least double", "30", math.exp(math.log(50 / 30) / 3.92), False),
        ("0.000-0.020", "0.011", math.exp(math.log(0.020 / 0.011) / 1.96), False),
        ("+-60%", "2.7", math.exp(math.log(1.6 / 0.4) / 3.92), False),
        ("+-11", "27.0", math.exp(math.log(38 / 16) / 3.92), False),
        ("-50%..0 (upper bound factor)", "0.20", math.exp(math.log(2) / 3.92), False),
    ],
)
def test_printed_uncertainty_becomes_a_deviation(text: str, value: str, expected: float, assumed: bool) -> None:
    row = rated(text, value)
    assert float(gsd_of(row)) == pytest.approx(expected, abs=5e-5)
    assert is_assumed(row) is assumed


def test_default_follows_the_confidence_letter() -> None:
    for letter, expected in DEFAULT_GSD.items():
        assert gsd_of(rated("", confidence=letter)) == expected
    assert gsd_of(rated("", confidence="")) == DEFAULT_GSD["D"]


def test_every_shipped_row_has_a_deviation_of_at_least_one(library: FactorLibrary) -> None:
    for factors in library.sets:
        for row in factors:
            assert Decimal(1) <= Decimal(gsd_of(row)) < Decimal(5), row.key


def test_terms_add_to_the_squared_logarithm() -> None:
    assert widened("1.5", Decimal(0)) == "1.5"
    assert float(widened("1", Decimal("0.04"))) == pytest.approx(math.exp(0.2), abs=5e-5)
    assert float(widened("1.5", Decimal("0.0496"))) == pytest.approx(
        math.exp(math.sqrt(math.log(1.5) ** 2 + 0.0496)), abs=5e-5
    )


@pytest.mark.parametrize(
    ("value", "unit", "gas", "wanted"),
    [
        ("0.24", "kg N/kg N", "fraction", math.exp(math.log(1 / 0.24) / 1.96)),
        ("0.02", "kg N/kg N", "fraction", 3.0),
        ("50", "% of charge/yr", "fraction", math.exp(math.log(2) / 1.96)),
        ("1", "kg N/kg N", "fraction", 1.0),
        ("0.24", "kg/kg", "CO2", 3.0),
    ],
)
def test_upper_end_of_a_fraction_is_its_whole(value: str, unit: str, gas: str, wanted: float) -> None:
    row = FactorRow(key="X", value=value, unit=unit, gas=gas)
    assert float(within_whole(row, "3.0")) == pytest.approx(wanted, abs=5e-5)
    assert within_whole(row, "1.0") == "1.0"


def test_every_spread_that_the_values_of_practice_state_is_read(library: FactorLibrary) -> None:
    unread = [
        row.key
        for factors in library.sets
        if factors.source == "practice"
        for row in factors
        if row.uncertainty and "assumed" not in row.uncertainty and is_assumed(row)
    ]
    assert unread == []
