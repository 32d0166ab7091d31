"""Say how far a figure may be off where sources are skewed: a lognormal that has the mean and variance of the draws.

The interval of a passport takes the figure as the median and adds variances to first order, which is low above the
figure where a factor is very uncertain. Here every leaf is put at its mean, exp(ln^2 GSD / 2) above its value (below
it, where the total falls with it), so that sums and products of independent leaves have the right mean; variances are
added there, and a lognormal takes both. A share is taken as exact proportion and rounding is passed over, as before.

Source: Fenton 1960, doi 10.1109/TCOM.1960.1097606 (sums of lognormals by their first two moments); JCGM 100:2008.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from passport.nodes import Node
from passport.uncertainty import DIGITS, around, decimal, elasticities, relative_variance, shorten, significant


@dataclass(frozen=True, slots=True)
class MatchedInterval:
    """State a 95 % interval around a figure per declared unit, to three significant digits, with median and mean."""

    low: str
    median: str
    high: str
    mean: str


def matched(
    nodes: Sequence[Node], values: Sequence[Fraction], target: int, *, per: Fraction, spread: Mapping[str, str]
) -> MatchedInterval | None:
    """Match a lognormal to the mean and the variance of a node divided by a mass; None where the node is zero.

    Args:
        nodes: nodes of the calculation.
        values: their exact values.
        target: the node, such as the total of a boundary.
        per: kilograms that the figure refers to.
        spread: geometric standard deviation by item digest or factor row.
    """
    if not values[target]:
        return None
    with localcontext(Context(prec=DIGITS)):
        variances = {gsd: relative_variance(gsd) for gsd in {"1", *spread.values()}}
        slopes = elasticities(nodes, values, target)
        lifted: dict[int, Fraction] = {}
        for place in _below(nodes, target):
            if place in slopes:
                lift = (1 + variances[_gsd(nodes[place], spread)]).sqrt()
                lifted[place] = shorten(values[place] * Fraction(lift if slopes[place] > 0 else 1 / lift))
            else:
                lifted[place] = shorten(_proportional(nodes[place], values[place], lifted))
        again = elasticities(nodes, lifted, target)
        terms = (decimal(slope) ** 2 * variances[_gsd(nodes[leaf], spread)] for leaf, slope in again.items())
        variance = sum(terms, Decimal(0))
        mean = decimal(lifted[target] / per)
        median = mean / (1 + variance).sqrt()
        found = around(median, variance)
        return MatchedInterval(found.low, significant(median), found.high, significant(mean))


def _below(nodes: Sequence[Node], target: int) -> list[int]:
    """List the places that a node rests on, its own last; others may hold the calculations of other lots."""
    found, waiting = {target}, [target]
    while waiting:
        new = set(nodes[waiting.pop()].args) - found
        found |= new
        waiting += new
    return sorted(found)


def _gsd(node: Node, spread: Mapping[str, str]) -> str:
    return spread.get(node.text("row") or node.text("item"), "1")


def _proportional(node: Node, value: Fraction, lifted: Mapping[int, Fraction]) -> Fraction:
    """Evaluate a node without rounding; leaves keep their value."""
    args = [lifted[place] for place in node.args]
    if node.op == "sum":
        return sum(args, Fraction(0))
    if node.op == "product":
        result = Fraction(1)
        for arg in args:
            result *= arg
        return result
    if node.op == "ratio":
        return args[0] / args[1]
    if node.op == "share":
        index = node.get("index")
        return args[0] * args[1 + (index if isinstance(index, int) else 0)] / sum(args[1:], Fraction(0))
    return args[0] if args and node.op != "report" else value
