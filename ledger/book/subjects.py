"""Name the things that an entry changes, so that what is known of a thing can be read from its own entries alone.

What the book holds of a lot, an entry, an actor, a facility, a product, a pool or a serial follows from the entries
that touch it, in the order of the log, and from no others. Whoever keeps an index of them never has to read a whole
log.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final, Literal

from ledger.book.authority import Authority
from ledger.book.entry import SignedEntry
from ledger.book.kind import claimed_by, kinds
from ledger.book.pools import Key
from ledger.book.statement import Statement
from ledger.ids import is_entry_id

#: `answers` are the amendments of an entry and the entries that stand by it; `admitted` marks an entry whose envelope
#: breaks no rule although its content does.
Sort = Literal["entry", "answers", "admitted", "lot", "pool", "actor", "facility", "product", "serial"]
Subject = tuple[Sort, str | Key]
KEY_SIZE: Final = 8


class Index:
    """Say of the entries of a whole log, in order, under which keys each is to be found."""

    def __init__(self) -> None:
        self._authority = Authority()

    def keys(self, index: int, signed: SignedEntry, *, in_force: bool) -> list[bytes]:
        """Give the keys of the next entry, sorted.

        Args:
            index: its place in the log.
            signed: the entry.
            in_force: whether it took effect.
        """
        statement = Statement.of(index, signed)
        admitted = not self._authority.read(statement)
        return keys_of(statement, admitted=admitted, in_force=in_force)


def keys_of(statement: Statement, *, admitted: bool, in_force: bool) -> list[bytes]:
    """Give the keys under which an entry is to be found, sorted: its own, and those of the things that it touches.

    Args:
        statement: what its envelope states.
        admitted: whether its envelope breaks no rule.
        in_force: whether its content does not either.
    """
    keys = {key_of(("entry", statement.entry_id))}
    if admitted:
        keys.update(map(key_of, touched(statement)))
        if not in_force:
            keys.add(key_of(("admitted", statement.entry_id)))
    return sorted(keys)


def touched(statement: Statement) -> list[Subject]:
    """Name the things that an entry changes, apart from itself, when its envelope breaks no rule."""
    found: list[Subject] = [("lot", lot) for lot in statement.lots]
    kind = kinds().get(statement.kind)
    if kind is None:
        return found
    found += [("serial", serial) for serial in claimed_by(kind.code, statement.data)]
    if statement.is_amendment or kind.code == "reattest":
        found += [("answers", ref) for ref in statement.refs]
    elif kind.registers == "actor":
        found.append(("actor", statement.actor))
    elif kind.registers == "facility":
        found.append(("facility", statement.facility))
    elif kind.registers == "product":
        found.append(("product", statement.text("gtin")))
    if kind.joins_pool and statement.facility and statement.stage:
        found.append(("pool", (statement.facility, statement.stage)))
    return found


def key_of(subject: Subject) -> bytes:
    """Give the 8 bytes under which an index knows a thing: of an entry those of its id, else those of a digest.

    Two things may share a key; whoever reads under it sees a few entries too many, and never one too few.
    """
    sort, name = subject
    text = name if isinstance(name, str) else "/".join(name)
    if sort == "entry" and is_entry_id(text):
        return bytes.fromhex(text)[:KEY_SIZE]
    return sha256(f"{sort} {text}".encode()).digest()[:KEY_SIZE]
