"""Hold the carbon part of a passport: one model to write it, read it and describe it.

Every figure is a decimal string in kg CO2e per declared unit, of which there is one kilogram of product; names that
begin with `lot` are for the whole lot; shares are percentages. A figure stands here only if the public form of the
calculation shows it too, so that nobody can divide a closed item out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from iocore.units import largest_remainder, parse_decimal, round_quantum
from ledger.book.state import Outcome
from passport.calculation import Calculation
from passport.errors import IssueRefused, MalformedPassport
from passport.footprint import ProductFootprint
from passport.methodology import methodology as find_methodology
from passport.nodes import six

Number = Annotated[str, Meta(pattern=r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$", max_length=40)]
Hex = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Digest = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$")]
Count = Annotated[int, Meta(ge=0)]
EntryIds = Annotated[list[Hex], Meta(min_length=1)]
Boundary = Literal["gate", "delivered"]
Bucket = Annotated[str, Meta(pattern=r"^(fossil|luc|land_management|biogenic_non_co2)$")]
Labels = Mapping[tuple[str, ...], Fraction]
UNDIVIDED: Final = "undivided"
BUCKET_FIELDS: Final = {
    "fossil": "fossil",
    "luc": "land_use_change",
    "land_management": "land_management",
    "biogenic_non_co2": "biogenic_non_co2",
    UNDIVIDED: UNDIVIDED,
}
APART_FIELDS: Final = ("aircraft", "aircraft_forcing", "biogenic_co2", "biogenic_uptake", "removals")


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Be the base of the parts: no field may be unknown."""


class LineageClaim(_Part, frozen=True, rename=None):
    """Name the entries behind a passport: how many, the digest of their ids, the log size."""

    count: Count
    digest: Hex
    tree_size: Count


class FactorSetClaim(_Part, frozen=True):
    """Name a factor set, its version, digest and number of rows."""

    name: str
    version: str
    digest: Hex
    size: Count

    @property
    def id(self) -> str:
        """Return `<source>:<version>`."""
        return f"{self.name}:{self.version}"


class Harvest(_Part, frozen=True):
    """Hold the first and the last day of harvest, in local time."""

    start: str
    end: str


class Figure(_Part, frozen=True):
    """Hold the figures of one boundary."""

    boundary: Boundary
    kgco2e: Number = field(name="kgCO2e")
    lot_kgco2e: Number = field(name="lotKgCO2e")
    mass: Number


class StageFigure(_Part, frozen=True):
    """Hold the figures of one stage, or of a few that are shown together."""

    part: Literal["gate", "after"]
    name: str
    kgco2e: Number = field(name="kgCO2e")
    lot_kgco2e: Number = field(name="lotKgCO2e")
    lot_bucket: dict[Bucket, Number]


class Flagged(_Part, frozen=True):
    """Hold which share of the headline carries a warning; kilograms could give a closed item away."""

    code: str
    share: Number


class Interval(_Part, frozen=True):
    """Hold an interval around the headline."""

    low: Number
    high: Number
    level: Number


class Missing(_Part, frozen=True):
    """Name a mandatory slot that nobody reported, and what fills it."""

    stage: str
    slot: str
    filled: str


class Verification(_Part, frozen=True):
    """Say who stands behind the figures."""

    status: Literal["self-declared"]


class ProductRules(_Part, frozen=True):
    """Name the product category rules; there are none for lychee."""

    name: Literal["none"]
    operator: Literal["none"]


