"""Put the calculations of several lots together, so that their mean by mass has an interval of its own.

What lots share, such as a factor or a reading of a pool, is one source of uncertainty for all of them: their errors do
not cancel out there. So the nodes of the calculations are merged, and nodes that are the same become one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from passport.assess import Assessment
from passport.calculation import Builder, Calculation
from passport.footprint import MEASURED_EVIDENCE, PHASES_OF, UncertaintyInterval
from passport.interval import interval
from passport.moments import MatchedInterval, matched
from passport.nodes import Node
from passport.sampling import MonteCarlo, compare
from passport.trail import Line
from passport.variance import Contributor, Improvement, Part, attribute

#: Nodes of a calculation that is still drawn at random: a thousand draws of each are held at a time.
MOST_DRAWN: Final = 40_000


@dataclass(frozen=True, slots=True)
class MeanQuality:
    """Hold how far the mean of several lots may be off, and why.

    Args:
        interval: 95 % interval, as passports state it.
        matched: the interval with the mean and variance of the calculation; None where nothing is emitted.
        drawn: what sampling gave; None where nothing is emitted, no seed was given, or there are too many nodes.
        contributors: slots that cause the variance, largest first.
        improvements: slots whose measurement would narrow the interval most.
    """

    interval: UncertaintyInterval
    matched: MatchedInterval | None
    drawn: MonteCarlo | None
    contributors: tuple[Contributor, ...]
    improvements: tuple[Improvement, ...]


class Together:
    """Hold the calculations of several lots as one.

    Args:
        found: the assessments.
    """

    def __init__(self, found: Sequence[Assessment]) -> None:
        self._builder = Builder()
        self._places = [_merge(self._builder, one.tree) for one in found]
        self._found = found
        self._spread: Mapping[str, str] = {name: gsd for one in found for name, gsd in one.spreads.items()}

    def quality(self, boundary: str, lines: Sequence[Sequence[Line]], *, seed: int | None) -> MeanQuality:
        """Say how far the mean of a boundary may be off.

        Args:
            boundary: `gate` or `delivered`.
            lines: the postings of the headline, by assessment.
            seed: start of the random stream; None to draw nothing.
        """
        build = self._builder
        total = build.sum([self._result(place, boundary) for place in range(len(self._found))], ("mean", boundary))
        mass = sum((one.tree.results()[f"{boundary}_mass"] for one in self._found), Fraction(0))
        parts = [
            _part(line, places[line.entered])
            for places, own in zip(self._places, lines, strict=True)
            for line in own
            if line.phase in PHASES_OF[boundary]
        ]
        nodes, values, spread = build.nodes, build.values, self._spread
        skewed = any(one.methodology.policy.skewed for one in self._found)
        stated = interval(
            nodes,
            values,
            total,
            per=mass,
            gsd=lambda node: spread.get(_name(node), "1"),
            name=_name,
            skewed=skewed,
        )
        second = matched(nodes, values, total, per=mass, spread=spread)
        contributors, improvements = attribute(
            nodes, values, total, mass=mass, parts=parts, spread=spread, skewed=skewed
        )
        drawn = None
        if second is not None and seed is not None and len(nodes) <= MOST_DRAWN:
            drawn = compare(nodes, values, total, mass=mass, spreads=spread, matched=second, stated=stated, seed=seed)
        return MeanQuality(stated, second, drawn, contributors, improvements)

    def _result(self, place: int, name: str) -> int:
        root = self._found[place].tree.nodes[-1]
        return self._places[place][root.args[root.strings("names").index(name)]]


def _merge(build: Builder, tree: Calculation) -> list[int]:
    """Enter the nodes of a calculation but its root; give their places."""
    places: list[int] = []
    for node in tree.nodes[:-1]:
        places.append(build.add(node.op, [places[arg] for arg in node.args], **dict(node.fields)))
    return places


def _part(line: Line, entered: int) -> Part:
    evidence = line.node.text("evidence") in MEASURED_EVIDENCE
    slot = (line.node.text("stage"), line.node.text("slot"))
    return Part(slot, line.value, entered, evidence, evidence and line.node.text("tier") == "primary")


def _name(node: Node) -> str:
    return node.text("row") if node.op == "factor" else node.text("item")
