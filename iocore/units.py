"""Read numbers strictly, convert units exactly and divide a total without loss.

A number in signed data is an ASCII decimal string. It becomes a `Decimal` here and nowhere else, and a float
becomes one in `from_float` only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from iocore.errors import MalformedNumber, NonFinite, ShapeMismatch, UnitMismatch, UnknownUnit

QUANTA_PER_UNIT: Final = 1_000_000
MAX_NUMBER_LENGTH: Final = 64
MAX_COMMON_BITS: Final = 4096

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)


def parse_decimal(text: str) -> Decimal:
    """Read a number written in the one accepted spelling.

    Trailing zeros stay: they state precision.

    Args:
        text: `-?(0|[1-9][0-9]*)(.[0-9]+)?`, at most 64 characters, without a negative zero.

    Raises:
        MalformedNumber: any other spelling, or a value that is not text.
    """
    if not isinstance(text, str) or len(text) > MAX_NUMBER_LENGTH:
        raise MalformedNumber("write the number with digits and one point, such as 12.50", text=str(text)[:80])
    return _parse(text)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Decimal:
    if _NUMBER.fullmatch(text) is None:
        raise MalformedNumber("write the number with digits and one point, such as 12.50", text=text)
    value = Decimal(text)
    if text.startswith("-") and not value:
        raise MalformedNumber("zero has no sign", text=text)
    return value


def format_decimal(value: Decimal | Fraction) -> str:
    """Write a number in the spelling that `parse_decimal` reads.

    Args:
        value: a finite `Decimal` (its trailing zeros stay) or a `Fraction` with a terminating expansion.

    Raises:
        NonFinite: an infinity or a NaN.
        MalformedNumber: a fraction that does not terminate.
    """
    if isinstance(value, Fraction):
        return _format_fraction(value)
    if not value.is_finite():
        raise NonFinite("the number is not finite", value=str(value))
    text = format(value, "f")
    return text.removeprefix("-") if not value else text


def _format_fraction(value: Fraction) -> str:
    rest, places = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1:
        raise MalformedNumber("the fraction has no finite decimal form", value=str(value))
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    whole, part = (digits[:-places], digits[-places:]) if places else (digits, "")
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"


def from_float(value: float) -> Decimal:
    """Cross from binary floating point to a decimal, once: half-even, to 0.000001.

    Raises:
        NonFinite: an infinity or a NaN.
    """
    if not math.isfinite(value):
        raise NonFinite("the result is not finite", value=repr(value))
    quanta = round(Fraction(value) * QUANTA_PER_UNIT)
    return Decimal(quanta).scaleb(-6) if quanta else Decimal("0.000000")


def round_quantum(value: Fraction) -> Fraction:
    """Round to the nearest multiple of 0.000001, ties to the even one."""
    return Fraction(half_even(value.numerator * QUANTA_PER_UNIT, value.denominator), QUANTA_PER_UNIT)


def half_even(top: int, below: int) -> int:
    """Divide whole numbers and round to the nearest, ties to the even one; the divisor is not zero."""
    if below < 0:
        top, below = -top, -below
    whole, rest = divmod(top, below)
    return whole + 1 if 2 * rest > below or (2 * rest == below and whole % 2) else whole


def quanta_of(value: Fraction) -> int:
    """Count the quanta of 0.000001 in a value; whole numbers add much faster than fractions.

    Raises:
        MalformedNumber: the value is finer than the quantum.
    """
    scale, rest = divmod(QUANTA_PER_UNIT, value.denominator)
    if rest:
        raise MalformedNumber("the value is not a multiple of 0.000001", value=str(value))
    return value.numerator * scale


class Weights:
    """Divide totals over the same weights, so that the parts add up to each total exactly.

    Each part is first cut down to a multiple of 0.000001; the quanta still missing go to the largest
    remainders, ties to the larger weight, then to the smaller position. A negative total is divided as its
    absolute value.

    Args:
        weights: not negative, with a positive sum.

    Raises:
        ShapeMismatch: no weight, a negative weight, or a sum of zero.
    """

    __slots__ = ("_parts", "_whole")

    def __init__(self, weights: Sequence[Fraction]) -> None:
        # Whole numbers divide and compare much faster than fractions; a denominator common to all may be too long.
        common = 1
        for weight in weights:
            common = math.lcm(common, weight.denominator)
            if common.bit_length() > MAX_COMMON_BITS:
                common = 0
                break
        self._parts: Sequence[int | Fraction] = (
            [weight.numerator * (common // weight.denominator) for weight in weights] if common else list(weights)
        )
        self._whole = sum(self._parts)
        if self._whole <= 0 or min(self._parts) < 0:
            raise ShapeMismatch("weights must not be negative and must have a positive sum", weights=len(weights))

    def divide(self, total: Fraction) -> tuple[Fraction, ...]:
        """Divide a total.

        Raises:
            MalformedNumber: the total is finer than the quantum.
        """
        quanta = quanta_of(total)
        magnitude, whole, parts = abs(quanta), self._whole, self._parts
        cut = [divmod(magnitude * part, whole) for part in parts]
        floors = [int(floor) for floor, _ in cut]
        missing = magnitude - sum(floors)
        if missing:
            for place in sorted(range(len(cut)), key=lambda place: (-cut[place][1], -parts[place]))[:missing]:
                floors[place] += 1
        sign = -1 if quanta < 0 else 1
        return tuple(Fraction(sign * part, QUANTA_PER_UNIT) for part in floors)


def largest_remainder(total: Fraction, weights: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Divide one total; see `Weights`.

    Raises:
        MalformedNumber: the total is finer than the quantum.
        ShapeMismatch: no weight, a negative weight, or a sum of zero.
    """
    return Weights(weights).divide(total)


