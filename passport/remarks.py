"""Say what asks for a second look in what an entry shares among lots: a weight, a lot left out, a price.

A remark is no verdict: it changes no figure and refuses nothing. Its sentences are English; catalogues translate them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from iocore.units import format_decimal
from passport.footprint import percent

Code = Literal["mass", "stay", "left_out", "price_above", "price_apart"]
#: Prices further apart than that are odd.
APART: Final = 1000
#: How many lots a remark names.
WORST: Final = 3


@dataclass(frozen=True, slots=True)
class Doubt:
    """Hold what is odd about one lot.

    Args:
        lot: lot id.
        code: `mass` and `stay` for a weight, `left_out` for none, `price_above` and `price_apart` for a price.
        unit: `kg`, `kg_day` or `CNY/kg`.
        stated: what the entry says; None for a lot that it leaves out.
        low, high: what the book leads to expect; None where it does not tell.
        share: part of the whole that the lot takes; None where not every weight is open.
        expected: part that it would take by the nearest figures that the book bears out, or by mass.
        against: the lot that a price is compared with.
        kgco2e: what it takes more, or less, for that; None where no calculation tells.
    """

    lot: str
    code: Code
    unit: str
    stated: Fraction | None
    low: Fraction | None
    high: Fraction | None
    share: Fraction | None
    expected: Fraction | None
    against: str = ""
    kgco2e: Decimal | None = None

    @property
    def shift(self) -> Fraction:
        """Give the part of the whole that the lot takes more, or less; nothing where that is not known."""
        return Fraction(0) if self.share is None or self.expected is None else self.share - self.expected

    def text(self) -> str:
        """Say it in English."""
        stated, low = _three(self.stated), _three(self.low)
        span = low if self.low == self.high else f"{low}-{_three(self.high)}"
        if self.code == "mass":
            told = say(f"{self.lot} weighs {stated} kg there, and {span} kg by its own entries")
        elif self.code == "stay":
            told = say(f"{self.lot} weighs {stated} kg days there, and {span} by its mass and time")
        elif self.code == "left_out":
            told = say(f"{self.lot} was there by its own entries and has no weight")
        elif self.code == "price_above":
            told = say(f"{self.lot} costs {stated} CNY/kg, more than the {low} of {self.against}, which weighs most")
        else:
            told = say(f"{self.lot} costs {stated} CNY/kg, over {APART} times less than the {low} of {self.against}")
        if self.share is None or self.expected is None or not self.shift:
            return told
        told = say(f"{told}; it takes {percent(self.share, 1)} % instead of {percent(self.expected, 1)} %")
        return told if self.kgco2e is None else say(f"{told}: {self.kgco2e:+} kg CO2e for it")


@dataclass(frozen=True, slots=True)
class Remark:
    """Hold what is odd about one entry that shares something among lots.

    Args:
        entry: id of the entry whose content counts.
        kind: its kind.
        place: name of the facility, or its id.
        stage: stage code.
        doubts: the lots, those first that gain or lose most by it.
    """

    entry: str
    kind: str
    place: str
    stage: str
    doubts: tuple[Doubt, ...]

    def texts(self) -> tuple[str, ...]:
        """Say it in English: a sentence for each of the worst lots, and how many more there are."""
        said = tuple(doubt.text() for doubt in self.doubts[:WORST])
        more = len(self.doubts) - WORST
        return (*said, say(f"and {more} more lots")) if more > 0 else said

    def to_json(self) -> dict[str, Any]:
        """Give all of it as plain JSON values; what is not known is null, and shares are in percent."""
        return {
            "entry_id": self.entry,
            "kind": self.kind,
            "place": self.place,
            "stage": self.stage,
            "lots": [
                {
                    "lot": one.lot,
                    "code": one.code,
                    "unit": one.unit,
                    **{name: _three(getattr(one, name)) or None for name in ("stated", "low", "high")},
                    "share": None if one.share is None else str(percent(one.share, 1)),
                    "expected": None if one.expected is None else str(percent(one.expected, 1)),
                    "against": one.against,
                    "kgco2e": None if one.kgco2e is None else str(one.kgco2e),
                }
                for one in self.doubts
            ],
        }


def say(sentence: str) -> str:
    """Mark a sentence for the catalogues."""
    return sentence


def _three(value: Fraction | None) -> str:
    """Write a figure with at most three places."""
    return "" if value is None else format_decimal(Fraction(round(value * 1000), 1000))
