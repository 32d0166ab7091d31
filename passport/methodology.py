"""Say how a quantity becomes kilograms of gas: recipes as small expressions, and what else a methodology holds.

A methodology is data: for each slot a recipe, for some mandatory slots a fill. It names factor stems, never values.
`passport.bench` enters it into a calculation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

import msgspec

from iocore.registry import discover
from passport.errors import MethodologyNotFound
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


@dataclass(frozen=True, slots=True, eq=False)
class Emission:
    """Describe one posting: its bucket, the kilograms of its gas, and what to warn about. Each is its own.

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


class Where(msgspec.Struct, frozen=True):
    """State where and when an activity took place, and in what climate, as far as factors need it."""

    places: tuple[str, ...]
    year: int
    climate: str = ""

    @property
    def country(self) -> str:
        """Return the country of the nearest place."""
        return self.places[0].partition("-")[0] if self.places else ""
