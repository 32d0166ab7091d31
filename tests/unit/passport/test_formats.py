"""Check outgoing formats against the published schemas, and the figures that they state."""

from __future__ import annotations

import copy
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rfc3987 import match as match_iri

from ledger.log.canonical import jcs_decode
from passport.errors import IssueRefused
from passport.formats.pact import FIELDS, field_of
from passport.store import PassportRow
from tests.support.official import SHARED
from tests.support.passports import Season

STANDARDS = SHARED / "standards"
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,31}:[A-Za-z0-9()+,.:=@;$_!*'%/-]+")


def checker() -> jsonschema.FormatChecker:
    """Know the formats that PACT uses beside the common ones."""
    formats = jsonschema.FormatChecker()
    formats.checks("decimal")(lambda text: not isinstance(text, str) or DECIMAL.fullmatch(text) is not None)
    formats.checks("urn")(lambda text: not isinstance(text, str) or URN.fullmatch(text) is not None)
    formats.checks("uri")(lambda text: not isinstance(text, str) or match_iri(text, rule="URI") is not None)
    return formats


def official(*parts: str) -> Any:
    """Read a published schema, or skip loudly."""
    path = STANDARDS.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"SKIPPED one official schema: {path} is absent")
    return json.loads(Path(path).read_text(encoding="utf-8"))


def problems(schema: Any, value: Any) -> list[str]:
    kind = jsonschema.validators.validator_for(schema)
    return [error.message for error in kind(schema, format_checker=checker()).iter_errors(value)]


@pytest.fixture
def pact(season: Season, issued: PassportRow) -> dict[str, Any]:
    found = json.loads(season.service.pact(issued.uuid))
    assert isinstance(found, dict)
    return found


def test_pact_footprint_fits_the_published_schema(pact: dict[str, Any]) -> None:
    schema = official("pact", "ProductFootprint.schema.json")
    assert problems(schema, pact) == []
    spoiled = copy.deepcopy(pact)
    spoiled["pcf"]["fossilGhgEmissions"] = "1,5"
    spoiled["companyIds"] = ["x"]
    assert len(problems(schema, spoiled)) >= 2


def test_pact_parts_add_up_and_only_the_gate_is_in_it(pact: dict[str, Any], issued: PassportRow) -> None:
    pcf = pact["pcf"]
    facts = jcs_decode(issued.credential)["credentialSubject"]["characteristics"]
    gate = next(figure for figure in facts["figures"] if figure["boundary"] == "gate")
    assert Fraction(pcf["pcfExcludingBiogenicUptake"]) == Fraction(gate["kgCO2e"]) < Fraction(facts["total"])
    assert sum(Fraction(pcf[name]) for name in FIELDS) == Fraction(pcf["pcfExcludingBiogenicUptake"])
    assert Fraction(pcf["landManagementFossilGhgEmissions"]) <= Fraction(pcf["fossilGhgEmissions"])
    assert 0 < Fraction(pcf["packagingGhgEmissions"]) < Fraction(pcf["fossilGhgEmissions"])
    assert "aircraftGhgEmissions" not in pcf
    assert pcf["ipccCharacterizationFactors"] == ["AR5", "AR6"]


def test_pact_data_quality_is_rated_from_one_to_five(pact: dict[str, Any]) -> None:
    dqi = pact["pcf"]["dqi"]
    assert set(dqi) == {"technologicalDQR", "geographicalDQR", "temporalDQR"}
    assert all(1 <= Fraction(rating) <= 5 for rating in dqi.values())
    assert len(set(dqi.values())) == 3
    schema = official("pact", "ProductFootprint.schema.json")
    for spoiled in ({**dqi, "temporalDQR": 3}, {name: rating for name, rating in dqi.items() if name[0] != "g"}):
        assert problems(schema, {**pact, "pcf": {**pact["pcf"], "dqi": spoiled}})


# OpenAPI 3.0.4: fossilGhgEmissions includes fossil CO2, N2O and fossil CH4 of land management; biogenic CO2 does not.
@pytest.mark.parametrize(
    ("bucket", "gas", "field"),
    [
        ("fossil", "CO2", "fossilGhgEmissions"),
        ("fossil", "CO2e@AR5", "fossilGhgEmissions"),
        ("luc", "CO2", "landUseChangeGhgEmissions"),
        ("land_management", "N2O", "fossilGhgEmissions"),
        ("land_management", "CO2-biogenic", "landManagementBiogenicCO2Emissions"),
        ("biogenic_non_co2", "CH4", "biogenicNonCO2Emissions"),
    ],
)
def test_bucket_and_gas_decide_the_pact_field(bucket: str, gas: str, field: str) -> None:
    assert field_of(bucket, gas) == field


@pytest.mark.parametrize("bucket", ["removal", "biogenic_uptake", "biogenic_co2", "aircraft_forcing", ""])
def test_what_stands_apart_has_no_headline_field(bucket: str) -> None:
    with pytest.raises(IssueRefused):
        field_of(bucket, "CO2")


@pytest.mark.parametrize("form", ["credential", "jwt"])
def test_credential_fits_the_published_passport_schema(issued: PassportRow, form: str) -> None:
    schema = official("untp-0.7.0", "schema", "DigitalProductPassport.json")
    value = jcs_decode(issued.credential)
    if form == "jwt":
        value.pop("proof")
    assert problems(schema, value) == []
    value["credentialStatus"]["statusListIndex"] = "7"
    assert problems(schema, value)


def test_every_own_term_stands_outside_the_published_contexts(issued: PassportRow) -> None:
    untp = official("untp-0.7.0", "context", "untp-context.jsonld")["@context"]
    w3c = official("w3c-vc", "contexts", "credentials-v2.jsonld")["@context"]
    own = set(jcs_decode(issued.credential)["credentialSubject"]["characteristics"]) - {"type"}
    assert not own & (set(untp) | set(w3c))
    assert "CarbonDisclosure" not in untp


def test_credential_uses_no_term_that_falls_back_to_a_default_vocabulary(issued: PassportRow) -> None:
    context = official("untp-0.7.0", "context", "untp-context.jsonld")["@context"]
    product = context["Product"]["@context"]
    subject = jcs_decode(issued.credential)["credentialSubject"]
    assert set(subject) - {"type", "id"} <= set(product)
    claim = context["Claim"]["@context"]
    assert set(subject["performanceClaim"][0]) - {"type", "id"} <= set(claim)
