"""Cosign a real ledger with real witnesses over HTTP, and see what bundles, receipts and verdicts make of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from iocore.times import FixedClock, SystemClock
from ledger.errors import LogForked, LogRolledBack
from ledger.fsck import fsck
from ledger.guard import Guard
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import SignedNote, VerifierKey
from ledger.log.proof import Receipt
from ledger.log.witness import Policy
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.base import LogState
from ledger.store.sql import SqlLogStore
from ledger.witness.client import Client, Cosigning
from ledger.witness.judge import Submission
from ledger.witness.service import Witness
from passport.bundle import parse_bundle
from passport.trust import TrustPolicy
from passport.verify import verify
from tests.support.passports import NOW, Season, build_season
from tests.support.site import served
from tests.unit.ledger_store.notes import LOG, SEAL, Desk
from tests.unit.ledger_witness.test_server import CRASH
from web.cli.main import run
from web.witness import open_witness, post_within, witness_app

NAMES = ("bank", "customs", "buyers")


@pytest.fixture
def season(tmp_path: Path) -> Season:
    """Record a season in a folder of its own."""
    return build_season(tmp_path)


@pytest.fixture
def keys(season: Season, tmp_path: Path) -> dict[str, VerifierKey]:
    """Make three witnesses that follow the season's log."""
    return {name: make_witness(tmp_path / name, name, season.ledger.log_key) for name in NAMES}


def make_witness(folder: Path, name: str, log: VerifierKey) -> VerifierKey:
    """Make a witness that follows a log; return its key."""
    made = Witness.create(folder, f"witness.example/{name}", SystemClock())
    made.follow(log)
    made.close()
    return made.public_key


@contextmanager
def witnesses(folder: Path, names: Sequence[str]) -> Iterator[dict[str, str]]:
    """Serve some witnesses and give their addresses; the others are addresses at which nobody listens."""
    with ExitStack() as stack:
        found = {name: stack.enter_context(served(witness_app(open_witness(folder / name)))) for name in names}
        yield dict.fromkeys(NAMES, "http://127.0.0.1:9/") | found


def policy_text(season: Season, keys: dict[str, VerifierKey], addresses: dict[str, str]) -> str:
    """Write a policy of two of three."""
    lines = [f"witness {name} {key.encode()} {addresses[name]}" for name, key in keys.items()]
    return "\n".join([f"log {season.ledger.log_key.encode()}", *lines, f"group g 2 {' '.join(keys)}", "quorum g", ""])


def cosign(season: Season, keys: dict[str, VerifierKey], names: Sequence[str]) -> Cosigning:
    """Ask the witnesses that listen."""
    with witnesses(season.folder, names) as addresses:
        policy = Policy.parse(policy_text(season, keys, addresses))
        return Client(season.ledger, policy, post_within(20)).cosign()


def trust(season: Season, keys: dict[str, VerifierKey]) -> TrustPolicy:
    """Trust what the season trusts, and demand two of its three witnesses."""
    value = json.loads(season.service.trust_json())
    value["policy"] = policy_text(season, keys, dict.fromkeys(keys, ""))
    return TrustPolicy.parse(json.dumps(value).encode())


def verdict_of(season: Season, keys: dict[str, VerifierKey], bundle: bytes) -> tuple[bool | None, str]:
    """Verify a bundle against a policy with witnesses; return the verdict on trust and the outcome of the check."""
    report = verify(bundle, trust=trust(season, keys), log=season.log(), now=NOW + timedelta(hours=1))
    assert report.consistent is True
    return report.trusted, report.check("witnesses").outcome


def test_two_of_three_make_a_quorum_and_everything_made_later_carries_it(
    season: Season, keys: dict[str, VerifierKey]
) -> None:
    row = season.issue()
    before = season.service.export(row.uuid, "bundle", audience="full")[1]
    assert verdict_of(season, keys, before) == (False, "failed")
    entry = season.added["pack"].entry_id
    assert len(SignedNote.parse(season.ledger.receipt(entry).checkpoint).signatures) == 1

    done = cosign(season, keys, ["bank", "buyers"])
    assert done.result.satisfied
    assert {one.name: one.outcome for one in done.asked} == {
        "bank": "cosigned",
        "customs": "unavailable",
        "buyers": "cosigned",
    }
    assert season.ledger.checkpoint() == done.checkpoint == season.log().checkpoint()
    bundle = season.service.export(row.uuid, "bundle", audience="public")[1]
    assert parse_bundle(bundle).checkpoint.encode() == done.checkpoint
    assert verdict_of(season, keys, bundle) == (True, "passed")
    receipt = Receipt.parse(season.ledger.receipt(entry).encode())
    receipt.verify(season.added["pack"].signed.note, season.ledger.log_key)
    assert Policy.parse(policy_text(season, keys, dict.fromkeys(NAMES, ""))).check(receipt.checkpoint).satisfied

    again = cosign(season, keys, ["customs"])
    assert [one.outcome for one in again.asked] == ["held", "cosigned", "held"]
    assert len(again.result.witnessed) == 3


def grow(season: Season, ref: str) -> None:
    """Log two more entries."""
    start = len(season.chain.added)
    season.chain.actor(ref)
    for added in season.chain.added[start:]:
        assert season.submit(added).status == "logged"


