"""Check that old databases are upgraded, newer ones refused, and what the log holds protected by the database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from ledger.errors import StoreConflict
from ledger.fsck import fsck
from ledger.store import tables
from ledger.store.access import metadata as access
from ledger.store.engine import open_engine, transaction
from ledger.store.schema import upgrade
from ledger.store.sql import SqlLogStore
from passport.store import metadata as passports
from tests.unit.ledger_store.notes import LOG, Desk, open_ledger

OWN = {*tables.metadata.tables, *passports.tables, "alembic_version"} - set(access.tables)


def described(url: str) -> dict[str, Any]:
    """Describe every table of a database: columns, keys, indexes and triggers."""
    engine = open_engine(url)
    there = inspect(engine)
    found: dict[str, Any] = {}
    for table in sorted(set(there.get_table_names()) & OWN):
        columns = [(one["name"], str(one["type"]), one["nullable"]) for one in there.get_columns(table)]
        keys = there.get_pk_constraint(table)["constrained_columns"]
        indexes = sorted((str(one["name"]), tuple(one["column_names"])) for one in there.get_indexes(table))
        unique = [one["column_names"] for one in there.get_unique_constraints(table)]
        found[table] = (columns, keys, indexes, unique)
    with engine.connect() as connection:
        text = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
            if engine.dialect.name == "sqlite"
            else "SELECT tgname, split_part(pg_get_triggerdef(oid), ' ON ', 1) FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgrelid IN "
            "(SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace) ORDER BY tgname"
        )
        found["triggers"] = [tuple(row) for row in connection.exec_driver_sql(text)]
    engine.dispose()
    return found


def empty(url: str) -> None:
    """Drop everything in a database."""
    engine = open_engine(url)
    with transaction(engine, write=True) as connection:
        for table in inspect(connection).get_table_names():
            connection.exec_driver_sql(f"DROP TABLE {table}")
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA user_version = 0")
    engine.dispose()


def test_the_schema_is_the_same_by_both_ways(database: str) -> None:
    store = SqlLogStore(database)
    passports.create_all(store.engine)
    store.close()
    made = described(database)
    assert len(made["triggers"]) == 12 and set(made) == {*OWN, "triggers"}
    empty(database)
    engine = open_engine(database)
    with transaction(engine, write=True) as connection:
        upgrade(connection, 0)
    engine.dispose()
    assert described(database) == made


def test_a_database_of_the_first_milestone_is_upgraded_when_it_is_opened(database: str) -> None:
    ledger, desk = open_ledger(database), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    made = described(database)
    old = open_engine(database)
    sqlite = old.dialect.name == "sqlite"
    with transaction(old, write=True) as connection:  # what that version did not have
        for name, _ in made["triggers"]:
            table = name.split("_no_")[0]
            connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
        connection.exec_driver_sql("DROP TABLE cosignature")
        connection.exec_driver_sql("DROP TABLE alembic_version")
        if sqlite:
            connection.exec_driver_sql("PRAGMA user_version = 1")
    old.dispose()
    again = open_ledger(database)
    assert described(database) == made
    assert again.submit([desk.facility("zhang", 1)])[0].index == 3
    assert fsck(again.store, LOG.public_key, again.openings) == []


def test_a_database_of_a_newer_version_is_refused(database: str) -> None:
    open_ledger(database).store.close()
    engine = open_engine(database)
    with transaction(engine, write=True) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA user_version = 9999")
    engine.dispose()
    with pytest.raises(StoreConflict, match="newer version"):
        SqlLogStore(database)


FORBIDDEN = (
    "UPDATE entry SET note = note",
    "UPDATE entry SET status = 'logged' WHERE idx = 1",
    "DELETE FROM entry WHERE idx = 2",
    "UPDATE checkpoint SET size = size + 100",
    "DELETE FROM checkpoint",
    "UPDATE equivocation SET seq = 9",
    "DELETE FROM equivocation",
    "DELETE FROM tile",
    "UPDATE tile SET n = 5",
    "UPDATE tile SET data = substr(data, 1, 64)",
    "UPDATE tile SET data = substr(data, 33)",
)
REPLACED = (
    "INSERT OR REPLACE INTO entry SELECT idx, 'x', note, leaf_hash, chain, status, reasons FROM entry WHERE idx = 1",
    "REPLACE INTO entry SELECT 99, entry_id, note, leaf_hash, chain, status, reasons FROM entry WHERE idx = 1",
    "INSERT OR REPLACE INTO tile VALUES (0, 0, zeroblob(96))",
    "INSERT OR REPLACE INTO checkpoint VALUES (3, zeroblob(96))",
    "REPLACE INTO equivocation SELECT id, key_name, seq, size + 1, note FROM equivocation",
)
EMPTIED = tuple(f"TRUNCATE {table}" for table in ("entry", "tile", "checkpoint", "equivocation"))


def test_the_database_itself_refuses_to_change_or_delete_what_the_log_holds(database: str) -> None:
    ledger, desk = open_ledger(database), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    twin = desk.facility("zhang", 1, keep=False)
    ledger.submit([desk.facility("zhang", 2), twin])
    engine = ledger.store.engine  # type: ignore[attr-defined]
    more = REPLACED if engine.dialect.name == "sqlite" else EMPTIED
    for statement in (*FORBIDDEN, *more):
        with pytest.raises(DBAPIError, match="are only added"), engine.begin() as connection:
            connection.exec_driver_sql(statement)
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []
    ledger.submit([*desk.register("li"), *(desk.facility("li", number) for number in range(300))])
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == [], "what only grows still grows"


def test_reindex_is_the_narrow_way_and_leaves_the_protection_as_it_was(database: str) -> None:
    ledger, desk = open_ledger(database), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    before = described(database)
    engine = ledger.store.engine  # type: ignore[attr-defined]
    sqlite = engine.dialect.name == "sqlite"
    zeros = "zeroblob(32)" if sqlite else "decode(repeat('00', 32), 'hex')"
    with engine.begin() as connection:
        for table in ("entry", "tile"):
            name = f"{table}_no_update"
            connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
        connection.exec_driver_sql(f"UPDATE entry SET leaf_hash = {zeros}")
        connection.exec_driver_sql(f"UPDATE tile SET data = {zeros}")
    assert ledger.reindex() > 0
    assert described(database) == before
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []
