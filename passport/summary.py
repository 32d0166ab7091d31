"""Sum up a lot's postings for people: by stage, bucket and gas, with shares, warnings and an interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple, TypedDict

from iocore.units import QUANTA_PER_UNIT, round_quantum
from passport.account import Accounts
from passport.beside import takes_up
from passport.footprint import (
    HEADLINE_BUCKETS,
    MEASURED_EVIDENCE,
    PHASES,
    PHASES_OF,
    REMOVAL,
    Apart,
    BoundaryFootprint,
    Flag,
    SecondLine,
    SlotResult,
    StageResult,
    amount,
    kilograms,
    percent,
)
from passport.interval import interval
from passport.nodes import Node
from passport.postings import Posting
from passport.sealing import NOTHING, Leaf, join_exposed
from passport.tree import Tree

SECOND_LINE: Final = ("biogenic_co2", "biogenic_uptake", "removal")


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


class Kind(NamedTuple):
    """Name what the sums tell apart; postings of one kind are added up once."""

    phase: str
    stage: str
    slot: str
    bucket: str
    gas: str
    evidence: str
    tier: str
    flags: tuple[str, ...]
    primary: bool

    @classmethod
    def of(cls, item: Posting) -> Kind:
        """Give the kind of a posting."""
        return cls(
            item.phase, item.stage, item.slot, item.bucket, item.gas, item.evidence, item.tier, item.flags, item.primary
        )


#: Kinds, and how many quanta of 0.000001 kg CO2e their postings are.
Sums = Sequence[tuple[Kind, int]]


def summarise(accounts: Accounts, tree: Tree, *, spread: Mapping[str, str]) -> Summary:
    """Sum up the postings of the lot.

    Args:
        accounts: the lot's accounts.
        tree: its calculation.
        spread: geometric standard deviation by item digest or factor row.
    """
    results = tree.calculation.results()
    quanta = accounts.builder.quanta
    sums = _sums(accounts)
    stages, slots = _stages(tree, sums), _slots(sums)

    def boundary(name: str) -> BoundaryFootprint:
        phases = PHASES_OF[name]
        inside = [one for one in sums if one[0].phase in phases]
        total = quanta(tree.totals[name])
        by_bucket = _by(inside, lambda kind: kind.bucket, HEADLINE_BUCKETS)
        mass = results[f"{name}_mass"]
        measured = _measured(inside)
        return BoundaryFootprint(
            boundary=name,
            total_kgco2e=kilograms(total),
            mass_kg=_decimal(mass),
            kgco2e_per_kg=amount(results[f"{name}_per_kg"]),
            by_stage=tuple(one for one in stages if one.phase in phases),
            by_bucket=by_bucket,
            public_buckets={
                "+".join(group): sum((by_bucket[bucket] for bucket in group), Decimal("0.000000"))
                for group in _public(tree, phases)
            },
            by_gas=_by(inside, lambda kind: kind.gas, sorted({kind.gas for kind, _ in inside})),
            measured_activity_share=_share(measured, total),
            primary_data_share=_share((one for one in measured if one[0].primary), total),
            default_share={
                "input_output": _share((one for one in inside if one[0].tier == "io"), total),
                "literature": _share((one for one in inside if one[0].tier == "gap_fill"), total),
            },
            flags=_flags(inside, accounts.method.policy.flags, total),
            interval=interval(
                accounts.builder.nodes,
                accounts.builder.values,
                tree.totals[name],
                per=mass,
                gsd=lambda node: spread.get(node.text("row" if node.op == "factor" else "item"), "1"),
                name=_source_name(accounts),
                known=accounts.desk.known,
                skewed=accounts.method.policy.skewed,
            ),
            slots=tuple(one for one in slots if one.phase in phases),
        )

    return Summary(
        gate=boundary("gate"),
        delivered=boundary("delivered"),
        beside=Figures(
            aircraft_kgco2e=amount(results["aircraft"]),
            aircraft_forcing_kgco2e=amount(results["aircraft_forcing"]),
            biogenic_co2_kgco2e=amount(results["biogenic_co2"]),
            biogenic_uptake_kgco2e=amount(results["biogenic_uptake"]),
            removals_kgco2e=amount(results["removals"]),
            apart=_apart(accounts, tree),
        ),
    )


def _sums(accounts: Accounts) -> Sums:
    """Add up the postings of the headline by kind."""
    sums: dict[Kind, int] = {}
    for item in accounts.postings():
        if item.bucket in HEADLINE_BUCKETS:
            kind = Kind.of(item)
            sums[kind] = sums.get(kind, 0) + accounts.builder.quanta(item.node)
    return list(sums.items())


def _apart(accounts: Accounts, tree: Tree) -> Apart:
    """Sum up what stands beside the headline: the second line of each boundary, and removals by type."""
    results = tree.calculation.results()
    quanta = accounts.builder.quanta
    beside = [(item, quanta(item.node)) for item in accounts.postings() if item.bucket in SECOND_LINE]
    lines: dict[str, SecondLine] = {}
    for name, phases in PHASES_OF.items():
        inside = [one for one in beside if one[0].phase in phases]
        sums = dict.fromkeys(SECOND_LINE, 0)
        for posting, size in inside:
            sums[posting.bucket] += size
        removals = [(Kind.of(posting), size) for posting, size in inside if posting.bucket == "removal"]
        total = results[name] + Fraction(sum(sums.values()), QUANTA_PER_UNIT)
        lines[name] = SecondLine(
            headline_kgco2e=amount(results[name]),
            biogenic_co2_kgco2e=kilograms(sums["biogenic_co2"]),
            biogenic_uptake_kgco2e=kilograms(sums["biogenic_uptake"]),
            held_uptake_kgco2e=kilograms(sum(size for posting, size in inside if takes_up(posting))),
            removals_kgco2e=_by(removals, _type, sorted({_type(kind) for kind, _ in removals})),
            total_kgco2e=amount(total),
            kgco2e_per_kg=amount(round_quantum(total / results[f"{name}_mass"])),
        )
    return Apart(
        emissions_and_removals=lines,
        removed=tuple(dict.fromkeys(accounts.beside.removed)),
        credited=tuple(dict.fromkeys(accounts.beside.credited)),
        avoided=tuple(dict.fromkeys(accounts.beside.avoided)),
        uncounted=tuple(dict.fromkeys(accounts.beside.uncounted)),
    )


def _type(removal: Kind) -> str:
    return removal.slot.removeprefix(REMOVAL)


def _public(tree: Tree, phases: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Join the buckets that must not be shown by themselves."""
    below: dict[str, frozenset[Leaf]] = {}
    for (phase, _, bucket), leaves in tree.closed.items():
        if phase in phases:
            below[bucket] = below.get(bucket, NOTHING) | leaves
    return join_exposed(HEADLINE_BUCKETS, below)


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


