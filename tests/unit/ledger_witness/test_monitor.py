"""Follow logs that grow, fork, go back and misbehave, in process and over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.book.entry import sign_entry
from ledger.errors import KeyUntrusted, LedgerCorrupt, LogForked, MalformedProof, QuorumMissing, StoreConflict
from ledger.keyfiles import save_signer
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import Signature, SignedNote
from ledger.log.signer import Signer
from ledger.log.witness import Policy
from ledger.monitor import Kept, Seen, look
from tests.support.chain import ChainBuilder
from tests.support.passports import Season, build_season
from tests.support.site import app_of, served
from tests.unit.ledger_witness.test_client import NAMES, cosign, grow, make_witness, policy_text
from web.cli.main import run

LOG = Signer.from_seed("log.example/one", b"\x31" * 32)


def head_of(notes: Sequence[bytes], signer: Signer = LOG) -> bytes:
    """Sign the head over notes, as a log does that checks nothing."""
    leaves = [merkle.leaf_hash(note) for note in notes]
    return signer.sign_note(Checkpoint(signer.name, len(leaves), merkle.root(leaves)).text())


def see(notes: Sequence[bytes], **parts: Any) -> Seen:
    """Look at a log of these notes."""
    return look(head_of(notes), notes, log=LOG.public_key, **parts)


@pytest.fixture
def chain() -> ChainBuilder:
    """Record a grower and a lot."""
    made = ChainBuilder()
    coop = made.actor("coop", "cooperative")
    made.harvest(coop, made.facility("orchard", coop), "H1", "1000")
    return made


def notes_of(chain: ChainBuilder) -> list[bytes]:
    """Give the notes so far."""
    return [note for note, _ in chain.notes]


def test_only_what_is_new_about_the_lot_or_actor_is_reported(chain: ChainBuilder) -> None:
    (lot,) = chain.added[-1].signed.entry.lots
    coop = chain.added[-1].signed.entry.actor
    by_lot, by_actor = see(notes_of(chain), lot=lot), see(notes_of(chain), actor=coop)
    assert [one.kind for one in by_lot.news][-1] == "harvest" and by_lot.alerts == by_actor.alerts == 0
    start = len(chain.added)
    chain.actor("stranger", "trader")
    assert see(notes_of(chain), lot=lot, kept=by_lot.kept).news == ()
    chain.move("split", coop, {lot: "1000"}, {})
    later = see(notes_of(chain), lot=lot, kept=by_lot.kept)
    assert [(one.index, one.kind) for one in later.news] == [(start + 2, "split")]
    assert see(notes_of(chain), actor=coop, kept=by_actor.kept).news[-1].index == start + 2
    assert Kept.parse(later.kept.encode()) == later.kept


def resign(chain: ChainBuilder, change: Callable[[Any], Any], key: Signer | None = None) -> bytes:
    """Sign the last entry again, changed."""
    signed = chain.added[-1].signed
    return sign_entry(change(signed.entry), key or chain.signers[signed.key_name])


def test_what_a_log_should_never_have_taken_is_an_alert(chain: ChainBuilder) -> None:
    coop = chain.added[-1].signed.entry.actor
    kept = see(notes_of(chain), actor=coop).kept

    def alerts(note: bytes) -> tuple[list[tuple[str, ...]], list[str]]:
        found = see([*notes_of(chain), note], actor=coop, kept=kept)
        return [one.alerts for one in found.news], [code for _, _, code in found.broken]

    again = resign(chain, lambda entry: msgspec.structs.replace(entry, event_time="2026-06-25T10:00:00Z"))
    assert alerts(again)[1] == ["equivocation"]
    gap = resign(chain, lambda entry: msgspec.structs.replace(entry, seq=entry.seq + 2))
    assert alerts(gap)[1] == ["chain"]

    seq, last = chain.added[-1].signed.entry.seq, chain.added[-1].entry_id
    honest = SignedNote.parse(resign(chain, lambda entry: msgspec.structs.replace(entry, seq=seq + 1, prev=last)))
    line = honest.signatures[0]
    forged = Signature(line.name, line.key_id, line.blob[:-1] + bytes([line.blob[-1] ^ 1]))
    assert "signature-untrusted" in alerts(SignedNote(honest.text, (forged,)).encode())[0][0]

    unknown = Signer.from_seed(f"{coop}/stolen", b"\x33" * 32)
    first = resign(chain, lambda entry: msgspec.structs.replace(entry, seq=1, prev="0" * 64), unknown)
    found = alerts(first)[0][0]
    assert {"unknown-key", "new-key"} <= set(found)


def test_a_new_key_of_the_watched_actor_is_an_alert_once(chain: ChainBuilder) -> None:
    coop = chain.added[-1].signed.entry.actor
    kept = see(notes_of(chain), actor=coop).kept
    chain.register_key(coop, label="second", roles=["cooperative"])
    chain.facility("packhouse", coop)
    seen = see(notes_of(chain), actor=coop, kept=kept)
    assert [one.alerts for one in seen.news if one.alerts] == []
    second = chain.signer(coop, "second")
    chain.must("register_facility", coop, facility="f_" + "b" * 16, data={"type": "place"}, key=second)
    seen = see(notes_of(chain), actor=coop, kept=seen.kept)
    assert [one.alerts for one in seen.news] == [("new-key",)]
    assert see(notes_of(chain), actor=coop, kept=seen.kept).news == ()


def test_forks_and_rollbacks_are_never_taken_for_growth(chain: ChainBuilder) -> None:
    notes = notes_of(chain)
    kept = see(notes, actor="a").kept
    other = [*notes[:-1], notes[0]]
    for shown in (other, [*other, notes[-1]], notes[:-1], notes[:1]):
        with pytest.raises(LogForked):
            see(shown, actor="a", kept=kept)
    assert see([*notes, notes[0]], actor="a", kept=kept).head.size == len(notes) + 1


def test_notes_that_are_not_those_of_the_head_are_refused(chain: ChainBuilder) -> None:
    notes = notes_of(chain)
    for shown in (notes[:-1], [*notes, notes[0]], [notes[1], notes[0], *notes[2:]]):
        with pytest.raises(LedgerCorrupt):
            look(head_of(notes), shown, log=LOG.public_key, actor="a")
    with pytest.raises(LedgerCorrupt):
        see([*notes, b"no entry\n"], actor="a")


def test_a_state_counts_for_its_own_log_and_watch_only(chain: ChainBuilder) -> None:
    notes = notes_of(chain)
    kept = see(notes, actor="a").kept
    with pytest.raises(StoreConflict):
        see(notes, actor="b", kept=kept)
    thief = Signer.from_seed(LOG.name, b"\x32" * 32)
    with pytest.raises(KeyUntrusted):
        look(head_of(notes, thief), notes, log=thief.public_key, actor="a", kept=kept)
    with pytest.raises(KeyUntrusted):
        policy = Policy.parse(f"log {thief.public_key.encode()}\nquorum none\n")
        look(head_of(notes), notes, log=LOG.public_key, actor="a", policy=policy)
    state = kept.encode()
    for damaged in (b"", b"{}", state.replace(b"monitor@v1", b"monitor@v2"), state.replace(b"one", b"two", 1)):
        with pytest.raises(MalformedProof):
            Kept.parse(damaged)


# --- over HTTP, by command --------------------------------------------------------------------------------


def watch(source: str, state: Path, *more: str, lot: str) -> int:
    """Run the command."""
    return run(["--lang", "en", "monitor", "--log", source, "--lot", lot, "--state", str(state), *more])


def test_a_fork_served_to_one_monitor_alone_is_found_and_proven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One address shows the honest log to everyone, and another view of it to the monitor."""
    (tmp_path / "honest").mkdir()
    (tmp_path / "forked").mkdir()
    honest, forked = build_season(tmp_path / "honest"), build_season(tmp_path / "forked")
    apps = {False: app_of(honest, tmp_path / "honest"), True: app_of(forked, tmp_path / "forked")}
    deceive = False

    def split(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        mine = environ.get("HTTP_USER_AGENT", "").startswith("Python-urllib")
        return apps[deceive and mine](environ, start)

    state = tmp_path / "state.json"
    with served(split) as address:  # type: ignore[arg-type]
        assert watch(address, state, lot=honest.packed) == 0
        grow(honest, "x")
        assert watch(address, state, lot=honest.packed) == 0
        remembered = state.read_bytes()
        deceive = True
        assert watch(address, state, lot=honest.packed) == 5, "an old head is a rollback"
        grow(forked, "y")
        assert watch(address, state, lot=honest.packed) == 5
        grow(forked, "z")
        capsys.readouterr()
        assert watch(address, state, lot=honest.packed) == 5
        assert "log-forked" in capsys.readouterr().err
        assert state.read_bytes() == remembered
        evidence = json.loads((tmp_path / "state.json.fork.json").read_bytes())
        heads = [open_checkpoint(evidence[name].encode(), honest.ledger.log_key) for name in ("before", "after")]
        assert (
            heads[0].size < heads[1].size
            and heads[1].root == open_checkpoint(forked.ledger.checkpoint(), forked.ledger.log_key).root
        )
        deceive = False
        assert watch(address, state, lot=honest.packed) == 0


def test_a_monitor_with_a_policy_waits_for_the_quorum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    season = build_season(tmp_path)
    keys = {name: make_witness(tmp_path / name, name, season.ledger.log_key) for name in NAMES}
    trust = json.loads(season.service.trust_json())
    trust["policy"] = policy_text(season, keys, dict.fromkeys(NAMES, ""))
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    state, more = tmp_path / "state.json", ["--trust", str(tmp_path / "trust.json"), "--json"]
    season.log()
    assert watch(str(tmp_path / "log"), state, *more, lot=season.packed) == 3
    assert not state.exists()
    cosign(season, keys, ["customs", "buyers"])
    season.log()
    capsys.readouterr()
    assert watch(str(tmp_path / "log"), state, *more, lot=season.packed) == 0
    assert json.loads(capsys.readouterr().out)["witnesses"] == ["buyers", "customs"]
    grow(season, "late")
    season.log()
    assert watch(str(tmp_path / "log"), state, *more, lot=season.packed) == 3
    log, policy = season.log(), Policy.parse(trust["policy"])
    with pytest.raises(QuorumMissing):
        look(log.checkpoint(), log.notes(), log=season.ledger.log_key, lot=season.packed, policy=policy)
    note = SignedNote.parse(cosign(season, keys, NAMES).checkpoint)
    line = note.signatures[1]
    bad = Signature(line.name, line.key_id, line.blob[:-1] + bytes([line.blob[-1] ^ 1]))
    damaged = SignedNote(note.text, (note.signatures[0], bad)).encode()
    (tmp_path / "log" / "checkpoint").write_bytes(damaged)
    assert watch(str(tmp_path / "log"), state, *more, lot=season.packed) == 1


def test_a_statement_signed_by_the_command_makes_a_passport_complete_without_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    season: Season = build_season(tmp_path)
    row = season.issue()
    bundle, statement, key = tmp_path / "x.bundle.json", tmp_path / "x.completeness", tmp_path / "monitor.key"
    bundle.write_bytes(season.service.bundle(row.uuid))
    signer = Signer.generate("monitor.example/association")
    save_signer(key, signer)
    season.log()
    sign = ["--sign", str(key), "--out", str(statement)]
    assert watch(str(tmp_path / "log"), tmp_path / "state.json", *sign, lot=season.packed) == 0
    trust = {**json.loads(season.service.trust_json()), "monitors": [signer.public_key.encode()]}
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    verify = ["--lang", "en", "passport", "verify", str(bundle), "--trust", str(tmp_path / "trust.json"), "--at"]
    verify += ["2026-08-01T01:00:00Z", "--json", "--completeness", str(statement)]
    capsys.readouterr()
    assert run(verify) == 0
    assert json.loads(capsys.readouterr().out)["verdicts"]["complete"] is True
    statement.write_bytes(statement.read_bytes().replace(season.packed.encode(), season.harvested.encode()))
    assert run(verify) == 1
    assert run([*verify, "--log", str(tmp_path / "log")]) == 2
    assert watch(str(tmp_path / "log"), tmp_path / "h.json", *sign, lot=season.harvested) == 2
    assert not (tmp_path / "h.json").exists()
