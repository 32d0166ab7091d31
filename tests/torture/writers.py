"""Let two processes write one database, and set the clock back; the order of arrival is all that counts."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from ledger.book.entry import parse_entry
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.sql import SqlLogStore
from tests.torture.support import Row, desk_notes, expect_kept, expect_sound, python
from tests.unit.ledger_store.notes import LOG, SEAL, Desk, Note, open_ledger

WRITER = """
import random, sys, time
from tests.torture.writers import notes_of
from tests.unit.ledger_store.notes import open_ledger
place, name, count = sys.argv[1:]
ledger, notes = open_ledger(place), notes_of(name, int(count))
print("ready", flush=True)
sys.stdin.readline()
for at in range(0, len(notes), 3):
    for result in ledger.submit(notes[at : at + 3]):
        print(result.status, result.entry_id, result.index, result.receipt.encode().hex(), flush=True)
    time.sleep(random.uniform(0, 0.03))  # SQLite's lock is not fair: whoever writes without a pause keeps it
"""
NAMES = ("zhang", "li")


def notes_of(name: str, count: int) -> list[Note]:
    """Sign the notes of one writer; every fifth batch holds notes of both."""
    desk = Desk()
    desk.open_log()
    for each in NAMES:
        desk.register(each)
    own = [desk.facility(name, number) for number in range(count)]
    shared = Desk()
    shared.open_log()
    for each in NAMES:
        shared.register(each)
    return own + [shared.facility(NAMES[0], number) for number in range(count)]


def two_processes(place: str, count: int) -> Row:
    """Write one database from two processes at once: each its own notes, then both the same.

    Args:
        place: address of an empty store.
        count: notes of each.
    """
    desk = Desk()
    ledger = open_ledger(place)
    ledger.submit([desk.open_log(), *(note for name in NAMES for note in desk.register(name))])
    processes = []
    for name in NAMES:
        command, environ = python("-c", WRITER, place, name, str(count))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        processes.append(subprocess.Popen(command, env=environ, text=True, **pipes))
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    told = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        output, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        told += [line.split() for line in output.splitlines()]
    acknowledged = [(entry_id, int(index), bytes.fromhex(receipt).decode()) for _, entry_id, index, receipt in told]
    assert len({entry_id for entry_id, _, _ in acknowledged}) == 2 * count
    assert len({(entry_id, index) for entry_id, index, _ in acknowledged}) == 2 * count, "a note has two indexes"
    assert sum(one[0] == "logged" for one in told) == 2 * count
    expect_sound(ledger)
    expect_kept(ledger, acknowledged)
    mixed = sum(a != b for a, b in zip(_writers(ledger), _writers(ledger)[1:], strict=False))
    ledger.store.close()
    return Row("two writer processes on one database", len(told), f"{2 * count} entries, {mixed} changes of writer")


def _writers(ledger: Ledger) -> list[str]:
    return [parse_entry(entry.note).entry.actor for entry in ledger.entries(5)]


class FallingClock:
    """Tell a time an hour earlier at each call: a clock that somebody keeps setting back."""

    def __init__(self) -> None:
        self._now = datetime(2026, 7, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """Tell the time."""
        self._now -= timedelta(hours=1)
        return self._now


def clock_set_back(folder: Path, count: int) -> Row:
    """Append while the clock goes backwards: the order and the tree heads are those of a good clock."""
    start, notes = desk_notes(count)
    roots = []
    for name, clock in (("good", None), ("falling", FallingClock())):
        (folder / name).mkdir()
        store = SqlLogStore(f"sqlite:///{folder / name}/ecarbon.db")
        ledger = Ledger(store, LOG, Openings(store, SEAL), clock) if clock else open_ledger(folder / name)
        indexes = [result.index for note in [*start, *notes] for result in ledger.submit([note])]
        assert indexes == list(range(count + 3))
        expect_sound(ledger)
        roots.append(sha256(ledger.checkpoint()).hexdigest())
        store.close()
    assert roots[0] == roots[1]
    return Row("clock set back before every append", count, "order and tree heads unchanged")
