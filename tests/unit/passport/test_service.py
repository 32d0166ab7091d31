"""Check issuing, superseding, revoking, erasing and handing out passports on a real ledger."""

from __future__ import annotations

import csv
import io
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from iocore.times import format_time
from ledger.book.entry import parse_entry
from ledger.fsck import fsck
from ledger.log.canonical import jcs, jcs_decode
from ledger.log.proof import Receipt
from passport.claims import find_claims, holds_brand
from passport.document import credential_digest
from passport.errors import (
    ClaimRefused,
    IssueRefused,
    LotNotFound,
    MalformedBundle,
    PassportConflict,
    PassportNotFound,
)
from passport.formats._base import formats
from passport.issuer import RandomIdentifiers, SeededIdentifiers
from passport.multibase import encode_base64url
from passport.status import LIST_LENGTH, read_status_list
from passport.store import ACTIVE, REVOKED, SUPERSEDED, PassportRow
from tests.support.chain import SEASON, used
from tests.support.passports import NOW, Season, build_season, make_service


def subject(row: PassportRow) -> dict[str, Any]:
    found = jcs_decode(row.credential)["credentialSubject"]
    assert isinstance(found, dict)
    return found


def test_passport_entry_is_in_the_log_with_the_credential_digest(season: Season, issued: PassportRow) -> None:
    receipt = Receipt.parse(season.service.receipt(issued.uuid))
    stored = season.ledger.entry(issued.entry_id)
    assert receipt.verify(stored.note, season.ledger.log_key).size == receipt.index + 1
    data = parse_entry(stored.note).entry.data
    assert data["credential"] == credential_digest(jcs_decode(issued.credential))
    assert data["lineage"] == subject(issued)["characteristics"]["lineage"]
    assert data["passport"] == issued.uuid


def test_stage_figures_add_up_to_the_headline(issued: PassportRow) -> None:
    facts = subject(issued)["characteristics"]
    micro = sum(round(float(stage["kgCO2e"]) * 1_000_000) for stage in facts["stage"])
    assert micro == round(float(facts["total"]) * 1_000_000)
    assert subject(issued)["performanceClaim"][0]["claimedPerformance"][0]["measure"]["value"] == float(facts["total"])


def test_provisional_is_superseded_by_final_behind_the_same_address(own: Season) -> None:
    first = own.issue(phase="provisional")
    second = own.issue()
    assert [row.status for row in own.service.find(own.packed)] == [SUPERSEDED, ACTIVE]
    assert own.service.current(own.packed) == own.service.get(second.uuid)
    assert subject(first)["id"] == subject(second)["id"]
    previous = subject(second)["relatedDocument"][0]
    assert previous["linkURL"].endswith(first.uuid) and previous["linkType"] == "predecessor-version"
    digest = sha256(first.credential).digest()
    assert previous["digestMultibase"] == "u" + encode_base64url(b"\x12\x20" + digest)
    assert json.loads(own.service.pact(second.uuid))["precedingPfIds"] == [first.uuid]
    assert [json.loads(own.service.pact(row.uuid))["status"] for row in (first, second)] == ["Deprecated", "Active"]
    for row in (first, second):
        report = own.verify(own.service.bundle(row.uuid))
        assert (report.consistent, report.trusted, report.complete) == (True, True, True)


def test_both_stores_give_the_same_passports_to_the_byte(database: str, tmp_path: Path, full: bytes) -> None:
    own = build_season(tmp_path, database=database)
    first = own.issue()
    assert own.service.bundle(first.uuid) == full, "the same season on SQLite gave these bytes"
    own.service.revoke(first.uuid, "issued for the wrong lot")
    second = own.issue()
    assert [row.status for row in own.service.find(own.packed)] == [REVOKED, ACTIVE]
    for row in (first, second):
        report = own.verify(own.service.bundle(row.uuid))
        assert (report.consistent, report.trusted) == (True, row is second), report.failed
    ids = sorted(added.entry_id for added in own.chain.added if added.signed.entry.actor == own.grower and added.lines)
    erase = own.chain.must("erase", own.grower, data={"subject": own.grower}, refs=ids, at="2026-08-02T00:00:00Z")
    assert own.submit(erase).status == "logged"
    assert own.service.seal_erased(ids) == 2
    assert own.verify(own.service.bundle(second.uuid)).complete is True
    assert fsck(own.ledger.store, own.ledger.log_key, own.ledger.openings) == []
    own.ledger.store.close()


