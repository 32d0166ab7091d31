"""Enter the expressions of a methodology into a calculation.

What an emission comes to depends on the amount alone, once place, year and climate are known: its factors are chosen
and entered once, and every further amount goes the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from iocore.dqr import ageless
from iocore.errors import FactorConflict, FactorNotFound
from iocore.factors import FactorLibrary, FactorMatch, FactorRow
from iocore.units import conversion
from passport.calculation import Builder
from passport.errors import AssessmentRefused
from passport.methodology import (
    GWP_UNCONFIRMED,
    UNCONFIRMED,
    Amount,
    ByClimate,
    Constant,
    Electricity,
    Emission,
    Expression,
    Factor,
    Methodology,
    Product,
    Where,
)
from passport.policy import Policy


class Compiled(msgspec.Struct, frozen=True):
    """Hold one emission inside a calculation: the node of its kg CO2e before rounding, what it used, and for where.

    `tier` says what the factor rests on, where that is not a published one.
    """

    node: int
    bucket: str
    gas: str
    flags: tuple[str, ...]
    primary: bool
    where: Where
    rows: tuple[FactorRow, ...] = ()
    tier: str = ""


class Applied(msgspec.Struct, frozen=True):
    """Hold an operation on the amount, on nodes, and on what other operations on the amount give."""

    product: bool
    args: tuple[Step, ...]


#: What to do with an amount: an operation, a node that does not depend on it, or None for the amount itself.
Step = Applied | int | None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Hold emissions ready for any amount at one place and time, or the reason why there are none.

    `emissions` have their steps beside them; their nodes are not set yet.
    """

    emissions: tuple[tuple[Step, Compiled], ...]
    reason: str = ""


