"""Judge what a footprint rests on: ratings, evidence, sources of uncertainty, what could shift, what to measure next.

Nothing here changes a figure, and nothing of it stands in a passport: it is for those who read an assessment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from iocore.dqr import TABLE, Rating, policy_table, rate, roll_up
from iocore.shift import COMBUSTION_BOUNDARIES, co2_only_shift, gwp_shift
from iocore.units import QUANTA_PER_UNIT, largest_remainder
from passport.account import Accounts
from passport.footprint import HEADLINE_BUCKETS, MEASURED_EVIDENCE, PHASES_OF, amount, percent
from passport.moments import MatchedInterval, matched
from passport.postings import Posting
from passport.tree import Tree
from passport.variance import Contributor, Improvement, Part, attribute


@dataclass(frozen=True, slots=True)
class RatedPosting:
    """Rate what postings of one kind rest on."""

    phase: str
    stage: str
    slot: str
    bucket: str
    gas: str
    evidence: str
    tier: str
    total_kgco2e: Decimal
    rating: Rating


@dataclass(frozen=True, slots=True)
class EvidenceShare:
    """State how much of the total has activities of one kind of evidence."""

    evidence: str
    total_kgco2e: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class Shift:
    """State how far what was booked under a gas could move at most; None where that has no bound.

    `gas` is `CO2e@<set>` for another GWP set, and `CO2` for what covers CO2 only.
    """

    gas: str
    total_kgco2e: Decimal
    at_most_kgco2e: Decimal | None
    share: Decimal | None
    unbounded_slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """Hold what there is to say about the data of one boundary.

    Args:
        table: version of the rating scale, our own reading of the one that PACT names.
        dqr: mean rating by dimension, weighted by emissions; 1 is best, 5 worst; empty where nothing is emitted.
        evidence: kinds of evidence, best first; the shares add up to 100.
        matched: interval with the mean and variance of the calculation, where first order is low.
        contributors: slots that cause the variance, largest first; what is less than 0.05 % is left out.
        shifts: what another GWP set or the missing gases could change.
        improvements: slots whose measurement would narrow the interval most.
        postings: every kind of posting with its rating.
    """

    table: str
    dqr: Mapping[str, Decimal]
    evidence: tuple[EvidenceShare, ...]
    matched: MatchedInterval | None
    contributors: tuple[Contributor, ...]
    shifts: tuple[Shift, ...]
    improvements: tuple[Improvement, ...]
    postings: tuple[RatedPosting, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """Hold a posting of the lot: its kilograms, the node it was entered with before it was shared, its rating."""

    posting: Posting
    kg: Fraction
    entered: int
    rating: Rating

    def part(self) -> Part:
        """Give what its variance follows from."""
        measured = self.posting.evidence in MEASURED_EVIDENCE
        slot = (self.posting.stage, self.posting.slot)
        return Part(slot, self.kg, self.entered, measured, measured and self.posting.primary)


def judge(accounts: Accounts, tree: Tree, *, spread: Mapping[str, str]) -> Mapping[str, Quality]:
    """Judge both boundaries of a lot.

    Args:
        accounts: the lot's accounts.
        tree: its calculation.
        spread: geometric standard deviation by item digest or factor row.
    """
    return {name: _boundary(accounts, tree, name, phases, spread) for name, phases in PHASES_OF.items()}


def ratings(accounts: Accounts, boundary: str) -> Mapping[str, Decimal]:
    """Give the mean rating of every dimension at one boundary by emissions; empty where nothing is emitted."""
    return _rolled_up(_inside(accounts, PHASES_OF[boundary]))


def _rolled_up(held: Sequence[Held]) -> Mapping[str, Decimal]:
    return roll_up([(item.kg, item.rating) for item in held])


def _inside(accounts: Accounts, phases: Sequence[str]) -> Sequence[Held]:
    return [
        _held(accounts, item)
        for item in accounts.postings()
        if item.phase in phases and item.bucket in HEADLINE_BUCKETS
    ]


def _boundary(accounts: Accounts, tree: Tree, name: str, phases: Sequence[str], spread: Mapping[str, str]) -> Quality:
    held = _inside(accounts, phases)
    nodes, values, target = accounts.builder.nodes, accounts.builder.values, tree.totals[name]
    mass = tree.calculation.results()[f"{name}_mass"]
    contributors, improvements = attribute(
        nodes,
        values,
        target,
        mass=mass,
        parts=[item.part() for item in held],
        spread=spread,
        skewed=accounts.method.policy.skewed,
    )
    return Quality(
        table=TABLE,
        dqr=_rolled_up(held),
        evidence=_evidence(held),
        matched=matched(nodes, values, target, per=mass, spread=spread),
        contributors=contributors,
        shifts=_shifts(accounts, held),
        improvements=improvements,
        postings=_rated(held),
    )


def _held(accounts: Accounts, posting: Posting) -> Held:
    build = accounts.builder
    entered = posting.node
    while build.nodes[entered].op == "share":
        entered = build.nodes[entered].args[0]
    rows = [accounts.bench.used[row] for row in _rows(accounts, entered)]
    rating = rate(
        rows,
        tier=posting.tier,
        evidence=posting.evidence,
        places=posting.where.places,
        year=posting.where.year,
        timeless=accounts.method.policy.timeless,
    )
    return Held(posting, build.value(posting.node), entered, rating)


def _rows(accounts: Accounts, node: int) -> list[str]:
    """List the factor rows below a node, each once, sorted."""
    found: set[str] = set()
    stack, seen = [node], {node}
    while stack:
        here = accounts.builder.nodes[stack.pop()]
        if here.op == "factor":
            found.add(here.text("row"))
        stack += [arg for arg in here.args if arg not in seen]
        seen.update(here.args)
    return sorted(found)


def _total(held: Iterable[Held]) -> Fraction:
    return sum((item.kg for item in held), Fraction(0))


def _evidence(held: Sequence[Held]) -> tuple[EvidenceShare, ...]:
    names = [name for name in policy_table("activity") if any(item.posting.evidence == name for item in held)]
    parts = [_total(item for item in held if item.posting.evidence == name) for name in names]
    if not sum(parts, Fraction(0)):
        return ()
    tenths = [part * QUANTA_PER_UNIT for part in largest_remainder(Fraction(1000, QUANTA_PER_UNIT), parts)]
    return tuple(
        EvidenceShare(name, amount(part), Decimal(int(tenth)).scaleb(-1))
        for name, part, tenth in zip(names, parts, tenths, strict=True)
    )


def _rated(held: Sequence[Held]) -> tuple[RatedPosting, ...]:
    sums: dict[tuple[tuple[str, str, str, str, str, str, str], Rating], Fraction] = {}
    for item in held:
        one = item.posting
        key = ((one.phase, one.stage, one.slot, one.bucket, one.gas, one.evidence, one.tier), item.rating)
        sums[key] = sums.get(key, Fraction(0)) + item.kg
    return tuple(RatedPosting(*key[0], amount(sums[key]), key[1]) for key in sorted(sums))


def _shifts(accounts: Accounts, held: Sequence[Held]) -> tuple[Shift, ...]:
    """Bound what other sets and missing gases could change, gas by gas."""
    total = _total(held)
    groups: dict[str, list[Held]] = {}
    for item in held:
        if "other_gwp" in item.posting.flags:
            groups.setdefault(item.posting.gas, []).append(item)
        elif "co2_only" in item.posting.flags:
            groups.setdefault("CO2", []).append(item)
    found: list[Shift] = []
    for gas in sorted(groups):
        bounds = [(item, _bound(accounts, item)) for item in groups[gas]]
        open_slots = {f"{item.posting.stage}/{item.posting.slot}" for item, bound in bounds if bound is None}
        known = sum((item.kg * bound for item, bound in bounds if bound is not None), Fraction(0))
        reach = Fraction(round(known * QUANTA_PER_UNIT), QUANTA_PER_UNIT)
        found.append(
            Shift(
                gas=gas,
                total_kgco2e=amount(_total(groups[gas])),
                at_most_kgco2e=None if open_slots else amount(reach),
                share=None if open_slots else percent(reach, total),
                unbounded_slots=tuple(sorted(open_slots)),
            )
        )
    return tuple(found)


def _bound(accounts: Accounts, item: Held) -> Fraction | None:
    """Bound the relative change of one posting, or None."""
    if "co2_only" in item.posting.flags:
        return None if item.posting.tier == "io" else co2_only_shift(item.posting.slot)
    rows = [accounts.bench.used[row] for row in _rows(accounts, item.entered)]
    carrying = [row for row in rows if row.gas == item.posting.gas]
    combustion = bool(carrying) and all(row.boundary in COMBUSTION_BOUNDARIES for row in carrying)
    return gwp_shift(item.posting.gas.partition("@")[2], accounts.method.gwp_set, combustion=combustion)