class Disclosure(_Part, frozen=True):
    """Hold `characteristics` of type `CarbonDisclosure`; see passport/SPEC.md for each field."""

    type: list[Literal["CarbonDisclosure"]]
    lot: str
    phase: Literal["provisional", "final"]
    market: Literal["CN", "EU"]
    verification: Verification
    comparable: bool
    calculation_digest: Digest
    lineage: LineageClaim
    factor_set: list[FactorSetClaim]
    variety: str
    net_mass: Number
    harvested: Harvest
    origin: str
    kept_by: list[str]
    methodology: str
    gwp_set: str
    gwp_sets_used: list[str]
    boundary: Boundary
    declared_unit: Literal["kg"]
    declared_amount: Literal["1"]
    total: Number
    figures: list[Figure]
    stage: list[StageFigure]
    fossil: Number
    land_use_change: Number
    land_management: Number
    biogenic_non_co2: Number = field(name="biogenicNonCO2")
    undivided: Number
    aircraft: Number
    aircraft_forcing: Number
    biogenic_co2: Number = field(name="biogenicCO2")
    biogenic_uptake: Number
    removals: Number
    offsets: list[str]
    measured_activity_share: Number
    primary_data_share: Number
    default_share: dict[str, Number]
    flagged: list[Flagged]
    uncertainty: Interval
    missing: list[Missing]
    open_pools: list[str]
    coverage: Number
    exempted_percent: Number
    allocation: str
    pcr: ProductRules
    rejected: EntryIds | UnsetType = UNSET
    in_force: EntryIds | UnsetType = UNSET

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        plain = msgspec.to_builtins(self)
        assert isinstance(plain, dict)
        return plain

    @property
    def verdicts(self) -> dict[str, Outcome]:
        """Give what the log decided about entries that by themselves tell something else, by id."""
        found: dict[str, Outcome] = dict.fromkeys(self.rejected or (), "rejected")
        return found | dict.fromkeys(self.in_force or (), "logged")

    def figure(self, boundary: str) -> Figure:
        """Return the figures of a boundary.

        Raises:
            MalformedPassport: the disclosure does not state them once.
        """
        found = [figure for figure in self.figures if figure.boundary == boundary]
        if len(found) != 1:
            raise MalformedPassport("each boundary has its figures once", boundary=boundary)
        return found[0]


def read_disclosure(value: Any) -> Disclosure:
    """Read `characteristics`.

    Raises:
        MalformedPassport: a field is missing, unknown or of another form.
    """
    try:
        read = msgspec.convert(value, Disclosure, strict=True)
    except msgspec.ValidationError as error:
        raise MalformedPassport("characteristics is not a CarbonDisclosure", reason=str(error)) from error
    rejected, in_force = read.rejected or [], read.in_force or []
    if any(one != sorted(set(one)) for one in (rejected, in_force)) or set(rejected) & set(in_force):
        raise MalformedPassport("entries with a stated verdict stand twice or in another order")
    return read


def stated_ids(verdicts: Mapping[str, Outcome], verdict: Outcome) -> list[str] | UnsetType:
    """List the entries of one verdict, sorted; nothing stands in a passport where there is none."""
    return sorted(entry_id for entry_id, one in verdicts.items() if one == verdict) or UNSET


def ordered_labels(calculation: Calculation) -> dict[tuple[str, ...], Fraction]:
    """Return the labels of a calculation in the order in which a lot goes through them."""
    labels = calculation.labels()
    parts = {node.label: node.strings("parts") for node in calculation.nodes if node.label}

    def walk(label: tuple[str, ...]) -> list[tuple[str, ...]]:
        below = [found for name in parts.get(label, ()) for found in walk((*label, name))]
        return [label, *below] if label in labels else below

    ordered = [label for root in (("gate",), ("after",)) for label in walk(root)]
    return {label: labels[label] for label in [*ordered, *(label for label in labels if label not in set(ordered))]}


def stage_figures(labels: Labels, footprint: ProductFootprint, boundary: Boundary) -> list[StageFigure]:
    """List what each stage carries, and its part of the headline: the parts add up to it exactly.

    Args:
        labels: value of each label that the public form of the calculation shows, in order.
        footprint: the footprint of the lot.
        boundary: which figure is the headline.
    """
    stages = [label for label in labels if len(label) == 2 and label[0] in ("gate", "after")]
    shares = per_unit_shares(
        [labels[label] if boundary == "delivered" or label[0] == "gate" else Fraction(0) for label in stages],
        Fraction(footprint.boundary(boundary).kgco2e_per_kg),
    )
    return [
        StageFigure(
            part="gate" if label[0] == "gate" else "after",
            name=label[1],
            kgco2e=six(share),
            lot_kgco2e=six(labels[label]),
            lot_bucket={
                other[2]: six(value)
                for other, value in sorted(labels.items())
                if len(other) == 3 and other[:2] == label
            },
        )
        for label, share in zip(stages, shares, strict=True)
    ]


