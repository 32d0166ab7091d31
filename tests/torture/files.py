"""Cut the write-ahead log short at every frame, as a disk that lost its latest writes would leave it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from ledger.errors import LedgerError, LogRolledBack
from ledger.service import Ledger
from tests.torture.support import DATABASE, GUARD, Row, desk_notes, expect_kept, expect_sound, guarded
from tests.unit.ledger_store.notes import Note

_HEADER = 32
_FRAME = 24


def cut_wal(folder: Path, *, appends: int = 8, step: int = 1) -> Row:
    """Open a copy with the write-ahead log cut at every frame, and inside every frame: a prefix, and sound.

    Args:
        folder: an empty folder to work in.
        appends: how many appends the write-ahead log holds.
        step: take every so many places only.
    """
    source = folder / "log"
    source.mkdir()
    start, notes = desk_notes(appends)
    ledger = guarded(source)
    ledger.store.close()
    ledger = guarded(source)
    states = {ledger.size: ledger.checkpoint()}
    acknowledged: list[tuple[str, int, str]] = []
    for batch in [start, *([note] for note in notes)]:
        results = ledger.submit(batch)
        acknowledged += [
            (one.entry_id, one.index, one.receipt) for one in results if one.index is not None and one.receipt
        ]
        states[ledger.size] = ledger.checkpoint()
    whole = (source / f"{DATABASE}-wal").read_bytes()
    size = int.from_bytes(whole[8:12], "big") + _FRAME
    assert len(whole) > _HEADER and (len(whole) - _HEADER) % size == 0
    frames = (len(whole) - _HEADER) // size
    places = [0, *(_HEADER + at * size + part for at in range(frames) for part in (0, size // 2)), len(whole)][::step]
    seen: dict[int, int] = {}
    for number, place in enumerate(places):
        copy = folder / f"cut-{number}"
        copy.mkdir()
        shutil.copy(source / DATABASE, copy / DATABASE)
        (copy / f"{DATABASE}-wal").write_bytes(whole[:place])
        shutil.copy(source / GUARD, copy / GUARD)
        size_now = _expect_prefix(copy, states, acknowledged, notes)
        seen[size_now] = seen.get(size_now, 0) + 1
        shutil.rmtree(copy)
    ledger.store.close()
    assert len(seen) > 2 or step > 1, seen
    lost = sum(count for size_now, count in seen.items() if size_now < max(states))
    told = f"{len(seen)} states, each a prefix; {lost} that lost an acknowledged entry are read-only"
    return Row("write-ahead log cut at and inside every frame", len(places), told)


def restore_backups(folder: Path, *, appends: int = 8) -> Row:
    """Put back a copy of every earlier state: it can be read, and nothing is appended to it."""
    start, notes = desk_notes(appends)
    source = folder / "log"
    source.mkdir()
    ledger = guarded(source)
    backups: list[Path] = []
    for number, batch in enumerate([start, *([note] for note in notes)]):
        ledger.submit(batch)
        backups.append(folder / f"backup-{number}.db")
        with sqlite3.connect(source / DATABASE) as live, sqlite3.connect(backups[-1]) as copy:
            live.backup(copy)
        live.close()
        copy.close()
    ledger.store.close()
    for number, backup in enumerate(backups):
        restored = folder / f"restored-{number}"
        restored.mkdir()
        shutil.copy(backup, restored / DATABASE)
        shutil.copy(source / GUARD, restored / GUARD)
        ledger = guarded(restored)
        expect_sound(ledger)
        if number < len(backups) - 1:
            expect_read_only(ledger, notes[-1])
        else:
            assert ledger.submit([notes[-1]])[0].status == "duplicate"
        ledger.store.close()
    return Row("old backup restored", len(backups) - 1, "each read-only, with the reason; the latest is not")


def expect_read_only(ledger: Ledger, note: Note) -> None:
    """Check that a log which lost something acknowledged takes nothing in, says why, and can still be read."""
    size = ledger.size
    assert isinstance(ledger.fault(), LogRolledBack)
    try:
        results = ledger.submit([note])
    except LogRolledBack as error:
        assert error.context["size"] == size
    else:
        raise AssertionError(f"a log that lost entries appended: {results}")
    assert ledger.size == size and ledger.receipt(next(iter(ledger.entries())).entry_id) if size else True


def _expect_prefix(
    copy: Path, states: dict[int, bytes], acknowledged: list[tuple[str, int, str]], notes: list[Note]
) -> int:
    ledger = guarded(copy)
    try:
        size = ledger.size
        assert size in states and ledger.checkpoint() == states[size], f"not a state that was acknowledged: {size}"
        expect_sound(ledger)
        expect_kept(ledger, [one for one in acknowledged if one[1] < size])
        if size < max(states):
            expect_read_only(ledger, notes[-1])
        return size
    except LedgerError as error:
        raise AssertionError(f"a log cut short does not open: {error.message}") from error
    finally:
        ledger.store.close()
