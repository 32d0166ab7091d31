"""Draw the leaves of a calculation at random, to check an interval that was computed in closed form.

Every uncertain leaf is a lognormal around its value; a leaf is one draw however often it is used. The random numbers
are the raw output of PCG64, whose stream NumPy keeps stable, made uniform by their upper 53 bits and normal by the
inverse of the distribution (Wichura 1988, AS 241, in Python's `statistics`): NumPy's own normal numbers may change
between versions. So the same seed gives the same draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from iocore.errors import ShapeMismatch

DRAWS: Final = 10_000
CHUNK: Final = 1_000
#: The bounds of a sampled quantile lie this many standard errors of its rank away.
STANDARD_ERRORS: Final = 3

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one step of a calculation: a leaf with its value and the logarithm of its spread, or what to do with others.

    Args:
        op: `leaf`, `sum`, `product`, `ratio`, `share` (exact proportion) or `same`.
        args: earlier steps.
        value: value of a leaf.
        sigma: standard deviation of its logarithm; 0 is certain.
        index: whose weight a share takes.
    """

    op: str
    args: tuple[int, ...] = ()
    value: float = 0.0
    sigma: float = 0.0
    index: int = 0


@dataclass(frozen=True, slots=True)
class Quantile:
    """State a sampled quantile and how far off it may be for want of draws."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sample:
    """State what many draws of a calculation gave."""

    seed: int
    draws: int
    low: Quantile
    median: Quantile
    high: Quantile
    mean: float


def sample(steps: Sequence[Step], target: int, *, seed: int, draws: int = DRAWS) -> Sample:
    """Draw a step many times and give its 2.5 %, 50 % and 97.5 % quantiles and its mean.

    Args:
        steps: the calculation, each step after its arguments.
        target: the step asked for.
        seed: start of the random stream, not negative.
        draws: how many, a multiple of 1,000.

    Raises:
        ShapeMismatch: another number of draws.
    """
    if draws <= 0 or draws % CHUNK:
        raise ShapeMismatch("the number of draws is a positive multiple of 1,000", draws=draws)
    needed = _below(steps, target)
    uncertain = [place for place in needed if steps[place].sigma]
    stream = np.random.PCG64(seed)
    parts = []
    for _ in range(draws // CHUNK):
        normal = _normal(stream, len(uncertain))
        drawn = {place: np.exp(steps[place].sigma * normal[:, column]) for column, place in enumerate(uncertain)}
        values: dict[int, Array] = {}
        for place in needed:
            values[place] = _evaluate(steps[place], values, drawn.get(place))
        parts.append(np.broadcast_to(values[target], (CHUNK,)))
    found = np.sort(np.concatenate(parts))
    return Sample(
        seed, draws, _quantile(found, 0.025), _quantile(found, 0.5), _quantile(found, 0.975), float(found.mean())
    )


def _below(steps: Sequence[Step], target: int) -> list[int]:
    """List a step and all that it needs, in order."""
    seen, stack = {target}, [target]
    while stack:
        new = set(steps[stack.pop()].args) - seen
        seen |= new
        stack += sorted(new)
    return sorted(seen)


def _normal(stream: np.random.PCG64, columns: int) -> Array:
    """Give standard normal numbers, one row a draw."""
    inverse = NormalDist().inv_cdf
    raw = stream.random_raw(CHUNK * columns) >> np.uint64(11)
    uniform = (raw.astype(np.float64) + 0.5) * 2.0**-53
    return np.array([inverse(one) for one in uniform.tolist()]).reshape(CHUNK, columns)


def _evaluate(step: Step, values: dict[int, Array], drawn: Array | None) -> Array:
    args = [values[place] for place in step.args]
    if step.op == "leaf":
        return np.full(1, step.value) if drawn is None else step.value * drawn
    if step.op == "sum":
        return sum(args, np.zeros(1))
    if step.op == "product":
        return reduce(np.multiply, args, np.ones(1))
    if step.op == "ratio":
        return args[0] / args[1]
    if step.op == "share":
        return args[0] * args[1 + step.index] / sum(args[1:], np.zeros(1))
    return args[0]


def _quantile(ordered: Array, part: float) -> Quantile:
    """Read a quantile off sorted draws, with the draws some standard errors of its rank to either side."""
    last = len(ordered) - 1
    reach = STANDARD_ERRORS * math.sqrt(len(ordered) * part * (1 - part))

    def at(rank: float) -> float:
        return float(ordered[min(max(round(rank), 0), last)])

    rank = part * last
    return Quantile(at(rank), at(rank - reach), at(rank + reach))
