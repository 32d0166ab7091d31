"""Grow the labelled sums over a lot's postings: phase, stage, bucket, and what stands apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.book.model import Lot
from ledger.book.stage import life_cycle
from passport.account import Accounts
from passport.calculation import Calculation
from passport.errors import AssessmentRefused
from passport.footprint import APART_BUCKETS, HEADLINE_BUCKETS
from passport.nodes import Node
from passport.postings import Posting
from passport.sealing import Leaf, closed_leaves, is_exposed, join_exposed

PHASES: Final = ("gate", "after")
MASSES: Final = ("gate", "delivered")


@dataclass(frozen=True, slots=True)
class Tree:
    """Hold the calculation and where its parts came from.

    Args:
        calculation: the tree without salts.
        groups: for each phase the stages in life-cycle order; stages joined for sealing stand together.
        totals: nodes of the builder: `gate`, `delivered`, `gate_mass`, `delivered_mass`.
        exposed: labels that rest on one item that not everybody may see, joined by a slash.
        leaves: closed items below each posting's node.
    """

    calculation: Calculation
    groups: dict[str, tuple[tuple[str, ...], ...]]
    totals: dict[str, int]
    exposed: tuple[str, ...]
    leaves: Sequence[frozenset[Leaf]]


def stage_order(stages: set[str]) -> list[str]:
    """Put stages in life-cycle order; unknown ones follow by name."""
    known = [stage.code for stage in life_cycle()]
    return sorted(stages, key=lambda code: (known.index(code) if code in known else len(known), code))


def grow(accounts: Accounts) -> Tree:
    """Build the report of a lot."""
    build = accounts.builder
    headline = [posting for posting in accounts.postings() if posting.bucket in HEADLINE_BUCKETS]
    leaves = closed_leaves(build.nodes, lambda node: _closed(accounts, node))
    groups: dict[str, tuple[tuple[str, ...], ...]] = {}
    phases: dict[str, int] = {}
    exposed: list[str] = []
    for phase in PHASES:
        inside = [posting for posting in headline if posting.phase == phase]
        below = {
            stage: frozenset[Leaf]().union(*(leaves[item.node] for item in inside if item.stage == stage))
            for stage in {item.stage for item in inside}
        }
        groups[phase] = join_exposed(stage_order(set(below)), below)
        nodes: list[int] = []
        for group in groups[phase]:
            name = "+".join(group)
            nodes.append(_stage(accounts, phase, name, [item for item in inside if item.stage in group]))
            if is_exposed(frozenset[Leaf]().union(*(below[stage] for stage in group))):
                exposed.append(f"{phase}/{name}")
        phases[phase] = build.sum(nodes, (phase,), ["+".join(group) for group in groups[phase]])
    delivered = build.sum([phases["gate"], phases["after"]], ("delivered",))
    masses = {boundary: _mass(accounts, boundary) for boundary in MASSES}
    results = {
        "gate": phases["gate"],
        "delivered": delivered,
        "gate_mass": masses["gate"],
        "delivered_mass": masses["delivered"],
        "gate_per_kg": build.round(build.ratio(phases["gate"], masses["gate"])),
        "delivered_per_kg": build.round(build.ratio(delivered, masses["delivered"])),
    }
    aircraft = [posting for posting in headline if posting.stage == "air"]
    results["aircraft"] = _apart(accounts, "aircraft", aircraft)
    for bucket, name in APART_BUCKETS.items():
        results[name] = _apart(accounts, name, [item for item in accounts.postings() if item.bucket == bucket])
    above = closed_leaves(build.nodes, lambda node: _closed(accounts, node))
    exposed += [
        "/".join(build.nodes[node].label)
        for node in results.values()
        if build.nodes[node].label[:1] in (("mass",), ("apart",)) and is_exposed(above[node])
    ]
    totals = {name: results[name] for name in ("gate", "delivered", "gate_mass", "delivered_mass")}
    return Tree(build.report(results), groups, totals, tuple(exposed), leaves)


def _closed(accounts: Accounts, node: Node) -> bool:
    return accounts.desk.items[node.text("item")].audience != "public"


def _sorted(accounts: Accounts, postings: Sequence[Posting]) -> list[int]:
    """List the nodes of postings in an order that depends on nothing but what they stand for."""
    build = accounts.builder
    return [
        posting.node
        for posting in sorted(
            postings,
            key=lambda item: (
                *(item.stage, item.slot, item.bucket, item.gas, item.evidence, item.tier),
                build.digest(item.node),
            ),
        )
    ]


def _stage(accounts: Accounts, phase: str, name: str, postings: Sequence[Posting]) -> int:
    build = accounts.builder
    buckets = [bucket for bucket in HEADLINE_BUCKETS if any(item.bucket == bucket for item in postings)]
    nodes = [
        build.sum(_sorted(accounts, [item for item in postings if item.bucket == bucket]), (phase, name, bucket))
        for bucket in buckets
    ]
    return build.sum(nodes, (phase, name), buckets)


def _apart(accounts: Accounts, name: str, postings: Sequence[Posting]) -> int:
    return accounts.builder.sum(_sorted(accounts, postings), ("apart", name))


def _mass(accounts: Accounts, boundary: str) -> int:
    """Enter the net mass at the gate, or as delivered.

    Raises:
        AssessmentRefused: nothing is left of the lot.
    """
    build = accounts.builder
    lot = accounts.book.lots[accounts.target]
    node = accounts.desk.mass(lot) if boundary == "delivered" else _gate_mass(accounts, lot)
    if build.value(node) <= 0:
        raise AssessmentRefused("nothing is left of the lot", lot=lot.id)
    return build.sum([build.round(node)], ("mass", boundary))


def _gate_mass(accounts: Accounts, lot: Lot) -> int:
    """Enter the mass that a lot had when it, or what it was made from, left the gate."""
    build = accounts.builder
    departed = accounts.departed.get(lot.id)
    if departed is None or departed > lot.origin.event_time:
        return accounts.desk.mass(lot, departed)
    inputs = build.sum([_gate_mass(accounts, accounts.book.lots[name]) for name in sorted(lot.origin.ins)])
    outputs = [accounts.desk.out_mass(accounts.book.lots[name]) for name in sorted(lot.origin.outs)]
    if len(outputs) == 1:
        return inputs
    part = build.ratio(accounts.desk.out_mass(lot), build.sum(outputs))
    return build.product([inputs, part])
