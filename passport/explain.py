"""Show a calculation to people: as a tree of text, and as the steps of a waterfall. Knows no carbon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from passport.calculation import Calculation
from passport.footprint import APART_RESULTS, PHASES_OF, amount
from passport.trail import Token, arithmetic, follow

MAX_PLACES = 9
#: The sentences of the text; `names` may hold them in another language.
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "explain.head": "{name}: {total} kg CO2e / {mass} kg = {figure} kg CO2e per kg",
        "explain.line": "{name}: {value}",
        "explain.share": "share of {lot}: {part} of {whole}, weight {weight} of {total}",
    }
)


@dataclass(frozen=True, slots=True)
class Bar:
    """Hold one step of a waterfall: where it starts, what it adds, where it ends."""

    label: tuple[str, ...]
    start: Decimal
    change: Decimal
    end: Decimal


def waterfall(calculation: Calculation, boundary: str) -> tuple[Bar, ...]:
    """List the stages of a boundary in the order of the tree; they add up to its total.

    Args:
        calculation: sealed or not.
        boundary: `gate` or `delivered`.
    """
    labels = calculation.labels()
    bars: list[Bar] = []
    level = Fraction(0)
    for phase in PHASES_OF[boundary]:
        for name in _parts(calculation, (phase,)):
            change = labels[(phase, name)]
            bars.append(Bar((phase, name), amount(level), amount(change), amount(level + change)))
            level += change
    return tuple(bars)


def _parts(calculation: Calculation, label: tuple[str, ...]) -> tuple[str, ...]:
    for node in calculation.nodes:
        if node.label == label:
            return node.strings("parts")
    return ()


def explain_json(calculation: Calculation) -> dict[str, Any]:
    """Return the nodes with the value of each beside them, for readers who do not evaluate."""
    return {**calculation.to_json(), "values": [plain(value) for value in calculation.evaluate()]}


def explain_text(
    calculation: Calculation, *, boundary: str = "delivered", names: Mapping[str, str] | None = None
) -> str:
    """Write the tree of a boundary: stages, buckets, postings, and what each posting is made of.

    Args:
        calculation: sealed or not.
        boundary: `gate` or `delivered`.
        names: display names of codes, a code without one stands for itself; and of the `SENTENCES`.
    """
    return "\n".join(_lines(calculation, boundary, {**SENTENCES, **(names or {})})) + "\n"


def _lines(calculation: Calculation, boundary: str, names: Mapping[str, str]) -> Iterator[str]:
    results, values = calculation.results(), calculation.evaluate()
    mass, total, per_kg = results[f"{boundary}_mass"], results[boundary], results[f"{boundary}_per_kg"]
    title = names.get(boundary, boundary)
    yield names["explain.head"].format(name=title, total=plain(total), mass=plain(mass), figure=plain(per_kg))
    for phase in PHASES_OF[boundary]:
        position = _position(calculation, (phase,))
        node = calculation.nodes[position]
        for name, stage in zip(node.strings("parts"), node.args, strict=False):
            yield from _branch(calculation, values, name, stage, names, 1)
    beside = [_position(calculation, ("apart", name)) for name in APART_RESULTS] if boundary == "delivered" else []
    if any(values[position] for position in beside):
        yield names.get("apart", "apart, in no sum above")
    for name, position in zip(APART_RESULTS, beside, strict=False):
        if values[position]:
            yield from _branch(calculation, values, name, position, names, 1)


def _position(calculation: Calculation, label: tuple[str, ...]) -> int:
    return next(place for place, node in enumerate(calculation.nodes) if node.label == label)


def _branch(
    calculation: Calculation, values: Sequence[Fraction], name: str, position: int, names: Mapping[str, str], depth: int
) -> Iterator[str]:
    node = calculation.nodes[position]
    title = "+".join(names.get(part, part) for part in name.split("+"))
    sealed = f" ({names.get('sealed', 'sealed')})" if node.op == "sealed" else ""
    yield "  " * depth + names["explain.line"].format(name=title, value=plain(values[position])) + sealed
    if node.strings("parts"):
        for part, arg in zip(node.strings("parts"), node.args, strict=True):
            yield from _branch(calculation, values, part, arg, names, depth + 1)
        return
    for arg in node.args if node.op == "sum" else ():
        yield from _posting(calculation, values, arg, names, depth + 1)


def _posting(
    calculation: Calculation, values: Sequence[Fraction], position: int, names: Mapping[str, str], depth: int
) -> Iterator[str]:
    line = follow(calculation, position)
    node = line.node
    what = " ".join(names.get(node.text(key), node.text(key)) for key in ("stage", "slot", "gas"))
    facts = ", ".join(names.get(node.text(key), node.text(key)) for key in ("evidence", "tier"))
    yield f"{'  ' * depth}{names['explain.line'].format(name=what, value=plain(line.value))} [{facts}]"
    for step in line.steps:
        figures = {"part": step.part, "whole": step.whole, "weight": step.weight, "total": step.total}
        said = {name: plain(value) for name, value in figures.items()}
        yield "  " * (depth + 1) + names["explain.share"].format(lot=step.key, **said)
    if node.op == "posting":
        yield f"{'  ' * (depth + 1)}= {formula(calculation, node.args[0])}"


def formula(calculation: Calculation, position: int) -> str:
    """Write a node and all below it as arithmetic on its sources."""
    return "".join(_said(token) for token in arithmetic(calculation, position))


def _said(token: Token) -> str:
    if isinstance(token, str):
        return {"+": " + ", "*": " x ", "/": " / ", ",": ", "}.get(token, token)
    if token.op == "item":
        return f"{token.value} {{item {token.name[:8]}.{token.field}}}"
    return f"{token.value} {{{_row_name(token.name)}}}" if token.op == "factor" else token.value


def _row_name(row: str) -> str:
    """Name a row by its key where that speaks for itself, else with its set: the key of a sector is a bare number."""
    key = row.rpartition(":")[2]
    return key if "." in key else row


def plain(value: Fraction) -> str:
    """Write a number for reading: exact where it is short, else nine decimals and a sign that it goes on."""
    scaled = value * 10**MAX_PLACES
    text = f"{Decimal(round(scaled)).scaleb(-MAX_PLACES):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if scaled.denominator == 1 else f"{text}..."
