"""Check rounding for people."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport.display import figure, parts, percent


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.842123", "0.84"),
        ("0.845", "0.84"),
        ("0.855", "0.86"),
        ("12", "12.00"),
        ("0", "0.00"),
        ("0.001234", "0.0012"),
        ("-0.004", "-0.0040"),
        ("0.099", "0.099"),
        ("0.1", "0.10"),
    ],
)
def test_a_figure_is_rounded_half_even_and_small_ones_keep_two_digits(text: str, shown: str) -> None:
    assert figure(text) == shown


@pytest.mark.parametrize(
    ("share", "shown"), [("79.4", "79"), ("100", "100"), ("99.9", "99"), ("0", "0"), ("0.1", "1"), ("50.0", "50")]
)
def test_only_a_whole_share_shows_as_100(share: str, shown: str) -> None:
    assert percent(share) == shown


@given(st.lists(st.integers(min_value=-(10**9), max_value=10**9), min_size=1, max_size=12))
def test_shown_parts_add_up_to_the_shown_total(numbers: list[int]) -> None:
    values = {str(place): str(Decimal(number).scaleb(-6)) if number else "0" for place, number in enumerate(numbers)}
    values = {name: f"{Decimal(text):f}" for name, text in values.items()}
    total = f"{Decimal(sum(numbers)).scaleb(-6):f}" if sum(numbers) else "0"
    shown_total, shown = parts(total, values)
    assert sum(Decimal(text) for text in shown.values()) == Decimal(shown_total)
    assert abs(Decimal(shown_total) - Decimal(total)) <= Decimal("0.005")
    for name, text in shown.items():
        assert abs(Decimal(text) - Decimal(values[name])) <= Decimal("0.01")
