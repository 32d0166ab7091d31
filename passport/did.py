"""Name issuers with did:web and list their keys in DID documents.

Each key stands twice in a document: as a Multikey for data integrity proofs and as a JsonWebKey for JOSE. A document
is read by rebuilding it from its keys and comparing, so every character of it is either meant or refused.

Source: W3C DID 1.0; did:web method specification; W3C Controlled Identifiers 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from ledger.errors import LedgerError
from ledger.log.signer import check_public_key
from passport.errors import MalformedDid, MalformedMultibase
from passport.multibase import decode_multikey, encode_base64url, encode_multikey

CONTEXT = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/jwk/v1",
)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\Z")
_DID = re.compile(r"did:web:[A-Za-z0-9.-]+(?:%3A[0-9]{1,5})?(?::[A-Za-z0-9._-]+)*\Z")
_MOST_KEYS = 32


@dataclass(frozen=True, slots=True)
class DidDocument:
    """Hold an issuer's identifier and its keys by DID URL, in both spellings of each key."""

    did: str
    publics: tuple[bytes, ...]
    multikeys: Mapping[str, bytes]
    json_web_keys: Mapping[str, bytes]


def did_web(base_url: str, slug: str) -> str:
    """Return the did:web of an issuer under a service's address.

    Args:
        base_url: such as `https://passport.example`; a port is kept, a path is refused.
        slug: the issuer's short name in the address.
    """
    parts = urlsplit(base_url)
    if parts.scheme != "https" or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.username:
        raise MalformedDid("a DID needs an https address without a path", base_url=base_url)
    if not _SLUG.match(slug):
        raise MalformedDid("an issuer's short name has a-z, 0-9 and hyphens", slug=slug)
    port = f"%3A{parts.port}" if parts.port else ""
    return f"did:web:{parts.hostname}{port}:issuers:{slug}"


def did_path(did: str) -> str:
    """Return the path below the host at which a did:web document is served, without a leading slash."""
    check_did(did)
    parts = did.split(":")[3:]
    return "/".join(parts) + "/did.json" if parts else ".well-known/did.json"


def check_did(did: str) -> None:
    """Refuse text that is not a did:web.

    Raises:
        MalformedDid: another method or another spelling.
    """
    if not _DID.match(did):
        raise MalformedDid("this is not a did:web", did=did[:200])


def multikey_id(did: str, number: int = 1) -> str:
    """Return the DID URL of an issuer's n-th key as a Multikey."""
    return f"{did}#key-{number}"


def jwk_id(did: str, number: int = 1) -> str:
    """Return the DID URL of an issuer's n-th key as a JsonWebKey."""
    return f"{did}#key-{number}-jwk"


def did_document(did: str, publics: Sequence[bytes]) -> dict[str, Any]:
    """Build the DID document of an issuer.

    Args:
        did: the issuer's did:web.
        publics: its Ed25519 public keys, first to last; their order never changes, since it names them.

    Raises:
        MalformedDid: not a did:web, no key, or a key that is no point of the prime-order subgroup.
    """
    check_did(did)
    if not 0 < len(publics) <= _MOST_KEYS:
        raise MalformedDid("a DID document lists 1 to 32 keys", did=did, keys=len(publics))
    methods: list[dict[str, Any]] = []
    for number, public in enumerate(publics, start=1):
        try:
            check_public_key(public)
        except LedgerError as error:
            raise MalformedDid("the DID document lists a key that nobody should use", did=did, number=number) from error
        methods.append(
            {
                "id": multikey_id(did, number),
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": encode_multikey(public),
            }
        )
        methods.append(
            {
                "id": jwk_id(did, number),
                "type": "JsonWebKey",
                "controller": did,
                "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(public)},
            }
        )
    return {
        "@context": list(CONTEXT),
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def read_did_document(value: Any) -> DidDocument:
    """Read a DID document of exactly the form that `did_document` writes.

    Raises:
        MalformedDid: any other form.
    """
    try:
        did = value["id"]
        publics = tuple(
            decode_multikey(method["publicKeyMultibase"])
            for method in value["verificationMethod"]
            if method["type"] == "Multikey"
        )
        rebuilt = did_document(did, publics)
    except (KeyError, TypeError, AttributeError, MalformedMultibase) as error:
        raise MalformedDid("the DID document does not list Multikeys with an id") from error
    if rebuilt != value:
        raise MalformedDid("the DID document is not in the one form that its keys give", did=did)
    return DidDocument(
        did,
        publics,
        MappingProxyType({multikey_id(did, number): public for number, public in enumerate(publics, start=1)}),
        MappingProxyType({jwk_id(did, number): public for number, public in enumerate(publics, start=1)}),
    )
