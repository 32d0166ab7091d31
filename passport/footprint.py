"""Hold the result of an assessment: one lot, two boundaries, and where every kilogram comes from.

Amounts are exact decimals with six places, in kg CO2e; shares are percentages with one place. Figures by gas and by
slot are for those who may see every item: a gas or a slot can rest on one closed item and would give it away by
division. `by_stage` and `public_buckets` are grouped so that none of them does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from iocore.units import half_even
from passport.nodes import six, spell

HEADLINE_BUCKETS: Final = ("fossil", "luc", "land_management", "biogenic_non_co2")
APART_BUCKETS: Final[Mapping[str, str]] = {
    "aircraft_forcing": "aircraft_forcing",
    "biogenic_co2": "biogenic_co2",
    "biogenic_uptake": "biogenic_uptake",
    "removal": "removals",
}
#: What stands beside the headline, by the names of the results; of a flight the headline itself has a part.
APART_RESULTS: Final = tuple(APART_BUCKETS.values())
#: Parts of a lot's way that the headline counts, and which of them each boundary takes.
PHASES: Final = ("gate", "after")
PHASES_OF: Final[Mapping[str, tuple[str, ...]]] = {"gate": PHASES[:1], "delivered": PHASES}
#: How the slot of a removal begins; its type follows.
REMOVAL: Final = "removal_"
MEASURED_EVIDENCE: Final = frozenset({"meter", "scale_ticket", "invoice"})


@dataclass(frozen=True, slots=True)
class DeclaredUnit:
    """State what one figure refers to."""

    amount: str = "1"
    unit: str = "kg"


@dataclass(frozen=True, slots=True)
class StageResult:
    """State what one stage, or a few joined ones, carry: `stage` is the label in the calculation."""

    stage: str
    phase: str
    total_kgco2e: Decimal
    by_bucket: Mapping[str, Decimal]
    measured_activity_share: Decimal


@dataclass(frozen=True, slots=True)
class SlotResult:
    """State what one slot carries, on what evidence and by which kind of estimate."""

    phase: str
    stage: str
    slot: str
    bucket: str
    gas: str
    evidence: str
    tier: str
    total_kgco2e: Decimal
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """State how many kilograms carry a warning, and their share of the total in percent."""

    code: str
    total_kgco2e: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class UncertaintyInterval:
    """State a lognormal interval around a figure per declared unit, to three significant digits."""

    low: str
    high: str
    level: int
    gsd: str
    main_sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MissingSlot:
    """Name a mandatory slot that nobody reported, and what was put in its place (`filled` is empty if nothing)."""

    stage: str
    slot: str
    filled: str
    reason: str


@dataclass(frozen=True, slots=True)
class SupersededEstimate:
    """Name an estimate that was offered for a slot and does not count."""

    stage: str
    slot: str
    tier: str
    evidence: str
    entry_id: str
    item: str
    reason: str

    def say(self, reason: str) -> SupersededEstimate:
        """Return the same estimate with another reason."""
        return replace(self, reason=reason)


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Name what was reported beside the headline and does not count, and what it lacks."""

    kind: str
    type: str
    entry_id: str
    reason: str

    @property
    def slot(self) -> str:
        """Return the slot that its posting would have, under which it is named in every language."""
        return f"{REMOVAL}{self.type}" if self.kind == "removal" else self.type


@dataclass(frozen=True, slots=True)
class Removed:
    """Name a removal that counts, whose it is, until when it is monitored, and where CO2 is stored."""

    type: str
    entry_id: str
    owner: str
    until: str
    place: str

    @property
    def slot(self) -> str:
        """Return the slot of its postings, under which it is named in every language."""
        return f"{REMOVAL}{self.type}"