def _by(sums: Sums, key: Callable[[Kind], str], names: Iterable[str]) -> dict[str, Decimal]:
    found = dict.fromkeys(names, 0)
    for kind, quanta in sums:
        found[key(kind)] += quanta
    return {name: kilograms(quanta) for name, quanta in found.items()}


def _share(sums: Iterable[tuple[Kind, int]], total: int) -> Decimal:
    return percent(sum(quanta for _, quanta in sums), total)


def _measured(sums: Sums) -> Sums:
    return [one for one in sums if one[0].evidence in MEASURED_EVIDENCE]


def _stages(tree: Tree, sums: Sums) -> tuple[StageResult, ...]:
    of_stage: dict[tuple[str, str], list[tuple[Kind, int]]] = {}
    for kind, quanta in sums:
        of_stage.setdefault((kind.phase, kind.stage), []).append((kind, quanta))
    found: list[StageResult] = []
    for phase in PHASES:
        for group in tree.groups[phase]:
            inside = [one for stage in group for one in of_stage[phase, stage]]
            total = sum(quanta for _, quanta in inside)
            present = {kind.bucket for kind, _ in inside}
            buckets = [bucket for bucket in HEADLINE_BUCKETS if bucket in present]
            found.append(
                StageResult(
                    stage="+".join(group),
                    phase=phase,
                    total_kgco2e=kilograms(total),
                    by_bucket=_by(inside, lambda kind: kind.bucket, buckets),
                    measured_activity_share=_share(_measured(inside), total),
                )
            )
    return tuple(found)


def _flags(sums: Sums, always: Iterable[str], total: int) -> tuple[Flag, ...]:
    parts = dict.fromkeys(always, 0)
    for kind, quanta in sums:
        for code in _codes(kind):
            parts[code] = parts.get(code, 0) + quanta
    return tuple(Flag(code, kilograms(parts[code]), percent(parts[code], total)) for code in sorted(parts))


def _codes(kind: Kind) -> Iterable[str]:
    """Give the warnings of postings; another GWP set is named too, such as `other_gwp:AR5`."""
    if "other_gwp" in kind.flags:
        return {*kind.flags, f"other_gwp:{kind.gas.partition('@')[2]}"}
    return kind.flags


def _slots(sums: Sums) -> tuple[SlotResult, ...]:
    found: dict[tuple[str, str, str, str, str, str, str, tuple[str, ...]], int] = {}
    for kind, quanta in sums:
        key = kind[:8]
        found[key] = found.get(key, 0) + quanta
    return tuple(SlotResult(*key[:7], total_kgco2e=kilograms(found[key]), flags=key[7]) for key in sorted(found))
