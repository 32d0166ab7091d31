"""Sum up a lot's postings for people: by stage, bucket and gas, with shares, warnings and an interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypedDict

from iocore.units import QUANTA_PER_UNIT, round_quantum
from passport.account import Accounts
from passport.footprint import (
    HEADLINE_BUCKETS,
    MEASURED_EVIDENCE,
    Apart,
    BoundaryFootprint,
    Flag,
    SecondLine,
    SlotResult,
    StageResult,
    amount,
    percent,
)
from passport.interval import interval
from passport.nodes import Node
from passport.postings import Posting
from passport.sealing import Leaf, join_exposed
from passport.tree import PHASES, Tree


class Figures(TypedDict):
    """Name what stands beside the headline."""

    aircraft_kgco2e: Decimal
    aircraft_forcing_kgco2e: Decimal
    biogenic_co2_kgco2e: Decimal
    biogenic_uptake_kgco2e: Decimal
    removals_kgco2e: Decimal
    apart: Apart


@dataclass(frozen=True, slots=True)
class Summary:
    """Hold the figures of both boundaries and what stands apart."""

    gate: BoundaryFootprint
    delivered: BoundaryFootprint
    beside: Figures


def summarise(accounts: Accounts, tree: Tree, *, spread: Mapping[str, str]) -> Summary:
    """Sum up the postings of the lot.

    Args:
        accounts: the lot's accounts.
        tree: its calculation.
        spread: geometric standard deviation by item digest or factor row.
    """
    results = tree.calculation.results()
    return Summary(
        gate=_boundary(accounts, tree, "gate", PHASES[:1], spread),
        delivered=_boundary(accounts, tree, "delivered", PHASES, spread),
        beside=Figures(
            aircraft_kgco2e=amount(results["aircraft"]),
            aircraft_forcing_kgco2e=amount(results["aircraft_forcing"]),
            biogenic_co2_kgco2e=amount(results["biogenic_co2"]),
            biogenic_uptake_kgco2e=amount(results["biogenic_uptake"]),
            removals_kgco2e=amount(results["removals"]),
            apart=_apart(accounts, tree),
        ),
    )


def _apart(accounts: Accounts, tree: Tree) -> Apart:
    """Sum up what stands beside the headline: the second line of each boundary, and removals by type."""
    postings, results = accounts.postings(), tree.calculation.results()
    lines: dict[str, SecondLine] = {}
    for name, phases in (("gate", PHASES[:1]), ("delivered", PHASES)):
        inside = [item for item in postings if item.phase in phases]
        sums = {
            bucket: _total(accounts, (item for item in inside if item.bucket == bucket))
            for bucket in ("biogenic_co2", "biogenic_uptake", "removal")
        }
        removals = [item for item in inside if item.bucket == "removal"]
        total = results[name] + sum(sums.values(), Fraction(0))
        lines[name] = SecondLine(
            headline_kgco2e=amount(results[name]),
            biogenic_co2_kgco2e=amount(sums["biogenic_co2"]),
            biogenic_uptake_kgco2e=amount(sums["biogenic_uptake"]),
            removals_kgco2e=_by(accounts, removals, lambda item: item.slot, sorted({item.slot for item in removals})),
            total_kgco2e=amount(total),
            kgco2e_per_kg=amount(round_quantum(total / results[f"{name}_mass"])),
        )
    return Apart(
        emissions_and_removals=lines,
        removed=tuple(dict.fromkeys(accounts.beside.removed)),
        uncounted=tuple(dict.fromkeys(accounts.beside.uncounted)),
    )


def _boundary(
    accounts: Accounts, tree: Tree, name: str, phases: Sequence[str], spread: Mapping[str, str]
) -> BoundaryFootprint:
    value = accounts.builder.value
    inside = [item for item in accounts.postings() if item.phase in phases and item.bucket in HEADLINE_BUCKETS]
    total = value(tree.totals[name])
    results = tree.calculation.results()
    by_bucket = _by(accounts, inside, lambda item: item.bucket, HEADLINE_BUCKETS)
    below = {
        bucket: frozenset[Leaf]().union(*(tree.leaves[item.node] for item in inside if item.bucket == bucket))
        for bucket in HEADLINE_BUCKETS
    }
    joined = join_exposed(HEADLINE_BUCKETS, below)
    mass = results[f"{name}_mass"]
    return BoundaryFootprint(
        boundary=name,
        total_kgco2e=amount(total),
        mass_kg=_decimal(mass),
        kgco2e_per_kg=amount(results[f"{name}_per_kg"]),
        by_stage=_stages(accounts, tree, phases),
        by_bucket=by_bucket,
        public_buckets={
            "+".join(group): sum((by_bucket[bucket] for bucket in group), Decimal("0.000000")) for group in joined
        },
        by_gas=_by(accounts, inside, lambda item: item.gas, sorted({item.gas for item in inside})),
        measured_activity_share=_share(accounts, inside, lambda item: item.evidence in MEASURED_EVIDENCE, total),
        primary_data_share=_share(
            accounts, inside, lambda item: item.primary and item.evidence in MEASURED_EVIDENCE, total
        ),
        default_share={
            "input_output": _share(accounts, inside, lambda item: item.tier == "io", total),
            "literature": _share(accounts, inside, lambda item: item.tier == "gap_fill", total),
        },
        flags=_flags(accounts, inside, total),
        interval=interval(
            accounts.builder.nodes,
            accounts.builder.values,
            tree.totals[name],
            per=mass,
            gsd=lambda node: spread.get(node.text("row" if node.op == "factor" else "item"), "1"),
            name=_source_name(accounts),
            known=accounts.builder.derivatives,
        ),
        slots=_slots(accounts, inside),
    )


def _source_name(accounts: Accounts) -> Callable[[Node], str]:
    def name(node: Node) -> str:
        if node.op == "factor":
            return node.text("row")
        return f"activity:{accounts.desk.items[node.text('item')].name}"

    return name


def _decimal(value: Fraction) -> Decimal:
    """Write a mass: six places unless it needs more."""
    if (value * 1_000_000).denominator == 1:
        return amount(value)
    return Decimal(value.numerator) / Decimal(value.denominator)


def _total(accounts: Accounts, postings: Iterable[Posting]) -> Fraction:
    quanta = accounts.builder.quanta
    return Fraction(sum(quanta(item.node) for item in postings), QUANTA_PER_UNIT)


def _by(
    accounts: Accounts, postings: Sequence[Posting], key: Callable[[Posting], str], names: Iterable[str]
) -> dict[str, Decimal]:
    found: dict[str, list[Posting]] = {name: [] for name in names}
    for item in postings:
        found[key(item)].append(item)
    return {name: amount(_total(accounts, items)) for name, items in found.items()}


def _share(
    accounts: Accounts, postings: Sequence[Posting], holds: Callable[[Posting], bool], total: Fraction
) -> Decimal:
    return percent(_total(accounts, (item for item in postings if holds(item))), total)


def _stages(accounts: Accounts, tree: Tree, phases: Sequence[str]) -> tuple[StageResult, ...]:
    found: list[StageResult] = []
    headline = [item for item in accounts.postings() if item.bucket in HEADLINE_BUCKETS]
    for phase in phases:
        for group in tree.groups[phase]:
            inside = [item for item in headline if item.phase == phase and item.stage in group]
            total = _total(accounts, inside)
            buckets = [bucket for bucket in HEADLINE_BUCKETS if any(item.bucket == bucket for item in inside)]
            found.append(
                StageResult(
                    stage="+".join(group),
                    phase=phase,
                    total_kgco2e=amount(total),
                    by_bucket=_by(accounts, inside, lambda item: item.bucket, buckets),
                    measured_activity_share=_share(
                        accounts, inside, lambda item: item.evidence in MEASURED_EVIDENCE, total
                    ),
                )
            )
    return tuple(found)


def _flags(accounts: Accounts, postings: Sequence[Posting], total: Fraction) -> tuple[Flag, ...]:
    flagged: dict[str, list[Posting]] = {code: [] for code in accounts.method.policy.flags}
    for item in postings:
        for code in _codes(item):
            flagged.setdefault(code, []).append(item)
    parts = {code: _total(accounts, flagged[code]) for code in sorted(flagged)}
    return tuple(Flag(code, amount(part), percent(part, total)) for code, part in parts.items())


def _codes(item: Posting) -> frozenset[str]:
    """Give the warnings of a posting; another GWP set is named too, such as `other_gwp:AR5`."""
    if "other_gwp" in item.flags:
        return frozenset({*item.flags, f"other_gwp:{item.gas.partition('@')[2]}"})
    return frozenset(item.flags)


def _slots(accounts: Accounts, postings: Sequence[Posting]) -> tuple[SlotResult, ...]:
    sums: dict[tuple[str, str, str, str, str, str, str, tuple[str, ...]], int] = {}
    for item in postings:
        key = (item.phase, item.stage, item.slot, item.bucket, item.gas, item.evidence, item.tier, item.flags)
        sums[key] = sums.get(key, 0) + accounts.builder.quanta(item.node)
    return tuple(
        SlotResult(*key[:7], total_kgco2e=amount(Fraction(sums[key], QUANTA_PER_UNIT)), flags=key[7])
        for key in sorted(sums)
    )
