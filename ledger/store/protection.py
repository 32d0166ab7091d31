"""Let the database itself refuse to change or delete what the log holds: a seat belt; the proof is the tree.

Entries, checkpoints, cosignatures, evidence of equivocation and the access log can only be added. A tile can only
grow, up to its full width. `log_state` moves on by design, and is compared with its signature. Rebuilding projections
(`ecarbon log reindex`) is the one narrow way round: inside its transaction it lifts the protection of one table, and
raises it again. Erasing touches openings and keys only, which are not protected. Whoever owns the database can drop
triggers; `fsck` finds what was changed then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection

#: Protected tables, and what identifies a row in each.
KEYS: Final = {
    "entry": ("idx",),
    "checkpoint": ("size",),
    "equivocation": ("id",),
    "tile": ("level", "n"),
    "cosignature": ("size", "vkey"),
    "access": ("id",),
}
_FULL: Final = 8192
_GROWS: Final = (
    f"NEW.level = OLD.level AND NEW.n = OLD.n AND length(NEW.data) <= {_FULL} "
    "AND substr(NEW.data, 1, length(OLD.data)) = OLD.data"
)
_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION ecarbon_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'rows of ' || TG_TABLE_NAME || ' are only added', ERRCODE = 'restrict_violation';
END $$
"""


def protect(connection: Connection, tables: Sequence[str] = tuple(KEYS)) -> None:
    """Make a database refuse changes of tables of the log."""
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.exec_driver_sql(_FUNCTION)
    for table in tables:
        for name, text in (_sqlite(table) if sqlite else _postgres(table)).items():
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {text}")


@contextmanager
def lifted(connection: Connection, table: str) -> Iterator[None]:
    """Lift the protection of one table for a block; the transaction that fails inside restores it."""
    sqlite = connection.dialect.name == "sqlite"
    for name in _sqlite(table) if sqlite else _postgres(table):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}" + ("" if sqlite else f" ON {table}"))
    yield
    protect(connection, [table])


def _sqlite(table: str) -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are only added'); END"
    keys = KEYS[table]
    same = " OR " if table == "entry" else " AND "
    held = f"SELECT 1 FROM {table} WHERE {'(' + same.join(f'{key} = NEW.{key}' for key in keys) + ')'}"
    changed, replaced = "", f"EXISTS ({held})"
    if table == "tile":
        changed = f"WHEN NOT ({_GROWS}) "
        replaced = f"EXISTS ({held} AND substr(NEW.data, 1, length(data)) <> data)"
    return {
        f"{table}_no_update": f"BEFORE UPDATE ON {table} {changed}{refuse}",
        f"{table}_no_delete": f"BEFORE DELETE ON {table} {refuse}",
        # INSERT OR REPLACE deletes without asking the trigger above.
        f"{table}_no_replace": f"BEFORE INSERT ON {table} WHEN {replaced} {refuse}",
    }


def _postgres(table: str) -> dict[str, str]:
    refuse = "EXECUTE FUNCTION ecarbon_refuse()"
    changed = f"WHEN (NOT ({_GROWS})) " if table == "tile" else ""
    return {
        f"{table}_no_update": f"BEFORE UPDATE ON {table} FOR EACH ROW {changed}{refuse}",
        f"{table}_no_delete": f"BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
        f"{table}_no_truncate": f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    }
