"""Walk all entries in order and compare everything that is stored with what follows from them.

The notes and the log's signature are what counts. Everything else that is stored must follow from them: ids, hashes,
linear chain, tiles, heads, checkpoints, the state row, verdicts and openings.

Ranges of entries are read, hashed and verified by worker processes; this walk takes their results in order and keeps
the right edge of the tree, the registered keys and the ends of their chains. The rules ask a live book, which reads the
entries before the range in hand through the index of things. That index is compared with the entries too: where it is
right for all entries before one, so is the verdict on that one.

Verdicts are derived again as long as all openings are at hand; behind the first erased opening the stored verdict of an
entry is only read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Literal

from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.item import Item
from ledger.book.state import Outcome
from ledger.book.statement import Statement
from ledger.book.subjects import keys_of
from ledger.errors import KeyUntrusted, LedgerError, StoreConflict
from ledger.fsck.chunk import NO_KEY, STATUSES, Chunk, Seen, Task, read_head
from ledger.fsck.cosigned import check_cosignatures
from ledger.fsck.finding import Finding, Findings
from ledger.fsck.keys import Keys
from ledger.fsck.mentions import MentionCheck
from ledger.fsck.pool import check_tasks
from ledger.fsck.resume import Progress, load
from ledger.fsck.sealed import Readable, SealedCheck
from ledger.fsck.trees import TreeCheck
from ledger.heads import Heads, next_place
from ledger.live import LiveBook
from ledger.log import merkle
from ledger.log.note import VerifierKey
from ledger.openings import Openings
from ledger.sequencer import reasons_text
from ledger.store.base import LogReader, LogState, LogStore, OpeningRow
from ledger.tree import FIRST_CHAIN

CHUNK: Final = 2048
# Entries from which worker processes save more than their start costs.
PARALLEL_FROM: Final = {"structure": 1_000_000, "signatures": 10_000, "rules": 10_000}
Depth = Literal["structure", "signatures", "rules"]


def fsck(
    store: LogStore,
    log_key: VerifierKey,
    openings: Openings | None = None,
    *,
    depth: Depth = "rules",
    jobs: int = 1,
    resume: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """Check a store; an empty list means that no fault was found.

    Args:
        store: the store.
        log_key: the log's key.
        openings: unseals items; without it openings are compared by name only and no verdict is derived again.
        depth: `structure` compares hashes, chain, tiles and tree heads, and checks the signature of the latest head;
            `signatures` adds those of all heads, and what each entry says of itself: form, signature, place in the
            chain of its key, openings; `rules` adds the verdicts.
        jobs: number of processes that read, hash and verify; 1 works in this process.
        resume: file that remembers how far signatures were checked, see `ledger.fsck.resume`.
        progress: called with the number of entries checked and of all.

    Raises:
        StoreConflict: the file to resume from is not one of this log.
        StoreUnavailable: it cannot be written.
    """
    findings = Findings()
    with ThreadPoolExecutor(1) as beside:
        integrity = beside.submit(store.integrity)
        try:
            with store.read() as reader:
                state = reader.state()
                if state is None:
                    findings.add("log_state", None, "missing", "the state row is missing")
                else:
                    walk = _Walk(reader, findings, state, openings, log_key, depth, resume)
                    walk.run(store, jobs, progress or (lambda done, size: None))
            for line in integrity.result():
                findings.add("database", None, "integrity", line)
        except StoreConflict:
            raise
        except LedgerError as error:
            findings.add("database", None, error.code, f"{error.message}: {error.context}")
    return findings.found


class _Walk:
    """Check one moment of a store."""

    def __init__(
        self,
        reader: LogReader,
        findings: Findings,
        state: LogState,
        openings: Openings | None,
        log_key: VerifierKey,
        depth: Depth,
        resume: Path | None,
    ) -> None:
        self._reader = reader
        self._findings = findings
        self._state = state
        self._log_key = log_key
        self._depth = depth
        self._resume = resume
        self._before = load(resume, reader, log_key) if resume else None
        self._keys = Keys()
        self._trees = TreeCheck(findings, reader, state)
        self._chain = FIRST_CHAIN
        self._book = LiveBook(None if openings is None else Readable(openings))
        self._evidence = reader.equivocations()
        self._heads = Heads(self._evidence)
        self._twins: dict[tuple[str, int], str] = {(found.key_name, found.seq): "" for found in self._evidence}
        self._whole = openings is not None
        self._readable = True
        self._mentions = MentionCheck(findings, reader)
        self._sealed = SealedCheck(findings, reader, openings)

    def run(self, store: LogStore, jobs: int, progress: Callable[[int, int], None]) -> None:
        """Check every table."""
        size = self._count()
        first = [read_head(size, note, self._log_key) for size, note in self._reader.checkpoints_in(-1, 0)]
        for head in first:
            self._trees.check_head("checkpoint", head, self._trees.edge_at(0))
        for task, chunk in check_tasks(store, self._reader, self._tasks(size), jobs=jobs):
            with self._book.reading(self._reader, task.start):
                self._take(chunk)
            self._book.settle(task.end)
            self._remember(task.end)
            progress(task.end, size)
        self._trees.finish(self._chain)
        head = read_head(self._state.size, self._state.checkpoint, self._log_key)
        self._trees.check_head("log_state", head, self._trees.edge_at(self._state.size))
        if self._depth != "structure":
            check_cosignatures(self._findings, self._reader)
            self._check_evidence(size)
            self._compare_heads()
            self._sealed.rest()
        if self._depth == "rules" and self._readable:
            self._mentions.finish(size)

    def _count(self) -> int:
        """Return how many entries to walk: as many as stored or stated, within reason."""
        state, last = self._state, self._reader.last_index()
        stored = 0 if last is None else last + 1
        if stored != state.size:
            self._add(
                "log_state",
                None,
                "size",
                f"the state says {state.size} entries, the table holds {stored}",
            )
        return max(0, min(max(stored, state.size), stored + CHUNK))

    def _tasks(self, size: int) -> Iterator[Task]:
        verified = self._before.size if self._before else 0
        sizes = (self._state.size, verified)
        for start in range(0, size, CHUNK):
            end = min(start + CHUNK, size)
            keys = None
            if self._depth != "structure":
                keys = self._keys.read((row[0], row[1]) for row in self._reader.hashes(start, end))
            yield Task(start, end, self._log_key, keys, verified, self._depth == "rules", sizes)

    def _take(self, chunk: Chunk) -> None:
        if self._depth == "structure" and not chunk.faults and self._chained(chunk):
            self._trees.add(chunk)
            return
        faults: dict[int | None, list[Finding]] = {}
        for fault in chunk.faults:
            faults.setdefault(fault.index, []).append(fault)
        seen = {one.idx: one for one in chunk.seen}
        rows = self._sealed.rows(chunk.seen)
        for index, (leaf, stored) in enumerate(zip(chunk.leaves, chunk.chains, strict=True), chunk.start):
            self._chain = merkle.chain_hash(self._chain, leaf)
            self._findings.found.extend(faults.get(index, ()))
            if stored is not None and stored != self._chain:
                self._add(
                    "entry",
                    index,
                    "chain",
                    "the chain value does not follow from the one before and the leaf hash",
                )
            if self._depth != "structure":
                self._entry(seen.get(index), rows)
        self._trees.add(chunk)

    def _chained(self, chunk: Chunk) -> bool:
        """Say whether each chain value of a range follows from the stored one before it, and take them in if so."""
        values = [value for value in chunk.chains if value is not None]
        if merkle.chain_hashes((self._chain, *values), chunk.leaves) != values:
            return False
        self._chain = values[-1]
        return True

    def _entry(self, seen: Seen | None, rows: Mapping[str, Sequence[OpeningRow]]) -> None:
        if seen is None:
            self._readable = False
            return
        if not seen.intact:
            self._readable = False
            self._heads.add(seen.idx, seen.key_name, seen.seq, seen.stored_id)
            return
        self._signature(seen)
        self._follow(seen)
        items = self._sealed.items(seen, rows.get(seen.stored_id, ()))
        signed = parse_entry(seen.note) if seen.note else None
        self._verdict(seen, signed, items)
        acts = signed if signed is not None and seen.status == "logged" else None
        if acts is not None and acts.entry.kind == "erase":
            self._sealed.erase(acts.entry.refs)
        reattest = acts if acts is not None and acts.entry.kind == "reattest" else None
        self._heads.add(seen.idx, seen.key_name, seen.seq, seen.entry_id, reattest=reattest)

    def _signature(self, seen: Seen) -> None:
        record = self._keys.record(seen.key_name)
        valid = seen.idx == 0 or (record is not None and record.valid_at(seen.idx))
        if seen.unsigned == NO_KEY or not valid:
            if self._readable or record is not None:
                self._add(
                    "entry",
                    seen.idx,
                    "signature",
                    "the key was not registered, or was revoked, when it signed",
                )
        elif seen.unsigned:
            self._add("entry", seen.idx, "signature", seen.unsigned)

    def _follow(self, seen: Seen) -> None:
        """Check the place of an entry in the chain of its key."""
        head = self._heads.get(seen.key_name, at=seen.idx)
        if (seen.seq, seen.prev) != next_place(head) and self._readable:
            self._add("entry", seen.idx, "key_chain", "the entry does not follow its key's previous entry")
        if head is not None and head.frozen:
            self._add("entry", seen.idx, "frozen", "the key was frozen when it signed")
        if (seen.key_name, seen.seq) in self._twins:
            self._twins[seen.key_name, seen.seq] = seen.entry_id

    def _verdict(self, seen: Seen, signed: SignedEntry | None, items: Mapping[str, Item]) -> None:
        if seen.status not in STATUSES:
            self._add("entry", seen.idx, "status", f"the status is {seen.status!r}")
            self._readable = False
        elif (seen.status == "rejected") != bool(seen.reasons):
            self._add("entry", seen.idx, "reasons", "reasons go with a rejected entry, and with no other")
        self._whole = self._whole and len(items) == len(seen.items)
        if not self._readable or self._depth != "rules" or signed is None:
            return
        recorded: Outcome = "rejected" if seen.status == "rejected" else "logged"
        broken = self._book.apply(seen.idx, signed, items, recorded_as=None if self._whole else recorded)
        status = "rejected" if broken else "logged"
        admitted = seen.entry_id in self._book.authority.facts.admitted
        statement = Statement.of(seen.idx, signed)
        self._mentions.add(seen.idx, keys_of(statement, admitted=admitted, in_force=seen.status == "logged"))
        if not self._whole:
            return
        if status != seen.status:
            self._add("entry", seen.idx, "status", f"the rules say {status}, the table says {seen.status}")
        elif seen.reasons and reasons_text(broken) != seen.reasons:
            self._add("entry", seen.idx, "reasons", "the stored reasons are not those that the rules give")

    def _check_evidence(self, size: int) -> None:
        for found in self._evidence:
            record = self._keys.record(found.key_name)
            try:
                signed = parse_entry(found.note)
                if (signed.key_name, signed.entry.seq) != (found.key_name, found.seq):
                    raise KeyUntrusted("the evidence is about another key or sequence number")
                if record is not None:
                    signed.verify(record.verifier)
                if self._twins[found.key_name, found.seq] in ("", signed.entry_id):
                    raise KeyUntrusted("the log holds no other text for this sequence number")
                if not 0 < found.size <= size:
                    raise KeyUntrusted("the evidence came at an impossible tree size")
            except LedgerError as error:
                self._add("equivocation", found.seq, "evidence", f"{found.key_name}: {error.message}")

    def _compare_heads(self) -> None:
        derived = {head.key_name: head for head in self._heads.finish()}
        stored = {head.key_name: head for head in self._reader.heads()}
        for name in sorted(derived.keys() | stored.keys()):
            right, held = derived.get(name), stored.get(name)
            index = right.idx if right else None
            if held is None or right is None:
                self._add(
                    "key_head",
                    index,
                    "missing",
                    f"{name}: a head without its chain, or a chain without its head",
                )
            elif (held.seq, held.entry_id, held.idx) != (right.seq, right.entry_id, right.idx):
                self._add("key_head", index, "head", f"{name}: the head is not the key's last entry")
            elif held.frozen != right.frozen:
                self._add("key_head", index, "frozen", f"{name}: the frozen mark does not follow from the evidence")

    def _remember(self, size: int) -> None:
        """Compare with the earlier run, and write down how far this one has come."""
        verified = self._before.size if self._before else 0
        if self._before is not None and size - CHUNK < verified <= size:
            edge = self._trees.edge_at(verified)
            if edge is None or edge.root() != self._before.root:
                self._add(
                    "entry",
                    verified,
                    "resume",
                    "the entries before this one are not those that were checked before",
                )
        wanted = self._resume is not None and self._depth != "structure" and not self._findings.found
        if self._resume is not None and wanted and verified < size <= self._state.size:
            Progress(size, self._trees.edge.root(), self._state.checkpoint).save(self._resume)

    def _add(self, table: str, index: int | None, check: str, message: str) -> None:
        self._findings.add(table, index, check, message)
