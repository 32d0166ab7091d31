"""Look at a log on behalf of somebody who depends on one lot or one actor, again and again.

A look costs what is new since the last one and a consistency proof. It refuses a log that does not extend what it
showed before, checks cosignatures against a policy, recomputes every chain and signature, and reports what is new. It
trusts no file that it reads. Where reading is cut off, the next look goes on; news is kept until it was told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ledger.book.completeness import Completeness, RevokedKey
from ledger.book.lineage import lineage_digest
from ledger.book.statement import AMEND, Statement
from ledger.errors import EntryNotFound, StoreConflict
from ledger.export import LogDirectory
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.edge import Edge
from ledger.log.note import VerifierKey
from ledger.log.witness import Policy
from ledger.monitor.head import check_growth, check_head, check_prefix
from ledger.monitor.reading import LINKS, PASSPORT, Intake
from ledger.monitor.rejections import Rejections
from ledger.monitor.shelf import Shelves
from ledger.monitor.store import MonitorStore, Rows, State

#: Entry bundles of one transaction: 8,192 entries, so that memory is bounded and little is read again after a crash.
BUNDLES: Final = 32


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
    """Hold what there is to tell after a look.

    Args:
        head: the tree head.
        before, size: what is told are the entries from the one size to the other.
        chain: last value of the linear chain at that size.
        news: new entries about what is watched, by index.
        broken: other entries anywhere in the log that break their key's chain, or that nobody registered signed:
            index, key name, code.
        witnessed: names of the witnesses that cosigned.
    """

    head: Checkpoint
    before: int
    size: int
    chain: bytes
    news: tuple[News, ...]
    broken: tuple[tuple[int, str, str], ...]
    witnessed: tuple[str, ...]

    @property
    def alerts(self) -> int:
        """Count what is wrong or unexpected."""
        return len(self.broken) + sum(len(one.alerts) for one in self.news)


class Monitor:
    """Follow one lot, with everything that its passport rests on, or one actor, with what it writes for others.

    Args:
        store: what it keeps between looks.
        lot, actor: whom it watches; one of them is empty.

    Raises:
        StoreConflict: the state was kept for another lot or actor.
    """

    def __init__(self, store: MonitorStore, *, lot: str = "", actor: str = "") -> None:
        self._store = store
        self._lot, self._actor = lot, actor
        kept = self.kept()
        if kept is not None and (kept.lot, kept.actor) != (lot, actor):
            raise StoreConflict("the state was kept for another lot or actor", lot=kept.lot, actor=kept.actor)

    def kept(self) -> State | None:
        """Return the state, or nothing before the first look."""
        with self._store.rows() as rows:
            return rows.state()

    def look(
        self,
        log: LogDirectory,
        policy: Policy | None = None,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Seen:
        """Look at a log once.

        Args:
            log: reads its files.
            policy: logs, witnesses and quorum; without it only the log's own signature counts.
            stop: tells whether to leave the rest to the next look.
            progress: is told how many entries were read, and how many there are.

        Raises:
            LogForked: the log does not extend what was seen before; the error says where the evidence is.
            LedgerCorrupt: what it serves is not the tree of its head, or a leaf is no entry.
            EntryNotFound, StoreUnavailable: a file cannot be read.
            StoreConflict: another process reads on with the same state.
            KeyUntrusted, SignatureUntrusted, QuorumMissing: the tree head does not count.
        """
        kept = self.kept()
        key = log.log_key() if kept is None else VerifierKey.parse(kept.log)
        note = log.checkpoint()
        head, witnessed = check_head(note, key, policy)
        if kept is None:
            kept = State(key.encode(), self._lot, self._actor, note, head.size, 0, b"", bytes(merkle.HASH_SIZE), 0)
        else:
            check_growth(key, kept.checkpoint, note, log.nodes(head.size), self._store.path)
            kept = kept._replace(checkpoint=note)
        if kept != self.kept():
            with self._store.rows(write=True) as rows:
                rows.keep_state(kept)
        size = kept.size
        while size < head.size and not stop():
            size = self._read(log, head, size)
            progress(size, head.size)
        return self._tell(head, witnessed)

    def told(self, seen: Seen) -> None:
        """Note that what a look has shown was told, so that it is not told again."""
        with self._store.rows(write=True) as rows:
            state = _begun(rows)
            rows.keep_state(state._replace(told=max(state.told, seen.size)))

    def state_completeness(self, *, time: str, passport: str = "") -> Completeness:
        """Say what the closure behind the lot's passport is.

        Args:
            time: now.
            passport: the passport's id; by default the lot's latest passport is meant.

        Raises:
            EntryNotFound: the log holds no such passport of the lot, or was not read to its end.
        """
        with self._store.rows() as rows:
            state = _begun(rows)
            head = open_checkpoint(state.checkpoint, VerifierKey.parse(state.log))
            if state.size < head.size:
                raise EntryNotFound("the log was not read to its end yet", size=state.size, head=head.size)
            found = reversed(rows.marked(f"lot {self._lot}"))
            own = next((one for one in found if _is_passport(one, self._lot, passport)), None)
            if own is None:
                raise EntryNotFound("the log holds no such passport of the lot", lot=self._lot, passport=passport)
            tree_size = own.data["lineage"]["tree_size"]
            closure = {one.statement.entry_id: one.statement for one in rows.held(0, tree_size)}
            wanted = {**closure, own.entry_id: own}
            facts = Shelves(rows).facts
            records = [facts.keyring.get(name) for name in {one.key_name for one in wanted.values()}]
            revoked = [
                RevokedKey(vkey=key.vkey, revoked_at=key.revoked_at)
                for key in records
                if key is not None and key.revoked_at is not None
            ]
            return Completeness(
                log=state.log,
                lot=self._lot,
                tree_size=tree_size,
                count=len(closure),
                digest=lineage_digest(closure),
                size=own.index + 1,
                root=rows.root(own.index + 1).hex(),
                seen=head.size,
                seen_root=head.root.hex(),
                revoked=sorted(revoked, key=lambda key: key.vkey),
                disputed=sorted(entry_id for entry_id in wanted if facts.disputed(entry_id)),
                time=time,
                rejected=sorted(Rejections(rows).among(closure.values())),
            )

    def _read(self, log: LogDirectory, head: Checkpoint, start: int) -> int:
        """Read some bundles, prove that they belong to the tree of the head, and keep all of that or nothing."""
        with self._store.rows(write=True) as rows:
            state = _begun(rows)
            if state.size != start:
                raise StoreConflict("another process uses the same state of a monitor", path=str(self._store.path))
            intake = Intake(rows, state)
            for notes in islice(log.bundles(start, head.size), BUNDLES):
                for note in notes:
                    intake.read(note)
            _check_read(intake.edge, head, log)
            intake.keep()
            return intake.edge.size

    def _tell(self, head: Checkpoint, witnessed: tuple[str, ...]) -> Seen:
        with self._store.rows() as rows:
            state = _begun(rows)
            held = rows.held(state.told, state.size)
            shown = {one.statement.index for one in held}
            broken = [one for one in rows.broken(state.told) if one[0] not in shown or one[2] in LINKS]
        news = tuple(
            News(one.index, one.entry_id, AMEND if one.is_amendment else one.kind, one.actor, one.key_name, alerts)
            for one, alerts, _ in held
        )
        return Seen(head, state.told, state.size, state.chain, news, tuple(broken), witnessed)


def _begun(rows: Rows) -> State:
    state = rows.state()
    if state is None:
        raise EntryNotFound("the monitor has not looked at the log yet")
    return state


def _check_read(edge: Edge, head: Checkpoint, log: LogDirectory) -> None:
    proof = merkle.read_consistency(log.nodes(head.size), edge.size, head.size)
    check_prefix(edge.size, edge.root(), head, proof)


def _is_passport(statement: Statement, lot: str, passport: str) -> bool:
    lineage = statement.data.get("lineage")
    return (
        statement.kind == PASSPORT
        and not statement.is_amendment
        and statement.lots == (lot,)
        and passport in ("", statement.data.get("passport"))
        and isinstance(lineage, dict)
        and type(lineage.get("tree_size")) is int
        and lineage["tree_size"] >= 0
    )
