"""Check completeness statements: what an honest monitor signs is accepted, and everything else is refused."""

from __future__ import annotations

import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from ledger.book.completeness import Completeness, RevokedKey, parse_completeness
from ledger.errors import EntryNotFound, Malformed
from ledger.log.signer import Signer
from ledger.monitor.service import Monitor
from ledger.monitor.store import MonitorStore
from passport.store import PassportRow
from passport.trust import TrustPolicy
from passport.verify import VerificationReport, verify
from tests.support.passports import NOW, Season
from tests.unit.passport.test_verdicts import (
    close_with_a_lot_nobody_made,
    power_for_a_lot_made_later,
    power_for_a_lot_nobody_made,
)

MONITOR = Signer.from_seed("monitor.example/association", b"\x21" * 32)
TIME = "2026-08-01T00:30:00Z"
STEPS = ("log_copy", "lineage_complete", "keys_unrevoked")


def stated(season: Season, row: PassportRow) -> Completeness:
    """Say what an honest monitor says now."""
    return monitor(season, row.lot).state_completeness(time=TIME, passport=row.uuid)


def monitor(season: Season, lot: str) -> Monitor:
    """Follow the season's log, each time from its beginning."""
    found = Monitor(MonitorStore(Path(tempfile.mkdtemp(dir=season.folder)) / "state"), lot=lot)
    found.look(season.log())
    return found


def trusting(season: Season, *monitors: Signer) -> TrustPolicy:
    """Trust what the season trusts, and some monitors."""
    value = json.loads(season.service.trust_json())
    value["monitors"] = [signer.public_key.encode() for signer in monitors]
    return TrustPolicy.parse(json.dumps(value).encode())


def check(season: Season, bundle: bytes, statement: bytes, *, trust: TrustPolicy | None = None) -> VerificationReport:
    """Verify a bundle with a statement in place of the log."""
    given = trust or trusting(season, MONITOR)
    return verify(bundle, trust=given, statement=statement, now=NOW + timedelta(hours=1))


def outcomes(report: VerificationReport) -> tuple[str, ...]:
    """Give the outcomes of the three checks."""
    return tuple(report.check(name).outcome for name in STEPS)


def test_a_statement_stands_in_for_the_log(season: Season, issued: PassportRow, full: bytes) -> None:
    statement = stated(season, issued)
    report = check(season, full, statement.sign(MONITOR))
    assert (report.consistent, report.trusted, report.complete) == (True, True, True)
    assert MONITOR.name in report.check("log_copy").detail and TIME in report.check("log_copy").detail
    with_log = season.verify(full)
    assert report.check("lineage_complete").detail == with_log.check("lineage_complete").detail
    read, _ = parse_completeness(statement.sign(MONITOR))
    assert read == statement


def test_only_a_monitor_that_the_checker_names_counts(season: Season, issued: PassportRow, full: bytes) -> None:
    statement = stated(season, issued).sign(MONITOR)
    thief = Signer.from_seed(MONITOR.name, b"\x22" * 32)
    for signed, monitors in ((statement, ()), (statement, (thief,)), (stated(season, issued).sign(thief), (MONITOR,))):
        report = check(season, full, signed, trust=trusting(season, *monitors))
        assert report.complete is False and outcomes(report) == ("failed", "not_checked", "not_checked")
    assert verify(full, statement=statement, now=NOW).complete is None
    damaged = statement.replace(b'"count":', b'"count":1', 1)
    assert outcomes(check(season, full, damaged))[0] == "failed"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"lot": "p:0000000000000000"}, "failed"),
        ({"tree_size": 3}, "failed"),
        ({"size": 3}, "failed"),
        ({"root": "0" * 64}, "failed"),
        ({"log": MONITOR.public_key.encode()}, "failed"),
        ({"seen_root": "0" * 64}, "failed"),
        ({"seen": 1}, "not_checked"),
    ],
    ids=str,
)
def test_a_statement_about_something_else_is_refused(
    season: Season, issued: PassportRow, full: bytes, change: dict[str, Any], expected: str
) -> None:
    other = msgspec.structs.replace(stated(season, issued), **change)
    assert outcomes(check(season, full, other.sign(MONITOR))) == (expected, "not_checked", "not_checked")


