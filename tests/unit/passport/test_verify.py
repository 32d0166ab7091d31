"""Check that a true passport passes every check, and that each lie fails the check that is about it."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iocore.factors import FactorLibrary, FactorSet
from ledger.log.canonical import jcs, jcs_decode
from ledger.log.signer import Signer
from passport import drafting
from passport.checks import figures
from passport.did import did_document
from passport.lineage import Gathered, LineageReader
from passport.multibase import encode_base64url
from passport.proof import add_proof
from passport.report import CHECKS, VerificationReport
from passport.status import status_list_credential
from passport.store import PassportRow
from passport.trust import TrustPolicy, trust_file
from passport.verify import verify
from tests.support.chain import SEASON, used, weight
from tests.support.passports import DID, NOW, Season, build_season, library, make_service

Change = Callable[[Callable[[Any], Any]], VerificationReport]
LATER = NOW + timedelta(hours=1)


def outcomes(report: VerificationReport) -> dict[str, str]:
    return {check.name: check.outcome for check in report.checks}


def verdicts(report: VerificationReport) -> tuple[bool | None, bool | None, bool | None]:
    return report.consistent, report.trusted, report.complete


# --- what is true ------------------------------------------------------------------------------------------------


def test_full_bundle_passes_every_check(season: Season, full: bytes) -> None:
    report = season.verify(full)
    assert outcomes(report) == dict.fromkeys(CHECKS, "passed")
    assert verdicts(report) == (True, True, True)
    assert report.recomputed["delivered"] == "7599.457367"


@pytest.mark.parametrize("audience", ["public", "partner"])
def test_bundle_of_a_smaller_audience_passes_all_but_the_derivation(
    season: Season, issued: PassportRow, audience: str
) -> None:
    report = season.verify(season.service.bundle(issued.uuid, audience))
    assert outcomes(report) == {**dict.fromkeys(CHECKS, "passed"), "derivation": "not_checked"}
    assert verdicts(report) == (True, True, True)


def test_files_equal_their_own_canonical_bytes_and_are_the_same_each_time(
    season: Season, issued: PassportRow, full: bytes
) -> None:
    assert jcs(jcs_decode(full)) == full == season.service.bundle(issued.uuid)
    assert jcs(jcs_decode(issued.credential)) == issued.credential


def test_without_a_trust_file_nothing_is_trusted_and_without_a_log_nothing_is_complete(full: bytes) -> None:
    report = verify(full, now=LATER)
    assert verdicts(report) == (True, None, None)
    assert outcomes(report)["log_trusted"] == outcomes(report)["lineage_complete"] == "not_checked"


@pytest.mark.parametrize("form", ["credential", "jwt"])
def test_credential_alone_leaves_consistency_open(season: Season, issued: PassportRow, form: str) -> None:
    document = issued.credential if form == "credential" else issued.jwt.encode()
    report = verify(document, trust=season.trust(), log=season.log(), now=LATER)
    passed = {name for name, outcome in outcomes(report).items() if outcome == "passed"}
    assert passed == {
        "document_form",
        "credential_form",
        "issuer_key",
        "credential_proof",
        "issuer_trusted",
        "validity",
    }
    assert verdicts(report) == (None, None, None)
    assert outcomes(verify(document, now=LATER))["credential_proof"] == "not_checked"


@pytest.mark.parametrize("form", ["credential", "jwt"])
def test_changed_credential_alone_fails_its_proof(season: Season, issued: PassportRow, form: str) -> None:
    value = jcs_decode(issued.credential)
    value["name"] += "x"
    document = jcs(value)
    if form == "jwt":
        value.pop("proof")
        head, _, signature = issued.jwt.split(".")
        document = f"{head}.{encode_base64url(jcs(value))}.{signature}".encode()
    report = verify(document, trust=season.trust(), now=LATER)
    assert [check.name for check in report.failed] == ["credential_proof"]
    assert report.consistent is False


# --- whose it is ---------------------------------------------------------------------------------------------------


def test_self_made_log_and_issuer_is_consistent_but_not_trusted(season: Season, full: bytes) -> None:
    stranger = Signer.from_seed("log.stranger.example", bytes(32))
    trust = TrustPolicy.parse(
        trust_file(
            log_key=stranger.public_key,
            registrars=[Signer.from_seed("a_aaaaaaaaaaaaaaaa/x", bytes(32)).public_key.encode()],
            issuers={"did:web:stranger.example:issuers:x": [stranger.public_key.public]},
            max_status_age_s=10**9,
        )
    )
    report = verify(full, trust=trust, log=season.log(), now=LATER)
    assert verdicts(report) == (True, False, True)
    assert {check.name for check in report.failed} == {"log_trusted", "registrar_trusted", "issuer_trusted"}


@pytest.mark.parametrize("part", ["log", "registrars", "issuers"])
def test_each_party_is_trusted_for_itself(season: Season, full: bytes, part: str) -> None:
    stranger = Signer.from_seed("log.example/ledger-2026", bytes(32))
    own = season.trust()
    trust = TrustPolicy.parse(
        trust_file(
            log_key=stranger.public_key if part == "log" else own.policy.logs[0],
            registrars=[] if part == "registrars" else [key.encode() for key in own.registrars],
            issuers={
                did: [stranger.public_key.public] if part == "issuers" else keys for did, keys in own.issuers.items()
            },
            max_status_age_s=10**9,
        )
    )
    expected = {"log": "log_trusted", "registrars": "registrar_trusted", "issuers": "issuer_trusted"}[part]
    report = verify(full, trust=trust, now=LATER)
    assert [check.name for check in report.failed] == [expected]
    assert verdicts(report) == (True, False, None)


def test_revoked_expired_and_early_passports_are_not_trusted(own: Season) -> None:
    row = own.issue()
    bundle = own.service.bundle(row.uuid)
    assert [check.name for check in own.verify(bundle, now=NOW + timedelta(days=900)).failed] == ["validity"]
    assert [check.name for check in own.verify(bundle, now=NOW - timedelta(days=1)).failed] == ["validity"]
    own.service.revoke(row.uuid, "the diary was another grower's")
    report = own.verify(own.service.bundle(row.uuid))
    assert [check.name for check in report.failed] == ["status"]
    assert verdicts(report) == (True, False, True)
    assert own.verify(bundle).trusted is True  # the older bundle cannot know


def test_old_status_list_is_not_taken_for_valid(season: Season, full: bytes) -> None:
    report = season.verify(full, now=NOW + timedelta(days=8))
    assert outcomes(report)["status"] == "not_checked"
    assert verdicts(report) == (True, None, True)


def test_status_list_of_a_key_that_nobody_trusts_is_not_taken(own: Season) -> None:
    row = own.issue()
    own.service.revoke(row.uuid, "the diary was another grower's")
    bundle = json.loads(own.service.bundle(row.uuid))
    forger = Signer.from_seed("forger", bytes(32))
    bundle["did"] = did_document(DID, [*own.service.issuer.publics, forger.public_key.public])
    unset = status_list_credential(
        url=bundle["status"]["id"],
        issuer=DID,
        revoked=(),
        valid_from=NOW,
        valid_until=NOW + timedelta(days=7),
    )
    bundle["status"] = add_proof(unset, signer=forger, method=f"{DID}#key-2", created=unset["validFrom"])
    report = own.verify(jcs(bundle))
    assert [check.name for check in report.failed] == ["status"]
    assert verdicts(report) == (True, False, True)


# --- what is left out ------------------------------------------------------------------------------------------------


class Forgetful(LineageReader):
    """Leave entries out of every lineage, as a dishonest issuer would."""

    left_out: frozenset[str] = frozenset()

    def gather(self, lot: str, tree_size: int) -> Gathered:
        found = super().gather(lot, tree_size)
        kept = [
            index
            for index, entry in zip(found.indexes, found.entries, strict=True)
            if entry.entry_id not in self.left_out
        ]
        return self.at(lot, tree_size, kept)


def dishonest(season: Season, left_out: str) -> VerificationReport:
    reader = Forgetful(season.ledger)
    reader.left_out = frozenset({left_out})
    season.service._reader = reader
    row = season.issue()
    return season.verify(season.service.bundle(row.uuid))


def test_passport_that_leaves_an_amendment_out_is_not_complete(own: Season) -> None:
    diary = own.added["diary"]
    amendment = own.chain.amend(
        diary,
        data={"period": SEASON},
        items=[used("urea", "150", "kg"), used("npk", "80", "kg"), used("diesel", "40", "L")],
    )
    assert own.submit(amendment).status == "logged"
    report = dishonest(own, amendment.entry_id)
    assert verdicts(report) == (True, True, False)
    assert [check.name for check in report.failed] == ["lineage_complete"]
    assert amendment.entry_id in report.check("lineage_complete").detail


def test_passport_that_leaves_an_activity_out_is_not_complete(own: Season) -> None:
    report = dishonest(own, own.added["retail"].entry_id)
    assert verdicts(report) == (True, True, False)
    assert [check.name for check in report.failed] == ["lineage_complete"]


def test_buyer_is_told_of_a_weight_off_the_mass_and_no_verdict_rests_on_it(own: Season, full: bytes) -> None:
    assert own.verify(full).remarks == ()
    close = own.added["close"]
    orchard = close.signed.entry.facility
    neighbour = own.chain.harvest(own.grower, orchard, "H2", "3000", at="2026-06-24T01:00:00Z")
    own.submit(own.chain.added[-1])
    amendment = own.chain.amend(
        close, lots=[own.harvested, neighbour], items=[weight(own.harvested, "0.001"), weight(neighbour, "3000")]
    )
    assert own.submit(amendment).status == "logged"
    row = own.issue()
    report = own.verify(own.service.bundle(row.uuid))
    assert outcomes(report) == dict.fromkeys(CHECKS, "passed")
    assert verdicts(report) == (True, True, True)
    (remark,) = report.remarks
    (doubt,) = remark.doubts
    assert (remark.entry, doubt.lot, doubt.code) == (amendment.entry_id, own.harvested, "mass")
    # 0.001 of 3000.001 kg in place of 1000 of 4000 kg; what the neighbour weighs is not in this bundle.
    assert doubt.shift == Fraction("0.001") / Fraction("3000.001") - Fraction(1, 4)
    assert doubt.kgco2e is not None and doubt.kgco2e < 0
    assert report.to_json()["remarks"] == [remark.to_json()]
    assert own.verify(own.service.bundle(row.uuid, "public")).remarks == (), "who sees no weight is told nothing"


def test_passport_that_was_never_logged_fails(changed: Change) -> None:
    report = changed(lambda bundle: bundle.update(passport_entry=None))
    assert [check.name for check in report.failed] == ["passport_logged"]
    assert report.consistent is False


def test_entry_of_another_passport_does_not_log_this_one(own: Season) -> None:
    first, second = own.issue(phase="provisional"), own.issue()
    bundle = json.loads(own.service.bundle(second.uuid))
    bundle["passport_entry"] = json.loads(own.service.bundle(first.uuid))["passport_entry"]
    failed = {check.name for check in own.verify(jcs(bundle)).failed}
    assert failed & {"passport_logged", "entry_form"}


def test_forked_and_short_copies_of_the_log_do_not_make_complete(own: Season, tmp_path: Path) -> None:
    short = own.log()
    row = own.issue()
    bundle = own.service.bundle(row.uuid)
    report = verify(bundle, trust=own.trust(), log=short, now=LATER)
    assert (outcomes(report)["log_copy"], report.complete) == ("not_checked", None)
    (tmp_path / "fork").mkdir()
    fork = build_season(tmp_path / "fork")
    fork.issue(phase="provisional")
    report = verify(bundle, trust=own.trust(), log=fork.log(), now=LATER)
    assert (outcomes(report)["log_copy"], report.complete) == ("failed", False)


# --- what is changed -------------------------------------------------------------------------------------------------


def first(value: Any, *path: Any) -> Any:
    for key in path:
        value = value[key]
    return value


def flip(text: str, place: int = -1) -> str:
    return text[:place] + ("A" if text[place] != "A" else "B") + (text[place + 1 :] if place != -1 else "")


def put(*path: Any, change: Callable[[Any], Any]) -> Callable[[Any], None]:
    def apply(bundle: Any) -> None:
        first(bundle, *path[:-1])[path[-1]] = change(first(bundle, *path))

    return apply


def recode(note: str) -> str:
    """Change one byte inside the signature of a note, canonically encoded again."""
    head, _, blob = note.rstrip("\n").rpartition(" ")
    data = bytearray(base64.b64decode(blob))
    data[-1] ^= 1
    return f"{head} {base64.b64encode(bytes(data)).decode()}\n"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("inclusion", put("entries", 5, "note", change=recode)),
        ("inclusion", put("entries", 5, "proof", 0, change=lambda _: base64.b64encode(bytes(32)).decode())),
        ("entry_form", put("entries", 5, "note", change=lambda note: note.replace("a_", "b_", 1))),
        ("entry_form", lambda bundle: bundle["entries"].reverse()),
        ("entry_form", lambda bundle: bundle["entries"].insert(0, bundle["entries"][0])),
        ("lineage_digest", lambda bundle: bundle["entries"].pop(5)),
        ("checkpoint_signature", put("checkpoint", change=recode)),
        ("checkpoint_signature", put("checkpoint", change=lambda text: text.replace("\n24\n", "\n25\n"))),
        ("checkpoint_signature", put("log_key", change=lambda text: text.replace("+", "-", 1))),
        ("credential_proof", put("credential", "name", change=lambda text: text + "x")),
        ("credential_proof", put("credential", "proof", "proofValue", change=flip)),
        ("credential_form", put("credential", "credentialSubject", "characteristics", "total", change=lambda _: "0.1")),
        ("credential_form", lambda bundle: bundle["credential"].update(extra=1)),
        ("issuer_key", put("did", "id", change=lambda text: text + "x")),
        ("status_proof", put("status", "validUntil", change=lambda text: text.replace("2026", "2046"))),
        ("status_proof", put("status", "credentialSubject", "encodedList", change=lambda text: text + "A")),
        ("calculation_digest", put("calculation", "nodes", 0, "salt", change=lambda _: "A" * 22)),
        ("factors_match", put("factors", 0, "row", "value", change=lambda text: text + "0")),
        ("factors_match", put("factors", 0, "proof", 0, change=lambda _: base64.b64encode(bytes(32)).decode())),
        ("factors_match", put("factors", 0, "size", change=lambda size: size + 1)),
        ("factors_match", put("factor_sets", 0, "size", change=lambda size: size + 1)),
        ("factors_match", put("factor_sets", 0, "digest", change=lambda _: "0" * 64)),
        ("calculation_items", lambda bundle: bundle["factors"].pop()),
        ("credential_form", put("methodology", change=lambda text: text + "0")),
        ("openings_match", put("erased", change=lambda _: ["0" * 64])),
        ("openings_match", put("audience", change=lambda _: "public")),
        ("openings_match", lambda bundle: bundle["openings"].popitem()),
        ("document_form", put("audience", change=lambda _: "everybody")),
        ("document_form", put("type", change=lambda _: "ecarbon/bundle@v2")),
        ("document_form", lambda bundle: bundle.update(note="x")),
        ("document_form", lambda bundle: bundle["entries"][0].update(note=1)),
        ("document_form", lambda bundle: bundle.pop("did")),
    ],
)
def test_each_lie_fails_the_check_that_is_about_it(changed: Change, name: str, change: Callable[[Any], Any]) -> None:
    report = changed(change)
    failed = {check.name for check in report.failed}
    assert name in failed or (name == "document_form" and report.kind != "bundle" and failed), failed
    assert report.consistent is False


def test_public_bundle_cannot_pass_for_a_full_one(season: Season, issued: PassportRow) -> None:
    bundle = json.loads(season.service.bundle(issued.uuid, "public"))
    bundle["audience"] = "full"
    assert "openings_match" in {check.name for check in verify(jcs(bundle), now=LATER).failed}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for index in range(len(value)) for leaf in leaves(value[index], (*path, index))]
    return [path]


@pytest.mark.parametrize("seed", range(4))
def test_any_changed_character_anywhere_makes_the_bundle_inconsistent(
    season: Season, issued: PassportRow, full: bytes, seed: int
) -> None:
    rng = random.Random(seed)
    document = full if seed % 2 else season.service.bundle(issued.uuid, "public")
    paths = leaves(json.loads(document))
    for path in rng.sample(paths, 25):
        value = json.loads(document)
        old = first(value, *path)
        first(value, *path[:-1])[path[-1]] = _altered(old, rng)
        report = verify(jcs(value), now=LATER)
        assert report.consistent is False, (path, old)
        assert all(check.detail for check in report.failed)


def _altered(old: Any, rng: random.Random) -> Any:
    if isinstance(old, bool):
        return not old
    if isinstance(old, int | float):
        return old + 1
    if not old:
        return "x"
    place = rng.randrange(len(old))
    letters = "0123456789" if old[place].isdigit() else "ABCDEFGHIJabcdefghij"
    return old[:place] + rng.choice([letter for letter in letters if letter != old[place]]) + old[place + 1 :]


def test_bytes_that_are_not_canonical_are_refused(full: bytes) -> None:
    for document in (
        full + b"\n",
        full.replace(b'{"audience"', b'{ "audience"', 1),
        json.dumps(json.loads(full)).encode(),
    ):
        assert [check.name for check in verify(document, now=LATER).failed] == ["document_form"]


# --- anything at all ------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=60), st.text(max_size=60).map(str.encode), st.just(b"{" * 100_000), st.just(b"[" * 99_999)
    )
)
def test_nothing_raises_and_nothing_passes(document: bytes) -> None:
    report = verify(document, now=LATER)
    assert len(report.checks) == len(CHECKS)
    assert report.consistent is not True and report.trusted is not True and report.complete is not True


JUNK = [None, 1, -1, True, [], {}, "", "x", [None], {"x": None}, 10**15, 1.5, "\u0000", [[]] * 3]


@pytest.mark.parametrize("seed", range(3))
def test_junk_in_any_place_fails_without_a_traceback(full: bytes, seed: int) -> None:
    rng = random.Random(seed)
    value = json.loads(full)
    paths = [path for path in leaves(value) if path]
    for path in rng.sample(paths, 15):
        value = json.loads(full)
        depth = rng.randint(1, len(path))
        junk = rng.choice(JUNK)
        if first(value, *path[:depth]) == junk:
            continue
        first(value, *path[: depth - 1])[path[depth - 1]] = junk
        assert verify(jcs(value), now=LATER).consistent is False


def another_library(change: Callable[[FactorSet], FactorSet]) -> FactorLibrary:
    """Give the shipped sets with the literature set changed, as a dishonest issuer would."""
    return FactorLibrary(change(one) if one.source == "literature" else one for one in library().sets)


def test_factor_set_with_another_value_under_its_name_fails(own: Season) -> None:
    def halve(one: FactorSet) -> FactorSet:
        rows = tuple(replace(row, value="0.1") if row.key == "ELC.GRID-PCF.CN.2024" else row for row in one.rows)
        return replace(one, rows=rows)

    own.service = make_service(own.ledger, own.chain, factors=another_library(halve))
    row = own.issue()
    for audience in ("full", "public"):
        report = own.verify(own.service.bundle(row.uuid, audience))
        assert [check.name for check in report.failed] == ["factors_match"]
        assert report.consistent is False


def test_factor_that_the_method_would_not_choose_fails_the_derivation(
    own: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(one: FactorSet) -> FactorSet:
        return replace(one, rows=tuple(row for row in one.rows if row.key != "ELC.GRID-PCF.CN.2024"))

    honest = drafting.assess
    poor = another_library(forget)
    monkeypatch.setattr(drafting, "assess", lambda *args, **parts: honest(*args, **{**parts, "library": poor}))
    row = own.issue()
    report = own.verify(own.service.bundle(row.uuid))
    assert [check.name for check in report.failed] == ["derivation"]


def test_factor_set_that_the_verifier_lacks_leaves_the_derivation_unchecked(
    own: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = {name: one for name, one in figures._published().items() if not name.startswith("literature:")}
    monkeypatch.setattr(figures, "_published", lambda: held)
    report = own.verify(own.service.bundle(own.issue().uuid))
    assert outcomes(report)["derivation"] == "not_checked"
    assert "literature:2026-11" in report.check("derivation").detail
    assert verdicts(report) == (True, True, True)


def test_passport_of_a_later_method_is_derived_by_that_method(own: Season) -> None:
    bundle = own.service.bundle(own.issue(methodology="lychee-fresh@2").uuid)
    assert json.loads(bundle)["methodology"] == "lychee-fresh@2"
    report = own.verify(bundle)
    assert (outcomes(report)["derivation"], verdicts(report)) == ("passed", (True, True, True))


def test_verifier_imports_no_heavy_library() -> None:
    code = (
        "import sys, passport.verify\n"
        "heavy = {'numpy','pandas','scipy','flask','sqlalchemy','click','qrcode','png','openpyxl','babel'}\n"
        "sys.exit(sorted(heavy & {name.partition('.')[0] for name in sys.modules}).__repr__() if heavy & "
        "{name.partition('.')[0] for name in sys.modules} else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
