"""Let every write, sync, rename, open, unlink and truncation of an append fail or kill, one at a time.

A process that was killed is followed by another one; one that met an error goes on and appends again itself.
`strace -e inject` of Linux does it; the paths of the store select the calls, so that N counts calls on its files.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from tests.torture.support import DATABASE, GUARD, Row, desk_notes, expect_kept, expect_sound, guarded, python

CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "openat", "unlink", "ftruncate")
ERRORS = ("error=EIO", "error=ENOSPC")
BLOWS = ("signal=KILL", *ERRORS)
APPEND = """
import sys
from pathlib import Path
from ledger.errors import LedgerError
from tests.torture.support import desk_notes, guarded
try:
    for result in guarded(Path(sys.argv[1])).submit(desk_notes(3)[1]):
        print(result.entry_id, result.index, result.receipt.encode().hex(), flush=True)
except LedgerError as error:
    print("refused", error.code, flush=True)
"""

APPEND_AGAIN = """
import sys
from pathlib import Path
from ledger.errors import LedgerError
from tests.torture.support import desk_notes, guarded
notes = desk_notes(9)[1]
for opening in range(3):
    try:
        ledger = guarded(Path(sys.argv[1]))
        break
    except LedgerError as error:
        print("refused", error.code, flush=True)
for batch in (notes[:3], notes[:3], notes[3:6], notes, notes):
    try:
        for result in ledger.submit(batch):
            print(result.entry_id, result.index, result.receipt.encode().hex(), flush=True)
    except LedgerError as error:
        print("refused", error.code, flush=True)
"""


def available() -> bool:
    """Tell whether strace may trace here."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


def every_call(folder: Path, *, step: int = 1) -> Row:
    """Break one append at every call, each on a fresh copy.

    Args:
        folder: an empty folder to work in.
        step: take every so many cases only.
    """
    return _all(folder, step, APPEND, BLOWS, _one, "strace: SIGKILL, EIO, ENOSPC at every call of one append")


def every_error(folder: Path, *, step: int = 1) -> Row:
    """Let every call of a process that appends fail once, each on a fresh copy; the process goes on.

    Args:
        folder: an empty folder to work in.
        step: take every so many cases only.
    """
    return _all(folder, step, APPEND_AGAIN, ERRORS, _go_on, "strace: EIO, ENOSPC once, and the process appends again")


def _all(
    folder: Path, step: int, script: str, blows: Sequence[str], one: Callable[[Path, str, int, str], str], told: str
) -> Row:
    source = folder / "log"
    source.mkdir()
    ledger = guarded(source)
    ledger.submit(desk_notes(0)[0])
    ledger.store.close()
    counts = _count(Path(shutil.copytree(source, folder / "counted")), script)
    cases = list(islice(_cases(counts, blows), 0, None, step))

    def case(number: int) -> str:
        return one(Path(shutil.copytree(source, folder / f"case-{number}")), *cases[number])

    with ThreadPoolExecutor(2) as pool:
        outcomes = Counter(pool.map(case, range(len(cases))))
    return Row(told, len(cases), ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))


def _cases(counts: Counter[str], blows: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    for call in CALLS:
        for number in range(1, counts[call] + 1):
            for blow in blows:
                yield call, number, blow


def _command(folder: Path, script: str, *options: str) -> tuple[list[str], dict[str, str]]:
    command, environ = python("-c", script, str(folder))
    paths = [folder, folder / GUARD, *(folder / f"{DATABASE}{end}" for end in ("", "-wal", "-shm", "-journal"))]
    selected = [word for path in paths for word in ("-P", str(path))]
    return ["strace", "-f", *selected, *options, *command], environ


def _count(folder: Path, script: str) -> Counter[str]:
    """Count the calls of a process that nothing disturbs."""
    trace = folder.with_suffix(".trace")
    command, environ = _command(folder, script, "-e", f"trace={','.join(CALLS)}", "-o", str(trace))
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert "refused" not in done.stdout and _acknowledged(done.stdout), done.stdout + done.stderr
    found = Counter(re.findall(r"^\d+ +(\w+)\(", trace.read_text(errors="replace"), re.MULTILINE))
    assert found["fdatasync"] + found["fsync"] > 0 and found["pwrite64"] > 0, found
    return found


def _blow(folder: Path, script: str, call: str, number: int, blow: str) -> str:
    """Run a process whose call of that number is broken, and return what it printed."""
    options = ("-e", f"trace={call}", "-e", f"inject={call}:{blow}:when={number}", "-o", "/dev/null")
    command, environ = _command(folder, script, *options)
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def _one(folder: Path, call: str, number: int, blow: str) -> str:
    acknowledged = _acknowledged(_blow(folder, APPEND, call, number, blow))
    assert len(acknowledged) in (0, 3), acknowledged
    ledger = guarded(folder)
    try:
        expect_sound(ledger)
        assert ledger.size in (3, 6), ledger.size
        expect_kept(ledger, acknowledged)
        size = ledger.size
        results = ledger.submit(desk_notes(4)[1])
        assert [result.index for result in results] == [3, 4, 5, 6], results
        expect_sound(ledger)
    finally:
        ledger.store.close()
    shutil.rmtree(folder)
    if acknowledged:
        return "acknowledged"
    return "refused, nothing stored" if size == 3 else "not acknowledged, yet stored"


def _go_on(folder: Path, call: str, number: int, blow: str) -> str:
    printed = _blow(folder, APPEND_AGAIN, call, number, blow)
    acknowledged = _acknowledged(printed)
    assert {index for _, index, _ in acknowledged} == set(range(3, 12)), f"{call} {number} {blow}: {printed[:200]}"
    ledger = guarded(folder)
    try:
        expect_sound(ledger)
        assert ledger.size == 12, ledger.size
        expect_kept(ledger, acknowledged)
    finally:
        ledger.store.close()
    shutil.rmtree(folder)
    return "refused once, then acknowledged" if "refused" in printed else "acknowledged"


def _acknowledged(text: str) -> list[tuple[str, int, str]]:
    lines = [line.split() for line in text.splitlines() if not line.startswith("refused")]
    return [(entry_id, int(index), bytes.fromhex(receipt).decode()) for entry_id, index, receipt in lines]
