"""Cosigned checkpoints hold before Go's `sumdb/note`, with a verifier of cosignatures that is not ours in Python."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from iocore.times import FixedClock
from ledger.witness.service import Witness
from tests.interop.test_go import GO, GOPATH, pytestmark  # noqa: F401
from tests.support.witnesses import branches

NOW = datetime(2026, 8, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the program without any network."""
    folder = tmp_path_factory.mktemp("go-witness")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(folder / "cache")}
    assert GO is not None
    command = [GO, "build", "-o", str(folder / "check"), "."]
    source = Path(__file__).resolve().parent / "go_witness"
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "check"


def test_go_reads_what_witnesses_sign_and_refuses_every_changed_byte(checker: Path, tmp_path: Path) -> None:
    log = branches("log.example/one", 9, [])[0]
    note, keys = log.signed(9), [log.signer.public_key.encode()]
    for name in ("bank", "customs"):
        witness = Witness.create(tmp_path / name, f"witness.example/{name}", FixedClock(NOW))
        witness.follow(log.signer.public_key)
        note += witness.add_checkpoint(log.request(0, 9).encode())
        keys.append(witness.public_key.encode())
        witness.close()

    def check(data: bytes) -> tuple[int, str]:
        (tmp_path / "checkpoint").write_bytes(data)
        done = subprocess.run([checker, tmp_path / "checkpoint", *keys], capture_output=True, text=True)
        return done.returncode, done.stdout

    time = int(NOW.timestamp())
    assert check(note) == (0, f"witness.example/bank {time}\nwitness.example/customs {time}\n")
    changed = 0
    for at in range(0, len(note) - 1, 5):
        code, _ = check(note[:at] + bytes([note[at] ^ 1]) + note[at + 1 :])
        assert code == 1, at
        changed += 1
    assert changed > 50
