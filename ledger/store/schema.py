"""Make the tables of a new database, and bring those of an older one up to date.

A new database is made from the tables as the code has them; an older one is upgraded by the Alembic revisions in
`migrations/versions/`, in one transaction, when it is opened. A test builds the schema both ways and compares.
On SQLite the version also stands in `user_version`, beside the program's `application_id`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, inspect

from ledger.errors import StoreConflict
from ledger.store import side_tables, tables
from ledger.store.engine import pragma
from ledger.store.protection import protect

FOLDER: Final = Path(__file__).parent / "migrations"
#: Every table of a database, the log's and the others.
METADATA: Final = side_tables.access.metadata


def prepare(connection: Connection) -> None:
    """Make or upgrade the tables of the log, inside a write transaction.

    Raises:
        StoreConflict: the database belongs to another program, or to a newer version of this one.
    """
    found = _version(connection)
    if found == tables.SCHEMA_VERSION:
        return
    if found > tables.SCHEMA_VERSION:
        raise StoreConflict(
            "the database was written by a newer version of this program; use that one",
            found=found,
            known=tables.SCHEMA_VERSION,
        )
    if found:
        upgrade(connection, found)
    else:
        METADATA.create_all(connection)
        protect(connection)
        _stamp(connection, tables.SCHEMA_VERSION)
    if connection.dialect.name == "sqlite":
        pragma(connection, f"application_id = {tables.APPLICATION_ID}")
        pragma(connection, f"user_version = {tables.SCHEMA_VERSION}")


def upgrade(connection: Connection, found: int) -> None:
    """Run every revision after the one found; after none, if it is zero."""
    # Alembic is loaded where there is something to upgrade: a start has no need of it.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    if found and not inspect(connection).has_table("alembic_version"):
        _stamp(connection, found)  # Databases of the first milestone carry no revision.
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)

    def steps(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(config, script, fn=steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()


def _version(connection: Connection) -> int:
    """Return the version of the schema; zero in an empty database."""
    there = inspect(connection)
    if connection.dialect.name == "sqlite":
        owner, version = pragma(connection, "application_id"), pragma(connection, "user_version")
        if owner == 0 and version == 0 and not set(there.get_table_names()) & set(METADATA.tables):
            return 0
        if owner != tables.APPLICATION_ID:
            raise StoreConflict("the database file belongs to another program", application_id=owner)
        return int(version)
    if there.has_table("alembic_version"):
        return int(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
    return int(there.has_table("log_state"))


def _stamp(connection: Connection, version: int) -> None:
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version "
        "(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql(f"INSERT INTO alembic_version (version_num) VALUES ('{version:04d}')")
