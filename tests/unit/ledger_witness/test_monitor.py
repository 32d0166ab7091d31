"""Follow logs that grow, fork, go back and misbehave, in process and over real HTTP."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book.entry import parse_entry, sign_entry
from ledger.book.lineage import closure
from ledger.errors import EntryNotFound, KeyUntrusted, LedgerCorrupt, LogForked, QuorumMissing, StoreConflict
from ledger.export import CHECKPOINT, VKEY, LogDirectory
from ledger.keyfiles import save_signer
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import Signature, SignedNote, VerifierKey, b64decode_strict
from ledger.log.signer import Signer
from ledger.log.tiles import TilePath, encode_bundle, extend_tiles
from ledger.log.witness import Policy
from ledger.monitor import service
from ledger.monitor.service import Monitor, Seen
from ledger.monitor.store import MonitorStore, State
from tests.property.test_fold import ACTS, Acts, World
from tests.support.chain import SEASON, ChainBuilder
from tests.support.passports import Season, build_season
from tests.support.site import app_of, served
from tests.unit.ledger_witness.test_client import NAMES, cosign, grow, make_witness, policy_text
from web.cli.main import run

LOG = Signer.from_seed("log.example/one", b"\x31" * 32)


class NotesLog(LogDirectory):
    """Serve notes as a log does that checks nothing, and note what is read."""

    def __init__(self, notes: Sequence[bytes], signer: Signer = LOG, *, head: bytes = b"") -> None:
        super().__init__(Path())
        leaves = [merkle.leaf_hash(note) for note in notes]
        self.files = {VKEY: signer.public_key.encode().encode() + b"\n", CHECKPOINT: head or head_of(notes, signer)}
        for (level, n), data in extend_tiles({}, 0, leaves).items():
            self.files[TilePath(level, n, len(data) // 32).encode()] = data
        for n in range(-(-len(notes) // 256)):
            inside = notes[256 * n : 256 * n + 256]
            self.files[TilePath(None, n, len(inside)).encode()] = encode_bundle(inside)
        self.asked: list[str] = []

    def read(self, name: str) -> bytes:
        """Give a file."""
        self.asked.append(name)
        return self.files[name]


def head_of(notes: Sequence[bytes], signer: Signer = LOG) -> bytes:
    """Sign the head over notes."""
    leaves = [merkle.leaf_hash(note) for note in notes]
    return signer.sign_note(Checkpoint(signer.name, len(leaves), merkle.root(leaves)).text())


class Eye:
    """Look with a state of its own, and tell each time."""

    def __init__(self, path: Path, **whom: str) -> None:
        self.path = path
        self._store = MonitorStore(path)
        self.monitor = Monitor(self._store, **whom)

    def see(self, notes: Sequence[bytes], **parts: Any) -> Seen:
        """Look at a log of these notes."""
        seen = self.monitor.look(NotesLog(notes, **parts))
        self.monitor.told(seen)
        return seen

    def fork(self, name: str) -> Path:
        """Copy the state, as if from here on two monitors went their ways."""
        self._store.close()
        path = self.path.with_name(name)
        path.write_bytes(self.path.read_bytes())
        return path


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


def test_only_what_is_new_about_the_lot_or_actor_is_reported(chain: ChainBuilder, tmp_path: Path) -> None:
    (lot,) = chain.added[-1].signed.entry.lots
    coop = chain.added[-1].signed.entry.actor
    by_lot, by_actor = Eye(tmp_path / "lot", lot=lot), Eye(tmp_path / "actor", actor=coop)
    first = by_lot.see(notes_of(chain))
    assert [one.kind for one in first.news][-1] == "harvest"
    assert first.alerts == by_actor.see(notes_of(chain)).alerts == 0
    start = len(chain.added)
    chain.actor("stranger", "trader")
    assert by_lot.see(notes_of(chain)).news == ()
    chain.move("split", coop, {lot: "1000"}, {})
    assert [(one.index, one.kind) for one in by_lot.see(notes_of(chain)).news] == [(start + 2, "split")]
    assert by_actor.see(notes_of(chain)).news[-1].index == start + 2


def test_news_is_told_until_somebody_says_that_it_was(chain: ChainBuilder, tmp_path: Path) -> None:
    monitor = Monitor(MonitorStore(tmp_path / "s"), actor=chain.added[-1].signed.entry.actor)
    log = NotesLog(notes_of(chain))
    first, again = monitor.look(log), monitor.look(log)
    assert first == again and first.news
    monitor.told(again)
    assert monitor.look(log).news == ()


def resign(chain: ChainBuilder, change: Callable[[Any], Any], key: Signer | None = None) -> bytes:
    """Sign the last entry again, changed."""
    signed = chain.added[-1].signed
    return sign_entry(change(signed.entry), key or chain.signers[signed.key_name])


def test_what_a_log_should_never_have_taken_is_an_alert(chain: ChainBuilder, tmp_path: Path) -> None:
    coop = chain.added[-1].signed.entry.actor
    names = iter(range(99))
    begun = Eye(tmp_path / "state", actor=coop)
    begun.see(notes_of(chain))

    def alerts(note: bytes) -> tuple[list[tuple[str, ...]], list[str]]:
        found = Eye(begun.fork(f"state{next(names)}"), actor=coop).see([*notes_of(chain), note])
        return [one.alerts for one in found.news], [code for _, _, code in found.broken]

    again = resign(chain, lambda entry: msgspec.structs.replace(entry, event_time="2026-06-25T10:00:00Z"))
    assert alerts(again)[1] == ["equivocation"]
    gap = resign(chain, lambda entry: msgspec.structs.replace(entry, seq=entry.seq + 2))
    assert alerts(gap)[1] == ["chain"]

    seq, last = chain.added[-1].signed.entry.seq, chain.added[-1].entry_id
    honest = SignedNote.parse(resign(chain, lambda entry: msgspec.structs.replace(entry, seq=seq + 1, prev=last)))
    line = honest.signatures[0]
    forged = Signature(line.name, line.key_id, line.blob[:-1] + bytes([line.blob[-1] ^ 1]))
    spoilt = SignedNote(honest.text, (forged,)).encode()
    assert "signature-untrusted" in alerts(spoilt)[0][0] and alerts(spoilt)[1] == []

    unknown = Signer.from_seed(f"{coop}/stolen", b"\x33" * 32)
    first = resign(chain, lambda entry: msgspec.structs.replace(entry, seq=1, prev="0" * 64), unknown)
    assert {"unknown-key", "new-key"} <= set(alerts(first)[0][0])
    stranger = Eye(tmp_path / "stranger", actor="a_" + "z" * 16).see([*notes_of(chain), spoilt])
    assert [(code, index) for index, _, code in stranger.broken] == [("signature-untrusted", len(chain.added))]


def test_a_new_key_of_the_watched_actor_is_an_alert_once(chain: ChainBuilder, tmp_path: Path) -> None:
    coop = chain.added[-1].signed.entry.actor
    eye = Eye(tmp_path / "state", actor=coop)
    eye.see(notes_of(chain))
    chain.register_key(coop, label="second", roles=["cooperative"])
    chain.facility("packhouse", coop)
    assert [one.alerts for one in eye.see(notes_of(chain)).news if one.alerts] == []
    second = chain.signer(coop, "second")
    chain.must("register_facility", coop, facility="f_" + "b" * 16, data={"type": "place"}, key=second)
    assert [one.alerts for one in eye.see(notes_of(chain)).news] == [("new-key",)]
    assert eye.see(notes_of(chain)).news == ()


def proven(path: Path, key: VerifierKey) -> bool:
    """Check the evidence of a fork as somebody does who trusts nobody but the log's signatures."""
    value = json.loads(path.read_bytes())
    old, new = (open_checkpoint(value[name].encode(), key) for name in ("before", "after"))
    assert value["log"] == key.encode()
    if new.size <= old.size:
        return new.size == old.size and new.root != old.root
    root = b64decode_strict(value["root"])
    merkle.verify_consistency(old.size, new.size, [b64decode_strict(one) for one in value["proof"]], root, new.root)
    return root != old.root