def bucket_figures(stages: list[StageFigure], boundary: Boundary, total: Fraction) -> dict[str, str]:
    """Divide the headline by bucket, as far as the stages show it; the rest is `undivided`.

    Returns:
        the bucket fields of a disclosure; they add up to the headline exactly.
    """
    sums = dict.fromkeys(BUCKET_FIELDS, Fraction(0))
    for stage in stages:
        if boundary == "delivered" or stage.part == "gate":
            for name, amount in (stage.lot_bucket or {UNDIVIDED: stage.lot_kgco2e}).items():
                sums[name] += number(amount)
    shares = per_unit_shares(list(sums.values()), total)
    return {field: six(share) for field, share in zip(BUCKET_FIELDS.values(), shares, strict=True)}


def apart_figures(results: Mapping[str, Fraction], boundary: Boundary) -> dict[str, str]:
    """Give what stands apart per declared unit; aircraft fly after the gate only.

    Args:
        results: named results of the calculation.
        boundary: which figure is the headline.
    """
    mass = results[f"{boundary}_mass"]
    return {
        name: six(
            Fraction(0) if boundary == "gate" and name.startswith("aircraft") else round_quantum(results[name] / mass)
        )
        for name in APART_FIELDS
    }


def per_unit_shares(amounts: list[Fraction], total: Fraction) -> tuple[Fraction, ...]:
    """Divide a figure per declared unit over the amounts that it is made of, by largest remainder.

    Raises:
        IssueRefused: an amount is negative; what is taken up or removed never stands in a headline.
    """
    if any(amount < 0 for amount in amounts):
        raise IssueRefused("a stage of the headline is negative; removals and uptake must stand apart")
    if not sum(amounts, Fraction(0)):
        if total:
            raise IssueRefused("the headline is not made of its stages")
        return tuple(Fraction(0) for _ in amounts)
    return largest_remainder(total, amounts)


def figures_part(footprint: ProductFootprint, *, boundary: Boundary, stages: list[StageFigure]) -> dict[str, Any]:
    """Return the fields of a disclosure that the footprint gives."""
    headline = footprint.boundary(boundary)
    return {
        "methodology": footprint.methodology,
        "gwp_set": footprint.gwp_set,
        "gwp_sets_used": list(footprint.gwp_sets_used),
        "boundary": boundary,
        "declared_unit": footprint.declared_unit.unit,
        "declared_amount": footprint.declared_unit.amount,
        "total": format(headline.kgco2e_per_kg, "f"),
        "figures": [
            Figure(
                boundary="gate" if figure is footprint.gate else "delivered",
                kgco2e=format(figure.kgco2e_per_kg, "f"),
                lot_kgco2e=format(figure.total_kgco2e, "f"),
                mass=format(figure.mass_kg, "f"),
            )
            for figure in (footprint.gate, footprint.delivered)
        ],
        "stage": stages,
        **bucket_figures(stages, boundary, Fraction(headline.kgco2e_per_kg)),
        **apart_figures(_apart_results(footprint), boundary),
        "offsets": [],
        "measured_activity_share": format(headline.measured_activity_share, "f"),
        "primary_data_share": format(headline.primary_data_share, "f"),
        "default_share": {
            name.replace("_", "-"): format(value, "f") for name, value in sorted(headline.default_share.items())
        },
        "flagged": [Flagged(code=flag.code, share=format(flag.share, "f")) for flag in headline.flags],
        "uncertainty": Interval(
            low=headline.interval.low, high=headline.interval.high, level=str(headline.interval.level)
        ),
        "missing": [Missing(stage=gap.stage, slot=gap.slot, filled=gap.filled) for gap in footprint.missing],
        "open_pools": list(footprint.open_pools),
        "coverage": format(footprint.coverage, "f"),
        "exempted_percent": "0",
        "allocation": find_methodology(footprint.methodology).allocation,
        "pcr": ProductRules(name="none", operator="none"),
    }


def _apart_results(footprint: ProductFootprint) -> dict[str, Fraction]:
    stated = {name: Fraction(getattr(footprint, f"{name}_kgco2e")) for name in APART_FIELDS}
    masses = {"gate_mass": footprint.gate.mass_kg, "delivered_mass": footprint.delivered.mass_kg}
    return stated | {name: Fraction(mass) for name, mass in masses.items()}


def number(text: str) -> Fraction:
    """Read a decimal string exactly."""
    return Fraction(parse_decimal(text))
