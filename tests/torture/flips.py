"""Change one byte of one row, anywhere in the log's tables, and let fsck find table and index.

What it cannot find stands in ledger/SPEC.md, section 8: the columns that nothing authenticates.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from ledger.fsck import Finding, fsck
from ledger.log import witness
from ledger.log.note import COSIGNATURE, SignedNote
from ledger.log.signer import Signer
from ledger.openings import Openings
from ledger.store import tables
from ledger.store.base import CosignatureRow
from ledger.store.sql import SqlLogStore
from tests.support.tamper import unprotect
from tests.torture.support import DATABASE, ROOT, Row
from tests.unit.ledger_store.notes import LOG, SEAL, Desk, actor_id, open_ledger

WITNESS = Signer("witness.example", b"W" * 32, algorithm=COSIGNATURE)
# `mention` has no row numbers and is no proof; test_fsck.py damages it in other ways.
ALL = {
    (table.name, column.name)
    for table in vars(tables).values()
    if isinstance(table, Table) and table.name != "mention"
    for column in table.columns
}
# What a flip changes and the index that a finding must name: the old value of this column, or the new one.
INDEX = {
    "entry": "idx",
    "tile": "n",
    "checkpoint": "size",
    "key_head": "idx",
    "equivocation": "seq",
    "cosignature": "size",
}


def unauthenticated() -> set[tuple[str, str]]:
    """Read from SPEC.md which columns nothing authenticates."""
    text = (ROOT / "ledger" / "SPEC.md").read_text(encoding="utf-8")
    part = text.partition("<!-- unauthenticated -->")[2].partition("<!-- /unauthenticated -->")[0]
    return {(table, column) for table, column in re.findall(r"^\| `(\w+)\.(\w+)` \|", part, re.MULTILINE)}


def make_log(folder: Path) -> Path:
    """Make a log that has every kind of row, more than one tile, and return its database."""
    ledger, desk = open_ledger(folder), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang", names=2), *desk.register("li")])
    for number in range(4):
        ledger.submit([desk.facility("zhang", 2 * number), desk.facility("li", number)])
    rejected = [desk.note(desk.signer("zhang"), "ship", {"to": actor_id("li")}) for _ in range(250)]
    ledger.submit(rejected[:240])
    ledger.submit(rejected[240:])
    ledger.submit([desk.facility("li", 9, seq=1, prev="0" * 64, keep=False)])
    note = ledger.checkpoint()
    line = witness.cosign(SignedNote.parse(note).text, WITNESS, 1_780_000_000)
    with ledger.store.write() as writer:
        writer.add_cosignatures([CosignatureRow(ledger.size, WITNESS.public_key.encode(), line.encode())])
    ledger.store.close()
    return folder / DATABASE


def flip_bytes(folder: Path, count: int, *, seed: int = 4) -> Row:
    """Flip bytes one at a time; every one must be found, or be refused by the database itself.

    Args:
        folder: an empty folder to work in.
        count: how many flips must be found.
        seed: chooses them.
    """
    source, path = random.Random(seed), make_log(folder)
    columns = sorted(ALL - unauthenticated())
    unprotect(path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    store = SqlLogStore(f"sqlite:///{path}")
    openings = Openings(store, SEAL)
    assert fsck(store, LOG.public_key, openings) == []
    counts: Counter[str] = Counter()
    number = 0
    while sum(counts.values()) < count:
        table, column = columns[number % len(columns)]
        number += 1
        found = _flip(connection, source, table, column, lambda: fsck(store, LOG.public_key, openings))
        if found:
            counts[table] += 1
    assert fsck(store, LOG.public_key, openings) == []
    store.close()
    connection.close()
    told = ", ".join(f"{found} {table}" for table, found in sorted(counts.items()))
    return Row("single bytes flipped, found with table and index", sum(counts.values()), told)


def _flip(connection: sqlite3.Connection, source: random.Random, table: str, column: str, check: Any) -> bool:
    """Change a byte of one row, look for it, and change it back; tell whether the database let it be changed."""
    rows = connection.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid").fetchall()
    rowid, old = source.choice(rows)
    place = INDEX.get(table, column)
    entry = _place(connection, table, rowid, place)
    changed, write = _changed(source, table, column, old)
    try:
        connection.execute(f"UPDATE {table} SET {column} = {write} WHERE rowid = ?", (changed, rowid))
    except sqlite3.IntegrityError:
        return False
    moved = (
        changed if (table, column) in (("entry", "idx"), ("checkpoint", "size")) else rowid
    )  # the key is the row's id
    try:
        findings: list[Finding] = check()
    finally:
        back = "CAST(? AS TEXT)" if isinstance(old, str) else "?"
        value = old.encode() if isinstance(old, str) else old
        connection.execute(f"UPDATE {table} SET {column} = {back} WHERE rowid = ?", (value, moved))
    indexes = {finding.index for finding in findings if finding.table == table}
    wanted = {entry, changed if column == place else entry}
    assert indexes & wanted, f"{table}.{column} of row {rowid}: {old!r} -> {changed!r} gave {findings[:5]}"
    return True


def _place(connection: sqlite3.Connection, table: str, rowid: int, place: str) -> Any:
    """Return the index that a finding about a row must name."""
    if table == "log_state":
        return None
    if table == "opening":
        query = "SELECT idx FROM entry JOIN opening USING (entry_id) WHERE opening.rowid = ?"
    elif table == "actor_secret":
        query = """SELECT min(idx) FROM entry JOIN opening USING (entry_id) JOIN actor_secret USING (actor)
                   WHERE actor_secret.rowid = ?"""
    else:
        query = f"SELECT {place} FROM {table} WHERE rowid = ?"
    return connection.execute(query, (rowid,)).fetchone()[0]


def _changed(source: random.Random, table: str, column: str, old: Any) -> tuple[Any, str]:
    """Change one byte of a value; return it with the SQL that writes it."""
    if isinstance(old, int):
        truth = (table, column) in (("key_head", "frozen"), ("actor_secret", "destroyed"))
        return old ^ (1 if truth else source.randrange(1, 256)), "?"
    data = bytearray(old.encode() if isinstance(old, str) else old)
    if not data:
        data = bytearray(b"\0")
    data[source.randrange(len(data))] ^= source.randrange(1, 256)
    return bytes(data), "CAST(? AS TEXT)" if isinstance(old, str) else "?"
