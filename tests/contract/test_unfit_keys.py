"""No key of small or mixed order, and no second spelling of a key, is registered or trusted anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import nacl.bindings
import pytest

from ledger.errors import MalformedKey, MalformedPolicy
from ledger.ids import key_owner
from ledger.log.note import COSIGNATURE, VerifierKey, b64encode
from ledger.log.signer import Signer, check_public_key
from ledger.log.witness import Policy
from passport.did import did_document, read_did_document
from passport.errors import MalformedDid, MalformedTrust
from passport.multibase import encode_multikey
from passport.trust import TrustPolicy, trust_file
from tests.unit.ledger_log.test_signer import SMALL_ORDER
from tests.unit.ledger_store.notes import LOG, Desk, open_ledger

PRIME = 2**255 - 19
GOOD = Signer.from_seed("a_aaaaaaaaaaaaaaaa/2026", bytes(32)).public_key
SMALL = [bytes.fromhex(point) for point in SMALL_ORDER]
MIXED = [nacl.bindings.crypto_core_ed25519_add(GOOD.public, point) for point in SMALL[1:8]]
NOT_CANONICAL = [
    (number | sign << 255).to_bytes(32, "little") for number in range(PRIME, 2**255) for sign in (0, 1)
]  # fmt: skip
UNFIT = sorted({*SMALL, *MIXED, *NOT_CANONICAL} - {GOOD.public})
DID = "did:web:passport.example:issuers:coop"
TRUST = json.loads(trust_file(log_key=LOG.public_key, registrars=[], issuers={DID: [GOOD.public]}, max_status_age_s=60))


def test_the_list_holds_every_family() -> None:
    assert (len(SMALL), len(set(MIXED)), len(NOT_CANONICAL)) == (14, 7, 38)
    check_public_key(GOOD.public)
    for public in UNFIT:
        with pytest.raises(MalformedKey):
            check_public_key(public)


def test_no_trust_file_names_one() -> None:
    for public in UNFIT:
        log, witness = (VerifierKey.of("log.example", public, one).encode() for one in (1, COSIGNATURE))
        policies = [f"log {log}\nquorum none\n", f"log {LOG.public_key.encode()}\nwitness w {witness}\nquorum w\n"]
        for policy in policies:
            with pytest.raises(MalformedPolicy):
                Policy.parse(policy)
        issuer = {"did": DID, "keys": [encode_multikey(public)]}
        registrar = VerifierKey.of("a_aaaaaaaaaaaaaaaa/2026", public).encode()
        for change in (
            {"policy": policies[0]},
            {"policy": policies[1]},
            {"registrars": [registrar]},
            {"monitors": [registrar]},
            {"issuers": [issuer]},
        ):
            with pytest.raises(MalformedTrust):
                TrustPolicy.parse(json.dumps({**TRUST, **change}).encode())
        with pytest.raises(MalformedDid):
            read_did_document(did_document(DID, [public]))


def test_none_is_registered(tmp_path: Path) -> None:
    ledger, desk = open_ledger(tmp_path), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    owner = key_owner(desk.signer("zhang").name)
    notes = []
    for at, public in enumerate(UNFIT):
        vkey = VerifierKey.of(f"{owner}/x{at}", public).encode()
        # Of a key of small order anyone can make such a "signature"; the form of the key has to refuse it.
        data = {"keeper": "", "proof": b64encode(bytes([1]) + bytes(63)), "roles": [], "vkey": vkey}
        notes.append(desk.note(desk.registrar, "register_key", data, actor=owner))
    results = ledger.submit(notes)
    assert {result.status for result in results} == {"rejected"}
    for result in results:
        assert result.problem is not None
        assert [one["code"] for one in result.problem["violations"]] == ["key-malformed"]
    assert {record.name for record in ledger.book().keyring} == {desk.registrar.name, f"{owner}/k1"}


def test_none_begins_a_log(tmp_path: Path) -> None:
    for at, public in enumerate(UNFIT):
        folder = tmp_path / str(at)
        folder.mkdir()
        ledger, desk = open_ledger(folder), Desk()
        name = desk.registrar.name
        vkey = VerifierKey.of(name, public).encode()
        data = {"keeper": "", "proof": b64encode(bytes(64)), "roles": ["registrar"], "vkey": vkey}
        (result,) = ledger.submit([desk.note(desk.registrar, "register_key", data, actor=key_owner(name))])
        assert result.status == "refused" and result.problem is not None
        assert result.problem["code"] == "malformed-key"
        assert ledger.size == 0
