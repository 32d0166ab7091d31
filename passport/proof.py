"""Sign credentials and check their signatures: data integrity proofs and compact JWS.

The proof suite is `eddsa-jcs-2022`; the enveloping form is `vc+jwt` with `EdDSA`. Both are made by one key and
cover the same facts. What is read must be in its one spelling, so that no two verifiers see two documents.

Source: W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3; W3C VC-JOSE-COSE 1.0, section 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from iocore.errors import IOCoreError
from iocore.times import parse_time
from ledger.errors import LedgerError
from ledger.log.canonical import jcs, jcs_decode
from ledger.log.signer import verify_signature
from passport.errors import MalformedMultibase, MalformedSignature, SignatureUntrusted
from passport.multibase import decode_base58, decode_base64url, encode_base58, encode_base64url

CRYPTOSUITE = "eddsa-jcs-2022"
PROOF_FIELDS = frozenset(
    {"@context", "created", "cryptosuite", "proofPurpose", "proofValue", "type", "verificationMethod"}
)


class RawSigner(Protocol):
    """Sign bytes with one Ed25519 key."""

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of a message."""
        ...


@dataclass(frozen=True, slots=True)
class Jwt:
    """Hold a compact JWS whose header and payload have been read strictly."""

    header: Mapping[str, Any]
    payload: dict[str, Any]
    signing_input: bytes
    signature: bytes


def hash_data(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """Return the 64 bytes that are signed: SHA-256 of the proof options, then SHA-256 of the document without proof."""
    unsecured = {key: value for key, value in document.items() if key != "proof"}
    return sha256(jcs(dict(options))).digest() + sha256(jcs(unsecured)).digest()


def add_proof(document: Mapping[str, Any], *, signer: RawSigner, method: str, created: str) -> dict[str, Any]:
    """Return the document with an `eddsa-jcs-2022` proof.

    Args:
        document: a credential with `@context` and without `proof`.
        signer: the issuer's key.
        method: the DID URL of that key.
        created: the time of signing, RFC 3339.
    """
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
        "@context": document["@context"],
    }
    signature = signer.sign(hash_data(document, options))
    return {**document, "proof": {**options, "proofValue": "z" + encode_base58(signature)}}


def check_proof(document: Mapping[str, Any], keys: Mapping[str, bytes]) -> str:
    """Check the one `eddsa-jcs-2022` proof of a document and return its verification method.

    Args:
        document: a credential with `proof`.
        keys: public keys by DID URL; the caller says whose they are.

    Raises:
        MalformedSignature: there is no proof of our form.
        SignatureUntrusted: the method is not among the keys, or the signature does not hold.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict) or set(proof) != PROOF_FIELDS:
        raise MalformedSignature("the credential has no proof with exactly the seven fields of eddsa-jcs-2022")
    expected = {"type": "DataIntegrityProof", "cryptosuite": CRYPTOSUITE, "proofPurpose": "assertionMethod"}
    for field, value in expected.items():
        if proof[field] != value:
            raise MalformedSignature("the proof has another value in this field", field=field, expected=value)
    if proof["@context"] != document.get("@context"):
        raise MalformedSignature("the proof's @context is not the document's")
    method, value = proof["verificationMethod"], proof["proofValue"]
    if not isinstance(method, str) or not isinstance(value, str) or not value.startswith("z"):
        raise MalformedSignature("the proof value is not base58btc multibase")
    try:
        parse_time(proof["created"])
        signature = decode_base58(value[1:])
        options = {field: proof[field] for field in proof if field != "proofValue"}
        message = hash_data(document, options)
    except (IOCoreError, LedgerError, MalformedMultibase) as error:
        raise MalformedSignature(str(error)) from error
    if method not in keys:
        raise SignatureUntrusted("the proof names a key that its issuer does not list", method=method)
    try:
        verify_signature(keys[method], message, signature)
    except LedgerError as error:
        raise SignatureUntrusted("the signature of the proof does not hold", method=method) from error
    return method


def to_jwt(document: Mapping[str, Any], *, signer: RawSigner, kid: str) -> str:
    """Return the credential as a compact `vc+jwt`; the payload is the credential itself, without `proof`."""
    header = {"alg": "EdDSA", "typ": "vc+jwt", "cty": "vc", "kid": kid}
    payload = {key: value for key, value in document.items() if key != "proof"}
    signing_input = f"{encode_base64url(jcs(header))}.{encode_base64url(jcs(payload))}"
    return f"{signing_input}.{encode_base64url(signer.sign(signing_input.encode('ascii')))}"


def read_jwt(token: bytes) -> Jwt:
    """Read a compact `vc+jwt` strictly, without judging its signature.

    Raises:
        MalformedSignature: not three canonical base64url parts, or another header than ours.
    """
    try:
        parts = token.decode("ascii").split(".")
        if len(parts) != 3:
            raise MalformedSignature("a compact JWS has three parts", parts=len(parts))
        header_bytes, payload_bytes, signature = (decode_base64url(part) for part in parts)
        header, payload = jcs_decode(header_bytes, exact=True), jcs_decode(payload_bytes, exact=True)
    except (UnicodeDecodeError, LedgerError, MalformedMultibase) as error:
        raise MalformedSignature(f"the token cannot be read: {error}") from error
    if not isinstance(header, dict) or set(header) != {"alg", "typ", "cty", "kid"}:
        raise MalformedSignature("the header must have exactly alg, typ, cty and kid")
    if (header["alg"], header["typ"], header["cty"]) != ("EdDSA", "vc+jwt", "vc") or not isinstance(header["kid"], str):
        raise MalformedSignature("the header must say EdDSA, vc+jwt and vc")
    if not isinstance(payload, dict) or "proof" in payload:
        raise MalformedSignature("the payload must be a credential without proof")
    return Jwt(header, payload, token.rpartition(b".")[0], signature)


def check_jwt(jwt: Jwt, keys: Mapping[str, bytes]) -> str:
    """Check the signature of a token and return its key's DID URL.

    Raises:
        SignatureUntrusted: the key is not among the keys, or the signature does not hold.
    """
    kid = jwt.header["kid"]
    if kid not in keys:
        raise SignatureUntrusted("the token names a key that its issuer does not list", method=kid)
    try:
        verify_signature(keys[kid], jwt.signing_input, jwt.signature)
    except LedgerError as error:
        raise SignatureUntrusted("the signature of the token does not hold", method=kid) from error
    return str(kid)
