"""Check that old databases are upgraded, newer ones refused, and what the log holds protected by the database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from ledger.errors import StoreConflict
from ledger.fsck import fsck
from ledger.log.note import COSIGNATURE, SignedNote
from ledger.log.signer import Signer
from ledger.log.witness import cosign
from ledger.store import protection
from ledger.store.access import AccessLog, AccessRow
from ledger.store.base import CosignatureRow
from ledger.store.engine import open_engine, transaction
from ledger.store.schema import METADATA, upgrade
from ledger.store.sql import SqlLogStore
from tests.unit.ledger_store.notes import LOG, Desk, open_ledger

WITNESS = Signer("witness.example", bytes(32), algorithm=COSIGNATURE)
OWN = {*METADATA.tables, "alembic_version"}
#: What databases before version 4 protected.
EARLY = ("entry", "checkpoint", "equivocation", "tile")


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
    SqlLogStore(database).close()
    made = described(database)
    assert len(made["triggers"]) == 18 and set(made) == {*OWN, "triggers"}
    empty(database)
    engine = open_engine(database)
    with transaction(engine, write=True) as connection:
        upgrade(connection, 0)
    engine.dispose()
    assert described(database) == made


def make_old(url: str, version: int) -> None:
    """Bring a database back to what an earlier version would have written."""
    old = open_engine(url)
    sqlite = old.dialect.name == "sqlite"
    with transaction(old, write=True) as connection:
        there = inspect(connection)
        for table in protection.KEYS:
            for name in protection._sqlite(table) if sqlite else protection._postgres(table):
                connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
        connection.exec_driver_sql("DROP TABLE mention")
        for table in ("entry", "opening") if version < 3 or sqlite else ():
            if sqlite:
                made, raw = f"{table}_old", [column["name"] for column in there.get_columns(table)]
                text = connection.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE name = '{table}'").scalar_one()
                text = text.replace(f"TABLE {table}", f"TABLE {made}")
                text = text.replace("PRIMARY KEY (idx)", "PRIMARY KEY (idx), UNIQUE (entry_id)")
                values = ", ".join(raw)
                if version < 3:
                    text = text.replace("entry_id BLOB", "entry_id TEXT")
                    values = values.replace("entry_id", "lower(hex(entry_id))")
                connection.exec_driver_sql(text)
                connection.exec_driver_sql(f"INSERT INTO {made} SELECT {values} FROM {table}")
                connection.exec_driver_sql(f"DROP TABLE {table}")
                connection.exec_driver_sql(f"ALTER TABLE {made} RENAME TO {table}")
            else:
                kind = "TYPE text COLLATE \"C\" USING encode(entry_id, 'hex')"
                connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN entry_id {kind}")
        if not sqlite:
            connection.exec_driver_sql("ALTER TABLE entry ADD CONSTRAINT entry_entry_id_key UNIQUE (entry_id)")
        if sqlite:
            connection.exec_driver_sql("CREATE INDEX IF NOT EXISTS opening_actor ON opening (actor)")
            connection.exec_driver_sql(f"PRAGMA user_version = {version}")
        if version == 1:  # That milestone carried no revision, and one that was cut short no tables of others.
            for table in ("cosignature", "alembic_version", "access", "passport", "status_list"):
                connection.exec_driver_sql(f"DROP TABLE {table}")
        else:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version:04d}'")
            protection.protect(connection, EARLY if version < 4 else tuple(protection.KEYS))
    old.dispose()


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_database_of_an_earlier_version_is_upgraded_when_it_is_opened(database: str, version: int) -> None:
    ledger, desk = open_ledger(database), Desk()
    notes = [desk.open_log(), *desk.register("zhang"), desk.facility("zhang", 1)]
    before = [(result.entry_id, result.receipt) for result in ledger.submit(notes)]
    items = [ledger.items(entry_id) for entry_id, _ in before]
    made = described(database)
    ledger.store.close()
    make_old(database, version)
    assert described(database) != made
    again = open_ledger(database)
    assert described(database) == made
    assert fsck(again.store, LOG.public_key, again.openings) == []
    assert [(result.entry_id, result.receipt) for result in again.submit(notes)] == before
    assert [again.items(entry_id) for entry_id, _ in before] == items and any(items)
    assert again.submit([desk.facility("zhang", 2)])[0].index == 4
    assert fsck(again.store, LOG.public_key, again.openings) == []


def test_a_damaged_id_survives_the_upgrade_to_be_found_and_mended(database: str) -> None:
    ledger, desk = open_ledger(database), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    ledger.store.close()
    make_old(database, 2)
    engine = open_engine(database)
    with transaction(engine, write=True) as connection, protection.lifted(connection, "entry"):
        connection.exec_driver_sql("UPDATE entry SET entry_id = 'what is this' WHERE idx = 2")
    engine.dispose()
    again = open_ledger(database)
    found = fsck(again.store, LOG.public_key, again.openings)
    assert ("entry", 2, "entry_id") in {(one.table, one.index, one.check) for one in found}
    again.reindex()
    assert fsck(again.store, LOG.public_key, again.openings) == []


def test_what_is_no_entry_id_finds_nothing(database: str) -> None:
    ledger, desk = open_ledger(database), Desk()
    entry_id = ledger.submit([desk.open_log()])[0].entry_id
    with ledger.store.read() as reader:
        assert reader.entry_by_id(entry_id) is not None
        for wrong in (entry_id.upper(), f"{entry_id} ", entry_id[:-1], "x" * 64, ""):
            assert reader.entry_by_id(wrong) is None and reader.known_ids([wrong]) == {}
            assert reader.openings([wrong]) == []


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
    "UPDATE cosignature SET line = 'another'",
    "DELETE FROM cosignature",
    "UPDATE access SET reader = 'nobody'",
    "DELETE FROM access",
)
REPLACED = (
    "INSERT OR REPLACE INTO entry SELECT idx, x'00', note, leaf_hash, chain, status, reasons FROM entry WHERE idx = 1",
    "INSERT OR REPLACE INTO tile VALUES (0, 0, zeroblob(96))",
    "INSERT OR REPLACE INTO checkpoint VALUES (3, zeroblob(96))",
    "REPLACE INTO equivocation SELECT id, key_name, seq, size + 1, note FROM equivocation",
    "REPLACE INTO cosignature SELECT size, vkey, 'another' FROM cosignature",
    "REPLACE INTO access SELECT id, at, 'nobody', audience, way, actor, entry_id FROM access",
)
EMPTIED = tuple(f"TRUNCATE {table}" for table in protection.KEYS)


def test_the_database_itself_refuses_to_change_or_delete_what_the_log_holds(database: str) -> None:
    ledger, desk = open_ledger(database), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    twin = desk.facility("zhang", 1, keep=False)
    ledger.submit([desk.facility("zhang", 2), twin])
    engine = ledger.store.engine  # type: ignore[attr-defined]
    line = cosign(SignedNote.parse(ledger.checkpoint()).text, WITNESS, 1_780_000_000)
    with ledger.store.write() as writer:
        writer.add_cosignatures([CosignatureRow(ledger.size, WITNESS.public_key.encode(), line.encode())])
    AccessLog(engine).add([AccessRow("2026-06-01T00:00:00Z", "bank", "partner", "items", "a_", "00")])
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
