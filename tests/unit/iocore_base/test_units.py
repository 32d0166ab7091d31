"""Numbers are read in one spelling, converted exactly and divided without loss."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocore.errors import IOCoreError, MalformedNumber, NonFinite, ShapeMismatch, UnitMismatch, UnknownUnit
from iocore.units import (
    UNITS,
    Quantity,
    conversion,
    format_decimal,
    from_float,
    largest_remainder,
    parse_decimal,
    quanta_of,
    round_quantum,
)

BAD = [
    "",
    "+1",
    "-0",
    "-0.00",
    "01",
    ".5",
    "1.",
    "1e3",
    "1,000",
    " 1",
    "1 ",
    "1\n",
    "NaN",
    "inf",
    "0x1",
    "１",
    "٣",
    "1_0",
]


@pytest.mark.parametrize("text", BAD)
def test_number_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(MalformedNumber):
        parse_decimal(text)


def test_number_that_is_not_text_is_refused() -> None:
    with pytest.raises(MalformedNumber):
        parse_decimal(12)  # type: ignore[arg-type]


def test_trailing_zeros_state_precision() -> None:
    assert format_decimal(parse_decimal("12.500")) == "12.500"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_number_survives_writing_and_reading(value: Decimal) -> None:
    text = format_decimal(value)
    assert parse_decimal(text) == value
    assert format_decimal(parse_decimal(text)) == text


@given(st.text(max_size=12))
def test_reading_any_text_gives_its_own_spelling_or_one_error(text: str) -> None:
    try:
        value = parse_decimal(text)
    except MalformedNumber:
        return
    assert format_decimal(value) == text


@given(st.integers(-(10**9), 10**9), st.integers(0, 8), st.integers(0, 8))
def test_terminating_fraction_is_written_exactly(number: int, twos: int, fives: int) -> None:
    value = Fraction(number, 2**twos * 5**fives)
    assert Fraction(parse_decimal(format_decimal(value))) == value


def test_fraction_without_end_is_refused() -> None:
    with pytest.raises(MalformedNumber):
        format_decimal(Fraction(1, 3))


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
def test_decimal_without_value_is_refused(value: Decimal) -> None:
    with pytest.raises(NonFinite):
        format_decimal(value)


def test_zero_is_written_without_sign() -> None:
    assert format_decimal(Decimal("-0.00")) == "0.00"


def test_exponent_is_spelled_out() -> None:
    assert format_decimal(Decimal("1.2E+3")) == "1200"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0000005, "0.000000"), (0.1 + 0.2, "0.300000"), (-0.0, "0.000000"), (-1.5, "-1.500000"), (2**-20, "0.000001")],
)
def test_float_crosses_once_to_the_quantum(value: float, expected: str) -> None:
    assert format_decimal(from_float(value)) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_float_without_value_is_refused(value: float) -> None:
    with pytest.raises(NonFinite):
        from_float(value)


def test_rounding_takes_ties_to_even() -> None:
    assert round_quantum(Fraction("0.0000005")) == 0
    assert round_quantum(Fraction("0.0000015")) == Fraction("0.000002")
    assert round_quantum(Fraction("-0.0000015")) == Fraction("-0.000002")


def test_split_lot_conserves_every_quantum() -> None:
    parts = largest_remainder(Fraction("100.000001"), [Fraction("333.333"), Fraction("333.333"), Fraction("333.334")])
    assert [format_decimal(part) for part in parts] == ["33.3333", "33.3333", "33.333401"]


def test_equal_remainders_go_to_the_larger_weight_then_the_smaller_position() -> None:
    assert largest_remainder(Fraction("0.000001"), [Fraction(1), Fraction(1)]) == (Fraction("0.000001"), Fraction(0))
    quanta = largest_remainder(Fraction("0.000002"), [Fraction(1), Fraction(3)])
    assert quanta == (Fraction(0), Fraction("0.000002"))


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.fractions(min_value=0, max_value=10**6, max_denominator=10**6), min_size=1, max_size=9),
)
def test_parts_add_up_and_stay_within_a_quantum(quanta: int, weights: list[Fraction]) -> None:
    total, whole = Fraction(quanta, 10**6), sum(weights)
    if not whole:
        with pytest.raises(ShapeMismatch):
            largest_remainder(total, weights)
        return
    parts = largest_remainder(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / whole) < Fraction(1, 10**6)
    assert tuple(-part for part in parts) == largest_remainder(-total, weights)


def test_weights_and_totals_out_of_range_are_refused() -> None:
    with pytest.raises(ShapeMismatch):
        largest_remainder(Fraction(1), [Fraction(2), Fraction(-1)])
    with pytest.raises(ShapeMismatch):
        largest_remainder(Fraction(1), [])
    with pytest.raises(MalformedNumber):
        largest_remainder(Fraction("0.0000001"), [Fraction(1)])


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [("25", "jin", "kg", "12.5"), ("1.5", "t", "kg", "1500"), ("3", "mu", "m2", "2000"), ("3.6", "MJ", "kWh", "1")],
)
def test_local_units_convert_exactly(value: str, source: str, target: str, expected: str) -> None:
    assert Fraction(Quantity.parse(value, source).to(target).value) == Fraction(expected)


def test_conversion_between_dimensions_is_refused() -> None:
    with pytest.raises(UnitMismatch):
        Quantity.parse("1", "kg").to("kWh")
    with pytest.raises(UnknownUnit):
        Quantity.parse("1", "stone")


def test_every_unit_has_a_base_unit_of_its_dimension() -> None:
    based = {entry.dimension for entry in UNITS.values() if entry.to_base == 1}
    assert {entry.dimension for entry in UNITS.values()} == based
    assert conversion("day", "h") == 24


def test_errors_carry_a_code_and_context() -> None:
    with pytest.raises(IOCoreError) as caught:
        parse_decimal("1,000")
    assert caught.value.code == "malformed-number"
    assert caught.value.context == {"text": "1,000"}
    assert "1,000" in str(caught.value)


def by_definition(total: Fraction, weights: list[Fraction]) -> tuple[Fraction, ...]:
    """Divide as the rule is worded, with fractions throughout."""
    exact = [abs(total) * weight / sum(weights) for weight in weights]
    parts = [Fraction(part * 10**6 // 1, 10**6) for part in exact]
    order = sorted(range(len(weights)), key=lambda at: (parts[at] - exact[at], -weights[at], at))
    for at in order[: int((abs(total) - sum(parts)) * 10**6)]:
        parts[at] += Fraction(1, 10**6)
    return tuple(part if total >= 0 else -part for part in parts)


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.fractions(0, 1000, max_denominator=1000) | st.sampled_from([Fraction(1), Fraction(2)]), min_size=1),
    st.sampled_from([1, 3**5000]),
)
def test_division_follows_its_rule_whatever_the_denominators(quanta: int, weights: list[Fraction], more: int) -> None:
    total, weights = Fraction(quanta, 10**6), [weight / more for weight in weights]
    if sum(weights) > 0:
        assert largest_remainder(total, weights) == by_definition(total, weights)


@given(st.fractions() | st.integers(-(10**9), 10**9).map(lambda half: Fraction(half, 2 * 10**6)))
def test_rounding_to_a_quantum_is_half_even(value: Fraction) -> None:
    assert round_quantum(value) == Fraction(round(value * 10**6), 10**6)


@given(st.integers(-(10**30), 10**30))
def test_quanta_count_whole_and_nothing_finer_does(quanta: int) -> None:
    assert quanta_of(Fraction(quanta, 10**6)) == quanta
    with pytest.raises(MalformedNumber):
        quanta_of(Fraction(quanta, 10**6) + Fraction(1, 3 * 10**6))
