"""Check that every changed byte of the store is found, with table and index."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ledger import live
from ledger.errors import LedgerError, StoreConflict
from ledger.fsck import Finding, fsck, walk
from ledger.log import merkle, tiles
from ledger.log.canonical import encode
from ledger.log.checkpoint import Checkpoint
from ledger.log.edge import Edge
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.sql import SqlLogStore
from tests.support.chain import CLOCK
from tests.support.tamper import unprotect
from tests.unit.ledger_store.notes import LOG, SEAL, Desk, actor_id, open_ledger

# Every column that an index or a value follows for; `key` is what names the row in a finding.
COLUMNS = [
    ("entry", "note"),
    ("entry", "leaf_hash"),
    ("entry", "chain"),
    ("entry", "entry_id"),
    ("entry", "status"),
    ("entry", "reasons"),
    ("tile", "data"),
    ("key_head", "entry_id"),
    ("key_head", "key_name"),
    ("checkpoint", "note"),
    ("opening", "entry_id"),
    ("opening", "digest"),
    ("opening", "actor"),
    ("opening", "audience"),
    ("opening", "nonce"),
    ("opening", "sealed"),
    ("actor_secret", "wrapped"),
    ("actor_secret", "actor"),
    ("log_state", "root"),
    ("log_state", "chain"),
    ("log_state", "edge"),
    ("log_state", "checkpoint"),
    ("equivocation", "note"),
    ("equivocation", "key_name"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a log that has every kind of row."""
    folder = tmp_path_factory.mktemp("fsck")
    ledger, desk = open_ledger(folder), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang", names=2), *desk.register("li")])
    ledger.submit([desk.facility("zhang", number) for number in range(3)])
    ledger.submit([desk.note(desk.signer("zhang"), "ship", {"to": actor_id("li")}, lots=("p:0000000000000000",))])
    ledger.submit([desk.facility("li", number) for number in range(3)])
    ledger.submit([desk.facility("li", 9, seq=1, prev="0" * 64, keep=False)])
    ledger.store.close()
    return folder


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    """Return the database of a fresh copy."""
    with sqlite3.connect(home / "ecarbon.db") as source, sqlite3.connect(tmp_path / "ecarbon.db") as target:
        source.backup(target)
    unprotect(tmp_path / "ecarbon.db")
    return tmp_path / "ecarbon.db"


def check(path: Path) -> list[Finding]:
    """Run fsck on a database file."""
    store = SqlLogStore(f"sqlite:///{path}")
    try:
        return fsck(store, LOG.public_key, Openings(store, SEAL))
    finally:
        store.close()


def flip(value: Any, source: random.Random) -> Any:
    """Change one byte of a value, and keep text printable."""
    if isinstance(value, bytes):
        at = source.randrange(len(value))
        return value[:at] + bytes([value[at] ^ 1 << source.randrange(8)]) + value[at + 1 :]
    if not value:
        return "x"
    at = source.randrange(len(value))
    return value[:at] + ("x" if value[at] != "x" else "y") + value[at + 1 :]


def test_an_untouched_log_has_no_finding(copy: Path) -> None:
    assert check(copy) == []


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_every_changed_byte_is_found(copy: Path, table: str, column: str) -> None:
    source = random.Random(f"{table}.{column}")
    with sqlite3.connect(copy) as connection:
        rows = connection.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid").fetchall()
    for _ in range(6):
        rowid, value = source.choice(rows)
        changed = flip(value, source)
        with sqlite3.connect(copy) as connection:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (changed, rowid))
        found = check(copy)
        assert table in {finding.table for finding in found}, (rowid, value, changed, found)
        if table == "entry":
            assert rowid in {finding.index for finding in found if finding.table == "entry"}
            wrong = {finding.index for finding in found if finding.table == "entry"}
            assert column in ("status", "note", "entry_id") or wrong == {rowid}
        elif table == "checkpoint":
            assert rowid in {finding.index for finding in found}
        elif table == "opening":
            assert any(finding.index is not None for finding in found)
        with sqlite3.connect(copy) as connection:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, rowid))
        connection.close()
    assert check(copy) == []


