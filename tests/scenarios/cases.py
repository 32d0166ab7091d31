"""Read the worked examples and recompute them from what they themselves say.

Each case is a TOML file that an expert can read: what goes in, which product code has to run, what must come out, and
from which source. `by_hand` derives every expected figure in plain arithmetic from the published numbers, written out;
it shares neither code nor factor tables with the product.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from math import floor
from pathlib import Path
from typing import Any

from iocore.factors import FactorLibrary
from iocore.sources import load_all

FOLDER = Path(__file__).parent
Case = Mapping[str, Any]
CASES: Mapping[str, Case] = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("[ES]*.toml"))
}
MILLION = 1_000_000
HALF_QUANTUM = Fraction(1, 2 * MILLION)
DIGITS = Context(prec=40)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")


@cache
def library() -> FactorLibrary:
    """Load the shipped factor sets once."""
    return load_all()


def near(found: Fraction, wanted: str, case: Case, *where: object) -> None:
    """Compare with an expected figure, within the tolerance of the case."""
    assert abs(found - Fraction(wanted)) <= Fraction(case["tolerance"]), (case["id"], *where, str(found), wanted)


def expected(case: Case) -> dict[str, str]:
    """Give every expected number by its place in the file."""
    named = ("lots", "sum", "written_off", "reserves", "expected_row", "reading", "organisation")
    tables = {name: case.get(name, {}) for name in named}
    tables[""] = case.get("expected", {})
    middle = [step for step in case.get("step", ()) if step["do"] == "expect"]
    tables.update({step["name"]: {**step["lots"], "reserves": step.get("reserves", {})} for step in middle})
    return {place: text for name, table in tables.items() for place, text in _numbers(table, name)}


def _numbers(value: Any, place: str) -> Iterator[tuple[str, str]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _numbers(inner, f"{place}.{key}" if place else str(key))
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        yield place, value


def by_hand(case: Case) -> dict[str, Fraction]:
    """Evaluate the derivations of a case in their order; each may use the names before it."""
    known: dict[str, Any] = {"N": Fraction, "r": rounded, "share": share, "exp": _exp, "ln": _ln, "sqrt": _sqrt}
    for name, text in case["by_hand"].items():
        known[name] = eval(_NUMBER.sub(r'N("\g<0>")', text), {"__builtins__": {}}, known)
    return {name: known[name] for name in case["by_hand"]}


def rounded(value: Fraction) -> Fraction:
    """Round to 0.000001, half-even."""
    return Fraction(round(value * MILLION), MILLION)


def share(total: Fraction, place: Fraction, *weights: Fraction) -> Fraction:
    """Divide by largest remainder and take the part of one place, the first being 1."""
    exact = [total * MILLION * weight / sum(weights) for weight in weights]
    parts = [floor(part) for part in exact]
    order = sorted(range(len(parts)), key=lambda k: (parts[k] - exact[k], -weights[k], k))
    for winner in order[: int(total * MILLION) - sum(parts)]:
        parts[winner] += 1
    return Fraction(parts[int(place) - 1], MILLION)


def _exp(value: Fraction) -> Fraction:
    return Fraction(_decimal(value).exp(DIGITS))


def _ln(value: Fraction) -> Fraction:
    return Fraction(_decimal(value).ln(DIGITS))


def _sqrt(value: Fraction) -> Fraction:
    return Fraction(_decimal(value).sqrt(DIGITS))


def _decimal(value: Fraction) -> Decimal:
    return DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))
