"""Divide, subtract and compare what one public bundle shows, by the factors that its lot uses.

Not covered: factors that the lot does not use, closed numbers that a public item states too, and what follows from
comparing two versions of one passport (passport/SPEC.md, section 3).
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

NUMBERS = ("quantity", "amount", "original_quantity", "load")
QUANTUM = 0.000001
RATIOS = (Fraction(1), Fraction(44, 12), Fraction(44, 28), Fraction(1, 1000), Fraction(1000))


def numbers_of(lines: Iterable[str]) -> set[Fraction]:
    """Collect every number above zero of opened items."""
    values = [json.loads(line)[2] for line in lines]
    return {Fraction(value[name]) for value in values for name in NUMBERS if value.get(name)} - {Fraction(0)}


def opened(bundle: dict[str, Any]) -> set[str]:
    """Give the opened lines of a bundle."""
    return {line for lines in bundle["openings"].values() for line in lines}


def amounts_shown(bundle: dict[str, Any]) -> set[Fraction]:
    """Collect every amount that the public sees of a lot: sealed values, stages, buckets, totals, and differences."""
    facts = bundle["credential"]["credentialSubject"]["characteristics"]
    shown = {Fraction(node["value"]) for node in bundle["calculation"]["nodes"] if "sealed" in node}
    for stage in facts["stage"]:
        shown |= {Fraction(stage["lotKgCO2e"]), *map(Fraction, stage["lotBucket"].values())}
    shown |= {Fraction(one["lotKgCO2e"]) for one in facts["figures"]}
    return {amount for amount in shown | {abs(a - b) for a, b in combinations(shown, 2)} if amount}


def recovered(amounts: set[Fraction], factors: set[Fraction], closed: set[Fraction]) -> set[Fraction]:
    """Divide every amount by every factor, and by a factor and a characterisation, and compare with the closed."""
    ordered = sorted(map(float, amounts))
    scales = [float(factor * ratio) for factor in factors for ratio in RATIOS]
    return {number for number in closed if any(holds(ordered, float(number) * scale) for scale in scales)}


def holds(ordered: list[float], wanted: float) -> bool:
    """Tell whether an amount is the wanted one, as far as six decimals tell."""
    place = bisect_left(ordered, wanted - QUANTUM)
    return place < len(ordered) and ordered[place] <= wanted + QUANTUM


def test_public_bundles_give_no_closed_number_away(demo_home: Path) -> None:
    for path in sorted((demo_home / "passports").glob("*.public.bundle.json")):
        public = json.loads(path.read_text(encoding="utf-8"))
        full = json.loads(path.with_name(path.name.replace(".public", "")).read_text(encoding="utf-8"))
        rows = [one["row"] for one in full["factors"] if Fraction(one["row"]["value"])]
        single = {Fraction(row["value"]) for row in rows}
        second = {Fraction(row["value"]) for row in rows if row["key"].startswith(("GWP100.", "ELC."))}
        factors = {Fraction(1)} | single | {a * b for a in single for b in second}
        closed = numbers_of(opened(full) - opened(public)) - numbers_of(opened(public))
        assert len(closed) > 20
        amounts = amounts_shown(public)
        assert recovered(amounts, factors, closed) == set(), path.name
        bait = {number * factor for number in closed for factor in list(single)[:1]}
        assert recovered(bait, factors, closed) == closed
