"""Check eddsa-jcs-2022 against the published test vector, and that nothing can be changed after signing."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest

from ledger.log.signer import Signer
from passport.errors import MalformedSignature, SignatureUntrusted
from passport.multibase import decode_base58, decode_multikey
from passport.proof import add_proof, check_jwt, check_proof, hash_data, read_jwt, to_jwt

# W3C vc-di-eddsa, TestVectors/eddsa-jcs-2022: key pair, document and every intermediate value.
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
PRIVATE = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
METHOD = f"did:key:{PUBLIC}#{PUBLIC}"
CREATED = "2023-02-24T23:36:38Z"
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
COMBINED = (
    "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db"
    "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
)
PROOF_VALUE = "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"


def signer() -> Signer:
    return Signer.from_seed("example/key", decode_base58(PRIVATE[1:])[2:])


def signed() -> dict[str, Any]:
    return add_proof(DOCUMENT, signer=signer(), method=METHOD, created=CREATED)


def keys() -> dict[str, bytes]:
    return {METHOD: decode_multikey(PUBLIC)}


def test_vector_hashes_and_signature_are_reproduced() -> None:
    document = signed()
    options = {key: value for key, value in document["proof"].items() if key != "proofValue"}
    assert hash_data(DOCUMENT, options).hex() == COMBINED
    assert document["proof"]["proofValue"] == PROOF_VALUE


def test_vector_verifies_and_names_its_key() -> None:
    assert check_proof(signed(), keys()) == METHOD


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for index in range(len(value)) for leaf in leaves(value[index], (*path, index))]
    return [path]


@pytest.mark.parametrize("path", leaves(signed()), ids=str)
def test_any_changed_leaf_breaks_the_proof(path: tuple[Any, ...]) -> None:
    document = copy.deepcopy(signed())
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] += "x"
    with pytest.raises((MalformedSignature, SignatureUntrusted)):
        check_proof(document, keys())


def test_an_added_field_breaks_the_proof() -> None:
    document = signed()
    with pytest.raises(SignatureUntrusted):
        check_proof({**document, "extra": 1}, keys())
    with pytest.raises(MalformedSignature):
        check_proof({**document, "proof": {**document["proof"], "extra": 1}}, keys())


@pytest.mark.parametrize("proof", [None, [], "x", {}, {"type": "DataIntegrityProof"}])
def test_anything_else_in_place_of_a_proof_is_malformed(proof: Any) -> None:
    with pytest.raises(MalformedSignature):
        check_proof({**DOCUMENT, "proof": proof}, keys())


def test_a_key_that_is_not_listed_is_not_trusted() -> None:
    with pytest.raises(SignatureUntrusted):
        check_proof(signed(), {})


def test_a_token_carries_the_same_facts_and_verifies() -> None:
    token = to_jwt(signed(), signer=signer(), kid=METHOD)
    jwt = read_jwt(token.encode())
    assert jwt.payload == DOCUMENT
    assert jwt.header == {"alg": "EdDSA", "typ": "vc+jwt", "cty": "vc", "kid": METHOD}
    assert check_jwt(jwt, keys()) == METHOD


def test_a_token_with_any_changed_character_fails() -> None:
    token = to_jwt(DOCUMENT, signer=signer(), kid=METHOD)
    for position in range(0, len(token), 7):
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        with pytest.raises((MalformedSignature, SignatureUntrusted)):
            check_jwt(read_jwt(changed.encode()), keys())


def test_a_token_that_says_none_is_malformed() -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"none","cty":"vc","kid":"x","typ":"vc+jwt"}').rstrip(b"=")
    payload = base64.urlsafe_b64encode(json.dumps({}).encode()).rstrip(b"=")
    with pytest.raises(MalformedSignature):
        read_jwt(header + b"." + payload + b".")
