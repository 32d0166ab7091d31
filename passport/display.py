"""Round figures for people; the only place in the passport where a figure loses digits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from iocore.units import parse_decimal

PLACES = 2


def figure(text: str, *, places: int = PLACES) -> str:
    """Round a decimal string half-even to a number of places; a small figure keeps two significant digits.

    Args:
        text: a decimal string such as `0.842123`.
        places: digits after the point.
    """
    value = parse_decimal(text)
    if value and abs(value) < Decimal(1).scaleb(1 - places):
        places = max(places, 1 - value.adjusted())
    return _plain(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN))


def percent(text: str, *, places: int = 0) -> str:
    """Round a percentage, without the sign; only a whole share shows as 100, only nothing as 0."""
    value = parse_decimal(text)
    shown = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    step = Decimal(1).scaleb(-places)
    if shown >= 100 > value:
        shown = 100 - step
    elif shown <= 0 < value:
        shown = step
    return _plain(shown)


def parts(total: str, values: Mapping[str, str], *, places: int = PLACES) -> tuple[str, dict[str, str]]:
    """Round a total and its parts so that the shown parts add up to the shown total.

    Args:
        total: the sum of the values, a decimal string.
        values: each part by name.
        places: digits after the point.

    Returns:
        the shown total and the shown parts, by largest remainder.
    """
    step = Decimal(1).scaleb(-places)
    shown_total = parse_decimal(total).quantize(step, rounding=ROUND_HALF_EVEN)
    exact = {name: parse_decimal(value) for name, value in values.items()}
    floors = {name: (value / step).to_integral_value(rounding="ROUND_FLOOR") for name, value in exact.items()}
    missing = int(shown_total / step - sum(floors.values(), Decimal(0)))
    order = sorted(exact, key=lambda name: exact[name] / step - floors[name], reverse=missing >= 0)
    for name in order[: abs(missing)]:
        floors[name] += 1 if missing > 0 else -1
    return _plain(shown_total), {name: _plain((floors[name] * step).quantize(step)) for name in values}


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text[1:] if text.startswith("-") and not value else text
