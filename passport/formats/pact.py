"""Write the gate figure as a PACT 3.0 `ProductFootprint`, for business partners.

PACT is cradle-to-gate: what comes after the port or airport of exit is not in it. The split by bucket is that of the
whole calculation, also where the public passport shows stages undivided, so this file is for partners, not for all.

Source: PACT Technical Specifications 3.0, OpenAPI 3.0.4, `ProductFootprint` and `CarbonFootprint`; the table of
(bucket, gas) and field is in passport/SPEC.md, section 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from iocore.times import format_time, parse_time
from iocore.units import format_decimal, largest_remainder, round_quantum
from ledger.book.product import products
from ledger.book.stage import slot_type
from passport.document import boundary_name, category
from passport.errors import IssueRefused
from passport.facts import LotFacts
from passport.footprint import ProductFootprint, SlotResult
from passport.formats._base import Format

SPEC_VERSION: Final = "3.0.0"
BIOGENIC_CO2: Final = "CO2-biogenic"
LAND: Final = "landManagementBiogenicCO2Removals"
TECHNOLOGICAL: Final = "technologicalCO2Removals"
NET: Final = (
    "pcfExcludingBiogenicUptake contains removals, as the specification defines it; "
    "gross of removals the footprint is {gross} kg CO2e per kg."
)
FIELDS: Final = (
    "fossilGhgEmissions",
    "landUseChangeGhgEmissions",
    "landManagementBiogenicCO2Emissions",
    "biogenicNonCO2Emissions",
)
#: Field of each rating, and what its dimension is called here; how activities are known has no field.
RATINGS: Final[Mapping[str, str]] = {
    "technologicalDQR": "technology",
    "geographicalDQR": "geography",
    "temporalDQR": "time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PactContext:
    """Hold what a PACT footprint says beside the figures.

    Args:
        uuid: the passport's, which is the footprint's too.
        base_url: the service's address.
        created: RFC 3339.
        company: name and short name of the issuer.
        preceding: uuid of the version before.
        sources: name and version of each factor set used.
        ratings: mean rating of the data from 1 to 5 by dimension; empty where they are not rated.
    """

    uuid: str
    base_url: str
    created: str
    company: tuple[str, str]
    preceding: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    ratings: Mapping[str, Decimal] = field(default_factory=dict)


def field_of(bucket: str, gas: str) -> str:
    """Return the PACT field that a headline posting belongs to.

    Raises:
        IssueRefused: the bucket is not part of the headline.
    """
    if bucket == "land_management":
        return "landManagementBiogenicCO2Emissions" if gas == BIOGENIC_CO2 else "fossilGhgEmissions"
    fields = {
        "fossil": "fossilGhgEmissions",
        "luc": "landUseChangeGhgEmissions",
        "biogenic_non_co2": "biogenicNonCO2Emissions",
    }
    if bucket not in fields:
        raise IssueRefused("this bucket stands outside the headline and has no PACT field here", bucket=bucket)
    return fields[bucket]


def product_footprint(footprint: ProductFootprint, facts: LotFacts, context: PactContext) -> dict[str, Any]:
    """Build the footprint of one lot as issued, status `Active`."""
    host = context.base_url.removeprefix("https://")
    gate = footprint.gate
    per_kg = Fraction(gate.kgco2e_per_kg)
    parts = _per_kg(gate.slots, per_kg)
    beside = footprint.apart.emissions_and_removals["gate"]
    removals = {field: Fraction(0) for field in (LAND, TECHNOLOGICAL)}
    for kind, kilograms in beside.removals_kgco2e.items():
        removals[TECHNOLOGICAL if kind == "beccs" else LAND] += Fraction(kilograms) / Fraction(gate.mass_kg)
    removals = {field: round_quantum(value) for field, value in removals.items()}
    uptake = round_quantum(Fraction(beside.held_uptake_kgco2e) / Fraction(gate.mass_kg))
    excluding = per_kg + sum(removals.values(), Fraction(0))
    result: dict[str, Any] = {
        "id": context.uuid,
        "specVersion": SPEC_VERSION,
        "created": context.created,
        "status": "Active",
        "companyName": context.company[0],
        "companyIds": [f"urn:pact:{host}:company-id:{context.company[1]}"],
        "productDescription": f"{facts.name}, lot {facts.lot_number}",
        "productIds": _product_ids(facts, host),
        "productClassifications": [
            f"urn:pact:productclassification:un-cpc:{one['code']}" for one in category(facts.kind)
        ],
        "productNameCompany": facts.name,
        "comment": " ".join(
            [
                "Self-declared partial footprint; the extension leads to the signed entries behind it.",
                *([NET.format(gross=format_decimal(per_kg))] if excluding != per_kg else []),
            ]
        ),
        "pcf": {
            "declaredUnitOfMeasurement": "kilogram",
            "declaredUnitAmount": "1",
            "productMassPerDeclaredUnit": "1",
            "referencePeriodStart": footprint.period[0],
            "referencePeriodEnd": _after(footprint.period),
            **_geography(facts),
            "boundaryProcessesDescription": (
                f"Partial footprint, {boundary_name('gate', products()[facts.kind].origin)}; "
                "transport to that gate is inside, everything after it is not."
            ),
            "pcfExcludingBiogenicUptake": format_decimal(excluding),
            "pcfIncludingBiogenicUptake": format_decimal(excluding + uptake),
            **{name: format_decimal(value) for name, value in parts.items()},
            "landManagementFossilGhgEmissions": format_decimal(
                round_quantum(
                    _sum(slot for slot in gate.slots if slot.bucket == "land_management" and slot.gas != BIOGENIC_CO2)
                    / Fraction(gate.mass_kg)
                )
            ),
            "biogenicCO2Uptake": format_decimal(uptake),
            "fossilCarbonContent": "0",
            "biogenicCarbonContent": format_decimal(round_quantum(-uptake * 12 / 44)),
            "packagingEmissionsIncluded": True,
            "packagingGhgEmissions": format_decimal(
                round_quantum(_sum(slot for slot in gate.slots if _packs(slot)) / Fraction(gate.mass_kg))
            ),
            **_captured(footprint, removals[TECHNOLOGICAL]),
            "ipccCharacterizationFactors": [name for name in footprint.gwp_sets_used if name.startswith("AR")],
            "crossSectoralStandards": ["ISO14067", "PACT-3.0"],
            "exemptedEmissionsPercent": "0",
            "exemptedEmissionsDescription": "",
            "allocationRulesDescription": (
                "Shared periods by mass, cold stores by mass and days, by-products of grading by value; "
                "conserved to 0.000001 kg."
            ),
            "primaryDataShare": format(gate.primary_data_share, "f"),
        },
    }
    if removals[LAND]:
        result["pcf"][LAND] = format_decimal(removals[LAND])
    if context.ratings:
        result["pcf"]["dqi"] = {name: format(context.ratings[ours], "f") for name, ours in RATINGS.items()}
    if context.sources:
        result["pcf"]["secondaryEmissionFactorSources"] = [
            {"name": name, "version": version} for name, version in sorted(context.sources)
        ]
    if context.preceding:
        result["precedingPfIds"] = list(context.preceding)
    return result


def with_log(
    result: dict[str, Any], *, base_url: str, credential_digest: str, checkpoint: str, leaf_index: int
) -> dict[str, Any]:
    """Add the extension that leads from a footprint to the log.

    Args:
        result: the footprint.
        base_url: the service's address.
        credential_digest: hex; what the log holds.
        checkpoint: the tree head under which the passport is logged.
        leaf_index: place of the `passport` entry.
    """
    extension = {
        "specVersion": "2.0.0",
        "dataSchema": f"{base_url}/ns/pact-ledger/1.0.0/schema.json",
        "data": {
            "passport": f"{base_url}/passports/{result['id']}",
            "credentialDigest": credential_digest,
            "checkpoint": checkpoint,
            "leafIndex": leaf_index,
        },
    }
    return {**result, "extensions": [extension]}


def with_status(result: dict[str, Any], *, active: bool) -> dict[str, Any]:
    """Set the present status: a footprint that was superseded or revoked is `Deprecated`."""
    return {**result, "status": "Active" if active else "Deprecated"}


def _per_kg(slots: Iterable[SlotResult], per_kg: Fraction) -> dict[str, Fraction]:
    sums = dict.fromkeys(FIELDS, Fraction(0))
    for slot in slots:
        sums[field_of(slot.bucket, slot.gas)] += Fraction(slot.total_kgco2e)
    if not sum(sums.values(), Fraction(0)):
        return sums
    return dict(zip(FIELDS, largest_remainder(per_kg, [sums[name] for name in FIELDS]), strict=True))


def _sum(slots: Iterable[SlotResult]) -> Fraction:
    return sum((Fraction(slot.total_kgco2e) for slot in slots), Fraction(0))


def _captured(footprint: ProductFootprint, removals: Fraction) -> dict[str, Any]:
    """Say whether CO2 from lychee wood was stored, how much, and where."""
    if not removals:
        return {"ccsTechnologicalCO2CaptureIncluded": False}
    stored = [one for one in footprint.apart.removed if one.type == "beccs"]
    return {
        "ccsTechnologicalCO2CaptureIncluded": True,
        "ccsTechnologicalCO2Capture": "0",
        TECHNOLOGICAL: format_decimal(removals),
        "technologicalCO2CaptureOrigin": "; ".join(
            f"biogenic, stored at: {one.place or 'see entry'} (entry {one.entry_id})" for one in stored
        ),
    }


def _packs(found: SlotResult) -> bool:
    kind = slot_type(found.stage, found.slot)
    return kind is not None and kind.packaging


def _product_ids(facts: LotFacts, host: str) -> list[str]:
    lot = f"urn:pact:{host}:product-id:{facts.lot_number}"
    return [f"urn:gtin:{facts.gtin}", lot] if facts.gtin else [lot]


def _geography(facts: LotFacts) -> dict[str, str]:
    if "-" in facts.region:
        return {"geographyCountrySubdivision": facts.region}
    return {"geographyCountry": facts.country}


def _after(period: tuple[str, str]) -> str:
    """Return the end of the reference period, never before its start."""
    return format_time(max(parse_time(period[0]), parse_time(period[1])))


FORMAT = Format(code="pact", suffix=".pact.json", media_type="application/json", render=lambda material: material.pact)
