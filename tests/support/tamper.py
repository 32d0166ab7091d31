"""Change what the database protects, as somebody could who owns it."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def unprotect(path: Path) -> None:
    """Drop every trigger of a SQLite file."""
    with sqlite3.connect(path) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
    connection.close()
