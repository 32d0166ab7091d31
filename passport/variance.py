"""Attribute the variance of a figure to slots, and say how one more measured slot would narrow its interval.

With the elasticity e of the total to a leaf and the part e_s of it that runs through the postings of a slot, the slot
causes the sum of e * e_s * variance over its leaves; what runs through weights and prices is the part of sharing, and
together they are the whole. Measuring a slot is judged without assessing again: its part of every leaf is taken out,
and an activity as on an invoice and a factor read at its source come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Final

from passport.footprint import UncertaintyInterval, percent
from passport.nodes import Node
from passport.uncertainty import DIGITS, around, decimal, elasticities, lifted, relative_variance

#: How many slots are named as worth measuring.
NAMED: Final = 5
#: What a slot is taken to have once it is measured: an activity as on an invoice, a factor read at its source.
MEASURED_GSD: Final = ("1.05", "1.1")

Slot = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one posting of a total: its slot, its kilograms, and its node before it was shared among lots.

    `measured` and `primary` tell whether it counts for the two shares.
    """

    slot: Slot
    kg: Fraction
    entered: int
    measured: bool
    primary: bool


@dataclass(frozen=True, slots=True)
class Contributor:
    """State what part of the variance one slot causes; no stage and no slot stand for sharing among lots."""

    stage: str
    slot: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Improvement:
    """State what the figure would look like if one more slot were measured, its factor the supplier's own."""

    stage: str
    slot: str
    interval: UncertaintyInterval
    measured_activity_share: Decimal
    primary_data_share: Decimal


@dataclass(frozen=True, slots=True)
class Left:
    """Hold a variance over the square of a figure, and the mean over the figure where skew counts, else None."""

    variance: Decimal
    mean: Decimal | None

    @property
    def relative(self) -> Decimal:
        """Return the variance over the square of the mean."""
        return self.variance / (self.mean or 1) ** 2


@dataclass(frozen=True, slots=True)
class Variance:
    """Hold the relative variance of a total.

    Args:
        total: value of the total.
        whole: elasticity of the total to each leaf.
        inner: elasticity of each posting to its leaves.
        spread: relative variance of each leaf, at its mean where skew counts.
        lift: how far that mean lies above the leaf's value, relative to it; None where skew does not count.
    """

    total: Fraction
    whole: Mapping[int, Decimal]
    inner: Mapping[int, Mapping[int, Decimal]]
    spread: Mapping[int, Decimal]
    lift: Mapping[int, Decimal] | None = None

    def share(self, parts: Iterable[Part]) -> Decimal:
        """Give the share of some postings in percent."""
        return percent(_total(parts), self.total)

    def through(self, parts: Iterable[Part]) -> dict[Slot, dict[int, Decimal]]:
        """Give, by slot, how much of every leaf's elasticity runs through some postings."""
        found: dict[Slot, dict[int, Decimal]] = {}
        for part in parts:
            leaves = found.setdefault(part.slot, {})
            weight = decimal(part.kg / self.total)
            for leaf, value in self.inner[part.entered].items():
                leaves[leaf] = leaves.get(leaf, Decimal(0)) + value * weight
        return found

    def without(self, leaves: Mapping[int, Decimal]) -> Left:
        """Give what is left when parts of some elasticities are taken out."""
        zero = Decimal(0)
        rest = {leaf: self.whole.get(leaf, zero) - leaves.get(leaf, zero) for leaf in self.spread}
        variance = sum((rest[leaf] ** 2 * spread for leaf, spread in self.spread.items()), zero)
        if self.lift is None:
            return Left(variance, None)
        return Left(variance, 1 + sum((rest[leaf] * lift for leaf, lift in self.lift.items()), zero))


def attribute(
    nodes: Sequence[Node],
    values: Sequence[Fraction],
    target: int,
    *,
    mass: Fraction,
    parts: Sequence[Part],
    spread: Mapping[str, str],
    skewed: bool = False,
) -> tuple[tuple[Contributor, ...], tuple[Improvement, ...]]:
    """Give the slots that cause the variance of a total, and those whose measurement would narrow it most.

    Args:
        nodes: nodes of the calculation.
        values: their exact values.
        target: the total.
        mass: kilograms that the figure refers to.
        parts: the postings that the total consists of.
        spread: geometric standard deviation by item digest or factor row.
        skewed: whether intervals allow for the skew of their sources.

    Returns:
        contributors, largest first, without those below 0.05 %; improvements, best first, at most five.
    """
    total = values[target]
    if not total:
        return (), ()
    with localcontext(Context(prec=DIGITS)):
        slopes = elasticities(nodes, values, target)
        inner = {part.entered: elasticities(nodes, values, part.entered) for part in parts}
        by_gsd = {gsd: relative_variance(gsd) for gsd in {"1", *spread.values()}}
        leaves = sorted({*slopes, *(leaf for found in inner.values() for leaf in found)})
        names = {leaf: nodes[leaf].text("row") or nodes[leaf].text("item") for leaf in leaves}
        variances = {leaf: by_gsd[spread.get(name, "1")] for leaf, name in names.items()}
        lifts = {leaf: lifted(variances[leaf]) if slopes.get(leaf, 0) > 0 else Decimal(1) for leaf in leaves}
        held = Variance(
            total,
            {leaf: decimal(value) for leaf, value in slopes.items()},
            {place: {leaf: decimal(value) for leaf, value in found.items()} for place, found in inner.items()},
            {leaf: lifts[leaf] ** 2 * value for leaf, value in variances.items()} if skewed else variances,
            {leaf: lift - 1 for leaf, lift in lifts.items()} if skewed else None,
        )
        now = held.without({})
        if not now.variance:
            return (), ()
        return _contributors(held, now.variance, parts), _improvements(held, now, parts, decimal(total / mass))


def _contributors(held: Variance, variance: Decimal, parts: Sequence[Part]) -> tuple[Contributor, ...]:
    zero = Decimal(0)
    caused = {
        slot: sum((held.whole.get(leaf, zero) * value * held.spread[leaf] for leaf, value in leaves.items()), zero)
        for slot, leaves in held.through(parts).items()
    }
    caused["", ""] = variance - sum(caused.values(), zero)
    return tuple(
        Contributor(*slot, share)
        for slot in sorted(caused, key=lambda slot: (-caused[slot], slot))
        if (share := (caused[slot] / variance * 100).quantize(Decimal("0.1")))
    )


def _improvements(held: Variance, now: Left, parts: Sequence[Part], figure: Decimal) -> tuple[Improvement, ...]:
    fresh = sum((relative_variance(gsd) for gsd in MEASURED_GSD), Decimal(0))
    narrowed: list[tuple[Decimal, Slot, Left]] = []
    for slot, leaves in held.through(part for part in parts if not part.primary).items():
        own = _total(part for part in parts if part.slot == slot and not part.primary)
        rest = held.without(leaves)
        left = replace(rest, variance=rest.variance + decimal(own / held.total) ** 2 * fresh)
        if left.relative < now.relative:
            narrowed.append((left.relative, slot, left))
    return tuple(
        Improvement(
            *slot,
            interval=around(figure, left.variance, mean=left.mean),
            measured_activity_share=held.share(one for one in parts if one.measured or one.slot == slot),
            primary_data_share=held.share(one for one in parts if one.primary or one.slot == slot),
        )
        for _, slot, left in sorted(narrowed, key=lambda one: one[:2])[:NAMED]
    )


def _total(parts: Iterable[Part]) -> Fraction:
    return sum((part.kg for part in parts), Fraction(0))
