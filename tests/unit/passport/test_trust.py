"""Check that trust files are read strictly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.log.signer import Signer
from passport.errors import MalformedTrust
from passport.multibase import encode_multikey
from passport.trust import TrustPolicy, trust_file

LOG = Signer.from_seed("log.example/2026", bytes(32)).public_key
REGISTRAR = Signer.from_seed("a_aaaaaaaaaaaaaaaa/2026", bytes([1]) * 32).public_key
ISSUER = Signer.from_seed("a_aaaaaaaaaaaaaaaa/issuer", bytes([2]) * 32).public_key.public
DID = "did:web:passport.example:issuers:coop"


def written() -> bytes:
    return trust_file(log_key=LOG, registrars=[REGISTRAR.encode()], issuers={DID: [ISSUER]}, max_status_age_s=3600)


def test_what_is_written_is_read_back() -> None:
    found = TrustPolicy.parse(written())
    assert found.policy.logs == (LOG,) and found.policy.quorum == "none"
    assert found.registrars == (REGISTRAR,)
    assert dict(found.issuers) == {DID: (ISSUER,)}
    assert found.max_status_age_s == 3600
    assert set(json.loads(written())) == {"policy", "registrars", "issuers", "max_status_age_s"}


def test_monitors_are_the_one_field_that_may_be_added() -> None:
    assert TrustPolicy.parse(written()).monitors == ()
    value = {**json.loads(written()), "monitors": [REGISTRAR.encode()]}
    assert TrustPolicy.parse(json.dumps(value).encode()).monitors == (REGISTRAR,)


SMALL_ORDER = bytes([1]) + bytes(31)


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"policy": None},
        {"policy": "quorum none\n"},
        {"policy": "log x\nquorum none\n"},
        {"policy": f"log {LOG.encode()}\n"},
        {"monitors": "x"},
        {"monitors": ["x"]},
        {"registrars": "x"},
        {"registrars": [1]},
        {"registrars": ["x"]},
        {"issuers": {}},
        {"issuers": [{"did": DID}]},
        {"issuers": [{"did": "did:key:x", "keys": [encode_multikey(ISSUER)]}]},
        {"issuers": [{"did": DID, "keys": []}]},
        {"issuers": [{"did": DID, "keys": [7]}]},
        {"issuers": [{"did": DID, "keys": [encode_multikey(SMALL_ORDER)]}]},
        {"issuers": [{"did": DID, "keys": [encode_multikey(ISSUER)]}] * 2},
        {"max_status_age_s": -1},
        {"max_status_age_s": "3600"},
        {"max_status_age_s": True},
    ],
    ids=str,
)
def test_any_other_trust_file_is_refused(change: dict[str, Any]) -> None:
    value = {**json.loads(written()), **change}
    with pytest.raises(MalformedTrust):
        TrustPolicy.parse(json.dumps(value).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"null", b"\xff", written().replace(b'"policy"', b'"policY"')])
def test_what_is_no_trust_file_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedTrust):
        TrustPolicy.parse(data)


def test_a_key_twice_in_the_json_is_refused() -> None:
    with pytest.raises(MalformedTrust):
        TrustPolicy.parse(written().replace(b'"policy"', b'"max_status_age_s":1,"policy"', 1))