def test_the_log_goes_on_without_witnesses_and_bundles_keep_the_last_quorum(
    season: Season, keys: dict[str, VerifierKey]
) -> None:
    row = season.issue()
    witnessed = cosign(season, keys, NAMES).checkpoint
    grow(season, "late")
    done = cosign(season, keys, ["bank"])
    assert not done.result.satisfied
    assert len(SignedNote.parse(season.ledger.checkpoint()).signatures) == 2
    bundle = season.service.export(row.uuid, "bundle", audience="full")[1]
    assert parse_bundle(bundle).checkpoint.encode() == witnessed
    assert verdict_of(season, keys, bundle) == (True, "passed")


def test_a_log_that_was_rolled_back_gets_and_keeps_no_cosignature(tmp_path: Path) -> None:
    """Build the same log twice: one grows and is cosigned, the other is what a restored backup would be."""
    folders = [tmp_path / "first", tmp_path / "restored"]
    for folder in folders:
        folder.mkdir()
    first, restored = (build_season(folder) for folder in folders)
    assert first.ledger.checkpoint() == restored.ledger.checkpoint()
    keys = {name: make_witness(folders[1] / name, name, first.ledger.log_key) for name in NAMES}
    grow(first, "x")
    with witnesses(folders[1], ["bank"]) as addresses:
        policy = Policy.parse(policy_text(first, keys, addresses))
        assert Client(first.ledger, policy, post_within(20)).cosign().result.witnessed

    for ref in ("y", "z", "end"):
        with pytest.raises(LogForked):
            cosign(restored, keys, NAMES)
        assert restored.ledger.checkpoint().count(b"\xe2\x80\x94") == 1
        grow(restored, ref)


def test_a_log_behind_its_rollback_guard_asks_nobody(database: str, tmp_path: Path) -> None:
    guard = Guard(tmp_path / "guard", LOG.public_key)
    store = SqlLogStore(database)
    ledger, desk = Ledger(store, LOG, Openings(store, SEAL), FixedClock(NOW), guard=guard), Desk()
    assert [one.status for one in ledger.submit([desk.open_log(), *desk.register("zhang")])] == ["logged"] * 3
    key = make_witness(tmp_path / "bank", "bank", LOG.public_key)
    with served(witness_app(open_witness(tmp_path / "bank"))) as address:
        policy = Policy.parse(f"witness bank {key.encode()} {address}\nquorum bank\n")
        client = Client(ledger, policy, post_within(20))
        assert client.cosign().result.satisfied
        assert [one.outcome for one in client.cosign().asked] == ["held"]
        assert fsck(store, LOG.public_key, ledger.openings) == []
        text = Checkpoint(LOG.name, 9, bytes(32)).text()
        later = LogState(9, bytes(32), bytes(32), b"", LOG.sign_note(text))
        guard.keep(later)
        with pytest.raises(LogRolledBack):
            client.cosign()
    store.close()


def test_a_witness_that_died_before_answering_is_asked_again_from_the_size_it_holds(
    season: Season, keys: dict[str, VerifierKey]
) -> None:
    body = Submission(0, (), season.ledger.checkpoint()).encode()
    done = subprocess.run([sys.executable, "-c", CRASH, str(season.folder / "bank")], input=body)
    assert done.returncode == 9
    assert [one.outcome for one in cosign(season, keys, ["bank"]).asked] == ["cosigned", "unavailable", "unavailable"]
    grow(season, "more")
    assert [one.outcome for one in cosign(season, keys, ["bank", "customs"]).asked][:2] == ["cosigned", "cosigned"]


def test_an_answer_that_no_witness_of_the_policy_signed_does_not_count(
    season: Season, keys: dict[str, VerifierKey]
) -> None:
    make_witness(season.folder / "thief", "bank", season.ledger.log_key)
    with witnesses(season.folder, ["thief", "customs"]) as addresses:
        policy = Policy.parse(policy_text(season, keys, {**addresses, "bank": addresses["thief"]}))
        done = Client(season.ledger, policy, post_within(20)).cosign()
    assert [one.outcome for one in done.asked] == ["refused", "cosigned", "unavailable"]
    assert not done.result.satisfied


def test_the_command_says_who_cosigned_and_its_exit_code_says_whether_that_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("ECARBON_BASE_URL", "https://passport.example")
    command = ["--lang", "en", "--home", str(home), "log", "cosign", "--json"]
    assert run(["--home", str(home), "keys", "new", "--service"]) == 0
    assert run(command) == 2
    assert run(["--home", str(home), "log", "export", str(home / "log")]) == 0
    log = VerifierKey.parse((home / "log" / "log.vkey").read_text().strip())
    key = make_witness(tmp_path / "bank", "bank", log)
    monkeypatch.setenv("ECARBON_POLICY_FILE", str(tmp_path / "policy"))
    with served(witness_app(open_witness(tmp_path / "bank"))) as address:
        (tmp_path / "policy").write_text(f"witness bank {key.encode()} {address}\nquorum bank\n")
        capsys.readouterr()
        assert run(command) == 0
        assert '"outcome": "cosigned"' in capsys.readouterr().out
    assert run(["--home", str(home), "log", "export", str(home / "log")]) == 0
    assert (home / "log" / "checkpoint").read_bytes().count(b"\n\xe2\x80\x94") == 2
    assert run(["--home", str(home), "keys", "new", "--role", "grower"]) == 0
    assert run(command) == 3
