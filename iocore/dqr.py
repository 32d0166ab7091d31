"""Rate the quality of data from 1 (best) to 5, and roll ratings up by emissions.

Three dimensions judge the factors of a posting and one its activity. The table is our own reading of the scale of the
PACT Methodology, with the bounds of the pedigree matrix of Weidema and Wesnaes (1996); it has a version, and whoever
prints a rating prints it too. What a rating adds to the spread of a factor is that of ecoinvent (Weidema et al. 2013).
Definitions, warming potentials, price indices and exchange rates are passed over: they stand for no process.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Final

from iocore.factors import WORLD, FactorRow, places_around
from iocore.sources._base import shipped_rows

TABLE: Final = "quality-2026-12"
DIMENSIONS: Final = ("technology", "geography", "time", "activity")
INPUT_OUTPUT: Final = "input_output"
_PASSED_OVER: Final = frozenset({"constant", "price"})


@dataclass(frozen=True, slots=True, order=True)
class Rating:
    """Rate one posting: how well its factors fit in technology, place and time, and what its activity rests on."""

    technology: int
    geography: int
    time: int
    activity: int


@cache
def policy_table(name: str) -> Mapping[str, str]:
    """Read one table of the shipped file, value by key, in the order of the file."""
    return {row["key"]: row["value"] for row in shipped_rows(f"{TABLE}.csv") if row["table"] == name}


def stands_for_a_process(row: FactorRow) -> bool:
    """Tell whether a row describes a process, and not a definition, a warming potential or a price."""
    return row.category not in _PASSED_OVER and not row.key.startswith("GWP100.")


def ageless(row: FactorRow, timeless: Collection[str]) -> bool:
    """Tell whether no distance in time makes a factor worse.

    Args:
        row: the factor.
        timeless: categories, and ends of stems such as `.NCV`.
    """
    stem = row.stem
    return any(row.category == name or stem.endswith(name) for name in timeless)


def rate(
    rows: Iterable[FactorRow],
    *,
    tier: str,
    evidence: str,
    places: Sequence[str],
    year: int,
    timeless: Collection[str] = (),
) -> Rating:
    """Rate what a posting rests on; the worst of its factors counts in each dimension.

    Args:
        rows: factor rows that enter the posting; without any, nothing but the activity can be wrong, or the supplier.
        tier: what kind of estimate it is.
        evidence: what the activity rests on.
        places: where the activity took place, nearest first.
        year: year of the activity.
        timeless: categories of factors, and ends of their stems, that do not age.
    """
    judged = [row for row in rows if stands_for_a_process(row)]
    return Rating(
        max((_technology(row, tier) for row in judged), default=int(policy_table("technology").get(tier, "1"))),
        max((_geography(row, places) for row in judged), default=1),
        max((_time(row, year, timeless) for row in judged), default=1),
        int(policy_table("activity").get(evidence, "5")),
    )


def misfit(row: FactorRow, *, home: str, year: int, timeless: Collection[str] = ()) -> Decimal:
    """Give what a factor's distance from what it stands for adds to the squared logarithm of its spread.

    Args:
        row: the factor; a definition, a warming potential or a price fits everywhere.
        home: the nation that it is to stand for.
        year: the year that it is to stand for.
        timeless: categories of factors, and ends of their stems, that do not age.
    """
    if not stands_for_a_process(row):
        return Decimal(0)
    table, nation = policy_table("geography"), row.region.partition("-")[0]
    where = "world" if row.region == WORLD else "around" if nation == home else "proxy"
    ratings = {
        "technology": _technology(row, "io" if row.category == INPUT_OUTPUT else "database"),
        "geography": int(table[where]),
        "time": _time(row, year, timeless),
    }
    terms = policy_table("pedigree")
    return sum((Decimal(terms[f"{name}:{rating}"]) for name, rating in ratings.items()), Decimal(0))


def roll_up(parts: Sequence[tuple[Fraction, Rating]]) -> Mapping[str, Decimal]:
    """Give the mean rating of every dimension, weighted by emissions; empty where nothing is emitted."""
    if not sum((weight for weight, _ in parts), Fraction(0)):
        return {}
    return {
        name: weighted([(weight, astuple(rating)[place]) for weight, rating in parts])
        for place, name in enumerate(DIMENSIONS)
    }


def weighted(parts: Sequence[tuple[Fraction, int]]) -> Decimal:
    """Give a mean rating weighted by emissions, to three decimals; the weights must not add up to zero."""
    total = sum((weight for weight, _ in parts), Fraction(0))
    mean = sum((weight * rating for weight, rating in parts), Fraction(0)) / total
    return Decimal(round(mean * 1000)).scaleb(-3)


def _technology(row: FactorRow, tier: str) -> int:
    table = policy_table("technology")
    return int(table.get(tier) or table.get(f"{tier}:{row.confidence}") or table["database:D"])


def _geography(row: FactorRow, places: Sequence[str]) -> int:
    table = policy_table("geography")
    if row.region == WORLD:
        return int(table["world"])
    if row.region in places[:1] and "-" in row.region:
        return int(table["own"])
    return int(table["around" if row.region in places_around(places) else "proxy"])


def _time(row: FactorRow, year: int, timeless: Collection[str]) -> int:
    if ageless(row, timeless):
        return 1
    table = policy_table("time")
    if row.year:
        for limit, rating in table.items():
            if limit.isdigit() and abs(year - row.year) < int(limit):
                return int(rating)
    return int(table["more"])
