"""Say how a quantity becomes kilograms of gas: recipes as small expressions, and how they enter a calculation.

A methodology is data: for each slot a recipe, for some mandatory slots a fill. It names factor stems, never values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, Literal

from iocore.errors import FactorConflict, FactorNotFound
from iocore.factors import FactorLibrary, FactorMatch, FactorRow
from iocore.registry import discover
from iocore.units import conversion
from passport.calculation import Builder
from passport.errors import AssessmentRefused, MethodologyNotFound
from passport.policy import Policy


@dataclass(frozen=True, slots=True)
class Amount:
    """Stand for the quantity of the activity, in the unit of its slot."""


@dataclass(frozen=True, slots=True)
class Factor:
    """Stand for the factor of a stem at the place and year of the activity.

    Args:
        stem: key without region and year.
        places: places asked instead of the activity's own.
        proxies: places that may stand in; None for those of the policy.
        source: factor source.
        edition: year of the one edition of a guideline that is used, whatever the year of the activity; 0 for any.
    """

    stem: str
    places: tuple[str, ...] = ()
    proxies: tuple[str, ...] | None = None
    source: str = "literature"
    edition: int = 0


@dataclass(frozen=True, slots=True)
class Electricity:
    """Stand for the life-cycle factor of grid electricity at the place of the activity."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Stand for a number that is true by definition; `value` is a decimal or a ratio."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Product:
    """Stand for a product."""

    args: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """Stand for a sum."""

    args: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ByClimate:
    """Stand for one expression or another, by the climate of the place; wet where nobody says that it is dry."""

    wet: Expression
    dry: Expression


#: How a row says that nobody has confirmed its set of warming potentials, and the flag for it.
UNCONFIRMED: Final = "(to confirm)"
GWP_UNCONFIRMED: Final = "gwp_unconfirmed"
Expression = Amount | Factor | Electricity | Constant | Product | Sum | ByClimate
AMOUNT: Final = Amount()
ELECTRICITY: Final = Electricity()


def times(*args: Expression) -> Product:
    """Multiply expressions."""
    return Product(args)


def plus(*args: Expression) -> Sum:
    """Add expressions."""
    return Sum(args)


@dataclass(frozen=True, slots=True)
class Emission:
    """Describe one posting: its bucket, the kilograms of its gas, and what to warn about.

    `gas` is empty where the factor is CO2e under a GWP set of its own: the posting then carries the pseudo-gas of
    the factor. `primary` says that no secondary factor enters, only a characterisation factor.
    """

    bucket: str
    kg: Expression
    gas: str = ""
    flags: tuple[str, ...] = ()
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Fill:
    """Describe a default for a mandatory slot that nobody reported.

    Args:
        stage: stage code.
        slot: slot code.
        quantity: in the slot's unit; its amount is the lot's kilograms, or its part of a box in TEU.
        source: what the default is, for people.
        per: whether it goes by kilogram or by box.
        within: a stage whose default holds this one too, so that it is charged once.
    """

    stage: str
    slot: str
    quantity: Expression
    source: str
    per: Literal["kg", "box"] = "kg"
    within: str = ""


@dataclass(frozen=True, slots=True)
class Methodology:
    """Hold a method: its recipes, its policy and the factor sets that it knows.

    Args:
        code: `<name>@<version>`.
        gwp_set: set that gases are characterised with.
        allocation: how joint burdens are shared, in words.
        gwps: factor stem of each gas.
        recipes: emissions by (stage, slot); the stage `*` serves every stage.
        vehicles: emissions per tonne-kilometre by vehicle.
        fills: defaults for slots that nobody reported.
        required: stages that a lot of a product kind goes through.
        grid: factor stem of electricity by country, `*` for the others.
        policy: what it leaves to judgement.
        sets: version of each factor source; no other version and no other source enters an assessment.
        vessels: emissions per tonne-kilometre by ships without the plug of a refrigerated box.
        home: country of a facility whose place nobody opened.
        beyond: emissions by slot of the power beyond what is certified, where they are not those of the slot.
        certified: emissions of a kilowatt-hour that a certificate or the meter of own panels names.
    """

    code: str
    title: str
    gwp_set: str
    allocation: str
    gwps: Mapping[str, str]
    recipes: Mapping[tuple[str, str], tuple[Emission, ...]]
    vehicles: Mapping[str, tuple[Emission, ...]]
    fills: tuple[Fill, ...]
    required: Mapping[str, tuple[str, ...]]
    grid: Mapping[str, str]
    policy: Policy
    sets: Mapping[str, str]
    home: str = "CN"
    beyond: Mapping[str, tuple[Emission, ...]] = field(default_factory=dict)
    vessels: Mapping[str, tuple[Emission, ...]] = field(default_factory=dict)
    certified: tuple[Emission, ...] = ()

    def recipe(self, stage: str, slot: str) -> tuple[Emission, ...] | None:
        """Find the emissions of a slot, or None where this method does not know it."""
        return self.recipes.get((stage, slot), self.recipes.get(("*", slot)))


