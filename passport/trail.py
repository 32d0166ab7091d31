"""Follow the figures of a calculation to what they rest on: posting by posting, each as arithmetic on its sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from passport.calculation import Calculation
from passport.footprint import PHASES
from passport.nodes import LEAVES, Node, index_of


@dataclass(frozen=True, slots=True)
class Source:
    """Hold a number that stands at the end of a trail, as it was signed, published or defined.

    Args:
        op: `item`, `factor`, `constant` or `sealed`.
        name: digest of the item, id of the row, source of the constant, digest of what is sealed.
        value: the number as text; a constant may be a ratio such as `44/28`.
        entry: id of the entry that states an item.
        field: field of the item.
    """

    op: str
    name: str
    value: str
    entry: str = ""
    field: str = ""


#: A source, or one of `(`, `)`, `+`, `*`, `/`, `,` and the name of an operation before its bracket.
Token = Source | str


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one division of a whole over lots by their weights.

    Args:
        key: lot that takes the part.
        whole: what is divided.
        part: what the lot takes, by largest remainder.
        weight: its weight.
        total: all weights together.
        keys: lots that share.
        weights: nodes of their weights, in the same order.
    """

    key: str
    whole: Fraction
    part: Fraction
    weight: Fraction
    total: Fraction
    keys: tuple[str, ...]
    weights: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one posting that a figure is made of.

    Args:
        phase: label below which it stands, such as `gate`.
        node: the posting itself, before it was shared.
        value: what the figure takes of it.
        posted: what was posted, before it was shared.
        steps: how it was shared, the last division first.
        place: node of the value.
        entered: node of the posting.
    """

    phase: str
    node: Node
    value: Fraction
    posted: Fraction
    steps: tuple[Step, ...]
    place: int
    entered: int


def lines(calculation: Calculation) -> Iterator[Line]:
    """List the postings of both phases of the headline, in the order of the tree."""
    for phase in PHASES:
        for position, node in enumerate(calculation.nodes):
            if node.label == (phase,):
                yield from _below(calculation, phase, position)


def lines_apart(calculation: Calculation, result: str) -> Iterator[Line]:
    """List the postings of a result that stands beside the headline, such as `removals`."""
    root = calculation.nodes[-1]
    yield from _below(calculation, result, root.args[root.strings("names").index(result)])


def _below(calculation: Calculation, phase: str, position: int) -> Iterator[Line]:
    node = calculation.nodes[position]
    if node.strings("parts"):
        for arg in node.args:
            yield from _below(calculation, phase, arg)
    elif node.op == "sum":
        for arg in node.args:
            yield follow(calculation, arg, phase)


def follow(calculation: Calculation, position: int, phase: str = "") -> Line:
    """Follow one posting through the divisions that led to a lot."""
    values, steps, whole = calculation.evaluate(), [], position
    while calculation.nodes[whole].op == "share":
        node = calculation.nodes[whole]
        keys, own = node.strings("keys"), index_of(node)
        weights = [values[arg] for arg in node.args[1:]]
        steps.append(
            Step(
                key=keys[own],
                whole=values[node.args[0]],
                part=values[whole],
                weight=weights[own],
                total=sum(weights, Fraction(0)),
                keys=keys,
                weights=node.args[1:],
            )
        )
        whole = node.args[0]
    return Line(phase, calculation.nodes[whole], values[position], values[whole], tuple(steps), position, whole)


def arithmetic(calculation: Calculation, position: int) -> Iterator[Token]:
    """Write a node and all below it as arithmetic on its sources."""
    node = calculation.nodes[position]
    if node.op in LEAVES:
        yield _source(node)
        return
    if node.op == "sum" and len(node.args) == 1:
        yield from arithmetic(calculation, node.args[0])
        return
    between = {"sum": "+", "product": "*", "ratio": "/"}.get(node.op, ",")
    if between == ",":
        yield node.op
    bracketed_once = between == "," and len(node.args) == 1 and len(calculation.nodes[node.args[0]].args) > 1
    brackets = between in "+," and not (bracketed_once and calculation.nodes[node.args[0]].op == "sum")
    if brackets:
        yield "("
    for place, arg in enumerate(node.args):
        if place:
            yield between
        inner = calculation.nodes[arg]
        bracketed = between == "/" and (inner.op in ("product", "ratio") or "/" in inner.text("value"))
        if bracketed:
            yield "("
        yield from arithmetic(calculation, arg)
        if bracketed:
            yield ")"
    if brackets:
        yield ")"


def _source(node: Node) -> Source:
    value = node.text("value")
    if node.op == "item":
        return Source("item", node.text("item"), value, node.text("entry"), node.text("field"))
    name = {"factor": "row", "constant": "source", "sealed": "sealed"}[node.op]
    return Source(node.op, node.text(name), value)