def test_correction_gives_a_new_version_with_another_figure(own: Season) -> None:
    before = own.issue()
    diary = own.added["diary"]
    amendment = own.chain.amend(
        diary,
        data={"period": SEASON},
        items=[used("urea", "100", "kg"), used("npk", "80", "kg"), used("diesel", "40", "L")],
    )
    assert own.submit(amendment).status == "logged"
    after = own.service.supersede(before.uuid)
    assert subject(after)["characteristics"]["lineage"]["tree_size"] > before.tree_size
    assert amendment.entry_id in own.service.bundle(after.uuid).decode()
    assert own.verify(own.service.bundle(after.uuid)).complete is True
    assert own.verify(own.service.bundle(before.uuid)).complete is True  # complete as of its own log size
    with pytest.raises(PassportConflict):
        own.service.supersede(before.uuid)


def test_revoking_sets_one_bit_for_good(own: Season) -> None:
    row = own.issue()
    own.service.revoke(row.uuid, "issued for the wrong lot")
    revoked = own.service.get(row.uuid)
    assert (revoked.status, revoked.revoked_at) == (REVOKED, format_time(NOW))
    listed = read_status_list(own.service.status_list())
    assert [index for index in range(LIST_LENGTH) if listed.is_set(index)] == [row.status_index]
    with pytest.raises(PassportConflict):
        own.service.revoke(row.uuid, "again")
    with pytest.raises(PassportConflict):
        own.service.revoke(own.issue().uuid, " ")


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["双碳荔枝", "Carbon neutral lychee", "Eco-friendly lychee", "碳中和荔枝"])
def test_lot_with_a_claim_in_its_name_is_refused_for_the_eu(tmp_path: Path, name: str) -> None:
    season = build_season(tmp_path, name_eu=name)
    with pytest.raises(ClaimRefused):
        season.issue()
    assert season.service.find() == ()
    assert season.issue(market="CN").market == "CN"


def test_lot_without_a_neutral_name_is_refused_for_the_eu(tmp_path: Path) -> None:
    season = build_season(tmp_path, name_eu="")
    with pytest.raises(IssueRefused, match="name_eu"):
        season.issue()
    size = season.ledger.size
    row = season.issue(market="CN")
    assert season.ledger.size == size + 1
    assert subject(row)["name"] == "双碳荔枝·桂味"


def test_lot_without_a_public_net_mass_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IssueRefused, match="net mass"):
        build_season(tmp_path, net_mass="full").issue()


def test_unknown_lot_and_unknown_passport_are_named(season: Season) -> None:
    with pytest.raises(LotNotFound):
        season.service.issue("p:91BGH5VVASFQEG1K")
    with pytest.raises(PassportNotFound):
        season.service.get("00000000-0000-4000-8000-000000000000")
    with pytest.raises(PassportNotFound):
        season.service.export(season.service.find()[0].uuid, "pdf")
    with pytest.raises(MalformedBundle):
        season.service.bundle(season.service.find()[0].uuid, "everybody")


def test_final_passport_waits_for_the_close(own: Season) -> None:
    amended = own.chain.must(
        "activity",
        own.grower,
        facility=own.added["close"].signed.entry.facility,
        stage="packing",
        data={"period": {"start": "2026-08-01T00:00:00Z", "end": "2026-08-02T00:00:00Z"}},
        items=[used("electricity", "1", "kWh")],
        at="2026-08-01T00:00:00Z",
    )
    assert own.submit(amended).status == "logged"
    own.issue()  # another facility's period does not matter
    packhouse = own.added["pack"].signed.entry.facility
    late = own.chain.must(
        "activity",
        own.coop,
        facility=packhouse,
        stage="packing",
        data={"period": SEASON},
        items=[used("electricity", "10", "kWh")],
        at="2026-06-24T05:00:00Z",
    )
    assert own.submit(late).status == "logged"
    with pytest.raises(IssueRefused, match="closed"):
        own.issue()
    assert own.issue(phase="provisional").phase == "provisional"


