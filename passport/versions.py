"""Group the stages of a lot so that nobody can single out a closed item, not even by subtracting versions.

Whoever holds two versions of one lot's passport sees for each sum what it has more, or less, than before. A difference
must therefore rest on as many closed items as a sum must. The first version differs from nothing by all that it shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ledger.book.stage import life_cycle
from passport.sealing import NOTHING, Leaf, below, in_order, is_exposed, join_exposed, outnumbered


class Part(NamedTuple):
    """Name what a sum shown to the public adds up, and the closed items below it."""

    digest: str
    leaves: frozenset[Leaf]


Parts = Mapping[tuple[str, ...], Sequence[Part]]
Difference = Mapping[tuple[str, ...], frozenset[Leaf]]


class Group(NamedTuple):
    """Hold stages that are shown together.

    Args:
        stages: those that the lot has now, in life-cycle order; none where it had them in an earlier version only.
        divided: whether their buckets may be shown, as far as earlier versions tell.
        exposed: whether they still give an item away.
        change_exposed: whether their change since an earlier version does.
    """

    stages: tuple[str, ...]
    divided: bool
    exposed: bool
    change_exposed: bool


def difference(now: Parts, before: Parts) -> Difference:
    """Give the closed items below what each sum has more, or less, than before."""
    found: dict[tuple[str, ...], frozenset[Leaf]] = {}
    for label in sorted({*now, *before}):
        new, old = now.get(label, ()), before.get(label, ())
        changed = [*new, *old]
        if new and old:
            more, less = Counter(new), Counter(old)
            changed = [*(more - less), *(less - more)]
        found[label] = NOTHING.union(*(part.leaves for part in changed))
    return found


def stage_order(stages: set[str]) -> list[str]:
    """Put stages in life-cycle order; unknown ones follow by name."""
    known = [stage.code for stage in life_cycle()]
    return sorted(stages, key=lambda code: (known.index(code) if code in known else len(known), code))


def group_stages(
    parts: Parts, differences: Sequence[Difference], earlier: Sequence[Sequence[Sequence[str]]]
) -> tuple[Group, ...]:
    """Group the stages of one phase, in life-cycle order.

    Args:
        parts: what the smallest sums are made of, by stage and bucket.
        differences: how they differ from nothing and from each earlier version.
        earlier: how each earlier version groups its stages; what stood together stays together, so that versions
            differ by whole groups.
    """
    order = stage_order({stage for one in differences for stage, _ in one})
    groups = _merged(order, [group for version in earlier for group in version])
    by_stage = [_added(one, order, 0) for one in differences]
    for leaves in by_stage:
        groups = join_exposed(order, leaves, groups)
    present = {stage for stage, _ in parts}
    return tuple(
        Group(
            stages=tuple(stage for stage in group if stage in present),
            divided=all(outnumbered(_added(one, group, 1).values()) for one in differences[1:]),
            exposed=alone[0],
            change_exposed=any(alone[1:]),
        )
        for group in groups
        for alone in [[is_exposed(below(leaves, group)) for leaves in by_stage]]
    )


def _added(one: Difference, stages: Sequence[str], word: int) -> dict[str, frozenset[Leaf]]:
    """Unite the closed items of some stages by one word of the label."""
    found: dict[str, frozenset[Leaf]] = {}
    for label, leaves in one.items():
        if label[0] in stages:
            found[label[word]] = found.get(label[word], NOTHING) | leaves
    return found


def _merged(order: Sequence[str], together: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    groups = [{name} for name in order]
    for names in map(set, together):
        met = [group for group in groups if group & names]
        groups = [group for group in groups if not group & names] + ([set().union(*met)] if met else [])
    return in_order(order, groups)
