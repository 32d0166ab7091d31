"""Let every write, sync, rename, open, unlink and truncation of one append fail or kill, one at a time.

`strace -e inject` of Linux does it; the paths of the store select the calls, so that N counts calls on its files.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from tests.torture.support import DATABASE, GUARD, Row, desk_notes, expect_kept, expect_sound, guarded, python

CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "openat", "unlink", "ftruncate")
BLOWS = ("signal=KILL", "error=EIO", "error=ENOSPC")
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
    source = folder / "log"
    source.mkdir()
    ledger = guarded(source)
    ledger.submit(desk_notes(0)[0])
    ledger.store.close()
    cases = list(islice(_cases(_count(Path(shutil.copytree(source, folder / "counted")))), 0, None, step))

    def one(number: int) -> str:
        return _one(Path(shutil.copytree(source, folder / f"case-{number}")), *cases[number])

    with ThreadPoolExecutor(2) as pool:
        outcomes = Counter(pool.map(one, range(len(cases))))
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    return Row("strace: SIGKILL, EIO, ENOSPC at every call of one append", len(cases), told)


def _cases(counts: Counter[str]) -> Iterator[tuple[str, int, str]]:
    for call in CALLS:
        for number in range(1, counts[call] + 1):
            for blow in BLOWS:
                yield call, number, blow


def _command(folder: Path, *options: str) -> tuple[list[str], dict[str, str]]:
    command, environ = python("-c", APPEND, str(folder))
    paths = [folder, folder / GUARD, *(folder / f"{DATABASE}{end}" for end in ("", "-wal", "-shm", "-journal"))]
    selected = [word for path in paths for word in ("-P", str(path))]
    return ["strace", "-f", *selected, *options, *command], environ


def _count(folder: Path) -> Counter[str]:
    """Count the calls of an append that nothing disturbs."""
    trace = folder.with_suffix(".trace")
    command, environ = _command(folder, "-e", f"trace={','.join(CALLS)}", "-o", str(trace))
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert len(_acknowledged(done.stdout)) == 3, done.stdout + done.stderr
    found = Counter(re.findall(r"^\d+ +(\w+)\(", trace.read_text(errors="replace"), re.MULTILINE))
    assert found["fdatasync"] + found["fsync"] > 0 and found["pwrite64"] > 0, found
    return found


def _one(folder: Path, call: str, number: int, blow: str) -> str:
    options = ("-e", f"trace={call}", "-e", f"inject={call}:{blow}:when={number}", "-o", "/dev/null")
    command, environ = _command(folder, *options)
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    acknowledged = _acknowledged(done.stdout)
    assert len(acknowledged) in (0, 3), done.stdout
    assert "Traceback" not in done.stderr, done.stderr
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


def _acknowledged(text: str) -> list[tuple[str, int, str]]:
    lines = [line.split() for line in text.splitlines() if not line.startswith("refused")]
    return [(entry_id, int(index), bytes.fromhex(receipt).decode()) for entry_id, index, receipt in lines]