def test_stages_are_joined_so_that_versions_do_not_differ_by_one_closed_item(own: Season) -> None:
    first = own.issue(phase="provisional")
    assert stages(first) == ["orchard", "precooling+packing+road", "air", "retail"]
    record(own, "packing", used("electricity", "40", "kWh"))
    second = own.issue(phase="provisional")
    assert own.service.exposed_changes(second.uuid) == ("gate/precooling+packing+road",), "nothing else changed"
    assert stages(second) == stages(first)
    record(own, "orchard", used("diesel", "3", "L"))
    third = own.issue(phase="provisional")
    joined = "orchard+precooling+packing+road"
    assert stages(third) == [joined, "air", "retail"], "each of two stages differs from the first version by one item"
    assert own.service.exposed_changes(third.uuid) == (f"gate/{joined}",), "but all from the second one"
    record(own, "packing", used("board", "2", "kg"), used("electricity", "5", "kWh"))
    fourth = own.issue(phase="provisional")
    assert stages(fourth) == stages(third), "what stood together stays together"
    assert own.service.exposed_changes(fourth.uuid) == ()
    for row in (first, second, third, fourth):
        report = own.verify(own.service.bundle(row.uuid))
        assert (report.check("derivation").outcome, report.complete) == ("passed", True)


def stages(row: PassportRow) -> list[str]:
    return [stage["name"] for stage in subject(row)["characteristics"]["stage"]]


def record(season: Season, stage: str, *items: tuple[str, dict[str, Any]]) -> None:
    added = season.chain.must(
        "activity",
        season.coop,
        lots=[season.packed],
        facility=season.added["pack"].signed.entry.facility,
        stage=stage,
        data={"period": {"start": "2026-06-24T06:00:00Z", "end": "2026-06-24T08:00:00Z"}},
        items=items,
        at="2026-06-24T07:00:00Z",
    )
    assert season.submit(added).status == "logged"


def test_refused_passport_leaves_nothing_behind(tmp_path: Path) -> None:
    season = build_season(tmp_path)
    stranger = season.chain.signer(season.coop)  # registered, but not with a role that may issue
    service = make_service(season.ledger, season.chain)
    service.issuer = type(service.issuer)(service.issuer.did, service.issuer.name, stranger)
    with pytest.raises(IssueRefused):
        service.issue(season.packed, phase="final", market="EU")
    assert service.find() == () and service.finish() == 0


# --- what is kept from whom ------------------------------------------------------------------------------------------


def test_public_bundle_opens_public_items_only(season: Season, issued: PassportRow) -> None:
    bundle = json.loads(season.service.bundle(issued.uuid, "public"))
    values = [json.loads(line)[2] for lines in bundle["openings"].values() for line in lines]
    assert values and all(value["audience"] == "public" for value in values)
    assert any("sealed" in node for node in bundle["calculation"]["nodes"])


