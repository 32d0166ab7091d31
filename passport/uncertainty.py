"""Say how far a figure may be off: a lognormal interval in closed form over a calculation.

Every leaf has a geometric standard deviation. To first order the relative variance of the result is the sum over the
leaves of (elasticity of the result to the leaf) squared times (exp(ln^2 GSD) - 1). A leaf is one node, however often
it is used, so a factor shared by many postings is one source of error and not many independent ones. The result is
taken as the median of a lognormal with that relative variance.

That is low above the figure where sources are skewed: the mean of a lognormal lies above its median. A policy may allow
for that without another sweep: a leaf that raises the result stands at its mean, exp(ln^2 GSD / 2) above its value,
what the leaves add that way adds up by their elasticities, and a lognormal takes that mean and the variance there. For
a sum of independent leaves this is exact in both moments; where uncertain leaves are multiplied it is of first order.
The interval always holds the figure.

Source: Fenton 1960, doi 10.1109/TCOM.1960.1097606 (sums of lognormals by their first two moments); GHG Protocol,
Quantitative Inventory Uncertainty; JCGM 100:2008 (GUM), section 5.1 (law of propagation).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from heapq import heappop, heappush
from typing import Final

from passport.footprint import UncertaintyInterval
from passport.nodes import Node

DIGITS: Final = 50
LEVEL: Final = 95
QUANTILE: Final = Decimal("1.959963984540054")

#: Values of nodes by their place: of all, or of those that a result rests on.
Values = Sequence[Fraction] | Mapping[int, Fraction]


def elasticities(nodes: Sequence[Node], values: Values, target: int) -> Mapping[int, Fraction]:
    """Give, for every leaf below a node, the relative change of the node for a relative change of the leaf.

    Rounding is passed over and a share is taken as exact proportion.
    """
    slopes: dict[int, Fraction] = {target: Fraction(1)}
    found: dict[int, Fraction] = {}
    waiting = [-target]
    while waiting:
        position = -heappop(waiting)
        slope = slopes.pop(position)
        if not slope:
            continue
        node = nodes[position]
        if not node.args:
            if values[target]:
                found[position] = slope * values[position] / values[target]
            continue
        for arg, partial in zip(node.args, _partials(node, values), strict=True):
            if arg not in slopes:
                heappush(waiting, -arg)
            slopes[arg] = shorten(slopes.get(arg, Fraction(0)) + slope * partial)
    return found


def shorten(value: Fraction) -> Fraction:
    """Keep slopes short: 200 binary digits are far more than the printed result needs. Nothing becomes 0."""
    excess = value.denominator.bit_length() - 200
    return value if excess <= 0 else Fraction(round(value * 2**200), 2**200) or value


def _partials(node: Node, values: Values) -> list[Fraction]:
    args = [values[arg] for arg in node.args]
    if node.op == "product":
        partials = []
        for place in range(len(args)):
            rest = Fraction(1)
            for other, value in enumerate(args):
                rest *= Fraction(1) if other == place else value
            partials.append(rest)
        return partials
    if node.op == "ratio":
        return [1 / args[1], -args[0] / args[1] ** 2]
    if node.op == "share":
        pool, weights = args[0], args[1:]
        index = node.get("index")
        own = index if isinstance(index, int) else 0
        whole = sum(weights, Fraction(0))
        pull = -pool * weights[own] / whole**2
        return [weights[own] / whole, *(pull + (pool / whole if place == own else 0) for place in range(len(weights)))]
    return [Fraction(1)] * len(args)


def interval(
    nodes: Sequence[Node],
    values: Sequence[Fraction],
    target: int,
    *,
    per: Fraction,
    gsd: Callable[[Node], str],
    name: Callable[[Node], str],
    skewed: bool = False,
) -> UncertaintyInterval:
    """Give the 95 % interval of a node divided by a mass.

    Args:
        nodes: nodes of the calculation.
        values: their exact values.
        target: the node, such as the total of a boundary.
        per: kilograms that the figure refers to.
        gsd: geometric standard deviation of a leaf as a decimal string, at least 1.
        name: what to call a leaf among the main sources.
        skewed: whether the interval allows for the skew of its sources.
    """
    with localcontext(Context(prec=DIGITS)):
        parts: dict[str, Decimal] = {}
        total, mean = Decimal(0), Decimal(1)
        for position, elasticity in elasticities(nodes, values, target).items():
            spread = relative_variance(gsd(nodes[position]))
            if spread:
                slope = decimal(elasticity)
                lift = lifted(spread) if skewed and slope > 0 else Decimal(1)
                variance = (slope * lift) ** 2 * spread
                total += variance
                mean += slope * (lift - 1)
                key = name(nodes[position])
                parts[key] = parts.get(key, Decimal(0)) + variance
        main = sorted(parts, key=lambda key: (-parts[key], key))[:3]
        figure = decimal(values[target] / per) if per else Decimal(0)
        return around(figure, total, tuple(main), mean=mean if skewed else None)


def relative_variance(gsd: str) -> Decimal:
    """Give the relative variance of a lognormal with a geometric standard deviation of at least 1."""
    return (Decimal(gsd).ln() ** 2).exp() - 1 if Decimal(gsd) > 1 else Decimal(0)


def lifted(spread: Decimal) -> Decimal:
    """Give the mean of a lognormal over its median, from its relative variance."""
    return (1 + spread).sqrt()


def around(
    figure: Decimal, variance: Decimal, main_sources: tuple[str, ...] = (), *, mean: Decimal | None = None
) -> UncertaintyInterval:
    """Give the interval of a lognormal; the caller sets the precision.

    Args:
        figure: its median, unless a mean is given.
        variance: its variance, over the square of the figure.
        main_sources: what causes most of the variance.
        mean: its mean over the figure, where that is not its median.
    """
    over = 1 if mean is None else mean
    sigma = (1 + variance / over**2).ln().sqrt()
    median = figure if mean is None else figure * mean / (sigma**2 / 2).exp()
    reach = (QUANTILE * sigma).exp()
    low, high = median / reach, median * reach
    if mean is not None and figure > 0:
        low, high = min(low, figure), max(high, figure)
    return UncertaintyInterval(
        low=significant(low),
        high=significant(high),
        level=LEVEL,
        gsd=significant(sigma.exp()),
        main_sources=main_sources,
    )


def significant(value: Decimal, digits: int = 3) -> str:
    """Write a number with so many significant digits and no exponent."""
    if not value:
        return "0"
    with localcontext(Context(prec=digits)):
        rounded = +value
    return format(rounded.quantize(Decimal(1).scaleb(rounded.adjusted() - digits + 1), context=Context(prec=60)), "f")


def decimal(value: Fraction) -> Decimal:
    """Write a ratio as a decimal of the precision in force."""
    return Decimal(value.numerator) / Decimal(value.denominator)