@pytest.mark.parametrize("size", [7, 8])
def test_forks_and_rollbacks_are_never_taken_for_growth(chain: ChainBuilder, tmp_path: Path, size: int) -> None:
    while len(chain.added) < 12:
        chain.actor(f"more {len(chain.added)}")
    notes = notes_of(chain)[:size]
    eye = Eye(tmp_path / "state", actor="a")
    eye.see(notes)
    other = [*notes[:-1], notes[0]]
    shown = (other, [*other, notes[-1]], [*other, *notes], notes[:-1], notes[:1])
    for forked in shown:
        with pytest.raises(LogForked) as caught:
            eye.see(forked)
        assert proven(Path(caught.value.context["evidence"]), LOG.public_key) is (len(forked) >= size)
    assert len(list(tmp_path.glob("state.fork-*.json"))) == len(shown)
    assert eye.see([*notes, notes[0]]).size == size + 1


def test_what_is_not_the_tree_of_the_head_is_refused_and_nothing_is_kept(chain: ChainBuilder, tmp_path: Path) -> None:
    notes = notes_of(chain)
    eye = Eye(tmp_path / "state", actor="a")
    more = [*notes, notes[0]]
    for shown in ([notes[1], notes[0], *notes[2:]], [notes[0], *notes[:-1]]):
        with pytest.raises(LedgerCorrupt):
            eye.see(shown, head=head_of(notes))
    assert eye.see(notes).before == 0
    with pytest.raises(LedgerCorrupt):
        eye.see(more[1:] + more[:1], head=head_of(more))
    with pytest.raises(LedgerCorrupt):
        eye.see([*notes, b"no entry\n"])
    with pytest.raises(LogForked):
        eye.see(notes)
    kept = eye.monitor.kept()
    assert kept is not None and (kept.size, kept.told) == (len(notes), len(notes))


