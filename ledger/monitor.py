"""Follow a log on behalf of somebody: one lot or one actor, from public envelopes and nothing else.

A monitor keeps the last tree head that it has seen. It refuses a log that does not extend it, checks cosignatures
against a policy, recomputes every chain, and reports what is new. It trusts no file that it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from ledger.book.authority import Authority
from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.facts import Facts
from ledger.book.lineage import closure
from ledger.book.statement import Statement
from ledger.book.violation import errors_of
from ledger.errors import (
    KeyUntrusted,
    LedgerCorrupt,
    LedgerError,
    LogForked,
    MalformedProof,
    QuorumMissing,
    SignatureUntrusted,
    StoreConflict,
)
from ledger.ids import NO_ENTRY
from ledger.log import merkle
from ledger.log.canonical import jcs, jcs_decode
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import VerifierKey
from ledger.log.witness import Policy

TYPE: Final = "ecarbon/monitor@v1"


class Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what a monitor remembers: whom it watches, and the last tree head with the end of the linear chain.

    Args:
        type: `ecarbon/monitor@v1`.
        log: the log's verifier key.
        lot: the lot watched, or empty.
        actor: the actor watched, or empty.
        checkpoint: the signed tree head.
        chain: last value of the linear chain at that size, hex.
    """

    type: str
    log: str
    lot: str
    actor: str
    checkpoint: str
    chain: str

    def encode(self) -> bytes:
        """Return the bytes of the state file."""
        return jcs(msgspec.to_builtins(self)) + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> Kept:
        """Read a state file.

        Raises:
            MalformedProof: not one.
        """
        try:
            kept = msgspec.convert(jcs_decode(data), cls, strict=True)
            open_checkpoint(kept.checkpoint.encode("utf-8"), VerifierKey.parse(kept.log))
        except (LedgerError, msgspec.ValidationError, UnicodeEncodeError) as error:
            raise MalformedProof("the state of a monitor cannot be read", reason=str(error)) from None
        if kept.type != TYPE:
            raise MalformedProof("the state of a monitor cannot be read", type=kept.type)
        return kept

    @property
    def head(self) -> Checkpoint:
        """Return the tree head."""
        return open_checkpoint(self.checkpoint.encode("utf-8"), VerifierKey.parse(self.log))


