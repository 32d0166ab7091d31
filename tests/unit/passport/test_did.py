"""Check issuer identifiers and DID documents."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ledger.log.signer import Signer
from passport.did import did_document, did_path, did_web, jwk_id, multikey_id, read_did_document
from passport.errors import MalformedDid

DID = "did:web:passport.example:issuers:coop"
KEYS = tuple(Signer.from_seed("a/b", bytes([number]) * 32).public_key.public for number in (1, 2))


def test_the_identifier_names_host_port_and_path() -> None:
    assert did_web("https://passport.example", "coop") == DID
    assert did_web("https://passport.example:8443", "coop") == "did:web:passport.example%3A8443:issuers:coop"
    assert did_path(DID) == "issuers/coop/did.json"
    assert did_path("did:web:passport.example") == ".well-known/did.json"


@pytest.mark.parametrize(
    ("base", "slug"),
    [
        ("http://passport.example", "coop"),
        ("https://passport.example/x", "coop"),
        ("https://p.example", "Coop"),
        ("", "c"),
    ],
)
def test_an_address_that_cannot_be_resolved_is_refused(base: str, slug: str) -> None:
    with pytest.raises(MalformedDid):
        did_web(base, slug)


def test_each_key_stands_twice_and_may_assert() -> None:
    document = did_document(DID, KEYS)
    assert [method["type"] for method in document["verificationMethod"]] == ["Multikey", "JsonWebKey"] * 2
    assert document["assertionMethod"] == [f"{DID}#key-1", f"{DID}#key-1-jwk", f"{DID}#key-2", f"{DID}#key-2-jwk"]
    found = read_did_document(document)
    assert found.publics == KEYS
    assert found.multikeys[multikey_id(DID, 2)] == KEYS[1] == found.json_web_keys[jwk_id(DID, 2)]


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key in value for leaf in paths(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for index in range(len(value)) for leaf in paths(value[index], (*path, index))]
    return [path]


@pytest.mark.parametrize("path", paths(did_document(DID, KEYS[:1])), ids=str)
def test_any_changed_leaf_is_refused_or_changes_the_keys(path: tuple[Any, ...]) -> None:
    document = copy.deepcopy(did_document(DID, KEYS[:1]))
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] += "x"
    with pytest.raises(MalformedDid):
        read_did_document(document)


@pytest.mark.parametrize(
    "value", [None, [], {}, {"id": 1, "verificationMethod": []}, {"id": DID, "verificationMethod": [1]}]
)
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(MalformedDid):
        read_did_document(value)


def test_a_key_of_small_order_is_refused() -> None:
    with pytest.raises(MalformedDid):
        did_document(DID, [bytes([1]) + bytes(31)])