def test_credential_names_no_grower_and_makes_no_claim(season: Season, issued: PassportRow) -> None:
    text = issued.credential.decode()
    assert "grower" not in text and "orchard f_" not in text

    def strings(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [found for key in value for found in strings(value[key])]
        if isinstance(value, list):
            return [found for one in value for found in strings(one)]
        return [value] if isinstance(value, str) else []

    for form in (jcs_decode(issued.credential), json.loads(season.service.pact(issued.uuid))):
        assert not [found for found in strings(form) if find_claims(found) or holds_brand(found)]


def test_after_erasing_a_grower_everything_verifies_and_nothing_remains(own: Season) -> None:
    row = own.issue()
    values = [line for added in own.chain.added if added.signed.entry.actor == own.grower for line in added.lines]
    salts = [json.loads(line)[0] for line in values]
    ids = sorted(added.entry_id for added in own.chain.added if added.signed.entry.actor == own.grower and added.lines)
    erase = own.chain.must("erase", own.grower, data={"subject": own.grower}, refs=ids, at="2026-08-02T00:00:00Z")
    assert own.submit(erase).status == "logged"
    assert own.service.seal_erased(ids) == 1
    assert own.service.seal_erased(ids) == 0
    bundle = own.service.bundle(row.uuid)
    report = own.verify(bundle)
    assert (report.consistent, report.trusted, report.complete) == (True, True, True)
    assert report.check("derivation").outcome == "not_checked"
    assert json.loads(bundle)["erased"]
    own.ledger.store.close()
    held = b"".join(path.read_bytes() for path in own.folder.rglob("*") if path.is_file()) + bundle
    assert not [salt for salt in salts if salt.encode() in held]
    stored = own.service.get(row.uuid).calculation
    assert b'"value":"120"' not in stored and b'"value":"500"' not in stored
    with pytest.raises(IssueRefused):
        own.issue()


# --- formats ---------------------------------------------------------------------------------------------------------


def test_every_format_is_written(season: Season, issued: PassportRow) -> None:
    assert sorted(formats()) == ["bundle", "csv", "jwt", "pact", "vc"]
    written = {code: season.service.export(issued.uuid, code)[1] for code in formats()}
    assert written["vc"] == issued.credential
    assert written["jwt"] == issued.jwt.encode()
    assert written["bundle"] == season.service.bundle(issued.uuid, "public")
    assert jcs(json.loads(written["pact"])) == written["pact"]
    rows = list(csv.DictReader(io.StringIO(written["csv"].decode("utf-8-sig"))))
    total = subject(issued)["characteristics"]["total"]
    assert next(row["value"] for row in rows if row["part"] == "headline") == total


def test_token_and_credential_state_the_same(issued: PassportRow) -> None:
    import base64

    payload = issued.jwt.split(".")[1]
    decoded = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    credential = jcs_decode(issued.credential)
    del credential["proof"]
    assert decoded == credential
    assert type(decoded["credentialStatus"]["statusListIndex"]) is int


# --- identifiers -----------------------------------------------------------------------------------------------------


def test_identifiers_are_free_and_seeded_ones_repeat() -> None:
    seeded = SeededIdentifiers(b"seed")
    assert seeded.uuid("p:x", 1) == SeededIdentifiers(b"seed").uuid("p:x", 1) != seeded.uuid("p:x", 2)
    index = seeded.status_index("u", frozenset())
    assert seeded.status_index("u", {index}) == (index + 1) % LIST_LENGTH
    assert RandomIdentifiers().uuid("p:x", 1) != RandomIdentifiers().uuid("p:x", 1)
    with pytest.raises(PassportConflict):
        seeded.status_index("u", range(LIST_LENGTH))


def test_two_services_with_one_seed_write_the_same_bytes(tmp_path: Path) -> None:
    rows = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        season = build_season(tmp_path / name)
        row = season.issue()
        rows.append((row, season.service.bundle(row.uuid), season.service.trust_json()))
    assert rows[0] == rows[1]


def test_what_a_crash_left_pending_is_published_or_dropped(own: Season) -> None:
    row = own.issue()
    engine = own.ledger.store.engine  # type: ignore[attr-defined]
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE passport SET status = 'pending'")
    assert own.service.find() == ()
    assert own.service.finish() == 1
    assert own.service.get(row.uuid).status == ACTIVE
    assert own.verify(own.service.bundle(row.uuid)).consistent is True
    assert json.loads(own.service.pact(row.uuid))["extensions"][0]["data"]["leafIndex"] == own.ledger.size - 1
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE passport SET status = 'pending', uuid = '00000000-0000-4000-8000-000000000000'"
        )
    assert own.service.finish() == 1
    assert own.service.find() == () and own.service.store.find(pending=True) == ()
