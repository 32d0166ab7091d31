"""Put the facts of a passport together: the credential, in the shape of a UNTP digital product passport.

The carbon part stands in `characteristics` with terms of our own context; every figure there is a decimal string in
kg CO2e, for the lot or for one kilogram. The credential is public for ever, so it holds nothing that an erasure or a
closed item would have to take back: no grower's name, no place finer than a country's subdivision, no figure that the
public form of the calculation does not show.

Source: UNTP 0.7.0 Digital Product Passport; W3C Verifiable Credentials Data Model 2.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from ledger.book.product import products
from ledger.book.state import Outcome
from ledger.log.canonical import jcs
from passport.disclosure import (
    Boundary,
    Disclosure,
    FactorSetClaim,
    Harvest,
    Labels,
    LineageClaim,
    Verification,
    figures_part,
    stage_figures,
    stated_ids,
)
from passport.errors import IssueRefused
from passport.facts import LotFacts
from passport.footprint import ProductFootprint
from passport.link import GS1_SCHEME, check_base, uri_of
from passport.multibase import encode_digest
from passport.status import status_entry

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
UNTP_CONTEXT = "https://vocabulary.uncefact.org/untp/0.7.0/context/"
METRIC = "https://vocabulary.uncefact.org/performance-metric/product-carbon-footprint"
TOPIC = "https://vocabulary.uncefact.org/conformity-topic/greenhouse-gas-emissions"
CPC = "https://unstats.un.org/unsd/classifications/Econ/cpc/"
SOFTWARE = "0.1.0"
_ENDS = {"gate": "the port or airport of exit", "delivered": "the receiving shop"}
Phase = Literal["provisional", "final"]
Market = Literal["CN", "EU"]


@dataclass(frozen=True, slots=True)
class Lineage:
    """Hold what a passport says about the entries behind it."""

    count: int
    digest: str
    tree_size: int

    @classmethod
    def of(cls, entry_ids: Sequence[str], tree_size: int) -> Lineage:
        """Describe entries: SHA-256 of their sorted ids joined by newlines."""
        ordered = sorted(entry_ids)
        return cls(len(ordered), sha256("\n".join(ordered).encode("ascii")).hexdigest(), tree_size)

    def to_json(self) -> dict[str, Any]:
        """Return the object that stands in the credential and in the `passport` entry."""
        return {"count": self.count, "digest": self.digest, "tree_size": self.tree_size}

    def to_claim(self) -> LineageClaim:
        """Return the part of a disclosure."""
        return LineageClaim(count=self.count, digest=self.digest, tree_size=self.tree_size)


@dataclass(frozen=True, slots=True)
class Predecessor:
    """Name the version that a passport supersedes."""

    url: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportContent:
    """Hold everything that a credential states, before it is signed.

    Args:
        uuid: identifier of this version.
        base_url: the service's address.
        issuer: DID and name of the issuer.
        facts: the lot as the book knows it.
        footprint: its footprint.
        phase: `provisional` or `final`.
        market: `CN` or `EU`.
        boundary: `gate` or `delivered`; which figure is the headline.
        calculation_digest: root digest of the calculation.
        labels: value of each label that the public form of the calculation shows.
        lineage: the entries behind it.
        verdicts: what the log decided about those of them that by themselves tell something else.
        factor_sets: digest and size of each factor set used, by id.
        status: address of the status list and index in it.
        valid_from, valid_until: RFC 3339.
        predecessor: the version that this one supersedes.
    """

    uuid: str
    base_url: str
    issuer: tuple[str, str]
    facts: LotFacts
    footprint: ProductFootprint
    phase: Phase
    market: Market
    boundary: Boundary
    calculation_digest: str
    labels: Labels
    lineage: Lineage
    verdicts: Mapping[str, Outcome]
    factor_sets: Mapping[str, tuple[str, int]]
    status: tuple[str, int]
    valid_from: str
    valid_until: str
    predecessor: Predecessor | None = None


def boundary_name(boundary: Boundary, origin: str) -> str:
    """Say in English from where to where a figure reaches, such as `orchard to the receiving shop`."""
    return f"{origin} to {_ENDS[boundary]}"


def claim_name(boundary: Boundary, origin: str) -> str:
    """Name the claim of a passport."""
    return f"Partial product carbon footprint, {boundary_name(boundary, origin)}"


def category(kind: str) -> list[dict[str, str]]:
    """Name the class of a form of product as a passport states it.

    Raises:
        IssueRefused: no class is known for it.
    """
    product = products().get(kind)
    if product is None or not product.cpc:
        raise IssueRefused("no passport can be issued for this form of product: it has no class", product=kind)
    return [{"code": product.cpc, "name": product.category, "schemeId": CPC, "schemeName": "UN CPC"}]


def credential_digest(credential: Mapping[str, Any]) -> str:
    """Return the hex SHA-256 of a credential's JCS bytes without `proof`: what a `passport` entry logs."""
    return sha256(jcs({key: value for key, value in credential.items() if key != "proof"})).hexdigest()


