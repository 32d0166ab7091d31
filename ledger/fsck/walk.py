"""Walk all entries in order and compare everything that is stored with what follows from them.

The notes and the log's signature are what counts. Where a note, its leaf hash and its tile disagree, the one that
stands alone is named. Everything else that is stored must follow from them: ids, hashes, linear chain, tiles, heads,
checkpoints, the state row, verdicts and openings.

Verdicts are derived again as long as all openings are at hand; behind the first erased opening the stored verdict of an
entry is only read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.item import Item
from ledger.book.state import Book, Outcome
from ledger.errors import KeyUntrusted, LedgerError
from ledger.fsck.finding import Finding, Findings
from ledger.fsck.sealed import SealedCheck
from ledger.fsck.trees import TreeCheck, stored_leaves
from ledger.heads import Heads, next_place
from ledger.log import merkle
from ledger.log.note import VerifierKey
from ledger.openings import Openings
from ledger.projection import CHUNK, is_erase
from ledger.sequencer import first_key, reasons_text
from ledger.store.base import EntryRow, LogReader, LogState, LogStore, OpeningRow
from ledger.tree import FIRST_CHAIN

STATUSES: Final = ("logged", "rejected")
Progress = Callable[[int, int], None]


def fsck(
    store: LogStore,
    log_key: VerifierKey,
    openings: Openings | None = None,
    *,
    progress: Progress | None = None,
) -> list[Finding]:
    """Check a store; an empty list means that no fault was found.

    Args:
        store: the store.
        log_key: the log's key.
        openings: unseals items; without it openings are compared by name only and no verdict is derived again.
        progress: called with the number of entries checked and of all.
    """
    findings = Findings()
    try:
        for line in store.integrity():
            findings.add("database", None, "integrity", line)
        with store.read() as reader:
            _Walk(reader, findings, openings).run(log_key, progress or (lambda done, size: None))
    except LedgerError as error:
        findings.add("database", None, error.code, f"{error.message}: {error.context}")
    return findings.found


class _Walk:
    """Check one moment of a store."""

    def __init__(self, reader: LogReader, findings: Findings, openings: Openings | None) -> None:
        self._reader = reader
        self._findings = findings
        self._leaves: list[bytes] = []
        self._chain = FIRST_CHAIN
        self._book = Book.empty()
        self._heads = Heads(reader.equivocations())
        self._by_place: dict[tuple[str, int], str] = {}
        self._whole = openings is not None
        self._readable = True
        self._sealed = SealedCheck(findings, reader, openings, self._erased_ids())

    def run(self, log_key: VerifierKey, progress: Progress) -> None:
        """Check every table."""
        state = self._reader.state()
        if state is None:
            self._add("log_state", None, "missing", "the state row is missing")
            return
        size = self._count(state)
        tile_leaves = stored_leaves(self._reader, size)
        for start in range(0, size, CHUNK):
            end = min(start + CHUNK, size)
            rows = {row.idx: row for row in self._reader.entries(start, end)}
            sealed: dict[str, list[OpeningRow]] = {}
            for opening in self._reader.openings([row.entry_id for row in rows.values()]):
                sealed.setdefault(opening.entry_id, []).append(opening)
            for index in range(start, end):
                self._entry(index, rows.get(index), tile_leaves.get(index), sealed)
            progress(end, size)
        trees = TreeCheck(self._findings, self._leaves, log_key)
        trees.state(state, self._chain)
        trees.tiles(self._reader)
        trees.checkpoints(self._reader, state)
        self._evidence(size)
        self._compare_heads()
        self._sealed.rest(all_known=self._readable)

    def _count(self, state: LogState) -> int:
        """Return how many entries to walk: as many as stored or stated, within reason."""
        last = self._reader.last_index()
        stored = 0 if last is None else last + 1
        if stored != state.size:
            message = f"the state says {state.size} entries, the table holds {stored}"
            self._add("log_state", None, "size", message)
        return max(0, min(max(stored, state.size), stored + CHUNK))

    def _erased_ids(self) -> set[str]:
        """Collect what logged `erase` entries refer to."""
        last = self._reader.last_index()
        found: set[str] = set()
        for start in range(0, 0 if last is None else last + 1, CHUNK):
            for row in self._reader.entries(start, start + CHUNK):
                if is_erase(row):
                    signed = _parsed(row.note)
                    found.update(signed.entry.refs if signed else ())
        return found

    def _entry(
        self, index: int, row: EntryRow | None, tile_leaf: bytes | None, sealed: Mapping[str, Sequence[OpeningRow]]
    ) -> None:
        if row is None:
            self._add("entry", index, "missing", "the entry is missing")
            self._advance(tile_leaf or bytes(merkle.HASH_SIZE))
            self._readable = False
            return
        leaf = merkle.leaf_hash(row.note)
        trusted = _agreed(leaf, row.leaf_hash, tile_leaf)
        self._advance(trusted)
        if row.leaf_hash != trusted:
            self._add("entry", index, "leaf_hash", "the leaf hash is not that of the note")
        if row.chain != self._chain:
            self._add("entry", index, "chain", "the chain value does not follow from the one before and the leaf hash")
        if leaf != trusted:
            self._add("entry", index, "note", "the note is not the one that was hashed into the tree")
        signed = _parsed(row.note)
        if signed is None:
            if leaf == trusted:
                self._add("entry", index, "note", "the note is not an entry")
            self._readable = False
            return
        if leaf != trusted:
            self._readable = False
            self._heads.add(index, signed, row.entry_id, in_force=False)
            return
        if signed.entry_id != row.entry_id:
            self._add("entry", index, "entry_id", "the id is not the hash of the note text")
        self._signature(index, signed)
        self._follow(index, signed)
        items = self._sealed.items(index, signed, sealed.get(row.entry_id, ()))
        self._verdict(row, signed, items)
        self._heads.add(index, signed, signed.entry_id, in_force=row.status == "logged")

    def _advance(self, leaf: bytes) -> None:
        self._leaves.append(leaf)
        self._chain = merkle.chain_hash(self._chain, leaf)

    def _signature(self, index: int, signed: SignedEntry) -> None:
        record = self._book.keyring.get(signed.key_name)
        if index and record is None and not self._readable:
            return
        try:
            if index == 0:
                key = first_key(signed)
            elif record is None or not record.valid_at(index):
                raise KeyUntrusted("the key was not registered, or was revoked, when it signed")
            else:
                key = record.verifier
            signed.verify(key)
        except LedgerError as error:
            self._add("entry", index, "signature", error.message)

    def _follow(self, index: int, signed: SignedEntry) -> None:
        """Check the place of an entry in the chain of its key."""
        head = self._heads.get(signed.key_name, at=index)
        if (signed.entry.seq, signed.entry.prev) != next_place(head) and self._readable:
            self._add("entry", index, "key_chain", "the entry does not follow its key's previous entry")
        if head is not None and head.frozen:
            self._add("entry", index, "frozen", "the key was frozen when it signed")
        self._by_place[signed.key_name, signed.entry.seq] = signed.entry_id

    def _verdict(self, row: EntryRow, signed: SignedEntry, items: Mapping[str, Item]) -> None:
        if row.status not in STATUSES:
            self._add("entry", row.idx, "status", f"the status is {row.status!r}")
            self._readable = False
        self._whole = self._whole and len(items) == len(signed.entry.items)
        if not self._readable:
            return
        recorded: Outcome = "rejected" if row.status == "rejected" else "logged"
        broken = self._book.apply(row.idx, signed, items, recorded_as=None if self._whole else recorded)
        status = "rejected" if broken else "logged"
        if not self._whole:
            return
        if status != row.status:
            self._add("entry", row.idx, "status", f"the rules say {status}, the table says {row.status}")
        elif reasons_text(broken) != row.reasons:
            self._add("entry", row.idx, "reasons", "the stored reasons are not those that the rules give")

    def _evidence(self, size: int) -> None:
        for found in self._reader.equivocations():
            record = self._book.keyring.get(found.key_name)
            try:
                signed = parse_entry(found.note)
                if (signed.key_name, signed.entry.seq) != (found.key_name, found.seq):
                    raise KeyUntrusted("the evidence is about another key or sequence number")
                if record is not None:
                    signed.verify(record.verifier)
                if self._by_place.get((found.key_name, found.seq), signed.entry_id) == signed.entry_id:
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
                message = f"{name}: a head without its chain, or a chain without its head"
                self._add("key_head", index, "missing", message)
            elif (held.seq, held.entry_id, held.idx) != (right.seq, right.entry_id, right.idx):
                self._add("key_head", index, "head", f"{name}: the head is not the key's last entry")
            elif held.frozen != right.frozen:
                self._add("key_head", index, "frozen", f"{name}: the frozen mark does not follow from the evidence")

    def _add(self, table: str, index: int | None, check: str, message: str) -> None:
        self._findings.add(table, index, check, message)


def _agreed(leaf: bytes, stored: bytes, tile: bytes | None) -> bytes:
    """Return the leaf hash that most places agree on: the note's own, the stored one and the tile's."""
    if tile is None:
        return stored if leaf != stored else leaf
    return tile if tile in (leaf, stored) else leaf


def _parsed(note: bytes) -> SignedEntry | None:
    try:
        return parse_entry(note)
    except LedgerError:
        return None
