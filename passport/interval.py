"""Give the interval of a figure in floating point where that decides every printed digit, else exactly.

The sweep is that of `passport.uncertainty`, with two numbers for each slope: its value, and the sum of the magnitudes
that were added up to it. Each operation of IEEE 754 double precision is off by at most 2^-53 of its result, so that the
error of a slope is at most a small multiple of its magnitude. An answer is given only if both ends of what remains
print the same and no two of the main sources could stand in the other order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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

#: By node, for each argument: the derivative, and the magnitude of what it was added up from.
Derivatives = dict[int, list[tuple[float, float]]]


def interval(
    nodes: Sequence[Node],
    values: Sequence[Fraction],
    target: int,
    *,
    per: Fraction,
    gsd: Callable[[Node], str],
    name: Callable[[Node], str],
    known: Derivatives | None = None,
) -> UncertaintyInterval:
    """Give what `passport.uncertainty.interval` gives for the same arguments, sooner.

    `known` keeps the derivatives of nodes between calls with the same nodes and values.
    """
    try:
        found = quick_interval(nodes, values, target, per=per, gsd=gsd, name=name, known=known)
    except (OverflowError, ZeroDivisionError):
        found = None
    return found or uncertainty.interval(nodes, values, target, per=per, gsd=gsd, name=name)


def quick_interval(
    nodes: Sequence[Node],
    values: Sequence[Fraction],
    target: int,
    *,
    per: Fraction,
    gsd: Callable[[Node], str],
    name: Callable[[Node], str],
    known: Derivatives | None = None,
) -> UncertaintyInterval | None:
    """Give the interval, or nothing where floating point does not decide."""
    if values[target] <= 0 or per <= 0:
        return None
    leaves, off = _sweep(nodes, values, target, {} if known is None else known)
    whole = _float(values[target])
    variances: dict[str, float] = {}
    errors: dict[str, float] = {}
    for position, (slope, magnitude) in leaves.items():
        spread = _spread(gsd(nodes[position]))
        if spread:
            scale = _float(values[position]) / whole
            elasticity, error = slope * scale, off * magnitude * abs(scale)
            variance = elasticity * elasticity * spread
            key = name(nodes[position])
            variances[key] = variances.get(key, 0.0) + variance
            doubt = (2 * abs(elasticity) + error) * error * spread + variance * SLACK
            errors[key] = errors.get(key, 0.0) + doubt
    main = sorted(variances, key=lambda key: -variances[key])
    for place, key in enumerate(main[:3]):
        following = main[place + 1] if place + 1 < len(main) else ""
        if variances[key] - errors[key] <= variances.get(following, 0.0) + errors.get(following, 0.0):
            return None
    total, error = sum(variances.values()), sum(errors.values())
    if not math.isfinite(total + error):
        return None
    printed = {_printed(_float(values[target] / per), total + side * error, side * SLACK) for side in (-1, 1)}
    if len(printed) != 1:
        return None
    low, high, wide = printed.pop()
    return UncertaintyInterval(low, high, uncertainty.LEVEL, wide, tuple(main[:3]))


def _sweep(
    nodes: Sequence[Node], values: Sequence[Fraction], target: int, derivatives: Derivatives
) -> tuple[dict[int, tuple[float, float]], float]:
    """Give slope and magnitude of every leaf, and the part of a magnitude by which a slope can be off."""
    slopes = {target: (1.0, 1.0)}
    waiting = [-target] if nodes[target].args else []
    edges = 1
    while waiting:
        position = -heappop(waiting)
        slope, magnitude = slopes.pop(position)
        node = nodes[position]
        edges += len(node.args)
        partials = derivatives.get(position)
        if partials is None:
            partials = derivatives[position] = _partials(node, values)
        for arg, (partial, size) in zip(node.args, partials, strict=True):
            sofar = slopes.get(arg)
            if sofar is not None:
                slopes[arg] = (sofar[0] + slope * partial, sofar[1] + magnitude * size)
                continue
            slopes[arg] = (slope * partial, magnitude * size)
            if nodes[arg].args:
                heappush(waiting, -arg)
    return slopes, edges * OPERATIONS * UNIT


def _partials(node: Node, values: Sequence[Fraction]) -> list[tuple[float, float]]:
    """Give the derivative by each argument, and the magnitude of what it was added up from."""
    if node.op not in ("product", "ratio", "share"):
        return [(1.0, 1.0)] * len(node.args)
    args = [_float(values[arg]) for arg in node.args]
    if node.op == "product":
        if len(args) == 2:
            first, second = args
            return [(second, abs(second)), (first, abs(first))]
        others = (math.prod(args[:place] + args[place + 1 :]) for place in range(len(args)))
        return [(value, abs(value)) for value in others]
    if node.op == "ratio":
        top, below = 1 / args[1], args[0] / (args[1] * args[1])
        return [(top, abs(top)), (-below, abs(below))]
    pool, *weights = args
    whole, own = sum(weights), index_of(node)
    part, pull = pool / whole, pool * weights[own] / (whole * whole)
    pulled = [(-pull, abs(pull))] * len(weights)
    pulled[own] = (part - pull, abs(part) + abs(pull))
    return [(weights[own] / whole, weights[own] / whole), *pulled]


def _float(value: Fraction) -> float:
    """Round to the nearest double; `float` does the same by a longer way."""
    return value.numerator / value.denominator


def _printed(figure: float, variance: float, slack: float) -> tuple[str, str, str]:
    """Print low, high and standard deviation, each moved the way in which more variance moves it."""
    sigma = math.sqrt(math.log1p(max(variance, 0.0)))
    reach, wide = math.exp(float(uncertainty.QUANTILE) * sigma), math.exp(sigma)
    ends = (figure / reach * (1 - slack), figure * reach * (1 + slack), wide * (1 + slack))
    low, high, gsd = (uncertainty.significant(Decimal(end)) for end in ends)
    return low, high, gsd


@lru_cache(maxsize=256)
def _spread(gsd: str) -> float:
    """Give the relative variance of a lognormal, computed with many digits and rounded once."""
    with localcontext(Context(prec=uncertainty.DIGITS)):
        spread = Decimal(gsd)
        return float((spread.ln() ** 2).exp() - 1) if spread > 1 else 0.0