@dataclass(frozen=True, slots=True)
class Unit:
    """Hold a unit, what it measures, and how many base units one of it is."""

    code: str
    dimension: str
    to_base: Fraction


_TABLE: Final = (
    Unit("kg", "mass", Fraction(1)),
    Unit("g", "mass", Fraction(1, 1000)),
    Unit("t", "mass", Fraction(1000)),
    Unit("jin", "mass", Fraction(1, 2)),
    Unit("L", "volume", Fraction(1)),
    Unit("mL", "volume", Fraction(1, 1000)),
    Unit("m3", "volume", Fraction(1000)),
    Unit("kWh", "energy", Fraction(1)),
    Unit("MWh", "energy", Fraction(1000)),
    Unit("MJ", "energy", Fraction(10, 36)),
    Unit("km", "distance", Fraction(1)),
    Unit("tkm", "transport_work", Fraction(1)),
    Unit("h", "time", Fraction(1)),
    Unit("day", "time", Fraction(24)),
    Unit("m2", "area", Fraction(1)),
    Unit("ha", "area", Fraction(10000)),
    Unit("mu", "area", Fraction(10000, 15)),
    Unit("TEU", "container", Fraction(1)),
    Unit("teu_km", "container_work", Fraction(1)),
    Unit("move", "move", Fraction(1)),
    Unit("piece", "piece", Fraction(1)),
    Unit("CNY", "money_cny", Fraction(1)),
    Unit("USD", "money_usd", Fraction(1)),
    Unit("EUR", "money_eur", Fraction(1)),
    Unit("percent", "share", Fraction(1)),
    Unit("CEL", "temperature", Fraction(1)),
    Unit("kg_day", "mass_time", Fraction(1)),
    Unit("CNY/kg", "price_cny", Fraction(1)),
)

UNITS: Final[Mapping[str, Unit]] = MappingProxyType({entry.code: entry for entry in _TABLE})


def unit(code: str) -> Unit:
    """Look a unit up by its code.

    Raises:
        UnknownUnit: the table does not hold it.
    """
    found = UNITS.get(code)
    if found is None:
        raise UnknownUnit("use a unit of the table", unit=code, known=" ".join(UNITS))
    return found


@lru_cache(maxsize=1024)
def conversion(source: str, target: str) -> Fraction:
    """Give the exact number of target units in one source unit.

    Raises:
        UnknownUnit: either unit is unknown.
        UnitMismatch: they measure different things.
    """
    have, want = unit(source), unit(target)
    if have.dimension != want.dimension:
        raise UnitMismatch("these units measure different things", unit=source, wanted=target)
    return have.to_base / want.to_base


@dataclass(frozen=True, slots=True)
class Quantity:
    """Keep a decimal together with its unit."""

    value: Decimal
    unit: str

    def __post_init__(self) -> None:
        unit(self.unit)
        if not self.value.is_finite():
            raise NonFinite("the quantity is not finite", value=str(self.value))

    @classmethod
    def parse(cls, text: str, code: str) -> Quantity:
        """Read a strict decimal and a unit code."""
        return cls(parse_decimal(text), unit(code).code)

    @property
    def exact(self) -> Fraction:
        """Give the value as an exact ratio."""
        return Fraction(self.value)

    def to(self, code: str) -> Quantity:
        """Convert to another unit of the same dimension.

        Raises:
            UnitMismatch: the units measure different things.
            MalformedNumber: the result has no finite decimal form; use `exact_in` then.
        """
        if code == self.unit:
            return self
        return Quantity(Decimal(format_decimal(self.exact_in(code))), code)

    def exact_in(self, code: str) -> Fraction:
        """Give the value in another unit as an exact ratio."""
        return self.exact * conversion(self.unit, code)

    def __str__(self) -> str:
        return f"{format_decimal(self.value)} {self.unit}"
