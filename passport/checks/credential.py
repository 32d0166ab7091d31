"""Check a credential: its form, its issuer's key, its proof, and the status list that comes with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from iocore.times import parse_time
from passport.checks.case import Case, found
from passport.did import jwk_id, multikey_id, read_did_document
from passport.disclosure import Disclosure, read_disclosure
from passport.document import UNTP_CONTEXT, VC_CONTEXT, claim_name, json_number
from passport.errors import MalformedPassport, SignatureUntrusted
from passport.link import check_base, uri_of
from passport.proof import check_jwt, check_proof
from passport.report import CheckFailed, NotChecked, Notebook
from passport.status import read_status_entry, read_status_list

_FIELDS = frozenset(
    {
        "@context",
        "id",
        "type",
        "issuer",
        "name",
        "validFrom",
        "validUntil",
        "credentialStatus",
        "issuingSoftware",
        "credentialSubject",
    }
)
_SUBJECT = frozenset(
    {
        "type",
        "id",
        "name",
        "idScheme",
        "batchNumber",
        "idGranularity",
        "productCategory",
        "producedAtFacility",
        "countryOfProduction",
        "productionDate",
        "dimensions",
        "performanceClaim",
        "characteristics",
    }
)
_ID = re.compile(r"(https://[^/]+)/passports/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\Z")


def credential_form(case: Case, notebook: Notebook) -> None:
    """Check that the credential has our form and does not contradict itself."""
    with notebook.check("credential_form") as say:
        credential = case.credential
        proof = set() if case.jwt is not None else {"proof"}
        if set(credential) != _FIELDS | proof:
            raise MalformedPassport("the credential has other fields", fields=sorted(set(credential) ^ _FIELDS))
        base, uuid = split_id(credential["id"])
        _equal("@context", credential["@context"], [VC_CONTEXT, UNTP_CONTEXT, f"{base}/ns/carbon/v1"])
        _equal("type", credential["type"], ["DigitalProductPassport", "VerifiableCredential"])
        subject = _object(credential["credentialSubject"], "credentialSubject")
        if set(subject) - {"relatedDocument"} != _SUBJECT:
            raise MalformedPassport("the subject has other fields", fields=sorted(set(subject) ^ _SUBJECT))
        disclosure = read_disclosure(subject["characteristics"])
        _equal("type of characteristics", disclosure.type, ["CarbonDisclosure"])
        _equal("comparable", disclosure.comparable, False)
        _equal("credentialSubject.id", subject["id"], uri_of(disclosure.lot, base_url=base))
        _equal("dimensions", subject["dimensions"], {"weight": _kilograms(disclosure.net_mass)})
        _equal("total", disclosure.total, disclosure.figure(disclosure.boundary).kgco2e)
        _claim(subject, disclosure, credential["id"])
        if parse_time(credential["validFrom"]) >= parse_time(credential["validUntil"]):
            raise MalformedPassport("the passport ends before it begins")
        read_status_entry(credential["credentialStatus"])
        if case.bundle is not None:
            _equal("methodology of the bundle", case.bundle.methodology, disclosure.methodology)
        case.disclosure = disclosure
        say(f"{uuid}, lot {disclosure.lot}, {disclosure.phase}")


def split_id(value: Any) -> tuple[str, str]:
    """Return the service's address and the uuid of a credential's id.

    Raises:
        MalformedPassport: not `https://<host>/passports/<uuid>`.
    """
    match = _ID.match(value) if isinstance(value, str) else None
    if match is None:
        raise MalformedPassport("the credential's id is not https://<host>/passports/<uuid>")
    return check_base(match.group(1)), match.group(2)


def issuer_key(case: Case, notebook: Notebook) -> None:
    """Check that the DID document in the bundle is the issuer's."""
    with notebook.check("issuer_key") as say:
        notebook.need("credential_form")
        if case.bundle is None:
            _keys_from_trust(case)
            say("keys of the trust file")
            return
        did = read_did_document(case.bundle.did)
        _equal("id of the DID document", did.did, case.issuer)
        case.did = did
        say(did.did)


def credential_proof(case: Case, notebook: Notebook) -> None:
    """Check the signature of the credential or token."""
    with notebook.check("credential_proof") as say:
        notebook.need("credential_form", "issuer_key")
        if case.did is not None:
            multikeys, web_keys = case.did.multikeys, case.did.json_web_keys
        else:
            publics = case.the_trust().issuers[case.issuer]
            multikeys = {multikey_id(case.issuer, number): key for number, key in enumerate(publics, start=1)}
            web_keys = {jwk_id(case.issuer, number): key for number, key in enumerate(publics, start=1)}
        keys: Mapping[str, bytes] = web_keys if case.jwt is not None else multikeys
        method = check_jwt(case.jwt, keys) if case.jwt is not None else check_proof(case.credential, keys)
        case.signing_key = keys[method]
        say(method)


