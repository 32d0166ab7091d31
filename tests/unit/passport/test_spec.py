"""Check that passport/SPEC.md says what the code does: vectors, steps, fields."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from iocore.factors import FactorRow
from ledger.book.completeness import Completeness, RevokedKey, parse_completeness
from ledger.book.state import Outcome
from ledger.ids import code_check_character, gtin_check_digit
from ledger.log.canonical import jcs
from ledger.log.merkle import leaf_hash
from ledger.log.signer import Signer
from passport.bundle import Bundle
from passport.calculation import Calculation
from passport.did import did_document, jwk_id, multikey_id, read_did_document
from passport.disclosure import Disclosure, stated_ids
from passport.document import Lineage, credential_digest
from passport.drafting import calculation_key
from passport.factor_proof import row_bytes
from passport.formats.pact import field_of
from passport.multibase import decode_multikey, encode_multikey
from passport.nodes import six
from passport.proof import add_proof, check_jwt, check_proof, hash_data, read_jwt, to_jwt
from passport.report import CHECKS, OPTIONAL
from passport.status import decode_bits

ROOT = Path(__file__).parents[3]
SPEC = (ROOT / "passport" / "SPEC.md").read_text(encoding="utf-8")
VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors/passport/format.json").read_text(encoding="utf-8"))


def test_vectors_in_the_text_are_those_of_the_file() -> None:
    shown = json.loads(SPEC.split("<!-- vectors -->")[1].split("```json")[1].split("```")[0])
    for name, part in shown.items():
        assert {key: VECTORS[name][key] for key in part} == part


def test_check_characters() -> None:
    assert gtin_check_digit(VECTORS["gtin"]["body"]) == VECTORS["gtin"]["check_digit"]
    assert code_check_character(VECTORS["code"]["body"]) == VECTORS["code"]["check_character"]


def test_stated_verdicts_have_the_bytes_of_the_text() -> None:
    first, second, third = VECTORS["lineage"]["entry_ids"]
    verdicts: dict[str, Outcome] = {first: "rejected", second: "rejected", third: "logged"}
    stated = {"rejected": stated_ids(verdicts, "rejected"), "inForce": stated_ids(verdicts, "logged")}
    shown = SPEC.split("<!-- verdicts -->")[1].split("```text\n")[1].split("\n```")[0]
    assert jcs(stated).decode() == shown


def signer() -> Signer:
    return Signer.from_seed("a_aaaaaaaaaaaaaaaa/issuer", bytes.fromhex(VECTORS["key"]["seed"]))


def test_key_and_did_document() -> None:
    public = signer().public_key.public
    assert public.hex() == VECTORS["key"]["public"]
    assert encode_multikey(public) == VECTORS["key"]["multikey"]
    assert decode_multikey(VECTORS["key"]["multikey"]) == public
    assert did_document(VECTORS["did"]["did"], [public]) == VECTORS["did"]["document"]
    assert read_did_document(VECTORS["did"]["document"]).publics == (public,)


def test_proof_token_and_credential_digest() -> None:
    vector, did = VECTORS["proof"], VECTORS["did"]["did"]
    signed = add_proof(vector["document"], signer=signer(), method=multikey_id(did), created=vector["created"])
    options = {key: value for key, value in signed["proof"].items() if key != "proofValue"}
    assert hash_data(signed, options).hex() == vector["hash_data"]
    assert signed["proof"]["proofValue"] == vector["proof_value"]
    assert credential_digest(signed) == vector["credential_digest"]
    document = read_did_document(VECTORS["did"]["document"])
    assert check_proof(signed, document.multikeys) == multikey_id(did)
    assert to_jwt(signed, signer=signer(), kid=jwk_id(did)) == vector["token"]
    assert check_jwt(read_jwt(vector["token"].encode()), document.json_web_keys) == jwk_id(did)


def test_lineage_digest() -> None:
    vector = VECTORS["lineage"]
    assert Lineage.of(vector["entry_ids"], 3).digest == vector["digest"]
    assert Lineage.of(vector["entry_ids"][::-1], 3).digest == vector["digest"]


def test_calculation_keeps_its_root_when_sealed() -> None:
    vector = VECTORS["calculation"]
    full, public = Calculation.from_json(vector["full"]), Calculation.from_json(vector["public"])
    key = calculation_key(bytes.fromhex(vector["secret"]), vector["uuid"])
    assert key.hex() == vector["key"]
    assert full.root_digest == public.root_digest == vector["root_digest"]
    assert full.unsalted_digest() == vector["unsalted_digest"]
    assert jcs(full.seal(lambda node: True).to_json()) == jcs(vector["public"])
    assert {"/".join(label): six(value) for label, value in public.labels().items()}.items() <= vector["labels"].items()


def test_factor_row_and_status_list() -> None:
    row = FactorRow.from_dict(VECTORS["factor_row"]["row"])
    assert leaf_hash(row_bytes(row)).hex() == VECTORS["factor_row"]["leaf_hash"]
    bits = decode_bits(VECTORS["status_list"]["encoded_list"])
    found = [index for index in range(len(bits) * 8) if bits[index // 8] & (0x80 >> index % 8)]
    assert found == VECTORS["status_list"]["set"]


def test_completeness_statement() -> None:
    written = SPEC.split("<!-- completeness -->")[1].split("```text\n")[1].split("```")[0].encode()
    seed = bytes(range(32))
    log, key = (Signer.from_seed(name, seed).public_key for name in ("passport.example", "a_aaaaaaaaaaaaaaaa/2026"))
    statement, _ = parse_completeness(written)
    assert statement == Completeness(
        log=log.encode(),
        lot="p:" + VECTORS["code"]["body"] + VECTORS["code"]["check_character"],
        tree_size=41,
        count=12,
        digest=sha256(b"closure").hexdigest(),
        size=42,
        root=sha256(b"root").hexdigest(),
        seen=57,
        seen_root=sha256(b"seen").hexdigest(),
        revoked=[RevokedKey(vkey=key.encode(), revoked_at=50)],
        disputed=[sha256(b"entry").hexdigest()],
        time="2026-08-01T00:30:00Z",
        rejected=[sha256(b"rejected").hexdigest()],
    )
    assert statement.sign(Signer.from_seed("monitor.example/association", seed)) == written
    section = SPEC.split("### Completeness statement")[1].split("<!--")[0]
    for field in msgspec.structs.fields(Completeness):
        assert f"`{field.encode_name}`" in section, field.encode_name


def test_steps_are_numbered_in_the_order_in_which_they_are_reported() -> None:
    section = SPEC.split("## 5.")[1].split("## 6.")[0]
    steps = re.findall(r"^(\d+)\. `(\w+)`:", section, re.MULTILINE)
    assert [(int(number), name) for number, name in steps] == list(enumerate(CHECKS, start=1))
    parts = {name: part for part, name in _parts(section)}
    assert parts == dict(CHECKS)
    assert [number for number, name in steps if name in OPTIONAL] == ["20"]


def _parts(section: str) -> list[tuple[str, str]]:
    found, part = [], ""
    for line in section.splitlines():
        part = line.strip("*") if re.fullmatch(r"\*\w+\*", line) else part
        match = re.match(r"\d+\. `(\w+)`:", line)
        if match:
            found.append((part, match[1]))
    return found


def test_every_field_is_described() -> None:
    first = SPEC.split("## 1.")[1].split("## 2.")[0]
    for field in msgspec.structs.fields(Disclosure):
        assert f"`{field.encode_name}`" in first or field.encode_name == "type", field.encode_name
    fourth = SPEC.split("## 4.")[1].split("## 5.")[0]
    for field in msgspec.structs.fields(Bundle):
        assert f"`{field.encode_name}`" in fourth, field.encode_name


@pytest.mark.parametrize("row", re.findall(r"^\| `(\w+)` \| (.*?) \| yes \| `(\w+)`", SPEC, re.MULTILINE))
def test_table_of_buckets_is_what_the_code_does(row: tuple[str, str, str]) -> None:
    bucket, gases, field = row
    assert field_of(bucket, "CO2-biogenic" if gases == "`CO2-biogenic`" else "N2O") == field