@pytest.mark.parametrize(
    ("statement", "table", "index"),
    [
        ("UPDATE key_head SET seq = seq + 1 WHERE idx = 8", "key_head", 8),
        ("UPDATE key_head SET idx = 1 WHERE idx = 8", "key_head", 8),
        ("UPDATE key_head SET frozen = 0 WHERE frozen = 1", "key_head", 11),
        ("UPDATE key_head SET frozen = 1 WHERE idx = 8", "key_head", 8),
        ("DELETE FROM key_head WHERE idx = 8", "key_head", 8),
        ("UPDATE log_state SET size = 11", "log_state", None),
        ("UPDATE log_state SET size = 13", "log_state", None),
        ("DELETE FROM log_state", "log_state", None),
        ("DELETE FROM entry WHERE idx = 6", "entry", 6),
        ("DELETE FROM entry WHERE idx = 11", "log_state", None),
        ("UPDATE entry SET idx = 20 WHERE idx = 11", "entry", 11),
        ("DELETE FROM tile", "tile", 0),
        ("UPDATE tile SET n = 1", "tile", 0),
        ("UPDATE tile SET data = zeroblob(416)", "tile", 0),
        ("INSERT INTO tile VALUES (1, 0, zeroblob(32))", "tile", 0),
        ("UPDATE checkpoint SET size = 6 WHERE size = 5", "checkpoint", 6),
        ("DELETE FROM checkpoint WHERE size = 12", "checkpoint", 12),
        ("UPDATE checkpoint SET size = 99 WHERE size = 5", "checkpoint", 99),
        ("DELETE FROM opening WHERE rowid = (SELECT max(rowid) FROM opening)", "opening", 11),
        ("UPDATE actor_secret SET destroyed = 1", "actor_secret", None),
        ("DELETE FROM actor_secret", "actor_secret", 1),
        ("UPDATE equivocation SET seq = 9", "equivocation", 9),
        ("UPDATE equivocation SET size = 99", "equivocation", 1),
        ("UPDATE entry SET note = (SELECT note FROM entry WHERE idx = 5) WHERE idx = 6", "entry", 6),
    ],
)
def test_every_changed_row_is_found(copy: Path, statement: str, table: str, index: int | None) -> None:
    with sqlite3.connect(copy) as connection:
        connection.execute(statement)
    connection.close()
    assert (table, index) in {(finding.table, finding.index) for finding in check(copy)}


