"""Check the intervals of an assessment by drawing its calculation at random; only this needs numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from iocore.uncertainty import DRAWS, Step, sample
from passport.assess import Assessment
from passport.footprint import UncertaintyInterval
from passport.moments import MatchedInterval
from passport.nodes import LEAVES, Node
from passport.uncertainty import significant

#: How far the bounds in closed form may lie from the sampled ones.
BAND_PERCENT: Final = 15
_OPS: Final = frozenset({"sum", "product", "ratio", "share"})


@dataclass(frozen=True, slots=True)
class MonteCarlo:
    """State what sampling gave, in kg CO2e per declared unit, and how the intervals in closed form compare.

    Args:
        seed: start of the random stream.
        draws: how many.
        low: sampled 2.5 % quantile.
        low_range: three standard errors to either side of it, for want of more draws.
        median: sampled median.
        high: sampled 97.5 % quantile.
        high_range: the same for that.
        mean: sampled mean.
        matched_gaps: how far the bounds of the interval matched by moments lie above the sampled ones, in percent.
        stated_gaps: the same for the interval that a passport states.
        agrees: whether those of the matched interval are within the band.
        stated_agrees: whether those of the passport's interval are.
    """

    seed: int
    draws: int
    low: str
    low_range: tuple[str, str]
    median: str
    high: str
    high_range: tuple[str, str]
    mean: str
    matched_gaps: tuple[str, str]
    stated_gaps: tuple[str, str]
    agrees: bool
    stated_agrees: bool


def draw(found: Assessment, boundary: str, *, seed: int, draws: int = DRAWS) -> MonteCarlo | None:
    """Sample the figure of one boundary; None where nothing is emitted, or the quality was not judged.

    Args:
        found: the assessment, with its quality.
        boundary: `gate` or `delivered`.
        seed: start of the random stream, not negative.
        draws: how many, a multiple of 1,000.
    """
    matched = found.quality[boundary].matched if boundary in found.quality else None
    if matched is None:
        return None
    root = found.tree.nodes[-1]
    return compare(
        found.tree.nodes,
        found.tree.evaluate(),
        root.args[root.strings("names").index(boundary)],
        mass=Fraction(found.footprint.boundary(boundary).mass_kg),
        spreads=found.spreads,
        matched=matched,
        stated=found.footprint.boundary(boundary).interval,
        seed=seed,
        draws=draws,
    )


def compare(
    nodes: Sequence[Node],
    values: Sequence[Fraction],
    target: int,
    *,
    mass: Fraction,
    spreads: Mapping[str, str],
    matched: MatchedInterval,
    stated: UncertaintyInterval,
    seed: int,
    draws: int = DRAWS,
) -> MonteCarlo:
    """Sample a node divided by a mass, and compare with the intervals in closed form.

    Args:
        nodes: nodes of the calculation.
        values: their exact values.
        target: the node.
        mass: kilograms that the figure refers to.
        spreads: geometric standard deviation by item digest or factor row.
        matched: the interval matched by moments.
        stated: the interval that a passport states.
        seed: start of the random stream, not negative.
        draws: how many, a multiple of 1,000.
    """
    per = float(mass)
    drawn = sample(_steps(nodes, values, spreads), target, seed=seed, draws=draws)
    low, median, high = (one.value / per for one in (drawn.low, drawn.median, drawn.high))
    second = _gap(matched.low, low), _gap(matched.high, high)
    first = _gap(stated.low, low), _gap(stated.high, high)
    return MonteCarlo(
        seed=seed,
        draws=draws,
        low=_text(low),
        low_range=(_text(drawn.low.low / per), _text(drawn.low.high / per)),
        median=_text(median),
        high=_text(high),
        high_range=(_text(drawn.high.low / per), _text(drawn.high.high / per)),
        mean=_text(drawn.mean / per),
        matched_gaps=(f"{second[0]:+.1f}", f"{second[1]:+.1f}"),
        stated_gaps=(f"{first[0]:+.1f}", f"{first[1]:+.1f}"),
        agrees=max(map(abs, second)) <= BAND_PERCENT,
        stated_agrees=max(map(abs, first)) <= BAND_PERCENT,
    )


def _steps(nodes: Sequence[Node], values: Sequence[Fraction], spreads: Mapping[str, str]) -> list[Step]:
    steps: list[Step] = []
    for node, value in zip(nodes, values, strict=True):
        if node.op in LEAVES:
            spread = float(spreads.get(node.text("row") or node.text("item"), "1"))
            steps.append(Step("leaf", value=float(value), sigma=math.log(spread)))
        else:
            index = node.get("index")
            op = node.op if node.op in _OPS else "same"
            steps.append(Step(op, node.args, index=index if isinstance(index, int) else 0))
    return steps


def _gap(closed: str, sampled: float) -> float:
    return 100 * (float(closed) / sampled - 1)


def _text(value: float) -> str:
    return significant(Decimal(repr(value)))