def build_credential(content: PassportContent) -> dict[str, Any]:
    """Build the credential of a passport, without proof."""
    base = check_base(content.base_url)
    did, issuer_name = content.issuer
    facts = content.facts
    url = f"{base}/passports/{content.uuid}"
    return {
        "@context": [VC_CONTEXT, UNTP_CONTEXT, f"{base}/ns/carbon/v1"],
        "id": url,
        "type": ["DigitalProductPassport", "VerifiableCredential"],
        "issuer": {"type": ["CredentialIssuer"], "id": did, "name": issuer_name},
        "name": f"E-carbon passport {facts.name} lot {facts.lot_number}",
        "validFrom": content.valid_from,
        "validUntil": content.valid_until,
        "credentialStatus": status_entry(*content.status),
        "issuingSoftware": {
            "id": f"{base}/ns/software/ecarbon",
            "name": "ecarbon",
            "version": SOFTWARE,
            "vendor": {"id": did, "name": issuer_name},
        },
        "credentialSubject": _subject(content, base, url),
    }


def _subject(content: PassportContent, base: str, url: str) -> dict[str, Any]:
    facts = content.facts
    headline = content.footprint.boundary(content.boundary)
    scheme = (GS1_SCHEME, "GTIN") if facts.has_link else (f"{base}/p/", "Lot code of this service")
    subject: dict[str, Any] = {
        "type": ["Product"],
        "id": uri_of(facts.lot, base_url=base),
        "name": facts.name,
        "idScheme": {"type": ["IdentifierScheme"], "id": scheme[0], "name": scheme[1]},
        "batchNumber": facts.lot_number,
        "idGranularity": "batch",
        "productCategory": category(facts.kind),
        "producedAtFacility": {
            "type": ["Facility"],
            "id": f"{base}/facilities/{facts.facility}",
            "name": f"{facts.facility_type} {facts.facility}",
        },
        "countryOfProduction": {"countryCode": facts.country},
        "productionDate": facts.produced,
        "dimensions": {"weight": {"value": json_number(facts.net_mass), "unit": "KGM"}},
        "performanceClaim": [
            {
                "type": ["Claim"],
                "id": f"{url}#pcf",
                "name": claim_name(content.boundary, products()[facts.kind].origin),
                "referenceCriteria": [
                    {
                        "type": ["Criterion"],
                        "id": f"{base}/ns/methodology/{content.footprint.methodology}",
                        "name": content.footprint.methodology,
                    }
                ],
                "referenceStandard": [
                    {
                        "type": ["Standard"],
                        "id": "https://www.iso.org/standard/71206.html",
                        "name": "ISO 14067:2018 / GB/T 24067-2024",
                    }
                ],
                "claimDate": content.valid_from[:10],
                "applicablePeriod": {
                    "startDate": content.footprint.period[0][:10],
                    "endDate": content.footprint.period[1][:10],
                },
                "claimedPerformance": [
                    {
                        "metric": {"type": ["PerformanceMetric"], "id": METRIC, "name": "Product Carbon Footprint"},
                        "measure": {"value": json_number(format(headline.kgco2e_per_kg, "f")), "unit": "KGM"},
                    }
                ],
                "evidence": [
                    {
                        "linkURL": f"{url}/bundle",
                        "linkName": "Entries, proofs and calculation",
                        "mediaType": "application/json",
                    }
                ],
                "conformityTopic": [{"type": ["ConformityTopic"], "id": TOPIC, "name": "Greenhouse Gas Emissions"}],
            }
        ],
        "characteristics": disclosure(content).to_json(),
    }
    if content.predecessor is not None:
        subject["relatedDocument"] = [
            {
                "linkURL": content.predecessor.url,
                "linkName": "Previous version",
                "digestMultibase": encode_digest(bytes.fromhex(content.predecessor.digest)),
                "linkType": "predecessor-version",
            }
        ]
    return subject


def disclosure(content: PassportContent) -> Disclosure:
    """Build `characteristics`: what the lot carries, how it was found out, and what proves it."""
    return Disclosure(
        type=["CarbonDisclosure"],
        lot=content.facts.lot,
        phase=content.phase,
        market=content.market,
        verification=Verification(status="self-declared"),
        comparable=False,
        calculation_digest=content.calculation_digest,
        lineage=content.lineage.to_claim(),
        rejected=stated_ids(content.verdicts, "rejected"),
        in_force=stated_ids(content.verdicts, "logged"),
        factor_set=[
            FactorSetClaim(name=name.partition(":")[0], version=name.partition(":")[2], digest=digest, size=size)
            for name, (digest, size) in sorted(content.factor_sets.items())
        ],
        **product_part(content.facts),
        **figures_part(
            content.footprint,
            boundary=content.boundary,
            stages=stage_figures(content.labels, content.footprint, content.boundary),
        ),
    )


def product_part(facts: LotFacts) -> dict[str, Any]:
    """Return the fields of a disclosure that the book's public facts give."""
    return {
        "variety": facts.variety,
        "net_mass": facts.net_mass,
        "harvested": Harvest(start=facts.harvested[0], end=facts.harvested[1]),
        "origin": facts.region,
        "kept_by": list(facts.keepers),
    }


def json_number(text: str) -> int | float:
    """Return the JSON number of a decimal string; whole numbers stay whole."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
