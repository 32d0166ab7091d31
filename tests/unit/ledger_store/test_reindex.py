"""Check that projections are rebuilt from the canonical bytes, and that notes are never touched."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ledger.errors import LedgerCorrupt
from ledger.fsck import fsck
from ledger.service import Ledger
from tests.support.tamper import unprotect
from tests.unit.ledger_store.notes import LOG, Desk, actor_id, open_ledger


def dump(path: Path) -> list[str]:
    """Return the whole content of a database as text, its triggers apart."""
    connection = sqlite3.connect(path)
    try:
        return sorted(line for line in connection.iterdump() if not line.startswith("CREATE TRIGGER"))
    finally:
        connection.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return a log over a tile border, with a frozen key and a rejected entry."""
    ledger, desk = open_ledger(tmp_path), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang"), *desk.register("li")])
    ledger.submit([desk.note(desk.signer("li"), "ship", {"to": actor_id("zhang")}, lots=("p:0000000000000000",))])
    ledger.submit([desk.facility("zhang", number) for number in range(255)])
    ledger.submit([desk.facility("zhang", 999, seq=9, keep=False)])
    return ledger


def test_nothing_changes_where_nothing_is_wrong(ledger: Ledger) -> None:
    assert ledger.reindex() == 0


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entry SET entry_id = chain, leaf_hash = zeroblob(32), chain = zeroblob(32) WHERE idx > 3",
        "UPDATE entry SET status = 'logged', reasons = ''",
        "DELETE FROM tile",
        "UPDATE tile SET data = zeroblob(8192)",
        "DELETE FROM key_head",
        "UPDATE key_head SET seq = 1, frozen = 1 - frozen",
        "UPDATE log_state SET root = zeroblob(32), edge = zeroblob(3), chain = zeroblob(1), checkpoint = zeroblob(2)",
        "DELETE FROM checkpoint WHERE size = 261",
    ],
)
def test_every_projection_is_rebuilt_to_the_byte(ledger: Ledger, tmp_path: Path, damage: str) -> None:
    before = dump(tmp_path / "ecarbon.db")
    unprotect(tmp_path / "ecarbon.db")
    connection = sqlite3.connect(tmp_path / "ecarbon.db")
    with connection:
        connection.execute(damage)
    connection.close()
    assert fsck(ledger.store, LOG.public_key, ledger.openings) != []
    assert ledger.reindex() > 0
    assert dump(tmp_path / "ecarbon.db") == before
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM entry WHERE idx = 3",
        "DELETE FROM entry WHERE idx = 260",
        "UPDATE entry SET note = (SELECT note FROM entry WHERE idx = 9) WHERE idx = 10",
    ],
)
def test_notes_that_lead_to_no_signed_head_are_left_alone(ledger: Ledger, tmp_path: Path, damage: str) -> None:
    unprotect(tmp_path / "ecarbon.db")
    connection = sqlite3.connect(tmp_path / "ecarbon.db")
    with connection:
        connection.execute(damage)
    connection.close()
    before = dump(tmp_path / "ecarbon.db")
    with pytest.raises(LedgerCorrupt):
        ledger.reindex()
    assert dump(tmp_path / "ecarbon.db") == before
