"""Take in entries one after the other: the tree, the chains, the rules, signatures, and what concerns the watch."""

from __future__ import annotations

from typing import Final

from ledger.book.authority import Authority
from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.facts import Facts
from ledger.book.statement import Statement
from ledger.book.violation import errors_of
from ledger.errors import LedgerCorrupt, LedgerError
from ledger.ids import NO_ENTRY
from ledger.log import merkle
from ledger.log.edge import Edge
from ledger.monitor.following import Following
from ledger.monitor.shelf import Shelves
from ledger.monitor.store import Rows, State

PASSPORT: Final = "passport"
#: What is wrong with an entry's place in its key's chain: a number twice, or another entry before it.
LINKS: Final = ("equivocation", "chain")


class Intake:
    """Read entries from where the state ends, inside one transaction.

    Args:
        rows: the transaction.
        state: the state in it.
    """

    def __init__(self, rows: Rows, state: State) -> None:
        self._rows = rows
        self._state = state
        self._shelves = Shelves(rows)
        self._authority = Authority(self._shelves.facts)
        self._following = Following(rows, self._shelves.facts) if state.lot else None
        self._chain = state.chain
        self.edge = Edge.decode(state.size, state.edge)
        if self._following is not None and state.size == 0:
            self._following.start(state.lot)

    def read(self, note: bytes) -> None:
        """Take in the next entry.

        Raises:
            LedgerCorrupt: it is none.
        """
        index = self.edge.size
        try:
            signed = parse_entry(note)
        except LedgerError as error:
            raise LedgerCorrupt("the log holds a leaf that is no entry", index=index, reason=error.message) from None
        leaf = merkle.leaf_hash(note)
        self.edge = self.edge.extend([leaf])
        self._chain = merkle.chain_hash(self._chain, leaf)
        statement = Statement.of(index, signed)
        codes = [violation.code for violation in errors_of(self._authority.read(statement))]
        faults = _signature(self._shelves.facts, signed)
        fresh = self._new_key(signed, index)
        admitted = statement.entry_id in self._shelves.facts.admitted
        self._rows.file(statement, admitted=admitted, alerts=[*codes, *faults, *fresh])
        for code in (*self._link(signed), *faults):
            self._rows.keep_broken(index, signed.key_name, code)
        self._follow(statement)

    def keep(self) -> None:
        """Write what is not written yet, and the state that belongs to it."""
        self._shelves.keep()
        edge = self.edge
        self._rows.keep_state(self._state._replace(size=edge.size, edge=edge.encode(), chain=self._chain))

    def _new_key(self, signed: SignedEntry, index: int) -> list[str]:
        """Tell of a key that the watched actor uses for the first time, unless the monitor has just begun."""
        new = index >= self._state.first and signed.key_name not in self._shelves.heads
        return ["new-key"] if new and signed.entry.actor == self._state.actor else []

    def _link(self, signed: SignedEntry) -> list[str]:
        """Compare an entry with its key's entry before; a number used twice is proof against the key."""
        heads, entry = self._shelves.heads, signed.entry
        seq, before = heads.get(signed.key_name, (0, NO_ENTRY))
        heads[signed.key_name] = (entry.seq, signed.entry_id)
        if (entry.seq, entry.prev) == (seq + 1, before):
            return []
        return [LINKS[0] if entry.seq <= seq else LINKS[1]]

    def _follow(self, statement: Statement) -> None:
        if self._following is None:
            if self._state.actor in (statement.actor, statement.recorded_by):
                self._rows.hold(statement.index, statement.index + 1)
            return
        self._following.read(statement)
        if statement.kind == PASSPORT and self._state.lot in statement.lots:
            self._rows.keep_root(self.edge.size, self.edge.root())


def _signature(facts: Facts, signed: SignedEntry) -> list[str]:
    record = facts.keyring.get(signed.key_name)
    if record is None:
        return ["unknown-key"]
    try:
        signed.verify(record.verifier)
    except LedgerError as error:
        return [error.code]
    return []
