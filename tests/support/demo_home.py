"""Play the demo season once for many tests, and describe a home file by file."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from ledger.book.entry import SignedEntry, parse_entry
from web.demo_run import play


def make_home(folder: Path, **overrides: object) -> Path:
    """Play the season in a new home, with settings of its own where they are given."""
    play(folder, overrides=overrides)
    return folder


def copy_home(home: Path, folder: Path) -> Path:
    """Copy a home so that a test may change it."""
    return Path(shutil.copytree(home, folder))


def digests(home: Path) -> dict[str, str]:
    """Return the SHA-256 of every file by its path in the home."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def file_digests(home: Path) -> dict[str, str]:
    """Return the digests without the database, whose pages move when it is compacted."""
    return {name: digest for name, digest in digests(home).items() if name != "ecarbon.db"}


def stamps(home: Path) -> dict[str, tuple[int, int]]:
    """Return time of change and size of every file by its path in the home."""
    return {
        str(path.relative_to(home)): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def report_of(home: Path) -> dict[str, Any]:
    """Read the report."""
    value: dict[str, Any] = json.loads((home / "report.json").read_bytes())
    return value


def entries_of(home: Path, actor: str) -> list[SignedEntry]:
    """Read an actor's entries from the files of the home."""
    entries = [parse_entry(path.read_bytes()) for path in sorted((home / "entries").iterdir())]
    return [one for one in entries if one.entry.actor == actor]


def openings_of(home: Path, entry_id: str) -> list[str]:
    """Read the opened lines of an entry, if its file is there."""
    path = home / "items" / f"{entry_id}.jsonl"
    return path.read_text("utf-8").splitlines() if path.is_file() else []
