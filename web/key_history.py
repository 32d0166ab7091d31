"""Say what a key was at a size of the log: valid, frozen or revoked, and which of its entries are disputed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ledger.book.authority import Authority
from ledger.book.entry import parse_entry
from ledger.book.keyring import KeyRecord
from ledger.book.statement import Statement
from ledger.heads import Heads
from ledger.reading import check_size
from ledger.service import Ledger

State = Literal["valid", "frozen", "revoked"]


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """Hold a key as the log showed it at a size.

    Args:
        record: owner, roles, registration and revocation.
        size: the log size.
        state: whether it may sign the next entry.
        entries: how many entries it signed.
        disputed: entries in its disputed window by which nobody stands, in the order of the log.
        vouched: entries in that window by which its owner stands with another key.
    """

    record: KeyRecord
    size: int
    state: State
    entries: int
    disputed: tuple[Statement, ...]
    vouched: tuple[Statement, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "key": self.record.name,
            "vkey": self.record.vkey,
            "actor": self.record.actor,
            "roles": sorted(self.record.roles),
            "keeper": self.record.keeper,
            "size": self.size,
            "state": self.state,
            "registered_at": self.record.from_index,
            "revoked_at": self.record.revoked_at,
            "disputed_from": self.record.disputed_from,
            "entries": self.entries,
            "disputed": [_brief(one) for one in self.disputed],
            "vouched": [_brief(one) for one in self.vouched],
        }


def key_history(ledger: Ledger, name: str, *, at: int | None = None) -> KeyHistory:
    """Read a key's history from the public envelopes alone.

    Args:
        ledger: the ledger.
        name: `<actor>/<label>`.
        at: log size, by default now.

    Raises:
        EntryNotFound: the log is not that large.
        KeyUntrusted: the key was not registered by then.
    """
    size = ledger.size if at is None else at
    with ledger.store.read() as reader:
        check_size(reader, size)
        heads = Heads(reader.equivocations())
    authority, own = Authority(), []
    for stored in ledger.entries(0, size):
        signed = parse_entry(stored.note)
        statement = Statement.of(stored.index, signed)
        authority.read(statement)
        reattest = signed if statement.kind == "reattest" and stored.status == "logged" else None
        heads.add(stored.index, signed.key_name, signed.entry.seq, stored.entry_id, reattest=reattest)
        if signed.key_name == name:
            own.append(statement)
    facts = authority.facts
    record, head = facts.keyring.key(name), heads.get(name, at=size)
    doubted = tuple(one for one in own if record.disputes(one.index))
    frozen = head is not None and head.frozen
    return KeyHistory(
        record=record,
        size=size,
        state="revoked" if record.revoked_at is not None else "frozen" if frozen else "valid",
        entries=len(own),
        disputed=tuple(one for one in doubted if facts.disputed(one.entry_id)),
        vouched=tuple(one for one in doubted if not facts.disputed(one.entry_id)),
    )


def _brief(statement: Statement) -> dict[str, Any]:
    return {"index": statement.index, "entry_id": statement.entry_id, "kind": statement.kind}
