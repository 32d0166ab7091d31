"""Rate how uncertain a factor is: its geometric standard deviation, from what the source says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from typing import Final

from iocore.factors import FactorRow
from iocore.units import parse_decimal

#: Assumed geometric standard deviations where a source gives none, by confidence letter.
DEFAULT_GSD: Final[Mapping[str, str]] = {"A": "1.1", "B": "1.2", "C": "1.5", "D": "2.0"}

#: A 95 % interval spans this many standard deviations to either side of the median.
_HALF_SPAN: Final = Decimal("1.96")
_DIGITS: Final = Decimal("0.0001")

_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_STATED = re.compile(rf"GSD {_NUMBER}(?: \(assumed\))?\Z", re.ASCII)
_RANGE = re.compile(rf"{_NUMBER}-{_NUMBER}(?: %| \(95%\)|;.*)?\Z", re.ASCII)
_PERCENT = re.compile(rf"\+-{_NUMBER}%\Z", re.ASCII)
_AROUND = re.compile(rf"\+-{_NUMBER}\Z", re.ASCII)
_UPPER_BOUND = re.compile(rf"-{_NUMBER}%\.\.0\b", re.ASCII)


def gsd_of(row: FactorRow, unstated: Mapping[str, str] = DEFAULT_GSD) -> str:
    """Return the geometric standard deviation of a factor as a decimal string, at least 1.

    A published 95 % range a-b gives `(b/a)^(1/3.92)`; where it starts at zero, its upper half does. A row that
    states none gets the default of its confidence letter.

    Args:
        row: the factor.
        unstated: defaults by confidence letter; a letter that is not there is rated like the worst.
    """
    return _published(row.uncertainty, row.value) or unstated.get(row.confidence, unstated["D"])


def widened(gsd: str, variance: Decimal) -> str:
    """Return a geometric standard deviation to whose squared logarithm something was added."""
    return gsd if not variance else _widened(gsd, variance)


def within_whole(row: FactorRow, gsd: str) -> str:
    """Return the geometric standard deviation of a factor, less where a fraction would exceed its whole.

    The upper end of a 95 % range of a fraction `v` is at most one, so that the deviation is at most `(1/v)^(1/1.96)`.
    """
    if row.gas != "fraction" or row.amount <= 0:
        return gsd
    whole = Decimal(100 if row.unit.startswith("%") else 1)
    return min(gsd, _gsd(row.amount, Decimal(0), whole), key=Decimal)


def is_assumed(row: FactorRow) -> bool:
    """Tell whether the deviation is a guess and not published by the source."""
    text = row.uncertainty
    return "assumed" in text or not (_STATED.match(text) or text == "0" or _bounds(text, row.amount))


@lru_cache(maxsize=4096)
def _published(text: str, value: str) -> str:
    """Read the deviation that a source gives for a value; empty where it gives none."""
    if stated := _STATED.match(text):
        return stated[1]
    if text == "0":
        return "1"
    size = abs(parse_decimal(value))
    bounds = _bounds(text, size)
    return "" if bounds is None or size == 0 else _gsd(size, *bounds)


def _bounds(text: str, value: Decimal) -> tuple[Decimal, Decimal] | None:
    """Read the two ends of a published range."""
    if found := _RANGE.match(text):
        return Decimal(found[1]), Decimal(found[2])
    if found := _PERCENT.match(text):
        share = Decimal(found[1]) / 100
        return value * (1 - share), value * (1 + share)
    if found := _AROUND.match(text):
        return value - Decimal(found[1]), value + Decimal(found[1])
    if found := _UPPER_BOUND.match(text):
        return value * (1 - Decimal(found[1]) / 100), value
    return None


@lru_cache(maxsize=1024)
def _widened(gsd: str, variance: Decimal) -> str:
    with localcontext(Context(prec=50)):
        return format((Decimal(gsd).ln() ** 2 + variance).sqrt().exp().quantize(_DIGITS), "f")


@lru_cache(maxsize=1024)
def _gsd(value: Decimal, low: Decimal, high: Decimal) -> str:
    """Turn a 95 % range around a value into a geometric standard deviation."""
    with localcontext(Context(prec=50)):
        span, halves = (high / low, 2) if low > 0 else (high / value, 1)
        return format((max(span, Decimal(1)).ln() / (halves * _HALF_SPAN)).exp().quantize(_DIGITS), "f")