@pytest.mark.parametrize("change", [{"count": 1}, {"digest": "0" * 64}], ids=str)
def test_another_closure_than_the_passports_fails(
    season: Season, issued: PassportRow, full: bytes, change: dict[str, Any]
) -> None:
    other = msgspec.structs.replace(stated(season, issued), **change)
    report = check(season, full, other.sign(MONITOR))
    assert outcomes(report) == ("passed", "failed", "passed") and report.complete is False


def test_entries_that_the_log_rejected_are_those_of_a_copy(own: Season) -> None:
    before = own.service.bundle(own.issue(phase="provisional").uuid)
    sent = [power_for_a_lot_nobody_made(own), close_with_a_lot_nobody_made(own), power_for_a_lot_made_later(own)]
    row = own.issue(phase="provisional")
    bundle, statement = own.service.bundle(row.uuid), stated(own, row)
    assert statement.rejected == sorted(sent)
    assert check(own, bundle, statement.sign(MONITOR)).complete is True
    silent = msgspec.structs.replace(statement, rejected=[])
    assert outcomes(check(own, bundle, silent.sign(MONITOR))) == ("passed", "not_checked", "passed")
    older = msgspec.structs.replace(statement, rejected=UNSET)
    assert b"rejected" not in older.sign(MONITOR)
    assert outcomes(check(own, bundle, older.sign(MONITOR))) == ("passed", "not_checked", "passed")
    blaming = msgspec.structs.replace(statement, rejected=sorted([*sent, own.added["retail"].entry_id]))
    report = check(own, bundle, blaming.sign(MONITOR))
    assert outcomes(report) == ("passed", "failed", "passed")
    assert own.added["retail"].entry_id in report.check("lineage_complete").detail
    assert check(own, before, statement.sign(MONITOR)).complete is False, "a statement about the later version"


@pytest.mark.parametrize(("revoked_at", "outcome"), [(0, "failed"), (99, "passed")])
def test_a_revoked_key_counts_from_where_the_statement_says(
    season: Season, issued: PassportRow, full: bytes, revoked_at: int, outcome: str
) -> None:
    vkey = season.chain.signer(season.coop).public_key.encode()
    revoked = [RevokedKey(vkey=vkey, revoked_at=revoked_at)]
    statement = msgspec.structs.replace(stated(season, issued), revoked=revoked)
    assert outcomes(check(season, full, statement.sign(MONITOR)))[2] == outcome


def test_a_key_revoked_after_issue_fails_by_statement_as_by_log(own: Season) -> None:
    row = own.issue()
    bundle = own.service.bundle(row.uuid)
    coop = own.chain.signer(own.coop)
    late = own.chain.add(
        "revoke_key",
        own.coop,
        data={"vkey": coop.public_key.encode(), "disputed_from": str(own.added["pack"].index)},
        key=own.chain.signer(own.chain.registrar),
    )
    assert own.submit(late).status == "logged"
    by_log = own.verify(bundle)
    by_statement = check(own, bundle, stated(own, row).sign(MONITOR))
    for report in (by_log, by_statement):
        assert (report.check("keys_unrevoked").outcome, report.complete) == ("failed", False)
    assert by_log.check("keys_unrevoked").detail == by_statement.check("keys_unrevoked").detail
    assert own.added["pack"].entry_id in by_statement.disputed and by_log.disputed == by_statement.disputed


def test_a_bundle_that_is_newer_than_the_statement_is_not_checked(own: Season) -> None:
    row = own.issue()
    statement = stated(own, row).sign(MONITOR)
    assert check(own, own.service.bundle(row.uuid), statement).complete is True
    start = len(own.chain.added)
    own.chain.actor("later")
    for added in own.chain.added[start:]:
        assert own.submit(added).status == "logged"
    report = check(own, own.service.bundle(row.uuid), statement)
    assert report.complete is None and outcomes(report)[0] == "not_checked"


def test_a_statement_is_made_only_about_a_logged_passport(season: Season) -> None:
    with pytest.raises(EntryNotFound):
        monitor(season, season.harvested).state_completeness(time=TIME)


@pytest.mark.parametrize("line", [b"{}", b"[]", b"x", b'{"a":1}\n{"b":2}'])
def test_what_is_no_statement_is_refused(line: bytes) -> None:
    for header in (b"ecarbon/completeness@v1\n", b"ecarbon/entry@v1\n"):
        with pytest.raises(Malformed):
            parse_completeness(MONITOR.sign_note(header + line + b"\n"))
