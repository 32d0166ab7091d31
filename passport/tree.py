"""Grow the labelled sums over a lot's postings: phase, stage, bucket, and what stands apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from ledger.book.model import Lot
from passport.account import Accounts
from passport.calculation import Builder, Calculation
from passport.errors import AssessmentRefused
from passport.footprint import APART_BUCKETS, HEADLINE_BUCKETS, PHASES
from passport.nodes import Node
from passport.postings import Posting
from passport.sealing import is_exposed
from passport.versions import Difference, Part, Parts, difference, group_stages

Value = TypeVar("Value")
MASSES: Final = ("gate", "delivered")
BESIDE: Final = (("mass",), ("apart",))


@dataclass(frozen=True, slots=True)
class Tree:
    """Hold the calculation and where its parts came from.

    Args:
        calculation: the tree without salts.
        groups: for each phase the stages in life-cycle order; stages joined for sealing stand together.
        totals: nodes of the builder: `gate`, `delivered`, `gate_mass`, `delivered_mass`.
        exposed: labels that rest on one item that not everybody may see, joined by a slash.
        change_exposed: labels that differ from an earlier version by one such item.
        closed: the closed items that each bucket of each stage of each phase rests on.
        parts: what each bucket of each stage of each phase is made of.
        beside: what the sums beside them are made of, masses and those that stand apart.
    """

    calculation: Calculation
    groups: dict[str, tuple[tuple[str, ...], ...]]
    totals: dict[str, int]
    exposed: tuple[str, ...]
    change_exposed: tuple[str, ...]
    closed: Difference
    parts: Parts
    beside: Parts


def grow(accounts: Accounts, earlier: Sequence[Tree] = ()) -> Tree:
    """Build the report of a lot.

    Args:
        accounts: the lot's accounts.
        earlier: the trees of the lot's earlier passports, oldest first.
    """
    build = accounts.builder
    postings = _sorted(accounts)
    headline = [posting for posting in postings if posting.bucket in HEADLINE_BUCKETS]
    leaves = build.closed_leaves(lambda node: _closed(accounts, node))
    parts: dict[tuple[str, ...], list[Part]] = {}
    by_stage: dict[tuple[str, str], list[Posting]] = {}
    for item in headline:
        part = Part(build.digest(item.node), leaves[item.node])
        parts.setdefault((item.phase, item.stage, item.bucket), []).append(part)
        by_stage.setdefault((item.phase, item.stage), []).append(item)
    seen = [difference(parts, version) for version in ({}, *(tree.parts for tree in earlier))]
    groups: dict[str, tuple[tuple[str, ...], ...]] = {}
    phases: dict[str, int] = {}
    exposed: list[str] = []
    changed: list[str] = []
    for phase in PHASES:
        found = group_stages(
            _inside(parts, phase), [_inside(one, phase) for one in seen], [tree.groups[phase] for tree in earlier]
        )
        exposed += [f"{phase}/{'+'.join(group.stages)}" for group in found if group.exposed]
        changed += [f"{phase}/{'+'.join(group.stages)}" for group in found if group.change_exposed]
        shown = [group for group in found if group.stages]
        groups[phase] = tuple(group.stages for group in shown)
        names = ["+".join(group.stages) for group in shown]
        nodes: list[int] = []
        for group, name in zip(shown, names, strict=True):
            inside = [item for stage in sorted(group.stages) for item in by_stage[phase, stage]]
            nodes.append(_stage(build, (phase, name), inside, divided=group.divided))
        phases[phase] = build.sum(nodes, (phase,), names)
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
    results["aircraft"] = _sum(build, aircraft, ("apart", "aircraft"))
    for bucket, name in APART_BUCKETS.items():
        results[name] = _sum(build, [item for item in postings if item.bucket == bucket], ("apart", name))
    above = build.closed_leaves(lambda node: _closed(accounts, node))
    beside = {
        build.nodes[node].label: [Part(build.digest(arg), above[arg]) for arg in build.nodes[node].args]
        for node in results.values()
        if build.nodes[node].label[:1] in BESIDE
    }
    exposed += _exposed(difference(beside, {}))
    for tree in earlier:
        changed += _exposed(difference(beside, tree.beside))
    totals = {name: results[name] for name in ("gate", "delivered", "gate_mass", "delivered_mass")}
    return Tree(
        calculation=build.report(results),
        groups=groups,
        totals=totals,
        exposed=tuple(exposed),
        change_exposed=tuple(sorted(set(changed))),
        closed=seen[0],
        parts=parts,
        beside=beside,
    )


def _exposed(labelled: Difference) -> list[str]:
    return ["/".join(label) for label, leaves in labelled.items() if is_exposed(leaves)]


def _inside(labelled: Mapping[tuple[str, ...], Value], phase: str) -> dict[tuple[str, ...], Value]:
    """Give what belongs to a phase, by stage and bucket."""
    return {label[1:]: value for label, value in labelled.items() if label[0] == phase}


def _closed(accounts: Accounts, node: Node) -> bool:
    return accounts.desk.items[node.text("item")].audience != "public"


def _sorted(accounts: Accounts) -> list[Posting]:
    """List the lot's postings in an order that depends on nothing but what they stand for."""
    digest = accounts.builder.digest
    return sorted(
        accounts.postings(),
        key=lambda item: (
            *(item.stage, item.slot, item.bucket, item.gas, item.evidence, item.tier),
            digest(item.node),
        ),
    )


def _sum(build: Builder, postings: Iterable[Posting], label: tuple[str, ...]) -> int:
    return build.sum([item.node for item in postings], label)


def _stage(build: Builder, label: tuple[str, str], postings: Sequence[Posting], *, divided: bool) -> int:
    """Sum up a stage: by bucket, unless what changed in a bucket since an earlier version would give an item away."""
    if not divided:
        return _sum(build, postings, label)
    buckets = [bucket for bucket in HEADLINE_BUCKETS if any(item.bucket == bucket for item in postings)]
    nodes = [_sum(build, [item for item in postings if item.bucket == bucket], (*label, bucket)) for bucket in buckets]
    return build.sum(nodes, label, buckets)


def _mass(accounts: Accounts, boundary: str) -> int:
    """Enter the net mass at the gate, or as delivered.

    Raises:
        AssessmentRefused: the lot was written off, or nothing is left of it.
    """
    build = accounts.builder
    lot = accounts.view.lot(accounts.target)
    if lot.written_off_by is not None:
        raise AssessmentRefused(
            "the lot was written off, so there are no goods left to state a figure for; what it carried lies in the "
            "loss account of who held it",
            lot=lot.id,
            entry=lot.written_off_by.source_id,
        )
    node = accounts.desk.mass(lot) if boundary == "delivered" else _gate_mass(accounts, lot)
    if build.value(node) <= 0:
        raise AssessmentRefused("nothing is left of the lot", lot=lot.id)
    return build.sum([build.round(node)], ("mass", boundary))


def _gate_mass(accounts: Accounts, lot: Lot) -> int:
    """Enter the mass that a lot had when it, or what it was made from, left the gate."""
    build = accounts.builder
    departed = accounts.departures.time_of(lot)
    if departed is None or departed > lot.origin.event_time:
        return accounts.desk.mass(lot, departed)
    inputs = build.sum([_gate_mass(accounts, accounts.view.lot(name)) for name in sorted(lot.origin.ins)])
    outputs = [accounts.desk.out_mass(accounts.view.lot(name)) for name in sorted(lot.origin.outs)]
    if len(outputs) == 1:
        return inputs
    part = build.ratio(accounts.desk.out_mass(lot), build.sum(outputs))
    return build.product([inputs, part])
