"""The same entries, items and factor rows give the same bytes in any order, in any process and under another Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ARCHIVE = ROOT / "tests/frozen/first-light.tar.xz"
NEEDED = "import sys, cryptography, msgspec, nacl, numpy, orjson, rfc8785, sqlalchemy; print(*sys.version_info[:2])"
SKIPPED = (
    "SKIPPED: no second Python from 3.11 on has the packages, so its bytes were not compared: make a virtual "
    "environment with one, install requirements.lock into it, and name it in OTHER_PYTHON"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first-light")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


def run(python: str, *arguments: str, hashes: int = 0) -> str:
    """Run an interpreter over this source tree; sets and dictionaries of strings have an order of their own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(hashes)}
    done = subprocess.run([python, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else f"failed: {done.stderr[-2000:]}"


def figures(python: str, home: Path, seed: int) -> str:
    return run(python, "-m", "tests.support.figures", str(home), str(seed), hashes=seed)


@cache
def other_python() -> str | None:
    """Find another version of Python, from 3.11 on, that has the packages."""
    names = (os.environ.get("OTHER_PYTHON"), *(f"python3.{minor}" for minor in range(14, 10, -1)))
    for path in filter(None, (shutil.which(name) for name in names if name)):
        found = run(path, "-c", NEEDED).split()
        if found and found[0] == "3" and int(found[1]) >= 11 and int(found[1]) != sys.version_info.minor:
            return path
    return None


def test_same_bytes_whatever_the_order_of_entries_items_and_factors(home: Path) -> None:
    first = figures(sys.executable, home, 0)
    assert len(first.splitlines()) == 2 * 22 and "failed" not in first, first
    for seed in (1, 2, 3):
        assert figures(sys.executable, home, seed) == first


def test_same_bytes_under_another_python(home: Path) -> None:
    other = other_python()
    if other is None:
        pytest.skip(SKIPPED)
    assert figures(other, home, 4) == figures(sys.executable, home, 0)