def test_a_state_counts_for_its_own_log_and_watch_only(chain: ChainBuilder, tmp_path: Path) -> None:
    notes = notes_of(chain)
    eye = Eye(tmp_path / "state", actor="a")
    eye.see(notes)
    with pytest.raises(StoreConflict):
        Monitor(MonitorStore(tmp_path / "state"), actor="b")
    thief = Signer.from_seed(LOG.name, b"\x32" * 32)
    with pytest.raises(KeyUntrusted):
        eye.see(notes, signer=thief)
    policy = Policy.parse(f"log {thief.public_key.encode()}\nquorum none\n")
    with pytest.raises(KeyUntrusted):
        eye.monitor.look(NotesLog(notes), policy)
    for name, data in (("old", b'{"type":"ecarbon/monitor@v1"}\n' * 400), ("text", b"x")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(StoreConflict):
            MonitorStore(tmp_path / name)


def follow(notes: Sequence[bytes], lot: str, path: Path, steps: Iterable[int]) -> None:
    """Look at some sizes; compare what is followed at every size with the closure over the whole log."""
    eye = Eye(path, lot=lot)
    for size in steps:
        eye.see(notes[:size])
    envelopes = [parse_entry(note) for note in notes]
    with MonitorStore(path).rows() as rows:
        for size in range(len(notes) + 1):
            followed = {one.statement.entry_id for one in rows.held(0, size)}
            assert followed == set(closure(envelopes, lot, size)), size


def test_what_is_followed_is_the_closure_at_every_size(tmp_path: Path) -> None:
    season = build_season(tmp_path)
    season.issue()
    notes = [entry.note for entry in season.ledger.entries()]
    for lot in (season.packed, season.harvested):
        for step in (1, 7, len(notes)):
            steps = [*range(1, len(notes), step), len(notes)]
            follow(notes, lot, tmp_path / f"{step} {lot[-4:]}", steps)


def test_who_else_claims_a_serial_of_the_lineage_is_followed(chain: ChainBuilder, tmp_path: Path) -> None:
    """Before the lot's entry or after it, by an amendment, and in other letters."""
    ((lot, known),), other = chain.book.lots.items(), chain.actor("other", "packer")
    roof, coop = chain.facility("roof", other), known.origin
    for actor, facility, lots, serials in (
        (other, roof, [], ["gec:gd-1"]),
        (coop.actor, coop.facility, [lot], ["gec:GD-1", "gec:GD-2"]),
        (other, roof, [], ["gec:Gd-2"]),
        (other, roof, [], ["gec:3"]),
    ):
        added = chain.add(
            "activity", actor, facility=facility, stage="packing", lots=lots,
            data={"period": SEASON, "certificates": serials},
        )  # fmt: skip
    chain.amend(added, data={"period": SEASON, "certificates": ["gec:gd-2"]})
    notes = notes_of(chain)
    follow(notes, lot, tmp_path / "state", [*range(1, len(notes)), len(notes)])
    claims = [one.entry_id for one in chain.added[-5:]]
    held = closure([parse_entry(note) for note in notes], lot, len(notes))
    assert [one in held for one in claims] == [True, True, True, True, True]


@settings(max_examples=25, deadline=None)
@given(ACTS, st.randoms(use_true_random=False))
def test_what_is_followed_is_the_closure_of_any_log_in_any_order(acts: Acts, chance: random.Random) -> None:
    """Entries out of order refer to later ones, break chains and rules, and put what they create after what uses it."""
    world = World(acts)
    notes = notes_of(world.chain)
    lots = [lot for lot, _ in world.lots] or ["p:NONE"]
    shuffled = [*notes[:3], *chance.sample(notes[3:], len(notes) - 3)]
    for order in (notes, shuffled):
        with tempfile.TemporaryDirectory() as folder:
            steps = sorted({*chance.sample(range(1, len(notes)), 3), len(notes)})
            follow(order, chance.choice(lots), Path(folder) / "state", steps)


# --- what a look costs, and what survives ------------------------------------------------------------------


def long_log(count: int) -> tuple[list[bytes], str]:
    """Write a log of so many entries with one grower's lot near its start."""
    chain = ChainBuilder()
    coop = chain.actor("coop", "cooperative")
    lot = chain.harvest(coop, chain.facility("orchard", coop), "H1", "1000")
    notes, before, signer = notes_of(chain), chain.added[-1].signed, chain.signer(coop)
    for number in range(count - len(notes)):
        entry = before.entry
        parts = {
            "seq": entry.seq + 1,
            "prev": before.entry_id,
            "event_time": f"2026-07-01T00:{number // 60 % 60:02d}:00Z",
        }
        before = parse_entry(sign_entry(msgspec.structs.replace(entry, **parts), signer))
        notes.append(before.note)
    return notes, lot


def test_a_look_reads_what_is_new_and_a_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes, _ = long_log(1300)
    eye = Eye(tmp_path / "state", actor="a")
    monkeypatch.setattr(service, "BUNDLES", 2)
    logs = [NotesLog(notes[:size]) for size in (1030, 1030, 1040, 1300)]
    seen = [eye.monitor.look(log).size for log in logs]
    assert seen == [1030, 1030, 1040, 1300]
    bundles = [[name for name in log.asked if "entries" in name] for log in logs]
    assert bundles[0] == [f"tile/entries/00{n}" for n in range(4)] + ["tile/entries/004.p/6"]
    assert logs[1].asked == ["checkpoint"]
    assert bundles[2] == ["tile/entries/004.p/16"]
    assert bundles[3] == ["tile/entries/004", "tile/entries/005.p/20"]
    assert [len(log.asked) - len(found) for log, found in zip(logs[2:], bundles[2:], strict=True)] == [3, 4]


def test_reading_stops_where_it_is_asked_to_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes, lot = long_log(700)
    monkeypatch.setattr(service, "BUNDLES", 1)
    store = MonitorStore(tmp_path / "state")
    monitor = Monitor(store, lot=lot)
    done: list[int] = []
    seen = monitor.look(NotesLog(notes), stop=lambda: len(done) == 2, progress=lambda size, _: done.append(size))
    assert (done, seen.size, seen.head.size) == ([256, 512], 512, 700)
    with pytest.raises(EntryNotFound):
        monitor.state_completeness(time="2026-08-01T00:00:00Z")
    log = NotesLog([*notes, notes[0]])
    seen = monitor.look(log)
    assert (seen.before, seen.size) == (0, 701) and len(seen.news) > 6
    assert [name for name in log.asked if "entries" in name] == ["tile/entries/002.p/189"]
    whole = Monitor(MonitorStore(tmp_path / "whole"), lot=lot).look(NotesLog([*notes, notes[0]]))
    assert whole == seen
    with pytest.raises(LogForked):
        monitor.look(NotesLog([*notes[:600], notes[0], *notes[601:], *notes[:9]]))


KILL = """
import os, shutil, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from ledger.export import LogDirectory
from ledger.monitor.service import Monitor
from ledger.monitor.store import MonitorStore

folder, lot, left, killed = Path(sys.argv[1]), sys.argv[2], 0, 0

def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

for name in ("before_cursor_execute", "commit"):
    event.listen(Engine, name, count)

def look(path, log):
    store = MonitorStore(path)
    monitor = Monitor(store, lot=lot)
    seen = monitor.look(LogDirectory(folder / log))
    monitor.told(seen)
    store.close()
    return repr((seen.news, seen.broken, seen.chain, monitor.kept()))

for log, start in (("short", None), ("long", folder / "told short")):
    path = folder / f"told {log}"
    if start:
        shutil.copy(start, path)
    expected, at = look(path, log), 1
    while True:
        path = folder / f"{log} {at}"
        if start:
            shutil.copy(start, path)
        child = os.fork()
        if child == 0:
            left = at
            look(path, log)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        store = MonitorStore(path)
        kept = Monitor(store, lot=lot).kept()
        store.close()
        told = kept is not None and kept.told == kept.size and repr(kept) in expected
        assert told or look(path, log) == expected, (log, at)
        killed, at = killed + 1, at + 1
print(killed)
"""


def test_the_state_survives_a_kill_between_any_two_writes(tmp_path: Path) -> None:
    notes, lot = long_log(10)
    for name, size in (("short", 6), ("long", 10)):
        for file, data in NotesLog(notes[:size]).files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    done = subprocess.run([sys.executable, "-c", KILL, str(tmp_path), lot], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100


# --- over HTTP, by command --------------------------------------------------------------------------------


def kept(path: Path, lot: str) -> State | None:
    """Give the state."""
    return Monitor(MonitorStore(path), lot=lot).kept()


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

    state = tmp_path / "state"
    with served(split) as address:  # type: ignore[arg-type]
        assert watch(address, state, lot=honest.packed) == 0
        grow(honest, "x")
        assert watch(address, state, lot=honest.packed) == 0
        remembered = kept(state, honest.packed)
        deceive = True
        assert watch(address, state, lot=honest.packed) == 5, "an old head is a rollback"
        grow(forked, "y")
        assert watch(address, state, lot=honest.packed) == 5
        grow(forked, "z")
        capsys.readouterr()
        assert watch(address, state, lot=honest.packed) == 5
        assert "log-forked" in capsys.readouterr().err
        assert kept(state, honest.packed) == remembered
        head = open_checkpoint(forked.ledger.checkpoint(), forked.ledger.log_key)
        assert proven(tmp_path / f"state.fork-{head.size}-{head.root.hex()[:12]}.json", honest.ledger.log_key)
        assert len(list(tmp_path.glob("state.fork-*"))) == 3
        deceive = False
        assert watch(address, state, lot=honest.packed) == 0


def test_a_monitor_with_a_policy_waits_for_the_quorum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    season = build_season(tmp_path)
    keys = {name: make_witness(tmp_path / name, name, season.ledger.log_key) for name in NAMES}
    trust = json.loads(season.service.trust_json())
    trust["policy"] = policy_text(season, keys, dict.fromkeys(NAMES, ""))
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    state, more = tmp_path / "state", ["--trust", str(tmp_path / "trust.json"), "--json"]
    season.log()
    assert watch(str(tmp_path / "log"), state, *more, lot=season.packed) == 3
    assert kept(state, season.packed) is None
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
        Monitor(MonitorStore(tmp_path / "other"), lot=season.packed).look(log, policy)
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
    assert watch(str(tmp_path / "log"), tmp_path / "state", *sign, lot=season.packed) == 0
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
    told = kept(tmp_path / "h.json", season.harvested)
    assert told is not None and told.told == 0, "what was not told is told by the next look"


def test_watching_tells_what_is_new_waits_for_the_log_and_ends_cleanly(tmp_path: Path) -> None:
    """Start while the log is away, let it grow under the monitor, and ask the process to end."""
    season = build_season(tmp_path)
    app, away, asked = app_of(season, tmp_path), True, list[str]()

    def site(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        asked.append(environ["PATH_INFO"])
        if away:
            start("503 Service Unavailable", [])
            return [b""]
        return app(environ, start)

    with served(site) as address:  # type: ignore[arg-type]
        command = ["--lang", "en", "monitor", "--log", address, "--actor", season.coop, "--watch", "1", "--json"]
        process = subprocess.Popen(
            [sys.executable, "-m", "web", *command, "--state", str(tmp_path / "state")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None and process.stderr is not None
        assert "store-unavailable" in process.stderr.readline()
        away = False
        first = json.loads(process.stdout.readline())
        assert first["entries"] and (first["before"], first["size"]) == (0, season.ledger.size)
        added = season.chain.facility("another", season.coop)
        assert season.submit(season.chain.added[-1]).status == "logged"
        second = json.loads(process.stdout.readline())
        assert added and [one["kind"] for one in second["entries"]] == ["register_facility"]
        fetched = sum(path.startswith("/tile/entries/") for path in asked)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, process.stderr.read()
    assert fetched == 2
    assert process.stdout.read() == ""
