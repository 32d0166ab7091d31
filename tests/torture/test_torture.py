"""Run a small part of every torture case; `make torture` runs all of them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ledger.fsck import fsck
from tests.support.postgres import Postgres
from tests.support.tamper import unprotect
from tests.torture import files, flips, inject, kills, writers
from tests.unit.ledger_store.notes import open_ledger


def test_every_tenth_call_of_an_append_fails_or_kills(tmp_path: Path) -> None:
    if not inject.available():
        pytest.skip("SKIPPED: strace is missing or may not trace here")
    assert inject.every_call(tmp_path, step=10).count > 10


def test_a_process_that_met_an_error_appends_again(tmp_path: Path) -> None:
    if not inject.available():
        pytest.skip("SKIPPED: strace is missing or may not trace here")
    assert inject.every_error(tmp_path, step=12).count > 10


def test_a_log_cut_short_opens_to_an_acknowledged_state_and_is_read_only(tmp_path: Path) -> None:
    assert files.cut_wal(tmp_path, appends=4, step=3).count > 10


def test_an_old_backup_is_read_only(tmp_path: Path) -> None:
    assert files.restore_backups(tmp_path, appends=3).count == 3


def test_two_processes_write_one_database(tmp_path: Path) -> None:
    assert writers.two_processes(f"sqlite:///{tmp_path}/ecarbon.db", 20).count == 80


def test_a_clock_set_back_changes_nothing(tmp_path: Path) -> None:
    assert writers.clock_set_back(tmp_path, 5).count == 5


def test_a_hundred_flipped_bytes_are_found(tmp_path: Path) -> None:
    assert flips.flip_bytes(tmp_path, 100).count == 100


def test_what_nothing_authenticates_is_listed_and_is_no_part_of_any_proof(tmp_path: Path) -> None:
    listed = flips.unauthenticated()
    assert listed and listed < flips.ALL
    path = flips.make_log(tmp_path)
    before = proofs(tmp_path)
    unprotect(path)
    connection = sqlite3.connect(path, isolation_level=None)
    for table, column in sorted(listed):
        connection.execute(f"UPDATE {table} SET {column} = {column} - 1")
    connection.close()
    ledger = open_ledger(tmp_path)
    assert fsck(ledger.store, ledger.log_key, ledger.openings) == [], (
        "a column that is found does not belong on the list"
    )
    ledger.store.close()
    assert proofs(tmp_path) == before


def proofs(folder: Path) -> list[bytes]:
    """Return everything that the log shows as proof."""
    ledger = open_ledger(folder)
    tree = [ledger.checkpoint(), ledger.tile("tile/0/000"), ledger.tile("tile/entries/000")]
    receipts = [ledger.receipt(entry.entry_id).encode() for entry in ledger.entries()]
    ledger.store.close()
    return tree + receipts


def test_a_note_sent_again_by_eight_clients_has_one_index(tmp_path: Path) -> None:
    assert kills.resend(tmp_path, 100).count == 100


def test_postgresql_killed_under_load(tmp_path: Path, postgres: Postgres) -> None:
    if "/ecarbon-pg-" not in postgres.address:
        pytest.skip("SKIPPED: only a private PostgreSQL server may be killed")
    assert kills.kill_database(tmp_path, 2, database=postgres.store()).count == 2
