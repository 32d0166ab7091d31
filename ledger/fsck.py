"""Check everything again from the stored bytes, and name table and index of every fault.

The notes and the log's signature are what counts. Where a note, its leaf hash and its tile disagree, the one that
stands alone is named. Everything else that is stored must follow from them: ids, hashes, linear chain, tiles, heads,
checkpoints, the state row, verdicts and openings.

Verdicts are derived again as long as all openings are at hand; behind the first erased opening the stored verdict of an
entry is only read. What nothing authenticates: the time order of `equivocation` rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.item import Item, parse_item
from ledger.book.state import Book
from ledger.errors import KeyUntrusted, LedgerError
from ledger.log import merkle, tiles
from ledger.log.checkpoint import open_checkpoint
from ledger.log.edge import Edge
from ledger.log.note import VerifierKey
from ledger.openings import DataKey, Openings, unseal_row
from ledger.projection import CHUNK
from ledger.sequencer import FIRST_PREV, first_key, reasons_text, unfreezes
from ledger.store.base import EntryRow, EquivocationRow, HeadRow, LogReader, LogState, LogStore, OpeningRow
from ledger.tree import FIRST_CHAIN

STATUSES: Final = ("logged", "rejected")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """Name one fault.

    Args:
        table: the table it is in.
        index: the entry it concerns; for `tile` the tile's number, for `checkpoint` the size; nothing for single rows.
        check: stable name of the check that failed.
        message: what is wrong, for people.
    """

    table: str
    index: int | None
    check: str
    message: str


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
    found = [Finding("database", None, "integrity", line) for line in store.integrity()]
    try:
        with store.read() as reader:
            check = _Check(reader, log_key, openings, progress)
            check.run()
            found.extend(check.findings)
    except LedgerError as error:
        found.append(Finding("database", None, error.code, f"{error.message}: {error.context}"))
    return found


class _Check:
    """Walk one moment of a store."""

    def __init__(
        self, reader: LogReader, log_key: VerifierKey, openings: Openings | None, progress: Progress | None
    ) -> None:
        self.findings: list[Finding] = []
        self._reader = reader
        self._key = log_key
        self._openings = openings
        self._progress = progress or (lambda done, size: None)
        self._leaves: list[bytes] = []
        self._chain = FIRST_CHAIN
        self._book = Book.empty()
        self._whole = openings is not None
        self._readable = True
        self._heads: dict[str, HeadRow] = {}
        self._by_seq: dict[tuple[str, int], str] = {}
        self._erased: set[str] = set()
        self._signed: dict[str, tuple[int, SignedEntry]] = {}
        self._keys: dict[str, DataKey | None] = {}
        self._evidence = reader.equivocations()

    def run(self) -> None:
        """Check every table."""
        state = self._reader.state()
        if state is None:
            self._add("log_state", None, "missing", "the state row is missing")
            return
        size = self._count(state.size)
        tile_leaves = self._stored_leaves(size)
        self._erased = self._erased_ids(size)
        for at in range(0, size, CHUNK):
            rows = {row.idx: row for row in self._reader.entries(at, min(at + CHUNK, size))}
            sealed: dict[str, list[OpeningRow]] = {}
            for opening in self._reader.openings([row.entry_id for row in rows.values()]):
                sealed.setdefault(opening.entry_id, []).append(opening)
            for index in range(at, min(at + CHUNK, size)):
                self._entry(index, rows.get(index), tile_leaves.get(index), sealed)
            self._progress(min(at + CHUNK, size), size)
        self._state(state)
        self._tiles(size)
        self._checkpoints(state)
        self._check_evidence(size)
        self._check_heads()
        self._strays()

    # --- entries ---------------------------------------------------------------------------------------------------

    def _count(self, stated: int) -> int:
        """Return how many entries to walk: as many as stored, and as many as stated."""
        last = self._reader.last_index()
        stored = 0 if last is None else last + 1
        if stored != stated:
            self._add("log_state", None, "size", f"the state says {stated} entries, the table holds {stored}")
        return max(0, min(max(stored, stated), stored + CHUNK))

    def _stored_leaves(self, size: int) -> dict[int, bytes]:
        """Read the leaf hashes as the tiles hold them."""
        found: dict[int, bytes] = {}
        for n in range((size + tiles.WIDTH - 1) // tiles.WIDTH):
            data = self._reader.tile(0, n) or b""
            for at in range(len(data) // merkle.HASH_SIZE):
                found[n * tiles.WIDTH + at] = data[at * merkle.HASH_SIZE : (at + 1) * merkle.HASH_SIZE]
        return found

    def _erased_ids(self, size: int) -> set[str]:
        """Collect what logged `erase` entries refer to."""
        found: set[str] = set()
        for at in range(0, size, CHUNK):
            for row in self._reader.entries(at, at + CHUNK):
                if row.status == "logged" and b'"kind":"erase"' in row.note:
                    try:
                        found.update(parse_entry(row.note).entry.refs)
                    except LedgerError:
                        continue
        return found

    def _entry(
        self, index: int, row: EntryRow | None, tile_leaf: bytes | None, sealed: Mapping[str, list[OpeningRow]]
    ) -> None:
        if row is None:
            self._add("entry", index, "missing", "the entry is missing")
            self._leaves.append(tile_leaf or bytes(merkle.HASH_SIZE))
            self._chain = merkle.chain_hash(self._chain, self._leaves[-1])
            self._readable = False
            return
        leaf = merkle.leaf_hash(row.note)
        trusted = tile_leaf if tile_leaf is not None and tile_leaf in (leaf, row.leaf_hash) else leaf
        if tile_leaf is None and row.leaf_hash != leaf:
            trusted = row.leaf_hash
        changed = leaf != trusted
        if changed:
            self._add("entry", index, "note", "the note is not the one that was hashed into the tree")
        if row.leaf_hash != trusted:
            self._add("entry", index, "leaf_hash", "the leaf hash is not that of the note")
        self._leaves.append(trusted)
        self._chain = merkle.chain_hash(self._chain, trusted)
        if row.chain != self._chain:
            self._add("entry", index, "chain", "the chain value does not follow from the one before and the leaf hash")
        try:
            signed = parse_entry(row.note)
        except LedgerError as error:
            if not changed:
                self._add("entry", index, "note", f"the note is not an entry: {error.message}")
            self._readable = False
            return
        if changed:
            self._readable = False
            self._follow(index, row.entry_id, signed, silent=True)
            return
        if signed.entry_id != row.entry_id:
            self._add("entry", index, "entry_id", "the id is not the hash of the note text")
        self._signature(index, signed)
        self._follow(index, signed.entry_id, signed, silent=False)
        self._signed[signed.entry_id] = index, signed
        items = self._items(index, signed, sealed.get(row.entry_id, []))
        self._verdict(index, row, signed, items)

    def _signature(self, index: int, signed: SignedEntry) -> None:
        try:
            if index == 0:
                key = first_key(signed)
            else:
                record = self._book.keyring.get(signed.key_name)
                if record is None and not self._readable:
                    return
                if record is None or not record.valid_at(index):
                    raise KeyUntrusted("the key was not registered, or was revoked, when it signed")
                key = record.verifier
            signed.verify(key)
        except LedgerError as error:
            self._add("entry", index, "signature", error.message)

    def _follow(self, index: int, entry_id: str, signed: SignedEntry, *, silent: bool) -> None:
        """Follow the chain of the key, and derive its head."""
        name, entry = signed.key_name, signed.entry
        head = self._heads.get(name)
        seq, prev = (1, FIRST_PREV) if head is None else (head.seq + 1, head.entry_id)
        if silent:
            self._heads[name] = HeadRow(name, seq, entry_id, index, frozen=False)
            return
        if (entry.seq, entry.prev) != (seq, prev) and self._readable:
            self._add("entry", index, "key_chain", f"the entry does not follow entry {seq - 1} of its key")
        if any(found.key_name == name and found.size <= index for found in self._frozen(name, index)):
            self._add("entry", index, "frozen", "the key was frozen when it signed")
        self._heads[name] = HeadRow(name, entry.seq, entry_id, index, frozen=False)
        self._by_seq[name, entry.seq] = entry_id

    def _verdict(self, index: int, row: EntryRow, signed: SignedEntry, items: Mapping[str, Item]) -> None:
        if row.status not in STATUSES:
            self._add("entry", index, "status", f"the status is {row.status!r}")
            self._readable = False
        if len(items) < len(signed.entry.items):
            self._whole = False
        if not self._readable:
            return
        if not self._whole:
            recorded: Any = row.status
            self._book.apply(index, signed, items, recorded_as=recorded)
            return
        broken = self._book.apply(index, signed, items)
        status = "rejected" if broken else "logged"
        if status != row.status:
            self._add("entry", index, "status", f"the rules say {status}, the table says {row.status}")
        elif reasons_text(broken) != row.reasons:
            self._add("entry", index, "reasons", "the stored reasons are not those that the rules give")

    # --- openings --------------------------------------------------------------------------------------------------

    def _items(self, index: int, signed: SignedEntry, rows: list[OpeningRow]) -> dict[str, Item]:
        wanted = set(signed.entry.items)
        found: dict[str, Item] = {}
        for row in rows:
            problem = self._opening(index, row, signed, found)
            if problem:
                self._add("opening", index, "opening", problem)
        present = {row.digest for row in rows}
        if wanted - present and signed.entry_id not in self._erased:
            self._add("opening", index, "missing", "an opening is missing and no erase entry says why")
        if present and signed.entry_id in self._erased:
            self._add("opening", index, "erased", "an erased opening is still there")
        return found

    def _opening(self, index: int, row: OpeningRow, signed: SignedEntry, found: dict[str, Item]) -> str:
        if row.digest not in signed.entry.items:
            return "an opening belongs to no digest of its entry"
        if row.actor != signed.entry.actor:
            return "an opening names another actor than its entry"
        key = self._data_key(index, row.actor)
        if key is None:
            return ""
        try:
            item = parse_item(unseal_row(key, row))
        except LedgerError as error:
            return error.message
        found[item.digest] = item
        return "" if item.audience == row.audience else "the audience is not that of the item"

    def _data_key(self, index: int | None, actor: str) -> DataKey | None:
        """Return an actor's data key; report once where it cannot be had."""
        if self._openings is None:
            return None
        if actor not in self._keys:
            self._keys[actor] = None
            try:
                self._keys[actor] = self._openings.unwrap(self._reader.secret(actor), actor)
            except LedgerError as error:
                self._add("actor_secret", index, "key", f"{actor}: {error.message}")
        return self._keys[actor]

    def _strays(self) -> None:
        """Find openings without an entry, and keys that cannot be unwrapped."""
        if self._readable:
            for entry_id in sorted(self._reader.opening_ids() - self._signed.keys()):
                self._add("opening", None, "stray", f"an opening belongs to no entry: {entry_id[:80]}")
        for secret in self._reader.secrets():
            if secret.destroyed != (secret.wrapped == b""):
                self._add("actor_secret", None, "destroyed", f"the key of {secret.actor} is neither there nor gone")
            elif not secret.destroyed and secret.actor not in self._keys:
                self._data_key(None, secret.actor)

    # --- tree ------------------------------------------------------------------------------------------------------

    def _state(self, state: LogState) -> None:
        try:
            edge = Edge.decode(state.size, state.edge)
            if edge != Edge(0, ()).extend(self._leaves[: state.size]):
                self._add("log_state", None, "edge", "the right edge does not follow from the entries")
        except LedgerError as error:
            self._add("log_state", None, "edge", error.message)
        if state.root != self._root(state.size):
            self._add("log_state", None, "root", "the root does not follow from the entries")
        if state.size == len(self._leaves) and state.chain != self._chain:
            self._add("log_state", None, "chain", "the chain value is not that of the last entry")
        self._signed_head("log_state", None, state.size, state.checkpoint)

    def _tiles(self, size: int) -> None:
        expected = tiles.extend_tiles({}, 0, self._leaves[:size])
        stored: set[tuple[int, int]] = set()
        for level, n, data in self._reader.tiles():
            stored.add((level, n))
            right = expected.get((level, n))
            if right is None:
                self._add("tile", n, "stray", f"level {level}: the tree has no such tile")
            elif right != data:
                at = next((at for at in range(len(right)) if right[at : at + 1] != data[at : at + 1]), len(right))
                place = at // merkle.HASH_SIZE
                self._add(
                    "tile", n, "hash", f"level {level}: hash {place} of tile {n} does not follow from the entries"
                )
        for level, n in sorted(expected.keys() - stored):
            self._add("tile", n, "missing", f"level {level}: tile {n} is missing")

    def _checkpoints(self, state: LogState) -> None:
        sizes: set[int] = set()
        for size, note in self._reader.checkpoints():
            sizes.add(size)
            if size > len(self._leaves):
                self._add("checkpoint", size, "size", "a checkpoint is larger than the log")
                continue
            self._signed_head("checkpoint", size, size, note)
            if size == state.size and note != state.checkpoint:
                self._add("checkpoint", size, "state", "the latest checkpoint is not that of the state row")
        if state.size not in sizes:
            self._add("checkpoint", state.size, "missing", "the latest checkpoint is missing")

    def _signed_head(self, table: str, index: int | None, size: int, note: bytes) -> None:
        try:
            head = open_checkpoint(note, self._key)
        except LedgerError as error:
            self._add(table, index, "checkpoint", error.message)
            return
        if (head.size, head.root) != (size, self._root(size)):
            self._add(table, index, "checkpoint", "the signed size and root do not follow from the entries")

    def _root(self, size: int) -> bytes:
        if not hasattr(self, "_nodes"):
            self._nodes = merkle.list_reader(self._leaves)
        return merkle.range_root(self._nodes, 0, size) if 0 <= size <= len(self._leaves) else b""

    # --- keys ------------------------------------------------------------------------------------------------------

    def _frozen(self, name: str, before: int) -> list[EquivocationRow]:
        """Return evidence against a key that no `reattest` entry has answered before an index."""
        return [
            found
            for found in self._evidence
            if found.key_name == name
            and not any(
                found.size <= index < before
                and signed.entry.kind == "reattest"
                and unfreezes(signed, HeadRow(name, 0, "", 0, frozen=True))
                for index, signed in self._signed.values()
            )
        ]

    def _check_evidence(self, size: int) -> None:
        for found in self._evidence:
            record = self._book.keyring.get(found.key_name)
            try:
                signed = parse_entry(found.note)
                if (signed.key_name, signed.entry.seq) != (found.key_name, found.seq):
                    raise KeyUntrusted("the evidence is about another key or sequence number")
                if record is not None:
                    signed.verify(record.verifier)
                if self._by_seq.get((found.key_name, found.seq), signed.entry_id) == signed.entry_id:
                    raise KeyUntrusted("the log holds no other text for this sequence number")
                if not 0 < found.size <= size:
                    raise KeyUntrusted("the evidence came at an impossible tree size")
            except LedgerError as error:
                self._add("equivocation", found.seq, "evidence", f"{found.key_name}: {error.message}")

    def _check_heads(self) -> None:
        stored = {head.key_name: head for head in self._reader.heads()}
        for name in sorted(self._heads.keys() | stored.keys()):
            right, held = self._heads.get(name), stored.get(name)
            if held is None or right is None:
                where = right or held
                self._add(
                    "key_head", where.idx if where else None, "missing", f"{name}: a head without its counterpart"
                )
                continue
            if (held.seq, held.entry_id, held.idx) != (right.seq, right.entry_id, right.idx):
                self._add("key_head", right.idx, "head", f"{name}: the head is not the key's last entry")
            if held.frozen != bool(self._frozen(name, len(self._leaves))):
                self._add("key_head", right.idx, "frozen", f"{name}: the frozen mark does not follow from the evidence")

    def _add(self, table: str, index: int | None, check: str, message: str) -> None:
        self.findings.append(Finding(table, index, check, message))