def test_swapped_entries_are_found(copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        for old, new in ((6, 100), (7, 6), (100, 7)):
            connection.execute("UPDATE entry SET idx = ? WHERE idx = ?", (new, old))
    connection.close()
    assert {6, 7} <= {finding.index for finding in check(copy) if finding.table == "entry"}


def test_a_flip_in_the_file_itself_is_found(copy: Path) -> None:
    source = random.Random(3)
    good = copy.read_bytes()
    missed = 0
    used = [at for at, byte in enumerate(good) if byte and at > 100]
    for _ in range(40):
        at = source.choice(used)
        copy.write_bytes(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
        try:
            missed += not check(copy)
        except LedgerError:
            continue
        finally:
            for name in ("ecarbon.db-wal", "ecarbon.db-shm"):
                copy.with_name(name).unlink(missing_ok=True)
    # Bytes of the SQLite header, of the schema text and of slack space say nothing about the log.
    assert missed <= 6


def test_another_log_key_finds_every_checkpoint(copy: Path) -> None:
    store = SqlLogStore(f"sqlite:///{copy}")
    found = fsck(store, Desk().registrar.public_key)
    store.close()
    assert {finding.table for finding in found} == {"checkpoint", "log_state"}


def test_a_log_cut_short_is_found(tmp_path: Path) -> None:
    ledger, desk = open_ledger(tmp_path), Desk()
    ledger.submit([desk.open_log()])
    ledger.submit(desk.register("zhang"))
    ledger.store.close()
    unprotect(tmp_path / "ecarbon.db")
    with sqlite3.connect(tmp_path / "ecarbon.db") as connection:
        connection.execute("DELETE FROM entry WHERE idx > 0")
        connection.execute("UPDATE log_state SET size = 1")
        connection.execute("DELETE FROM checkpoint WHERE size = 3")
    connection.close()
    assert {finding.table for finding in check(tmp_path / "ecarbon.db")} >= {"log_state", "tile", "key_head"}


def test_progress_is_told(copy: Path) -> None:
    store = SqlLogStore(f"sqlite:///{copy}")
    seen: list[tuple[int, int]] = []
    fsck(store, LOG.public_key, progress=lambda done, size: seen.append((done, size)))
    store.close()
    assert seen == [(12, 12)]


def test_ledger_is_usable_after_a_check(copy: Path) -> None:
    store = SqlLogStore(f"sqlite:///{copy}")
    ledger = Ledger(store, LOG, Openings(store, SEAL), open_ledger(copy.parent).clock)
    assert fsck(store, LOG.public_key, ledger.openings) == [] and ledger.size == 12


# --- many ranges, worker processes and resumed runs -------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a log of several ranges, one checkpoint of them inside a tile."""
    folder = tmp_path_factory.mktemp("long")
    ledger, desk = open_ledger(folder), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    signer = desk.signer("zhang")
    for batch in (300, 900, 900, 700, 900, 900):
        ledger.submit([desk.note(signer, "ship", {"to": actor_id("li")}) for _ in range(batch)])
    ledger.store.close()
    return folder


@pytest.fixture
def long_copy(long_home: Path, tmp_path: Path) -> Path:
    with sqlite3.connect(long_home / "ecarbon.db") as source, sqlite3.connect(tmp_path / "ecarbon.db") as target:
        source.backup(target)
    unprotect(tmp_path / "ecarbon.db")
    return tmp_path / "ecarbon.db"


def damage(path: Path, table: str, column: str, where: str, change: Any = None) -> None:
    with sqlite3.connect(path) as connection:
        (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
        changed = (change or (lambda old: flip(old, random.Random(1))))(value)
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (changed,))
    connection.close()


def run(path: Path, **options: Any) -> list[Finding]:
    store = SqlLogStore(f"sqlite:///{path}")
    try:
        return fsck(store, LOG.public_key, Openings(store, SEAL), **options)
    finally:
        store.close()


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("depth", ["structure", "signatures", "rules"])
def test_ranges_and_workers_give_one_result(long_copy: Path, depth: str, jobs: int) -> None:
    assert run(long_copy, depth=depth, jobs=jobs) == []
    damage(long_copy, "entry", "chain", "idx = 2047")
    damage(long_copy, "entry", "leaf_hash", "idx = 2048")
    damage(long_copy, "tile", "data", "level = 1 AND n = 0")
    damage(long_copy, "checkpoint", "note", "size = 2103", lambda old: old.replace(b"2103", b"2104"))
    found = {(finding.table, finding.index, finding.check) for finding in run(long_copy, depth=depth, jobs=jobs)}
    assert found == {
        ("entry", 2047, "chain"),
        ("entry", 2048, "leaf_hash"),
        ("tile", 0, "hash"),
        ("checkpoint", 2103, "checkpoint"),
    }


def forge(path: Path, index: int) -> None:
    """Give an entry a signature that does not hold, and every hash that then follows."""
    connection = sqlite3.connect(path)
    notes = [bytes(note) for (note,) in connection.execute("SELECT note FROM entry ORDER BY idx")]
    at = notes[index].rindex(b" ") + 20
    notes[index] = notes[index][:at] + bytes([notes[index][at] ^ 1]) + notes[index][at + 1 :]
    leaves = [merkle.leaf_hash(note) for note in notes]
    chain = bytes(32)
    for idx, (note, leaf) in enumerate(zip(notes, leaves, strict=True)):
        chain = merkle.chain_hash(chain, leaf)
        connection.execute(
            "UPDATE entry SET note = ?, leaf_hash = ?, chain = ? WHERE idx = ?", (note, leaf, chain, idx)
        )
    for (level, n), data in tiles.extend_tiles({}, 0, leaves).items():
        connection.execute("UPDATE tile SET data = ? WHERE level = ? AND n = ?", (data, level, n))
    for (size,) in connection.execute("SELECT size FROM checkpoint").fetchall():
        edge = Edge(0, ()).extend(leaves[:size])
        note = LOG.sign_note(Checkpoint(LOG.name, size, edge.root()).text())
        connection.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (note, size))
    values = (edge.root(), chain, edge.encode(), note)
    connection.execute("UPDATE log_state SET root = ?, chain = ?, edge = ?, checkpoint = ?", values)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_signature_that_the_log_itself_took_wrongly_is_found(long_copy: Path, jobs: int) -> None:
    forge(long_copy, 3000)
    assert run(long_copy, depth="structure") == []
    found = run(long_copy, depth="signatures", jobs=jobs)
    assert [(finding.table, finding.index, finding.check) for finding in found] == [("entry", 3000, "signature")]


def test_a_resumed_run_still_finds_every_changed_byte(long_copy: Path, tmp_path: Path) -> None:
    state = tmp_path / "fsck.json"
    assert run(long_copy, depth="signatures", resume=state) == []
    assert json.loads(state.read_text())["size"] == 4603
    damage(long_copy, "entry", "note", "idx = 5")
    found = run(long_copy, depth="signatures", resume=state)
    assert ("entry", 5) in {(finding.table, finding.index) for finding in found}


def test_resuming_spares_signatures_only_where_the_root_is_the_one_checked(long_copy: Path, tmp_path: Path) -> None:
    state = tmp_path / "fsck.json"
    assert run(long_copy, depth="signatures", resume=state) == []
    forge(long_copy, 3000)
    with pytest.raises(StoreConflict):
        run(long_copy, depth="signatures", resume=state)
    whole = json.loads(state.read_text())
    with sqlite3.connect(long_copy) as connection:
        (note,) = connection.execute("SELECT checkpoint FROM log_state").fetchone()
    connection.close()
    state.write_bytes(encode({**whole, "checkpoint": note.decode()}) + b"\n")
    found = run(long_copy, depth="signatures", resume=state)
    assert [(finding.table, finding.index, finding.check) for finding in found] == [("entry", 4603, "resume")]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"checkpoint":1,"root":"","size":-1,"version":1}'])