@dataclass(frozen=True, slots=True)
class Credited:
    """Name a slot of the lot for which a registry issued a credit, and whose the credit is; no figure changes."""

    serial: str
    status: str
    stage: str
    slot: str
    owner: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class Avoided:
    """State what a project avoids against its baseline; it enters no sum."""

    type: str
    kgco2e: Decimal
    baseline: str
    method: str
    owner: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class SecondLine:
    """State emissions and removals together, as ISO 14067 adds them up: beside the headline, never instead of it.

    `held_uptake_kgco2e` is what the carbon in the product took up, without that of wood that was burnt.
    """

    headline_kgco2e: Decimal
    biogenic_co2_kgco2e: Decimal
    biogenic_uptake_kgco2e: Decimal
    held_uptake_kgco2e: Decimal
    removals_kgco2e: Mapping[str, Decimal]
    total_kgco2e: Decimal
    kgco2e_per_kg: Decimal


@dataclass(frozen=True, slots=True)
class Apart:
    """State what stands beside the headline.

    Args:
        emissions_and_removals: the second line of each boundary, with removals by type.
        removed: removals that count, for all lots that share them.
        credited: slots for which a credit was issued.
        avoided: emissions that projects state to avoid, for all lots that they name.
        uncounted: what was reported and does not count.
    """

    emissions_and_removals: Mapping[str, SecondLine]
    removed: tuple[Removed, ...]
    credited: tuple[Credited, ...]
    avoided: tuple[Avoided, ...]
    uncounted: tuple[Uncounted, ...]


@dataclass(frozen=True, slots=True)
class BoundaryFootprint:
    """State the headline of one boundary and everything that stands beside it."""

    boundary: str
    total_kgco2e: Decimal
    mass_kg: Decimal
    kgco2e_per_kg: Decimal
    by_stage: tuple[StageResult, ...]
    by_bucket: Mapping[str, Decimal]
    public_buckets: Mapping[str, Decimal]
    by_gas: Mapping[str, Decimal]
    measured_activity_share: Decimal
    primary_data_share: Decimal
    default_share: Mapping[str, Decimal]
    flags: tuple[Flag, ...]
    interval: UncertaintyInterval
    slots: tuple[SlotResult, ...]

    def flag(self, code: str) -> Flag:
        """Return a flag by code; nothing flagged is zero."""
        for flag in self.flags:
            if flag.code == code:
                return flag
        return Flag(code, Decimal("0.000000"), Decimal("0.0"))


@dataclass(frozen=True, slots=True)
class ProductFootprint:
    """State what one lot carries, for both boundaries."""

    lot: str
    methodology: str
    gwp_set: str
    gwp_sets_used: tuple[str, ...]
    tree_size: int
    declared_unit: DeclaredUnit
    gate: BoundaryFootprint
    delivered: BoundaryFootprint
    aircraft_kgco2e: Decimal
    aircraft_forcing_kgco2e: Decimal
    biogenic_co2_kgco2e: Decimal
    biogenic_uptake_kgco2e: Decimal
    removals_kgco2e: Decimal
    apart: Apart
    missing: tuple[MissingSlot, ...]
    superseded: tuple[SupersededEstimate, ...]
    coverage: Decimal
    open_pools: tuple[str, ...]
    exposed: tuple[str, ...]
    change_exposed: tuple[str, ...]
    period: tuple[str, str]

    def boundary(self, name: str) -> BoundaryFootprint:
        """Return the figures of `gate` or `delivered`."""
        return self.gate if name == "gate" else self.delivered

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; numbers are decimal strings."""
        value = plain(self)
        assert isinstance(value, dict)
        return value


def plain(value: object) -> Any:
    """Write a result as plain JSON values; numbers are decimal strings."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value


def amount(value: Fraction) -> Decimal:
    """Write a multiple of 0.000001 as a decimal with six places."""
    return Decimal(six(value))


def kilograms(quanta: int) -> Decimal:
    """Write a number of quanta of 0.000001 kg as kilograms with six places."""
    return Decimal(spell(quanta))


def percent(part: Fraction | int, whole: Fraction | int) -> Decimal:
    """Give a share in percent with one place; a share of nothing is zero."""
    top, below = part.numerator * whole.denominator, part.denominator * whole.numerator
    return Decimal(half_even(top * 1000, below) if below else 0).scaleb(-1)