@dataclass(frozen=True, slots=True)
class News:
    """Describe a new entry about what is watched; ``alerts`` are codes of what is wrong or unexpected about it."""

    index: int
    entry_id: str
    kind: str
    actor: str
    key_name: str
    alerts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold what one look at a log has shown.

    Args:
        kept: what to remember.
        head: the tree head.
        news: new entries about what is watched, by index.
        broken: entries anywhere in the log that break their key's chain: index, key name, `equivocation` or `chain`.
        witnessed: names of the witnesses that cosigned.
        envelopes, leaves: the whole log.
    """

    kept: Kept
    head: Checkpoint
    news: tuple[News, ...]
    broken: tuple[tuple[int, str, str], ...]
    witnessed: tuple[str, ...]
    envelopes: tuple[SignedEntry, ...] = field(repr=False)
    leaves: tuple[bytes, ...] = field(repr=False)

    @property
    def alerts(self) -> int:
        """Count what is wrong or unexpected."""
        return len(self.broken) + sum(len(one.alerts) for one in self.news)


def check_head(
    checkpoint: bytes, log: VerifierKey, kept: Kept | None, policy: Policy | None
) -> tuple[Checkpoint, tuple[str, ...]]:
    """Check a tree head before anything below it is read; return it and the names of its witnesses.

    Raises:
        MalformedNote, MalformedCheckpoint: it cannot be read.
        KeyUntrusted, SignatureUntrusted: another log, no log of the policy, or a bad signature or cosignature.
        LogForked: it is smaller than the head seen before, or another of the same size.
        QuorumMissing: too few witnesses have cosigned it.
    """
    if kept is not None and kept.log != log.encode():
        raise KeyUntrusted("the log has another key than when it was first seen", name=log.name)
    head = open_checkpoint(checkpoint, log)
    if kept is not None:
        before = kept.head
        if head.size < before.size:
            raise LogForked("the log shows fewer entries than before", size=head.size, before=before.size)
        if head.size == before.size and head.root != before.root:
            raise LogForked("the log has signed another tree of this size", size=head.size)
    if policy is None:
        return head, ()
    found = policy.check(checkpoint)
    if found.log != log:
        raise KeyUntrusted("the policy names another key for this log", name=log.name)
    if found.failures:
        raise SignatureUntrusted("a cosignature of a trusted witness does not hold", witnesses=sorted(found.failures))
    if not found.satisfied:
        raise QuorumMissing("too few witnesses cosigned the tree head", quorum=policy.quorum, size=head.size)
    return head, tuple(sorted(found.witnessed))


def look(
    checkpoint: bytes,
    notes: Sequence[bytes],
    *,
    log: VerifierKey,
    lot: str = "",
    actor: str = "",
    kept: Kept | None = None,
    policy: Policy | None = None,
) -> Seen:
    """Look at a log once.

    Args:
        checkpoint: the signed tree head that the log shows now.
        notes: all its notes.
        log: the log's key.
        lot: watch this lot and everything that its passport rests on.
        actor: watch this actor's entries and those that it writes for others.
        kept: what was remembered last time; nothing at the first look.
        policy: logs, witnesses and quorum; without it only the log's own signature counts.

    Raises:
        StoreConflict: the state was kept for another lot or actor.
        LogForked: the log does not extend what was seen before.
        LedgerCorrupt: the notes are not those of the tree head, or not entries.
        KeyUntrusted, SignatureUntrusted, QuorumMissing: the tree head does not count.
    """
    if kept is not None and (kept.lot, kept.actor) != (lot, actor):
        raise StoreConflict("the state was kept for another lot or actor", lot=kept.lot, actor=kept.actor)
    head, witnessed = check_head(checkpoint, log, kept, policy)
    leaves = tuple(merkle.leaf_hash(note) for note in notes)
    if len(leaves) != head.size or merkle.root(leaves) != head.root:
        raise LedgerCorrupt("the entries are not those of the signed tree head", size=head.size, found=len(leaves))
    start = 0 if kept is None else kept.head.size
    if kept is not None and merkle.root(leaves[:start]) != kept.head.root:
        raise LogForked("the log does not extend the tree that it showed before", size=head.size, before=start)
    envelopes = tuple(_entry(index, note) for index, note in enumerate(notes))
    remembered = Kept(
        type=TYPE,
        log=log.encode(),
        lot=lot,
        actor=actor,
        checkpoint=checkpoint.decode("utf-8"),
        chain=_chain(leaves).hex(),
    )
    broken = tuple(found for found in _broken_chains(envelopes) if found[0] >= start)
    news = tuple(_news(envelopes, start, lot, actor, first=kept is None))
    return Seen(remembered, head, news, broken, witnessed, envelopes, leaves)


def _entry(index: int, note: bytes) -> SignedEntry:
    try:
        return parse_entry(note)
    except LedgerError as error:
        raise LedgerCorrupt("the log holds a leaf that is no entry", index=index, reason=error.message) from None


def _chain(leaves: Sequence[bytes]) -> bytes:
    chain = bytes(merkle.HASH_SIZE)
    for leaf in leaves:
        chain = merkle.chain_hash(chain, leaf)
    return chain


def _broken_chains(envelopes: Sequence[SignedEntry]) -> Iterator[tuple[int, str, str]]:
    """Find entries that do not follow their key's entry before; a number used twice is proof against the key."""
    heads: dict[str, tuple[int, str]] = {}
    for index, signed in enumerate(envelopes):
        seq, before = heads.get(signed.key_name, (0, NO_ENTRY))
        if (signed.entry.seq, signed.entry.prev) != (seq + 1, before):
            yield index, signed.key_name, "equivocation" if signed.entry.seq <= seq else "chain"
        heads[signed.key_name] = (signed.entry.seq, signed.entry_id)


def _news(envelopes: Sequence[SignedEntry], start: int, lot: str, actor: str, *, first: bool) -> Iterator[News]:
    wanted = set(closure(envelopes, lot, len(envelopes))) - set(closure(envelopes, lot, start)) if lot else set()
    authority, known = Authority(), set[str]()
    for index, signed in enumerate(envelopes):
        statement = Statement.of(index, signed)
        violations = errors_of(authority.read(statement))
        about = actor and actor in (signed.entry.actor, signed.entry.recorded_by)
        if signed.entry_id in wanted or (about and index >= start):
            alerts = [violation.code for violation in violations]
            alerts += _signature(authority.facts, signed)
            if not first and signed.key_name not in known and signed.entry.actor == actor:
                alerts.append("new-key")
            yield News(index, signed.entry_id, signed.entry.kind, signed.entry.actor, signed.key_name, tuple(alerts))
        known.add(signed.key_name)


def _signature(facts: Facts, signed: SignedEntry) -> list[str]:
    record = facts.keyring.get(signed.key_name)
    if record is None:
        return ["unknown-key"]
    try:
        signed.verify(record.verifier)
    except LedgerError as error:
        return [error.code]
    return []
