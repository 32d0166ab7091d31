"""Sign single entries for whoever sits at the keyboard: registrations, revocations, erasures.

Files of records go through `web.imports`; this is for the few entries that a command makes itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iocore.times import Clock, format_time
from ledger.book.entry import Entry, parse_entry, sign_entry
from ledger.book.item import Item
from ledger.book.violation import errors_of
from ledger.errors import EntryRejected, LedgerError
from ledger.ids import NO_ENTRY, key_owner
from ledger.log.signer import Signer
from ledger.service import Ledger, SubmitResult


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold what one entry says, before it has a place in a key's chain."""

    kind: str
    actor: str
    data: Mapping[str, Any]
    lots: Sequence[str] = ()
    refs: Sequence[str] = ()
    items: Sequence[Item] = ()
    stage: str = ""
    facility: str = ""


class EntryRefused(LedgerError):
    """Say that the ledger did not take an entry that this program made."""

    code = "entry-refused"


def record(ledger: Ledger, signer: Signer, statement: Statement, *, clock: Clock) -> SubmitResult:
    """Sign one entry with the next number of the key's chain, and append it.

    Raises:
        EntryRejected: it broke content rules; carries all of them.
        EntryRefused: the ledger did not take it.
    """
    with ledger.store.read() as reader:
        head = reader.head(signer.name)
    entry = Entry(
        actor=statement.actor,
        recorded_by=key_owner(signer.name),
        kind=statement.kind,
        seq=1 if head is None else head.seq + 1,
        prev=NO_ENTRY if head is None else head.entry_id,
        event_time=format_time(clock.now()),
        stage=statement.stage,
        facility=statement.facility,
        lots=tuple(sorted(statement.lots)),
        data=dict(statement.data),
        items=tuple(sorted(item.digest for item in statement.items)),
        refs=tuple(sorted(statement.refs)),
    )
    note, items = sign_entry(entry, signer), {item.digest: item for item in statement.items}
    broken = errors_of(ledger.book().check(ledger.size, parse_entry(note), items))
    if broken:
        raise EntryRejected(
            "the entry breaks content rules; nothing was logged", violations=[finding.message for finding in broken]
        )
    (result,) = ledger.submit([(note, [item.text for item in statement.items])])
    problem = result.problem or {}
    if result.status == "rejected":
        raise EntryRejected(
            "the entry is logged and takes no effect",
            violations=[finding["message"] for finding in problem.get("violations", ())],
            entry_id=result.entry_id,
        )
    if result.status == "refused":
        raise EntryRefused(str(problem.get("detail", "")), reason=problem.get("code", ""))
    return result
