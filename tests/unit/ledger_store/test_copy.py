"""Check that a store copied into the other kind of database is the same log, and goes on there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import StoreConflict
from ledger.fsck import fsck
from ledger.store.copy import copy_store
from ledger.store.engine import open_engine, transaction
from ledger.store.sql import SqlLogStore
from tests.support.postgres import Postgres
from tests.unit.ledger_store.notes import LOG, Desk, open_ledger


def test_there_and_back_gives_the_same_log_which_goes_on(tmp_path: Path, postgres: Postgres) -> None:
    ledger, desk = open_ledger(tmp_path), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang"), *desk.register("li")])
    ledger.submit([desk.facility("zhang", number) for number in range(300)])
    ledger.submit([desk.facility("zhang", 1, seq=2, keep=False)])
    there, back = postgres.store(), f"sqlite:///{tmp_path}/back.db"
    moved = copy_store(ledger.store.engine, there, exclusive=True)  # type: ignore[attr-defined]
    assert (moved.size, moved.checkpoint) == (305, ledger.checkpoint())
    assert moved.rows["entry"] == 305 and moved.rows["equivocation"] == 1 and moved.rows["opening"] > 300
    second = open_ledger(there)
    assert fsck(second.store, LOG.public_key, second.openings) == []
    copied = copy_store(second.store.engine, back)  # type: ignore[attr-defined]
    assert copied == moved
    third = open_ledger(back)
    assert fsck(third.store, LOG.public_key, third.openings) == []
    note = desk.facility("li", 1)
    assert second.submit([note]) == third.submit([note]), "the same answer, receipt and all"
    assert second.submit([desk.facility("li", 7, seq=1, prev="0" * 64, keep=False)])[0].status == "refused"
    with second.store.read() as reader:
        assert len(reader.equivocations()) == 2, "evidence is numbered on where the copy ended"
    assert fsck(second.store, LOG.public_key, second.openings) == []
    postgres.drop(there)


def test_a_target_that_holds_anything_is_refused_and_left_alone(database: str, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    source = open_ledger(tmp_path / "source")
    source.submit([Desk().open_log()])
    engine = open_engine(database)
    with transaction(engine, write=True) as connection:
        connection.exec_driver_sql("CREATE TABLE something (x INTEGER)")
    engine.dispose()
    with pytest.raises(StoreConflict, match="not empty"):
        copy_store(source.store.engine, database)  # type: ignore[attr-defined]


def test_a_copy_that_fails_leaves_an_empty_target(tmp_path: Path) -> None:
    ledger, desk = open_ledger(tmp_path), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    engine = ledger.store.engine  # type: ignore[attr-defined]
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE log_state")
    target = f"sqlite:///{tmp_path}/target.db"
    with pytest.raises(StoreConflict, match="no log"):
        copy_store(engine, target)
    with SqlLogStore(target).read() as reader:
        assert reader.state() is None and reader.last_index() is None
