"""Check that a database that went back in time signs nothing, and that nothing unguarded is acknowledged."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from iocore.times import FixedClock
from ledger.errors import LedgerCorrupt, LogRolledBack, StoreConflict, StoreUnavailable
from ledger.fsck import fsck
from ledger.guard import SLOT, Guard
from ledger.log.signer import Signer
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.sql import SqlLogStore
from tests.unit.ledger_store.notes import LOG, NOW, SEAL, Desk, open_ledger


def guarded(place: str, guard: Path) -> Ledger:
    """Open a ledger with its guard."""
    store = SqlLogStore(place)
    return Ledger(store, LOG, Openings(store, SEAL), FixedClock(NOW), guard=Guard(guard, LOG.public_key))


def size_of(guard: Path) -> int | None:
    """Return the size that the guard knows, read anew."""
    head = Guard(guard, LOG.public_key).head()
    return None if head is None else head.size


def test_the_guard_knows_every_acknowledged_size(database: str, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "guard"
    ledger, desk = guarded(database, path), Desk()
    assert size_of(path) is None and ledger.fault() is None
    for notes in ([desk.open_log()], desk.register("zhang"), [desk.facility("zhang", number) for number in range(9)]):
        ledger.submit(notes)
        assert size_of(path) == ledger.size
        assert ledger.checkpoint() in path.read_bytes()
    stamp = path.read_bytes()
    ledger.submit([desk.facility("li", 1)])
    assert path.read_bytes() == stamp, "nothing was appended, nothing is written"
    assert path.stat().st_size == 2 * SLOT


def test_a_restored_backup_can_be_read_and_not_appended_to(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    place, path = f"sqlite:///{tmp_path}/ecarbon.db", tmp_path / "guard"
    ledger, desk = guarded(place, path), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    ledger.store.close()
    shutil.copy(tmp_path / "ecarbon.db", tmp_path / "backup")
    ledger = guarded(place, path)
    lost = desk.facility("zhang", 1)
    ledger.submit([lost])
    ledger.store.close()
    shutil.copy(tmp_path / "backup", tmp_path / "ecarbon.db")

    restored = guarded(place, path)
    assert "older than what this log has signed" in caplog.text
    fault = restored.fault()
    assert isinstance(fault, LogRolledBack) and (fault.context["size"], fault.context["signed_size"]) == (3, 4)
    assert restored.size == 3 and len(list(restored.entries())) == 3, "it can be read"
    for note in (lost, desk.facility("zhang", 2), desk.open_log()):
        with pytest.raises(LogRolledBack):
            restored.submit([note])
    assert restored.size == 3 and size_of(path) == 4
    assert fsck(restored.store, LOG.public_key, restored.openings) == [], "by itself the old database is whole"


def test_a_database_rolled_back_under_a_running_service_is_noticed(database: str, tmp_path: Path) -> None:
    ledger, desk = guarded(database, tmp_path / "guard"), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    before = ledger.store.read()
    with before as reader:
        state = reader.state()
    assert state is not None
    ledger.submit([desk.facility("zhang", 1)])
    with ledger.store.engine.begin() as connection:  # type: ignore[attr-defined]
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        columns = ("size", "root", "chain", "edge", "checkpoint")
        text = f"UPDATE log_state SET {f' = {mark}, '.join(columns)} = {mark}"
        connection.exec_driver_sql(text, tuple(getattr(state, name) for name in columns))
    with pytest.raises(LogRolledBack):
        ledger.submit([desk.facility("zhang", 2)])


def test_a_lost_database_is_not_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "guard"
    ledger, desk = guarded(f"sqlite:///{tmp_path}/ecarbon.db", path), Desk()
    ledger.submit([desk.open_log()])
    ledger.store.close()
    with pytest.raises(LogRolledBack):
        guarded(f"sqlite:///{tmp_path}/other.db", path)
    with SqlLogStore(f"sqlite:///{tmp_path}/other.db").read() as reader:
        assert reader.state() is None


def test_another_tree_of_the_same_or_a_larger_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "guard"
    ledger = guarded(f"sqlite:///{tmp_path}/ecarbon.db", path)
    ledger.submit([Desk().open_log()])
    fork, desk = open_ledger(f"sqlite:///{tmp_path}/fork.db"), Desk("fork")
    for notes in ([desk.open_log()], desk.register("zhang")):
        fork.submit(notes)
        with pytest.raises(LedgerCorrupt, match="another tree"):
            guarded(f"sqlite:///{tmp_path}/fork.db", path)
    assert size_of(path) == 1


def test_a_database_that_moved_on_is_followed(database: str, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    one, desk = guarded(database, here), Desk()
    one.submit([desk.open_log(), *desk.register("zhang")])
    two = guarded(database, there)  # another machine, with a guard of its own
    assert size_of(there) == 3
    two.submit([desk.facility("zhang", number) for number in range(300)])
    assert (size_of(here), size_of(there)) == (3, 303)
    one.submit([desk.facility("zhang", 300)])
    assert (size_of(here), size_of(there)) == (304, 303)
    assert guarded(database, there).fault() is None and size_of(there) == 304


def test_a_torn_write_leaves_the_slot_before_it(tmp_path: Path) -> None:
    place, path = f"sqlite:///{tmp_path}/ecarbon.db", tmp_path / "guard"
    ledger, desk = guarded(place, path), Desk()
    ledger.submit([desk.open_log()])
    ledger.submit(desk.register("zhang"))
    whole = path.read_bytes()
    newest = whole.index(ledger.checkpoint())
    for torn in (b"\0" * SLOT, whole[newest : newest + 40].ljust(SLOT, b"\0")):
        path.write_bytes(whole[:newest] + torn + whole[newest + SLOT :])
        assert size_of(path) == 1
        assert guarded(place, path).fault() is None, "the database is ahead, and is followed"
        assert size_of(path) == 3
    path.write_bytes(b"\0" * 2 * SLOT)
    with pytest.raises(StoreConflict):
        guarded(place, path)


def test_the_guard_of_another_log_is_refused(tmp_path: Path) -> None:
    path, other = tmp_path / "guard", Signer.from_seed("log.example/other", bytes(32))
    guarded(f"sqlite:///{tmp_path}/ecarbon.db", path).submit([Desk().open_log()])
    with pytest.raises(StoreConflict):
        Guard(path, other.public_key).head()


def test_nothing_is_acknowledged_while_the_guard_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "disk" / "guard"
    ledger, desk = guarded(f"sqlite:///{tmp_path}/ecarbon.db", path), Desk()
    ledger.submit([desk.open_log()])
    notes = desk.register("zhang")
    path.rename(tmp_path / "kept")
    path.mkdir()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="rollback guard"):
            ledger.submit(notes)
    path.rmdir()
    (tmp_path / "kept").rename(path)
    results = ledger.submit(notes)
    assert [result.index for result in results] == [1, 2] and size_of(path) == 3


def test_workers_that_share_a_guard_never_move_it_back(tmp_path: Path) -> None:
    place, path = f"sqlite:///{tmp_path}/ecarbon.db", tmp_path / "guard"
    ledger, desk = guarded(place, path), Desk()
    states = []
    for number in range(5):
        ledger.submit([desk.open_log()] if number == 0 else [desk.note(desk.registrar, "nonsense", {})])
        with ledger.store.read() as reader:
            states.append(reader.state())
    for state in (*states, *reversed(states)):
        assert state is not None
        Guard(path, LOG.public_key).keep(state)
        assert size_of(path) == states[-1].size  # type: ignore[union-attr]
    assert not list(tmp_path.glob(".guard*"))


def test_the_guard_is_on_disk_before_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    real = os.fdatasync

    def fdatasync(file: int) -> None:
        synced.append(os.pread(file, 2 * SLOT, 0))
        real(file)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    ledger, desk = guarded(f"sqlite:///{tmp_path}/ecarbon.db", tmp_path / "guard"), Desk()
    ledger.submit([desk.open_log()])
    assert ledger.checkpoint() in synced[-1]
