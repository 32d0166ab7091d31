"""Choose which sums of a calculation an audience may see only as a value.

A labelled sum of three words is the smallest thing that is sealed: one bucket of one stage. It is sealed where any one
bucket of the stage that rests on closed items rests on at least two of them, any two together on at least three, and
so on: then there are more unknowns than sums, whichever sums are taken. Otherwise the whole stage is sealed. A stage
that rests on one closed item alone would give it away by division; the builder of a tree therefore joins such a stage
with another one (`join_exposed`). The same holds for what a stage has more, or less, than in an earlier version of the
passport, since anybody can subtract the two. A closed item that states nothing but zero hides nothing, so it is sealed
but not counted; nor is it given away: what rests on zeros alone tells that nothing was used, as what rests on no item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, islice
from typing import Final, NamedTuple

from passport.errors import MalformedCalculation
from passport.nodes import Node, number


class Leaf(NamedTuple):
    """Name a closed item, and tell whether the field cited is more than zero."""

    entry: str
    item: str
    counts: bool


NOTHING: Final[frozenset[Leaf]] = frozenset()


def hidden_by(leaves: frozenset[Leaf], most: int | None = None) -> int:
    """Count the distinct closed items that hide one another, up to a number that is enough to know."""
    found: set[tuple[str, str]] = set()
    for leaf in leaves:
        if len(found) == most:
            break
        if leaf.counts:
            found.add((leaf.entry, leaf.item))
    return len(found)


def is_exposed(leaves: frozenset[Leaf]) -> bool:
    """Tell whether a value that rests on these items would give one away; a zero is none."""
    return hidden_by(leaves, 2) == 1


def _wants_company(leaves: frozenset[Leaf]) -> bool:
    """Tell whether a group that rests on these items takes in another, also where all of them are zero."""
    return bool(leaves) and hidden_by(leaves, 2) < 2


def closed_leaves(
    nodes: Sequence[Node], closed: Callable[[Node], bool], known: list[frozenset[Leaf]] | None = None
) -> list[frozenset[Leaf]]:
    """List for every node the distinct closed items that it rests on.

    Args:
        nodes: each after its arguments.
        closed: tells of an item node whether the audience does not see it.
        known: what was found for the first of the nodes; it is carried on and returned.
    """
    found = [] if known is None else known
    for node in islice(nodes, len(found), None):
        if node.op == "item" and closed(node):
            found.append(frozenset({Leaf(node.text("entry"), node.text("item"), number(node.text("value")) != 0)}))
        elif len(node.args) == 1:
            found.append(found[node.args[0]])
        else:
            those = {found[arg] for arg in node.args}
            those.discard(NOTHING)
            found.append(those.pop() if len(those) == 1 else NOTHING.union(*those))
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
        divided = bool(buckets) and len(buckets) == len(node.args)
        if depth >= 3 or (depth == 2 and not (divided and outnumbered(leaves[bucket] for bucket in buckets))):
            chosen.add(position)
        else:
            pending.extend(node.args)
    return frozenset(chosen)


def outnumbered(sums: Iterable[frozenset[Leaf]]) -> bool:
    """Tell whether any *n* of some sums, given the closed items that each rests on, rest on more than *n* of them."""
    closed = [leaves for leaves in sums if leaves]
    return all(
        hidden_by(NOTHING.union(*chosen)) > count
        for count in range(1, len(closed) + 1)
        for chosen in combinations(closed, count)
    )


def below(leaves: Mapping[str, frozenset[Leaf]], names: Iterable[str]) -> frozenset[Leaf]:
    """Unite the closed items that some names rest on."""
    return NOTHING.union(*(leaves.get(name, NOTHING) for name in names))


def join_exposed(
    order: Sequence[str], leaves: Mapping[str, frozenset[Leaf]], groups: Sequence[tuple[str, ...]] | None = None
) -> tuple[tuple[str, ...], ...]:
    """Join names so that no group rests on a single closed item.

    Groups are walked in their order. One with a single closed item takes in the next one that rests on any, else joins
    the one before it that does. Groups that rest on none stay by themselves.

    Args:
        order: all names.
        leaves: the closed items that a name rests on; none where it is left out.
        groups: names that stand together already, in the order of their first names; by default each alone.

    Returns:
        groups in the order of their first names; the names of a group keep their order.
    """
    done: list[tuple[list[str], frozenset[Leaf]]] = []
    for names in [(name,) for name in order] if groups is None else groups:
        own = below(leaves, names)
        last = next((group for group in reversed(done) if group[1]), None)
        if own and last is not None and _wants_company(last[1]):
            done[done.index(last)] = ([*last[0], *names], last[1] | own)
        else:
            done.append(([*names], own))
    exposed = [group for group in done if _wants_company(group[1])]
    others = [group for group in done if group[1] and not _wants_company(group[1])]
    if exposed and others:
        taken, last = others[-1], exposed[-1]
        done = [group for group in done if group is not last]
        done[done.index(taken)] = ([*taken[0], *last[0]], taken[1] | last[1])
    return in_order(order, (names for names, _ in done))


def in_order(order: Sequence[str], groups: Iterable[Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    """Put the names of each group, and the groups by their first names, into an order."""
    place = {name: position for position, name in enumerate(order)}
    return tuple(
        sorted((tuple(sorted(group, key=place.__getitem__)) for group in groups), key=lambda one: place[one[0]])
    )
