"""Check the static files: complete, checkable without the database, and written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import EntryNotFound, KeyUntrusted, LedgerError, MalformedKey, StoreConflict
from ledger.export import LogDirectory, export_log, write_if_changed
from ledger.log import merkle, tiles
from ledger.log.checkpoint import open_checkpoint
from ledger.log.note import VerifierKey
from ledger.log.signer import Signer
from ledger.service import Ledger
from tests.support.official import vectors
from tests.unit.ledger_store.notes import LOG, Desk, open_ledger


def filled(folder: Path, count: int) -> tuple[Ledger, Desk]:
    """Return a ledger of some size."""
    ledger, desk = open_ledger(folder), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    ledger.submit([desk.facility("zhang", number) for number in range(count - 3)])
    return ledger, desk


def test_export_is_a_tiled_log_and_is_written_once(tmp_path: Path) -> None:
    ledger, desk = filled(tmp_path, 260)
    folder = tmp_path / "log"
    written = export_log(ledger, folder)
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert names == [
        "checkpoint",
        "log.vkey",
        "tile/0/000",
        "tile/0/001.p/4",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/4",
    ]
    assert sorted(str(path.relative_to(folder)) for path in written) == names
    assert written[-1].name == "checkpoint"
    times = {name: (folder / name).stat().st_mtime_ns for name in names}
    assert export_log(ledger, folder) == []
    assert times == {name: (folder / name).stat().st_mtime_ns for name in names}
    assert (folder / "log.vkey").read_text(encoding="utf-8") == LOG.public_key.encode() + "\n"
    ledger.submit([desk.facility("zhang", 999)])
    again = {str(path.relative_to(folder)) for path in export_log(ledger, folder)}
    assert again == {"checkpoint", "tile/0/001.p/5", "tile/entries/001.p/5"}


def test_folder_is_read_and_checked_without_the_database(tmp_path: Path) -> None:
    ledger, _ = filled(tmp_path, 260)
    export_log(ledger, tmp_path / "log")
    log = LogDirectory(tmp_path / "log")
    expected = [entry.note for entry in ledger.entries()]
    assert log.log_key() == LOG.public_key
    assert log.notes() == expected and log.notes(7) == expected[:7] and log.notes(0) == []
    head = log.head(LOG.public_key)
    assert (head.size, log.root(260), log.root(0)) == (260, head.root, merkle.EMPTY_ROOT)
    leaf = merkle.leaf_hash(expected[200])
    merkle.verify_inclusion(leaf, 200, 259, log.inclusion(200, 259), log.root(259))
    merkle.verify_consistency(3, 260, log.consistency(3, 260), log.root(3), head.root)
    for size in (261, -1):
        with pytest.raises(EntryNotFound):
            log.notes(size)


def test_every_flipped_byte_of_the_entries_is_noticed(tmp_path: Path) -> None:
    ledger, _ = filled(tmp_path, 5)
    export_log(ledger, tmp_path / "log")
    path = tmp_path / "log" / tiles.TilePath(None, 0, 5).encode()
    good = path.read_bytes()
    for at in range(0, len(good), 37):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(LedgerError):
            LogDirectory(tmp_path / "log").notes()
    path.write_bytes(good[:-1])
    with pytest.raises(LedgerError):
        LogDirectory(tmp_path / "log").notes()
    path.write_bytes(good)
    checkpoint = tmp_path / "log" / "checkpoint"
    other = ledger.store
    with other.read() as reader:
        checkpoint.write_bytes(next(note for size, note in reader.checkpoints() if size == 3))
    with pytest.raises(LedgerError):
        LogDirectory(tmp_path / "log").notes()


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(EntryNotFound):
        LogDirectory(tmp_path).checkpoint()
    with pytest.raises(MalformedKey):
        LogDirectory(tmp_path).log_key()
    ledger, _ = filled(tmp_path, 5)
    export_log(ledger, tmp_path / "log")
    with pytest.raises(KeyUntrusted):
        LogDirectory(tmp_path / "log").head(Signer.from_seed(LOG.name, bytes(32)).public_key)
    (tmp_path / "log" / "tile/entries/000.p/5").unlink()
    with pytest.raises(EntryNotFound):
        LogDirectory(tmp_path / "log").notes()


def test_export_never_covers_another_log_a_later_state_or_a_fork(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    ledger, _ = filled(tmp_path / "one", 6)
    export_log(ledger, tmp_path / "log")
    for name, count, log in (("two", 6, Signer.from_seed("log.example/two", bytes(32))), ("three", 4, LOG)):
        (tmp_path / name).mkdir()
        other = open_ledger(tmp_path / name, log=log)
        desk = Desk()
        other.submit([desk.open_log(), *desk.register("zhang")])
        other.submit([desk.facility("zhang", number) for number in range(count - 3)])
        with pytest.raises(StoreConflict):
            export_log(other, tmp_path / "log")
    (tmp_path / "fork").mkdir()
    fork, desk = open_ledger(tmp_path / "fork"), Desk("fork")
    fork.submit([desk.open_log(), *desk.register("zhang")])
    fork.submit([desk.facility("zhang", number) for number in range(5)])
    with pytest.raises(StoreConflict):
        export_log(fork, tmp_path / "log")
    assert LogDirectory(tmp_path / "log").notes() == [entry.note for entry in ledger.entries()]


def test_empty_log_is_a_checkpoint_only(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    assert [path.name for path in export_log(ledger, tmp_path / "log")] == ["log.vkey", "checkpoint"]
    assert LogDirectory(tmp_path / "log").notes() == []
    desk = Desk()
    ledger.submit([desk.open_log()])
    assert len(export_log(ledger, tmp_path / "log")) == 3


def test_files_are_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    assert write_if_changed(path, b"one") and not write_if_changed(path, b"one") and write_if_changed(path, b"two")
    assert [found.name for found in path.parent.iterdir()] == ["file"]
    assert path.read_bytes() == b"two"


def test_official_log_folder_is_read() -> None:
    folder = vectors("tlog-tiles-log", cases=1)
    key = VerifierKey.parse("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
    log = LogDirectory(folder)
    head = open_checkpoint(log.checkpoint(), key)
    assert head.size == 15
    with pytest.raises(MalformedKey):
        log.notes()