@dataclass(slots=True)
class Bench:
    """Enter expressions into a calculation; remember the factor rows used and what they were chosen from."""

    builder: Builder
    library: FactorLibrary
    method: Methodology
    used: dict[str, FactorRow] = field(default_factory=dict)
    nodes: dict[str, int] = field(default_factory=dict)
    matches: dict[tuple[Factor, Where], FactorMatch] = field(default_factory=dict)
    plans: dict[tuple[tuple[Emission, ...], Where], Plan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.library = self.library.pinned(self.method.sets)

    def row(self, row_id: str) -> int:
        """Cite a factor row by id.

        Raises:
            AssessmentRefused: the row counts electricity in another way than the method, which has no opening for it.
        """
        known = self.nodes.get(row_id)
        if known is not None:
            return known
        found = self.library.row(row_id)
        policy = self.method.policy
        if foreign_electricity(found, policy) and found.stem not in {stem for stem, _, _ in policy.openings}:
            raise AssessmentRefused("a factor counts electricity in another way than this method", row=row_id)
        self.used[row_id] = found
        node = self.nodes[row_id] = self.builder.factor(row_id, found.value)
        return node

    def scale(self, source_unit: str, unit: str, node: int) -> int:
        """Convert a quantity node from one unit to another."""
        if source_unit == unit:
            return node
        ratio = conversion(source_unit, unit)
        return self.builder.product([node, self.builder.constant(str(ratio), f"{unit} per {source_unit}")])

    def plan(self, emissions: Sequence[Emission], where: Where) -> Plan:
        """Choose the factors of all emissions of a slot, or of none."""
        key = (tuple(emissions), where)
        found = self.plans.get(key)
        if found is None:
            try:
                found = Plan(tuple(self._planned(emission, where) for emission in emissions))
            except (FactorNotFound, FactorConflict, AssessmentRefused) as error:
                found = Plan((), f"{error.code}: {error}")
            self.plans[key] = found
        return found

    def enter(self, plan: Plan, amount: int) -> list[Compiled]:
        """Enter the emissions of an amount."""
        return [msgspec.structs.replace(one, node=self._taken(step, amount)) for step, one in plan.emissions]

    def emission(self, emission: Emission, amount: int, where: Where) -> Compiled:
        """Enter one emission of a quantity.

        Raises:
            FactorNotFound: a stem has no row for the place.
            FactorConflict: a stem has two rows of one rank.
            AssessmentRefused: the factors of the emission do not name one gas.
        """
        step, compiled = self._planned(emission, where)
        return msgspec.structs.replace(compiled, node=self._taken(step, amount))

    def expression(self, value: Expression, amount: int, where: Where, matches: list[FactorMatch]) -> int:
        """Enter an expression and collect the factors it chose."""
        return self._taken(self._step(value, where, matches), amount)

    def _planned(self, emission: Emission, where: Where) -> tuple[Step, Compiled]:
        matches: list[FactorMatch] = []
        step = self._step(emission.kg, where, matches)
        flags = {*emission.flags, *(flag for match in matches for flag in match.flags)}
        flags |= {flag for match in matches for flag in self.warnings(match.row)}
        gas = emission.gas
        if gas:
            step = self._applied((step, self.characterisation(gas)), product=True)
        else:
            gases = {match.row.gas for match in matches if match.row.gas.startswith("CO2e@")}
            if len(gases) != 1:
                raise AssessmentRefused("the factors of a posting do not name one gas", gases=sorted(gases))
            gas = gases.pop()
            if gas != f"CO2e@{self.method.gwp_set}":
                flags.add("other_gwp")
        rows = tuple(match.row for match in matches)
        return step, Compiled(-1, emission.bucket, gas, tuple(sorted(flags)), emission.primary, where, rows)

    def warnings(self, row: FactorRow) -> Iterator[str]:
        """Give the flags that a row forces upon whatever uses it."""
        policy = self.method.policy
        if foreign_electricity(row, policy):
            yield from (flag for stem, _, flag in policy.openings if stem == row.stem)
        if UNCONFIRMED in row.gwp_set and GWP_UNCONFIRMED in policy.flags:
            yield GWP_UNCONFIRMED
        if row.confidence in policy.weak:
            yield "weak_factor"

    def _step(self, value: Expression, where: Where, matches: list[FactorMatch]) -> Step:
        """Enter all of an expression that does not depend on the amount."""
        if isinstance(value, Amount):
            return None
        if isinstance(value, Constant):
            return self.builder.constant(value.value, value.source)
        if isinstance(value, ByClimate):
            return self._step(value.dry if where.climate == "dry" else value.wet, where, matches)
        if isinstance(value, Electricity):
            stem = self.method.grid.get(where.country, self.method.grid["*"])
            value = Factor(stem, (where.country or self.method.home,), proxies=())
        if isinstance(value, Factor):
            match = self._match(value, where)
            matches.append(match)
            return self.row(match.row_id)
        steps = tuple(self._step(item, where, matches) for item in value.args)
        return self._applied(steps, product=isinstance(value, Product))

    def _applied(self, steps: tuple[Step, ...], *, product: bool) -> Step:
        """Enter an operation, unless it has to wait for the amount."""
        step = Applied(product, steps)
        return self._taken(step, -1) if all(isinstance(one, int) for one in steps) else step

    def _taken(self, step: Step, amount: int) -> int:
        """Take a step on an amount."""
        if step is None:
            return amount
        if isinstance(step, int):
            return step
        args = [self._taken(one, amount) for one in step.args]
        return self.builder.product(args) if step.product else self.builder.sum(args)

    def _match(self, value: Factor, where: Where) -> FactorMatch:
        asked = (value, where)
        match = self.matches.get(asked)
        if match is None:
            policy = self.method.policy
            match = self.library.match(
                value.stem,
                places=value.places or where.places,
                year=where.year,
                proxies=policy.proxies if value.proxies is None else value.proxies,
                source=value.source,
                regions=policy.regions,
                year_gap=policy.year_gap,
                edition=value.edition,
            )
            old = "year_gap" in match.flags and not ageless(match.row, policy.timeless)
            flags = tuple(flag for flag in match.flags if flag != "year_gap" or old)
            match = replace(match, flags=flags, asked=where.places)
            self.matches[asked] = match
        return match

    def characterisation(self, gas: str) -> int:
        """Cite the warming potential of a gas in the methodology's set.

        Raises:
            AssessmentRefused: the method names one of another set.
        """
        row = self.library.source("literature").row(self.method.gwps[gas])
        if row.gwp_set not in (self.method.gwp_set, "all"):
            raise AssessmentRefused("a gas is characterised with another set than the method's", gas=gas, row=row.key)
        return self.row(self.library.source("literature").row_id(row.key))


def foreign_electricity(row: FactorRow, policy: Policy) -> bool:
    """Tell whether a row counts electricity in another way than a policy asks for."""
    return bool(policy.electricity and row.electricity) and row.electricity != policy.electricity