@cache
def methodologies() -> Mapping[str, Methodology]:
    """Give every installed methodology by code."""
    return discover("passport.methodologies", "METHODOLOGY")


def methodology(code: str) -> Methodology:
    """Look a methodology up.

    Raises:
        MethodologyNotFound: it is not installed.
    """
    found = methodologies().get(code)
    if found is None:
        raise MethodologyNotFound("no methodology of this code", methodology=code, known=sorted(methodologies()))
    return found


@dataclass(frozen=True, slots=True)
class Where:
    """State where and when an activity took place, and in what climate, as far as factors need it."""

    places: tuple[str, ...]
    year: int
    climate: str = ""

    @property
    def country(self) -> str:
        """Return the country of the nearest place."""
        return self.places[0].partition("-")[0] if self.places else ""


@dataclass(frozen=True, slots=True)
class Compiled:
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


@dataclass(slots=True)
class Bench:
    """Enter expressions into a calculation; remember the factor rows used and what they were chosen from."""

    builder: Builder
    library: FactorLibrary
    method: Methodology
    used: dict[str, FactorRow] = field(default_factory=dict)
    nodes: dict[str, int] = field(default_factory=dict)
    matches: dict[tuple[Factor, Where], FactorMatch] = field(default_factory=dict)

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

    def emission(self, emission: Emission, amount: int, where: Where) -> Compiled:
        """Enter one emission of a quantity.

        Raises:
            FactorNotFound: a stem has no row for the place.
            FactorConflict: a stem has two rows of one rank.
            AssessmentRefused: the factors of the emission do not name one gas.
        """
        matches: list[FactorMatch] = []
        node = self.expression(emission.kg, amount, where, matches)
        flags = {*emission.flags, *(flag for match in matches for flag in match.flags)}
        flags |= {flag for match in matches for flag in self.warnings(match.row)}
        gas = emission.gas
        if gas:
            node = self.builder.product([node, self.characterisation(gas)])
        else:
            gases = {match.row.gas for match in matches if match.row.gas.startswith("CO2e@")}
            if len(gases) != 1:
                raise AssessmentRefused("the factors of a posting do not name one gas", gases=sorted(gases))
            gas = gases.pop()
            if gas != f"CO2e@{self.method.gwp_set}":
                flags.add("other_gwp")
        rows = tuple(match.row for match in matches)
        return Compiled(node, emission.bucket, gas, tuple(sorted(flags)), emission.primary, where, rows)

    def warnings(self, row: FactorRow) -> Iterator[str]:
        """Give the flags that a row forces upon whatever uses it."""
        policy = self.method.policy
        if foreign_electricity(row, policy):
            yield from (flag for stem, _, flag in policy.openings if stem == row.stem)
        if UNCONFIRMED in row.gwp_set and GWP_UNCONFIRMED in policy.flags:
            yield GWP_UNCONFIRMED
        if row.confidence in policy.weak:
            yield "weak_factor"

    def expression(self, value: Expression, amount: int, where: Where, matches: list[FactorMatch]) -> int:
        """Enter an expression and collect the factors it chose."""
        build = self.builder
        if isinstance(value, Amount):
            return amount
        if isinstance(value, Constant):
            return build.constant(value.value, value.source)
        if isinstance(value, Product):
            return build.product([self.expression(item, amount, where, matches) for item in value.args])
        if isinstance(value, Sum):
            return build.sum([self.expression(item, amount, where, matches) for item in value.args])
        if isinstance(value, ByClimate):
            chosen = value.dry if where.climate == "dry" else value.wet
            return self.expression(chosen, amount, where, matches)
        if isinstance(value, Electricity):
            stem = self.method.grid.get(where.country, self.method.grid["*"])
            value = Factor(stem, (where.country or self.method.home,), proxies=())
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
            if match.row.category in policy.timeless:
                match = replace(match, flags=tuple(flag for flag in match.flags if flag != "year_gap"))
            self.matches[asked] = match
        matches.append(match)
        return self.row(match.row_id)

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


def compile_all(bench: Bench, emissions: Sequence[Emission], amount: int, where: Where) -> tuple[list[Compiled], str]:
    """Enter all emissions of a slot, or none and the reason why."""
    try:
        return [bench.emission(emission, amount, where) for emission in emissions], ""
    except (FactorNotFound, FactorConflict, AssessmentRefused) as error:
        return [], f"{error.code}: {error}"
