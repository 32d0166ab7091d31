"""The browser's verifier and Python's reach the same outcomes on good bundles and on every kind of altered one."""

from __future__ import annotations

import base64
import copy
import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from iocore.times import format_time
from ledger.log import merkle
from ledger.log.canonical import jcs
from ledger.log.checkpoint import Checkpoint
from ledger.log.signer import Signer
from passport.report import CHECKS, PARTS, VerificationReport
from passport.trust import TrustPolicy
from passport.verify import verify
from tests.contract.test_disputed_keys import misuse, revoke
from tests.support.passports import NOW
from tests.unit.passport.test_verdicts import power_for_a_lot_nobody_made
from tests.unit.web.conftest import Site
from tests.unit.web.test_browser_modules import RUNNER

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed: the browser's verifier was not run")
SEEN_BY_PYTHON_ONLY = {"derivation", "log_copy", "lineage_complete", "keys_unrevoked"}
KINDS = 60  # places of other kinds are altered in tests/browser, where more time may pass
VERDICTS = {True: "passed", False: "failed", None: "not_checked"}


def ask(cases: list[tuple[str, str | None, datetime]]) -> list[dict[str, Any]]:
    asked = [{"op": "bundle.verify", "args": [text, trust, format_time(now)]} for text, trust, now in cases]
    assert NODE is not None
    done = subprocess.run([NODE, str(RUNNER)], input=json.dumps(asked), capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert all("value" in one for one in found), [one for one in found if "value" not in one]
    return [one["value"] for one in found]


def judge(text: str, trust: str | None, now: datetime) -> VerificationReport:
    """Ask Python."""
    policy = TrustPolicy.parse(trust.encode()) if trust is not None else None
    return verify(text.encode(), trust=policy, now=now)


def compare(report: VerificationReport, browser: dict[str, Any]) -> set[str]:
    """Compare outcome by outcome; give the names of the checks that failed."""
    assert list(browser["checks"]) == list(CHECKS)
    for check in report.checks:
        if check.name not in SEEN_BY_PYTHON_ONLY:
            assert browser["checks"][check.name] == check.outcome, (check, browser["details"][check.name])
    assert browser["verdicts"] == {part: VERDICTS[report.verdict(part)] for part in PARTS}
    assert browser["disputed"] == list(report.disputed)
    if report.consistent:
        assert browser["recomputed"] == dict(report.recomputed)
    return {check.name for check in report.failed}


def compare_refusal(report: VerificationReport, browser: dict[str, Any]) -> None:
    """Compare how both refuse: where Python sees a fault, the browser passes nothing, and the verdicts are the same.

    Python reads every field of credentials and entries; the browser leaves the rest of their form to the signatures.
    """
    own = [check.name for check in report.failed if check.name not in SEEN_BY_PYTHON_ONLY]
    for name in own:
        if name not in ("credential_form", "document_form", "entry_form"):
            assert browser["checks"][name] != "passed", (name, report.check(name).detail)
    assert browser["verdicts"]["consistent"] == "failed"
    assert report.consistent is False
    assert browser["verdicts"]["trusted"] != "passed" or report.trusted is True


def alterations(
    bundle: dict[str, Any], chance: random.Random, kinds: int | None = KINDS
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Change one value at many places, a few of each kind of place, and drop or double whole parts."""
    places: dict[str, list[list[Any]]] = {}

    def walk(value: Any, path: list[Any]) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, [*path, key])
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                walk(inner, [*path, place])
        else:
            kind = "/".join("#" if isinstance(one, int) or len(one) > 40 else one for one in path)
            places.setdefault(kind, []).append(path)

    walk(bundle, [])
    for kind, paths in chance.sample(sorted(places.items()), min(kinds or len(places), len(places))):
        for path in chance.sample(paths, 1):
            changed = copy.deepcopy(bundle)
            parent: Any = changed
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = alter(parent[path[-1]], chance)
            yield kind, changed
    for name in ("entries", "factors", "factor_sets"):
        for change in ("drop", "double"):
            changed = copy.deepcopy(bundle)
            place = chance.randrange(len(changed[name]))
            changed[name][place : place + 1] = [] if change == "drop" else [changed[name][place]] * 2
            yield f"{change} {name}", changed
    for name in bundle:
        changed = copy.deepcopy(bundle)
        del changed[name]
        yield f"without {name}", changed
    yield "never logged", {**bundle, "passport_entry": None}


def alter(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int | float):
        return value + 1
    if not value:
        return "x"
    place = chance.randrange(len(value))
    old = value[place]
    new = chance.choice([one for one in ("0", "1", "a", "Z", "荔") if one != old])
    return value[:place] + new + value[place + 1 :]


@pytest.mark.parametrize("audience", ["public", "partner", "full"])
def test_good_bundle(site: Site, audience: str) -> None:
    text = site.season.service.bundle(site.row.uuid, audience).decode()
    trust = site.season.service.trust_json().decode()
    moments = [
        NOW,
        NOW + timedelta(hours=1),
        NOW + timedelta(days=30),
        NOW + timedelta(days=4000),
        NOW - timedelta(days=1),
    ]
    cases = [(text, one, now) for one in (trust, None) for now in moments]
    for case, browser in zip(cases, ask(cases), strict=True):
        assert compare(judge(*case), browser) <= {"validity"}
    first = ask(cases[:1])[0]
    assert first["verdicts"] == {"consistent": "passed", "trusted": "passed", "complete": "not_checked"}


def test_good_bundle_by_a_later_method(own_site: Site) -> None:
    row = own_site.season.issue(methodology="lychee-fresh@2")
    trust = own_site.season.service.trust_json().decode()
    for audience in ("public", "full"):
        case = (own_site.season.service.bundle(row.uuid, audience).decode(), trust, NOW)
        assert '"methodology":"lychee-fresh@2"' in case[0]
        assert compare(judge(*case), ask([case])[0]) == set()


@pytest.mark.parametrize("audience", ["public", "full"])
def test_altered_bundles(site: Site, audience: str) -> None:
    bundle = json.loads(site.season.service.bundle(site.row.uuid, audience))
    trust = site.season.service.trust_json().decode()
    made = list(alterations(bundle, random.Random(audience)))
    cases = [(jcs(changed).decode(), trust, NOW) for _, changed in made]
    for (kind, _), case, browser in zip(made, cases, ask(cases), strict=True):
        try:
            compare_refusal(judge(*case), browser)
        except AssertionError as error:
            raise AssertionError(kind) from error
    assert len(made) > KINDS


def test_bundle_of_a_self_made_log_is_consistent_and_not_trusted(site: Site, own_site: Site) -> None:
    text = site.season.service.bundle(site.row.uuid, "public").decode()
    trust = json.loads(site.season.service.trust_json())
    strangers = [
        {**trust, "registrars": []},
        {**trust, "issuers": []},
        {**trust, "policy": trust["policy"].replace("log log.example", "log other.example")},
    ]
    cases = [(text, json.dumps(one), NOW) for one in strangers]
    for case, browser in zip(cases[:2], ask(cases[:2]), strict=True):
        assert compare(judge(*case), browser)
        assert browser["verdicts"]["consistent"] == "passed"
        assert browser["verdicts"]["trusted"] == "failed"


def test_revoked_passport(own_site: Site) -> None:
    service = own_site.season.service
    service.revoke(own_site.row.uuid, "wrong mass")
    text = service.bundle(own_site.row.uuid, "public").decode()
    case = (text, service.trust_json().decode(), NOW)
    assert compare(judge(*case), ask([case])[0]) == {"status"}


def test_spelling_that_is_not_canonical_is_refused(site: Site) -> None:
    text = site.season.service.bundle(site.row.uuid, "public").decode()
    spoilt = [
        f" {text}",
        f"{text}\n",
        json.dumps(json.loads(text)),
        text.replace('{"audience"', '{"audience":"public","audience"'),
    ]
    cases: list[tuple[str, str | None, datetime]] = [(one, None, NOW) for one in [*spoilt, "", "[]", "x", "\ufeff{}"]]
    for case, browser in zip(cases, ask(cases), strict=True):
        assert browser["checks"]["document_form"] == "failed"
        assert verify(case[0].encode(), now=NOW).check("document_form").outcome == "failed"


def stand_by(site: Site, actor: str, refs: list[str], *, of: str, label: str) -> None:
    chain = site.season.chain
    data = {"key": f"{actor}/{of}"}
    added = chain.must("reattest", actor, data=data, refs=refs, key=chain.signer(actor, label))
    assert site.season.submit(added).status == "logged"


def test_stated_verdicts_are_read_and_named_as_python_does(own_site: Site) -> None:
    season = own_site.season
    entry_id = power_for_a_lot_nobody_made(season)
    row, trust = season.issue(phase="provisional"), season.service.trust_json().decode()
    bundle = json.loads(season.service.bundle(row.uuid))
    text = jcs(bundle).decode()
    browser = ask([(text, trust, NOW)])[0]
    assert compare(judge(text, trust, NOW), browser) == set()
    assert browser["details"]["lineage_digest"] == entry_id
    forms: list[dict[str, Any]] = [
        {"rejected": []},
        {"rejected": [entry_id, entry_id]},
        {"rejected": [[entry_id]]},
        {"inForce": [entry_id]},
        {"inForce": None},
    ]
    for form in forms:
        changed = copy.deepcopy(bundle)
        changed["credential"]["credentialSubject"]["characteristics"].update(form)
        text = jcs(changed).decode()
        report, browser = judge(text, trust, NOW), ask([(text, trust, NOW)])[0]
        assert report.check("credential_form").outcome == browser["checks"]["credential_form"] == "failed", form


def test_disputed_entries_are_those_of_python(own_site: Site) -> None:
    season = own_site.season
    chain, service, coop = season.chain, season.service, season.coop

    def disputed() -> list[str]:
        text = service.bundle(season.issue().uuid, "public").decode()
        case = (text, service.trust_json().decode(), NOW + timedelta(hours=1))
        browser = ask([case])[0]
        assert compare(judge(*case), browser) == set()
        assert browser["verdicts"]["consistent"] == "passed"
        return list(browser["disputed"])

    assert disputed() == []
    packed = next(one for one in chain.added if one.signed.entry.kind == "transform")
    misuse(season)
    all_of_them = disputed()
    assert packed.entry_id in all_of_them and len(all_of_them) > 1
    for label in ("2027", "2028"):
        assert season.submit(chain.register_key(coop, label=label)).status == "logged"
    stand_by(own_site, coop, [packed.entry_id], of="2026", label="2027")
    voucher = chain.added[-1]
    assert disputed() == [one for one in all_of_them if one != packed.entry_id]
    assert season.submit(revoke(chain, coop, voucher.index, label="2027")).status == "logged"
    assert set(disputed()) == {*all_of_them, voucher.entry_id}, "what stood by it is in doubt itself"
    stand_by(own_site, coop, [voucher.entry_id], of="2027", label="2028")
    assert disputed() == [one for one in all_of_them if one != packed.entry_id]


def test_a_saved_tree_head_shows_whether_the_log_only_grew(own_site: Site) -> None:
    season = own_site.season
    text = season.service.bundle(own_site.row.uuid, "public").decode()
    head = season.ledger.size

    def ask_growth(older: bytes, proof: list[bytes] | None) -> tuple[str, str]:
        lines = None if proof is None else "".join(base64.b64encode(one).decode() + "\n" for one in proof)
        args = [text, None, format_time(NOW), older.decode(), lines]
        assert NODE is not None
        asked = json.dumps([{"op": "bundle.verify", "args": args}])
        done = subprocess.run([NODE, str(RUNNER)], input=asked, capture_output=True, text=True, check=True)
        found = json.loads(done.stdout)[0]["value"]
        assert (found["checks"]["log_growth"] == "failed") == (found["verdicts"]["consistent"] == "failed")
        return found["checks"]["log_growth"], found["details"]["log_growth"]

    same = season.ledger.checkpoint()
    season.chain.actor("later")
    assert {season.submit(added).status for added in season.chain.added[-2:]} == {"logged"}
    newer = season.ledger.checkpoint()
    leaves = [merkle.leaf_hash(entry.note) for entry in season.ledger.entries()]
    signer = Signer.from_seed("log.example/ledger-2026", sha256(b"test/log").digest())
    for size in (1, 2, head - 1):
        old = signer.sign_note(Checkpoint(signer.name, size, merkle.root(leaves[:size])).text())
        proof = list(merkle.consistency_proof(leaves[:head], size))
        assert ask_growth(old, proof) == ("passed", f"{size}, {head}")
        assert ask_growth(old, None)[0] == "not_checked"
        assert ask_growth(old, proof[:-1])[0] == "failed"
        forked = signer.sign_note(Checkpoint(signer.name, size, merkle.root(leaves[1 : size + 1])).text())
        assert ask_growth(forked, proof)[0] == "failed"
    assert ask_growth(same, None) == ("passed", f"{head}, {head}")
    assert ask_growth(newer, list(season.ledger.consistency(head, head + 2))) == ("passed", f"{head}, {head + 2}")
    other = signer.sign_note(Checkpoint(signer.name, head, merkle.root(leaves[1 : head + 1])).text())
    assert ask_growth(other, None)[0] == "failed", "two trees of one size"
    stranger = Signer.from_seed(signer.name, bytes(32))
    assert ask_growth(stranger.sign_note(Checkpoint(signer.name, head, bytes(32)).text()), None)[0] == "failed"
    assert ask_growth(b"no checkpoint\n", None)[0] == "failed"


def test_a_key_may_sign_its_own_revocation(own_site: Site) -> None:
    season = own_site.season
    key = season.chain.signer(season.coop)
    data = {"vkey": key.public_key.encode(), "disputed_from": ""}
    assert season.submit(season.chain.must("revoke_key", season.coop, data=data, key=key)).status == "logged"
    bundle = season.service.bundle(season.issue().uuid, "public")
    case = (bundle.decode(), season.service.trust_json().decode(), NOW + timedelta(hours=1))
    assert compare(judge(*case), ask([case])[0]) == set()
    report = season.verify(bundle)
    assert (report.consistent, report.complete) == (True, True)