def status_proof(case: Case, notebook: Notebook) -> None:
    """Check that the status list in the bundle is the issuer's, and signed."""
    with notebook.check("status_proof") as say:
        bundle = case.the_bundle()
        notebook.need("credential_form", "issuer_key")
        status = read_status_list(bundle.status)
        url, index = read_status_entry(case.credential["credentialStatus"])
        _equal("address of the status list", status.url, url)
        _equal("issuer of the status list", status.issuer, case.issuer)
        keys = found(case.did, "issuer_key").multikeys
        case.status_key = keys[check_proof(bundle.status, keys)]
        status.is_set(index)
        case.status_list = status
        say(url)


def issuer_trusted(case: Case, notebook: Notebook) -> None:
    """Check that the key that signed belongs to an issuer of the trust file."""
    with notebook.check("issuer_trusted") as say:
        trust = case.the_trust()
        notebook.need("credential_proof")
        if case.signing_key not in trust.issuers.get(case.issuer, ()):
            raise SignatureUntrusted("the trust file lists no such issuer with this key", issuer=case.issuer)
        say(case.issuer)


def validity(case: Case, notebook: Notebook) -> None:
    """Check that now lies inside the passport's period of validity."""
    with notebook.check("validity") as say:
        notebook.need("credential_form")
        start, end = parse_time(case.credential["validFrom"]), parse_time(case.credential["validUntil"])
        if case.now < start:
            raise CheckFailed("the passport is not valid yet", valid_from=case.credential["validFrom"])
        if case.now >= end:
            raise CheckFailed("the passport has expired", valid_until=case.credential["validUntil"])
        say(f"{case.credential['validFrom']} to {case.credential['validUntil']}")


def status(case: Case, notebook: Notebook) -> None:
    """Check that the passport is not revoked, as far as the status list at hand goes, and say how old that is."""
    with notebook.check("status") as say:
        case.the_bundle()
        notebook.need("status_proof")
        status_list = found(case.status_list, "status_proof")
        _, index = read_status_entry(case.credential["credentialStatus"])
        if case.trust is not None:
            notebook.need("issuer_trusted")
            if case.status_key not in case.trust.issuers[case.issuer]:
                raise SignatureUntrusted("the trust file does not list the status list's key", issuer=case.issuer)
        age = int((case.now - status_list.valid_from).total_seconds())
        if status_list.is_set(index):
            raise CheckFailed("the passport is revoked", status_age_s=age)
        if age < 0:
            raise NotChecked("the status list is from the future; the clock or the list is wrong")
        if case.now >= status_list.valid_until:
            raise NotChecked(f"the status list expired; it is {age} s old")
        if case.trust is not None and age > case.trust.max_status_age_s:
            raise NotChecked(f"the status list is {age} s old, more than the trust file allows")
        say(f"not revoked; the status list is {age} s old")


def _keys_from_trust(case: Case) -> None:
    if case.trust is None:
        raise NotChecked("the issuer's keys are not at hand: give a trust file or the bundle")
    if case.issuer not in case.trust.issuers:
        raise NotChecked("the issuer's keys are not at hand: the trust file does not list this issuer")


def _claim(subject: Mapping[str, Any], disclosure: Disclosure, url: str) -> None:
    claims = subject["performanceClaim"]
    if not isinstance(claims, list) or len(claims) != 1:
        raise MalformedPassport("the subject has one performance claim")
    claim = _object(claims[0], "performanceClaim")
    _equal("id of the claim", claim.get("id"), f"{url}#pcf")
    name = claim.get("name")
    named = isinstance(name, str) and re.fullmatch(claim_name(disclosure.boundary, "[a-z]+(?: [a-z]+)*"), name)
    _equal("name of the claim", bool(named), True)
    try:
        measure = claim["claimedPerformance"][0]["measure"]
        methodology = claim["referenceCriteria"][0]["name"]
    except (LookupError, TypeError) as error:
        raise MalformedPassport("the claim has no measure or criterion") from error
    _equal("measure of the claim", measure, {"value": json_number(disclosure.total), "unit": "KGM"})
    _equal("criterion of the claim", methodology, disclosure.methodology)


def _kilograms(text: str) -> dict[str, Any]:
    return {"value": json_number(text), "unit": "KGM"}


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise MalformedPassport("this part of the credential is an object", part=name)
    return value


def _equal(name: str, value: Any, expected: Any) -> None:
    if value != expected:
        raise MalformedPassport("a part of the passport does not fit the others", part=name)


__all__ = [
    "credential_form",
    "credential_proof",
    "issuer_key",
    "issuer_trusted",
    "split_id",
    "status",
    "status_proof",
    "validity",
]
