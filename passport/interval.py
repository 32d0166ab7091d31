"""Give the interval of a figure in floating point where that decides every printed digit, else exactly.

The sweep is that of `passport.uncertainty`, with two numbers for each slope: its value, and the sum of the magnitudes
that were added up to it. Each operation of IEEE 754 double precision is off by at most 2^-53 of its result, so that the
error of a slope is at most a small multiple of its magnitude. An answer is given only if both ends of what remains
print the same and no two of the main sources could stand in the other order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from heapq import heappop, heappush
from typing import Final

from passport import uncertainty
from passport.footprint import UncertaintyInterval
from passport.nodes import Node, index_of

#: Generous: operations for one edge of the tree, and relative errors of what follows the sweep.
OPERATIONS: Final = 64
UNIT: Final = 2.0**-53
SLACK: Final = 1e-11
#: Relative variance above which more of it does not raise the upper bound of a skewed figure for certain.
MOST_SKEWED: Final = 20.0

#: A node, the derivative by it, the magnitude of what that was added up from, and whether it has arguments itself.
Below = tuple[float, float, float, bool]
#: How many edges some derivatives took, and the derivatives.
Steps = tuple[int, Sequence[Below]]


@dataclass(slots=True)
class Known:
    """Keep what was found out about nodes, for later calls with the same nodes, values, spreads and names.

    What divides by the same weights pulls at them together: in a sweep the weights, and whose part is taken, stand
    for a node of their own, between the last weight and the node after it.

    Args:
        below: by node the derivatives by its arguments, or by the leaves below it where those were asked for.
        divisions: by weights and the place of the part taken, the node that they stand for, and the part.
        origins: by leaf its value, its relative variance, the same around its mean, how far that lies above its value
            and what to call it.
    """

    below: dict[float, Steps] = field(default_factory=dict)
    divisions: dict[tuple[tuple[int, ...], int], tuple[float, float]] = field(default_factory=dict)
    origins: dict[float, tuple[float, float, float, float, str]] = field(default_factory=dict)


def interval(
    nodes: Sequence[Node],
    values: Sequence[Fraction],
    target: int,
    *,
    per: Fraction,
    gsd: Callable[[Node], str],
    name: Callable[[Node], str],
    known: Known | None = None,
    skewed: bool = False,
) -> UncertaintyInterval:
    """Give what `passport.uncertainty.interval` gives for the same arguments, sooner."""
    try:
        found = quick_interval(nodes, values, target, per=per, gsd=gsd, name=name, known=known, skewed=skewed)
    except (OverflowError, ZeroDivisionError):
        found = None
    return found or uncertainty.interval(nodes, values, target, per=per, gsd=gsd, name=name, skewed=skewed)


def quick_interval(
    nodes: Sequence[Node],
    values: Sequence[Fraction],
    target: int,
    *,
    per: Fraction,
    gsd: Callable[[Node], str],
    name: Callable[[Node], str],
    known: Known | None = None,
    skewed: bool = False,
) -> UncertaintyInterval | None:
    """Give the interval, or nothing where floating point does not decide."""
    if values[target] <= 0 or per <= 0:
        return None
    known = Known() if known is None else known
    edges, leaves = _leaves(nodes, values, target, known)
    off = max(edges, 1) * OPERATIONS * UNIT
    whole = _float(values[target])
    origins = known.origins
    variances: dict[str, float] = {}
    errors: dict[str, float] = {}
    mean, off_mean = 1.0, 0.0
    for position, slope, magnitude, _ in leaves:
        origin = origins.get(position)
        if origin is None:
            leaf = int(position)
            spread = _spread(gsd(nodes[leaf]))
            called = name(nodes[leaf]) if spread else ""
            lift = math.sqrt(1 + spread)
            origin = origins[leaf] = (_float(values[leaf]), spread, spread * (1 + spread), lift - 1, called)
        value, spread, wide, above, key = origin
        if spread:
            scale = value / whole
            elasticity, error = slope * scale, off * magnitude * abs(scale)
            if skewed and elasticity > -error:
                spread = wide
                mean += elasticity * above
                off_mean += error * above
            variance = elasticity * elasticity * spread
            doubt = (2 * abs(elasticity) + error) * error * spread + variance * SLACK
            variances[key] = variances.get(key, 0.0) + variance
            errors[key] = errors.get(key, 0.0) + doubt
    main = sorted(variances, key=lambda key: -variances[key])
    for place, key in enumerate(main[:3]):
        following = main[place + 1] if place + 1 < len(main) else ""
        if variances[key] - errors[key] <= variances.get(following, 0.0) + errors.get(following, 0.0):
            return None
    total, error = sum(variances.values()), sum(errors.values())
    off_mean = 2 * off_mean + mean * SLACK if skewed else 0.0
    figure, slack = _float(values[target] / per), SLACK + 2 * off_mean / mean
    if skewed:
        total, error = total / (mean * mean), (error + 3 * total * off_mean / mean) / (mean * mean) + total * SLACK
    if not math.isfinite(total + error) or (skewed and total > MOST_SKEWED):
        return None
    over = mean if skewed else None
    printed = {_printed(figure, over, total + side * error, side * slack) for side in (-1, 1)}
    if len(printed) != 1:
        return None
    low, high, deviation = printed.pop()
    return UncertaintyInterval(low, high, uncertainty.LEVEL, deviation, tuple(main[:3]))


def _leaves(nodes: Sequence[Node], values: Sequence[Fraction], target: int, known: Known) -> Steps:
    """Give slope and magnitude of every leaf below a node.

    A slope can be off by `OPERATIONS` roundings of its magnitude for each edge on the way.
    """
    if not nodes[target].args:
        return 0, [(target, 1.0, 1.0, False)]
    slopes: dict[float, tuple[float, float]] = {target: (1.0, 1.0)}
    waiting: list[float] = [-target]
    edges = 0
    while waiting:
        position = -heappop(waiting)
        slope, magnitude = slopes.pop(position)
        steps = known.below.get(position)
        if steps is None:
            steps = known.below[position] = _steps(nodes, values, int(position), known)
        edges += steps[0]
        for arg, partial, size, inner in steps[1]:
            sofar = slopes.get(arg)
            if sofar is not None:
                slopes[arg] = (sofar[0] + slope * partial, sofar[1] + magnitude * size)
                continue
            slopes[arg] = (slope * partial, magnitude * size)
            if inner:
                heappush(waiting, -arg)
    leaves = [(position, slope, magnitude, False) for position, (slope, magnitude) in slopes.items()]
    found = known.below[target] = edges + len(leaves), leaves
    return found


def _steps(nodes: Sequence[Node], values: Sequence[Fraction], position: int, known: Known) -> Steps:
    """Give the derivatives of a node by its arguments; those of a posting, which lots may share, by its leaves."""
    node = nodes[position]
    if node.op == "posting":
        return _leaves(nodes, values, node.args[0], known)
    if node.op == "share":
        return _divided(nodes, values, node, known)
    partials = [(1.0, 1.0)] * len(node.args)
    if node.op in ("product", "ratio"):
        args = [_float(values[arg]) for arg in node.args]
        partials = [(value, abs(value)) for value in (_ratio if node.op == "ratio" else _product)(args)]
    return len(partials), [
        (arg, partial, size, bool(nodes[arg].args)) for arg, (partial, size) in zip(node.args, partials, strict=True)
    ]


def _product(args: Sequence[float]) -> Sequence[float]:
    if len(args) == 2:
        return args[1], args[0]
    return [math.prod([*args[:place], *args[place + 1 :]]) for place in range(len(args))]


def _ratio(args: Sequence[float]) -> Sequence[float]:
    top, below = args
    return 1 / below, -top / (below * below)


def _divided(nodes: Sequence[Node], values: Sequence[Fraction], node: Node, known: Known) -> Steps:
    """Give the derivatives of a share by what is divided, and by its weights together."""
    pool, *weights = node.args
    own = index_of(node)
    key = (node.args[1:], own)
    if key not in known.divisions:
        args = [_float(values[weight]) for weight in weights]
        whole = sum(args)
        part, pull = 1 / whole, args[own] / (whole * whole)
        pulled = [(weight, -pull, pull, bool(nodes[weight].args)) for weight in weights]
        pulled[own] = (weights[own], part - pull, part + pull, pulled[own][3])
        place = max(weights) + 1 - 1 / (len(known.divisions) + 2)
        known.divisions[key] = place, args[own] / whole
        known.below[place] = len(weights), pulled
    place, part = known.divisions[key]
    divided = _float(values[pool])
    return 2, [(pool, part, part, bool(nodes[pool].args)), (place, divided, abs(divided), True)]


def _float(value: Fraction) -> float:
    """Round to the nearest double; `float` does the same by a longer way."""
    return value.numerator / value.denominator


def _printed(figure: float, mean: float | None, variance: float, slack: float) -> tuple[str, str, str]:
    """Print low, high and standard deviation, each moved the way in which more variance moves it."""
    sigma = math.sqrt(math.log1p(max(variance, 0.0)))
    reach, wide = math.exp(float(uncertainty.QUANTILE) * sigma), math.exp(sigma)
    median = figure if mean is None else figure * mean / math.exp(sigma * sigma / 2)
    least, most = min(median / reach, figure), max(median * reach, figure)
    ends = (least * (1 - slack), most * (1 + slack), wide * (1 + slack))
    low, high, gsd = (uncertainty.significant(Decimal(end)) for end in ends)
    return low, high, gsd


@lru_cache(maxsize=256)
def _spread(gsd: str) -> float:
    """Give the relative variance of a lognormal, computed with many digits and rounded once."""
    with localcontext(Context(prec=uncertainty.DIGITS)):
        spread = Decimal(gsd)
        return float((spread.ln() ** 2).exp() - 1) if spread > 1 else 0.0
