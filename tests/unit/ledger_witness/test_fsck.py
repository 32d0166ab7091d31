"""Flip stored cosignatures, and see that fsck names every one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select, update

from ledger.fsck import fsck
from ledger.store import tables
from ledger.store.sql import SqlLogStore
from tests.support.passports import build_season
from tests.support.tamper import unprotect
from tests.unit.ledger_witness.test_client import NAMES, cosign, make_witness


def test_every_damaged_cosignature_is_named(tmp_path: Path) -> None:
    season = build_season(tmp_path)
    keys = {name: make_witness(tmp_path / name, name, season.ledger.log_key) for name in NAMES}
    size = cosign(season, keys, NAMES).result.checkpoint.size
    store = season.ledger.store
    assert isinstance(store, SqlLogStore)
    table, key = tables.cosignature, season.ledger.log_key
    unprotect(tmp_path / "ecarbon.db")
    assert fsck(store, key, season.ledger.openings) == []
    with store.engine.begin() as connection:
        row = connection.execute(select(table)).first()
        assert row is not None
    where = (table.c.size == row.size) & (table.c.vkey == row.vkey)
    damaged = 0
    for column in ("line", "vkey"):
        good = getattr(row, column)
        for at in range(0, len(good), 7):
            flipped = good[:at] + chr(ord(good[at]) ^ 1) + good[at + 1 :]
            with store.engine.begin() as connection:
                connection.execute(update(table).where(where).values({column: flipped}))
            now = where if column == "line" else (table.c.size == row.size) & (table.c.vkey == flipped)
            found = [(one.table, one.index) for one in fsck(store, key, season.ledger.openings)]
            assert found == [("cosignature", size)], (column, at)
            with store.engine.begin() as connection:
                connection.execute(update(table).where(now).values({column: good}))
            damaged += 1
    with store.engine.begin() as connection:
        connection.execute(update(table).where(where).values(size=size + 1))
    assert [(one.table, one.index, one.check) for one in fsck(store, key, season.ledger.openings)] == [
        ("cosignature", size + 1, "missing")
    ]
    assert damaged >= 30
