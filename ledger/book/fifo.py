"""Plan what leaves a store in which lots stand apart: first in, first out.

The plan is recorded as ordinary entries: a lot that is taken in part is split first, whole lots need nothing. So each
part keeps the carbon of the lot that it comes from, where a merge would give both the weighted average.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Take:
    """Hold how many kilograms of a lot go, and how many stay; nothing stays of a lot that goes whole."""

    lot: str
    kg: Fraction
    left_kg: Fraction


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what is taken, in the order of the stock, and how many kilograms the stock is short of what was wanted."""

    takes: tuple[Take, ...]
    short_kg: Fraction


def plan(stock: Iterable[tuple[str, Fraction]], wanted_kg: Fraction) -> Plan:
    """Take lots from the first on until there is enough; at most the last of them is taken in part.

    Args:
        stock: lots that stand apart with their kilograms, the first in first.
        wanted_kg: kilograms that are to leave.
    """
    takes: list[Take] = []
    short = wanted_kg
    for lot, kg in stock:
        taken = min(kg, short)
        if taken > 0:
            takes.append(Take(lot, taken, kg - taken))
            short -= taken
    return Plan(tuple(takes), short)
