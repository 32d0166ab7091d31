"""Choose which sums of a calculation an audience may see only as a value.

A labelled sum of three words is the smallest thing that is sealed: one bucket of one stage. It is sealed where any one
bucket of the stage that rests on closed items rests on at least two of them, any two together on at least three, and
so on: then there are more unknowns than sums, whichever sums are taken. Otherwise the whole stage is sealed. A stage
that rests on one closed item alone would give it away by division; the builder of a tree therefore joins such a stage
with another one (`join_exposed`). A closed item that states nothing but zero hides nothing, so it is sealed but not
counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from passport.errors import MalformedCalculation
from passport.nodes import Node, number


class Leaf(NamedTuple):
    """Name a closed item, and tell whether the field cited is more than zero."""

    entry: str
    item: str
    counts: bool


def hidden_by(leaves: frozenset[Leaf]) -> int:
    """Count the distinct closed items that hide one another."""
    return len({(leaf.entry, leaf.item) for leaf in leaves if leaf.counts})


def is_exposed(leaves: frozenset[Leaf]) -> bool:
    """Tell whether a value that rests on these items would give one away."""
    return bool(leaves) and hidden_by(leaves) < 2


def closed_leaves(nodes: Sequence[Node], closed: Callable[[Node], bool]) -> list[frozenset[Leaf]]:
    """List for every node the distinct closed items that it rests on."""
    empty: frozenset[Leaf] = frozenset()
    found: list[frozenset[Leaf]] = []
    for node in nodes:
        if node.op == "item":
            leaf = Leaf(node.text("entry"), node.text("item"), number(node.text("value")) != 0)
            found.append(frozenset({leaf}) if closed(node) else empty)
            continue
        below = [found[arg] for arg in node.args if found[arg]]
        if not below:
            found.append(empty)
        elif all(leaves is below[0] for leaves in below):
            found.append(below[0])
        else:
            found.append(empty.union(*below))
    return found


def choose_sealed(nodes: Sequence[Node], closed: Callable[[Node], bool]) -> frozenset[int]:
    """List the positions of the labelled sums that must be sealed.

    Raises:
        MalformedCalculation: a closed item stands outside every labelled sum.
    """
    leaves = closed_leaves(nodes, closed)
    chosen: set[int] = set()
    seen: set[int] = set()
    pending = [len(nodes) - 1]
    while pending:
        position = pending.pop()
        node = nodes[position]
        if position in seen or not leaves[position]:
            continue
        seen.add(position)
        if node.op in ("item", "posting", "share"):
            raise MalformedCalculation("a closed item stands outside every labelled sum", node=position)
        depth = len(node.label)
        buckets = [arg for arg in node.args if len(nodes[arg].label) == depth + 1]
        if depth >= 3 or (depth == 2 and not _outnumbered(leaves, node.args, buckets)):
            chosen.add(position)
        else:
            pending.extend(node.args)
    return frozenset(chosen)


def _outnumbered(leaves: Sequence[frozenset[Leaf]], args: Sequence[int], buckets: Sequence[int]) -> bool:
    if not buckets or len(buckets) != len(args):
        return False
    closed = [leaves[position] for position in buckets if leaves[position]]
    return all(
        hidden_by(frozenset[Leaf]().union(*chosen)) > count
        for count in range(1, len(closed) + 1)
        for chosen in combinations(closed, count)
    )


def join_exposed(order: Sequence[str], leaves: Mapping[str, frozenset[Leaf]]) -> tuple[tuple[str, ...], ...]:
    """Group names so that no group rests on a single closed item.

    Names are walked in their order. A group with a single closed item takes in the next name that rests on any,
    else joins the group before it that does. Names that rest on none stay by themselves.

    Returns:
        groups in the order of their first names; the names of a group keep their order.
    """
    groups: list[tuple[list[str], frozenset[Leaf]]] = []
    for name in order:
        own = leaves.get(name, frozenset())
        last = next((group for group in reversed(groups) if group[1]), None)
        if own and last is not None and is_exposed(last[1]):
            groups[groups.index(last)] = ([*last[0], name], last[1] | own)
        else:
            groups.append(([name], own))
    exposed = [group for group in groups if is_exposed(group[1])]
    others = [group for group in groups if group[1] and not is_exposed(group[1])]
    if exposed and others:
        names, own = exposed[-1]
        taken = others[-1]
        joined = [name for name in order if name in taken[0] or name in names]
        groups = [group for group in groups if group is not exposed[-1]]
        groups[groups.index(taken)] = (joined, taken[1] | own)
    return tuple(tuple(names) for names, _ in groups)
