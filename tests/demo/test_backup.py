"""A backup is whole and checked without touching the home; a home moves between databases."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo_home import copy_home, digests, report_of, stamps
from tests.support.postgres import Postgres
from web.cli.main import run
from web.setup import registrar_of

Capture = pytest.CaptureFixture[str]


def ask(capsys: Capture, home: Path, *words: str, code: int = 0) -> Any:
    """Run a command in a home and read its JSON."""
    assert run(["--home", str(home), *words, "--json"]) == code, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def append_one(home: Path) -> None:
    """Append one entry to a home's log."""
    from web.cli.base import Run
    from web.recorder import Statement, record

    with Run({}, home).services() as services:
        key = registrar_of(services)
        statement = Statement("register_actor", "a_" + "b" * 16, {"keeper": "", "roles": ["grower"]})
        record(services.ledger, key, statement, clock=services.clock)


def unchanged(before: Sequence[object], home: Path) -> bool:
    """Tell whether no file of a home changed."""
    return before == [stamps(home), digests(home)]


def test_a_backup_is_checked_wholly_and_compared_with_what_was_signed(
    demo_home: Path, tmp_path: Path, capsys: Capture
) -> None:
    home, folder = copy_home(demo_home, tmp_path / "home"), tmp_path / "backup"
    size, root = (report_of(home)["log"][name] for name in ("size", "root"))
    made = ask(capsys, home, "backup", str(folder))
    assert (made["size"], made["root"]) == (size, root)
    assert made["rows"]["entry"] == size and made["rows"]["passport"] > 0 and made["rows"]["opening"] > 0
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoint", "ecarbon.db"]
    assert (folder / "checkpoint").read_bytes() == (home / "log" / "checkpoint").read_bytes()
    before, kept = [stamps(home), digests(home)], digests(folder)
    assert ask(capsys, home, "restore-check", str(folder)) == {"size": size, "behind": 0, "findings": []}
    assert unchanged(before, home) and digests(folder) == kept
    assert run(["--home", str(home), "backup", str(folder)]) == 2, "a backup is never written over"
    capsys.readouterr()

    append_one(home)
    assert ask(capsys, home, "restore-check", str(folder)) == {"size": size, "behind": 1, "findings": []}
    for name in ("ecarbon.db-wal", "ecarbon.db-shm"):
        (home / name).unlink(missing_ok=True)
    shutil.copy(folder / "ecarbon.db", home / "ecarbon.db")
    looks = {one["what"]: one for one in ask(capsys, home, "doctor", code=1)["findings"]}
    assert looks["rollback guard"]["fine"] is False
    assert "guard" in {one["table"] for one in ask(capsys, home, "log", "fsck", code=1)["findings"]}
    assert len(ask(capsys, home, "passport", "list")) > 0, "what was restored can be read"


def test_a_damaged_backup_is_named(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    home, folder = copy_home(demo_home, tmp_path / "home"), tmp_path / "backup"
    ask(capsys, home, "backup", str(folder))
    with sqlite3.connect(folder / "ecarbon.db") as connection:
        connection.execute("DELETE FROM opening WHERE rowid = 7")
    connection.close()
    found = ask(capsys, home, "restore-check", str(folder), code=1)["findings"]
    assert {one["table"] for one in found} == {"opening"}
    assert run(["--home", str(home), "restore-check", str(tmp_path / "nothing")]) == 2


def test_a_home_moves_to_postgresql_and_back(
    demo_home: Path, tmp_path: Path, capsys: Capture, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, address = copy_home(demo_home, tmp_path / "home"), postgres.store()
    size = report_of(home)["log"]["size"]
    assert ask(capsys, home, "log", "migrate-store", address) == {"size": size, "behind": 0, "findings": []}
    assert run(["--home", str(home), "log", "migrate-store", address]) == 2, (
        "never into a database that holds something"
    )
    capsys.readouterr()
    (home / "ecarbon.db").unlink()
    monkeypatch.setenv("ECARBON_DATABASE_URL", address)
    head = ask(capsys, home, "log", "checkpoint")
    assert head["size"] == size and head["root"] == report_of(home)["log"]["root"]
    assert ask(capsys, home, "log", "fsck") == {"size": size, "findings": []}
    back = f"sqlite:///{tmp_path}/back.db"
    assert ask(capsys, home, "log", "migrate-store", back)["findings"] == []
    assert not (home / "ecarbon.db").exists()
    postgres.drop(address)