def test_a_file_that_is_no_earlier_check_is_refused(copy: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "fsck.json").write_text(text)
    with pytest.raises(StoreConflict):
        run(copy, resume=tmp_path / "fsck.json")


def test_an_interrupted_run_goes_on_where_it_was(long_copy: Path, tmp_path: Path) -> None:
    state, seen = tmp_path / "fsck.json", []

    def interrupt(done: int, size: int) -> None:
        seen.append(done)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(long_copy, resume=state, progress=interrupt)
    assert json.loads(state.read_text())["size"] == seen[-1] < 4603
    assert run(long_copy, resume=state) == []
    assert json.loads(state.read_text())["size"] == 4603


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("DELETE FROM mention WHERE idx = 4", {(4, "missing")}),
        ("UPDATE mention SET idx = 5 WHERE idx = 2", {(2, "missing"), (5, "stray")}),
        ("UPDATE mention SET subject = x'0102030405060708' WHERE idx = 3", {(3, "missing"), (3, "stray")}),
        ("INSERT INTO mention VALUES (x'', 9)", {(9, "stray")}),
        ("INSERT INTO mention VALUES (x'00', -1)", {(-1, "stray")}),
    ],
)
def test_the_index_of_things_is_compared_and_mended(copy: Path, change: str, wrong: set[tuple[int, str]]) -> None:
    with sqlite3.connect(copy) as connection:
        if "subject =" in change:
            connection.execute(
                "DELETE FROM mention WHERE idx = 3 AND subject NOT IN (SELECT min(subject) FROM mention WHERE idx = 3)"
            )
        connection.execute(change)
    connection.close()
    found = check(copy)
    assert {finding.table for finding in found} == {"mention"}
    assert {(finding.index, finding.check) for finding in found} == wrong
    store = SqlLogStore(f"sqlite:///{copy}")
    assert Ledger(store, LOG, Openings(store, SEAL), CLOCK).reindex() > 0
    store.close()
    assert check(copy) == []


def test_verdicts_are_derived_with_bounded_memory(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A book that forgets all the time gives the same verdicts, and finds the same faults."""
    monkeypatch.setattr(live, "MOST", 3)
    monkeypatch.setattr(walk, "CHUNK", 256)
    (tmp_path / "large").mkdir()
    ledger, desk = open_ledger(tmp_path / "large"), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang", names=2), *desk.register("li")])
    for number in range(4):
        ledger.submit([desk.facility("zhang", 100 * number + place) for place in range(100)])
        ledger.submit([desk.note(desk.signer("li"), "ship", {"to": actor_id("zhang")}) for _ in range(100)])
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []
    ledger.store.close()
    path = tmp_path / "large" / "ecarbon.db"
    unprotect(path)
    with sqlite3.connect(path) as connection:
        query = "SELECT idx FROM entry WHERE status = 'logged' AND idx > 600"
        (index,) = connection.execute(query).fetchone()
        connection.execute("UPDATE entry SET status = 'rejected', reasons = '[]' WHERE idx = ?", (index,))
    connection.close()
    assert ("entry", index, "status") in {(found.table, found.index, found.check) for found in check(path)}
    assert check(copy) == []
