"""An exported log and its receipts hold before Go's `sumdb/note` and `tlog`, read by a small Go program of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.export import export_log
from tests.support.demo_home import copy_home
from tests.unit.ledger_store.notes import LOG, Desk, open_ledger

SOURCE = Path(__file__).resolve().parent / "go"
GOPATH = Path("/usr/share/gocode")
GO = shutil.which("go")
pytestmark = pytest.mark.skipif(
    GO is None or not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir(),
    reason="SKIPPED: Go or its x/mod is missing, no log was read with Go's own code: apt-get install golang-go "
    "golang-golang-x-mod-dev",
)


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the program without any network."""
    folder = tmp_path_factory.mktemp("go")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(folder / "cache")}
    assert GO is not None
    command = [GO, "build", "-o", str(folder / "check"), "."]
    done = subprocess.run(command, cwd=SOURCE, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "check"


def run(checker: Path, log: Path, *receipts: Path) -> tuple[int, str]:
    vkey = (log / "log.vkey").read_text("utf-8").strip()
    done = subprocess.run([checker, log, vkey, *receipts], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export a log of three bundles, with tiles of two levels, and receipts from several heads of it."""
    folder = tmp_path_factory.mktemp("large")
    ledger, desk = open_ledger(folder), Desk()
    notes = [desk.open_log(), *desk.register("zhang"), *(desk.facility("zhang", number) for number in range(597))]
    receipts = folder / "receipts"
    receipts.mkdir()
    for start in range(0, len(notes), 100):
        for result in ledger.submit(notes[start : start + 100]):
            assert result.status == "logged" and result.receipt is not None
            (receipts / f"{result.entry_id}.tlog-proof").write_text(result.receipt, "utf-8")
    export_log(ledger, folder / "log")
    return folder


def test_go_accepts_the_demo_home(checker: Path, demo_home: Path) -> None:
    count = len(list((demo_home / "receipts").iterdir()))
    assert run(checker, demo_home / "log", demo_home / "receipts") == (0, f"entries {count} tiles 1 receipts {count}\n")


def test_go_accepts_a_log_of_several_tiles_and_heads(checker: Path, large: Path) -> None:
    assert run(checker, large / "log", large / "receipts") == (0, "entries 600 tiles 4 receipts 600\n")
    assert (large / "log/log.vkey").read_text("utf-8").strip() == LOG.public_key.encode()


def files(home: Path) -> Iterator[Path]:
    yield from (path for path in sorted((home / "log").rglob("*")) if path.is_file())
    yield from sorted((home / "receipts").iterdir())[:3]


def test_go_refuses_every_damaged_file(checker: Path, large: Path, tmp_path: Path) -> None:
    home = copy_home(large, tmp_path / "home")
    damaged = 0
    for path in files(home):
        good = path.read_bytes()
        for at in (0, len(good) // 2, len(good) - 2):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            code, text = run(checker, home / "log", home / "receipts")
            assert code == 1 and text.startswith("FAIL"), (path.name, at, text)
            damaged += 1
        path.write_bytes(good)
    assert damaged > 30
    assert run(checker, home / "log", home / "receipts")[0] == 0


def test_go_refuses_a_missing_and_a_foreign_file(checker: Path, large: Path, tmp_path: Path) -> None:
    home = copy_home(large, tmp_path / "home")
    (home / "log/tile/0/009").write_bytes(bytes(32))
    assert run(checker, home / "log") == (1, "FAIL tile/0/009 is no file of this log\n")
    (home / "log/tile/0/009").unlink()
    (home / "log/tile/1/000.p/2").unlink()
    assert run(checker, home / "log")[0] == 1
