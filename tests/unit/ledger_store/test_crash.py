"""Check that a killed process loses nothing that it had acknowledged."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from ledger.fsck import fsck
from tests.unit.ledger_store.notes import LOG, Desk, open_ledger

ROOT = Path(__file__).resolve().parents[3]
WRITER = """
import sys
from pathlib import Path
from tests.unit.ledger_store.notes import Desk, open_ledger
ledger, desk = open_ledger(Path(sys.argv[1])), Desk()
notes = [desk.open_log(), *desk.register("zhang")] + [desk.facility("zhang", number) for number in range(400)]
print("ready", flush=True)
for at in range(0, len(notes), 3):
    for result in ledger.submit(notes[at : at + 3]):
        print(result.entry_id, result.index, flush=True)
"""


def test_no_acknowledged_entry_is_lost_when_the_writer_is_killed(tmp_path: Path) -> None:
    source = random.Random(5)
    acknowledged: dict[str, int] = {}
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(source.uniform(0.02, 0.25))
            process.send_signal(signal.SIGKILL)
            lines = [line.split() for line in process.stdout.read().split("\n")[:-1]]
        for entry_id, index in lines:
            assert acknowledged.setdefault(entry_id, int(index)) == int(index)
        ledger = open_ledger(tmp_path)
        assert fsck(ledger.store, LOG.public_key, ledger.openings) == []
        stored = {entry.entry_id: entry.index for entry in ledger.entries()}
        assert sorted(stored.values()) == list(range(len(stored)))
        assert all(stored.get(entry_id) == index for entry_id, index in acknowledged.items())
        ledger.store.close()
    assert len(acknowledged) > 3
    ledger, desk = open_ledger(tmp_path), Desk()
    notes = [desk.open_log(), *desk.register("zhang")] + [desk.facility("zhang", number) for number in range(400)]
    results = ledger.submit(notes)
    assert [result.index for result in results] == list(range(403))
    assert {result.status for result in results} <= {"logged", "duplicate"}
