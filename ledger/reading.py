"""Read the log without writing: entries, receipts, tree heads, proofs and tiles, all from what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger import tree
from ledger.errors import EntryNotFound, LedgerCorrupt, ProofUntrusted
from ledger.log import merkle, tiles
from ledger.log.proof import Receipt
from ledger.projection import CHUNK
from ledger.store.base import EntryRow, LogReader, LogStore


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """Hold one logged entry.

    Args:
        index: place in the log.
        entry_id: hex.
        note: the whole note.
        leaf_hash: RFC 6962 leaf hash of the note.
        status: `logged` or `rejected`.
        reasons: canonical JSON list of findings, or empty.
    """

    index: int
    entry_id: str
    note: bytes
    leaf_hash: bytes
    status: str
    reasons: str


class LogReading:
    """Answer questions about what is stored; `ledger.service` adds the writing.

    Args:
        store: where the log lives.
    """

    def __init__(self, store: LogStore) -> None:
        self._store = store
        self._upper: dict[tuple[int, int], tiles.TileRows] = {}

    @property
    def store(self) -> LogStore:
        """Return the store."""
        return self._store

    @property
    def size(self) -> int:
        """Return the number of entries."""
        with self._store.read() as reader:
            return tree.read_state(reader).size

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[StoredEntry]:
        """Return logged entries in order, from one index up to another."""
        last = self.size if end is None else min(end, self.size)
        for at in range(start, last, CHUNK):
            with self._store.read() as reader:
                rows = reader.entries(at, min(at + CHUNK, last))
            yield from (_stored(row) for row in rows)

    def entry(self, entry_id: str) -> StoredEntry:
        """Return one logged entry.

        Raises:
            EntryNotFound: there is none of this id.
        """
        with self._store.read() as reader:
            return _stored(_found(reader, entry_id))

    def receipt(self, entry_id: str) -> Receipt:
        """Return the receipt of an entry: that of its append, or a later one once witnesses have cosigned.

        Raises:
            EntryNotFound: there is no such entry.
        """
        with self._store.read() as reader:
            index = _found(reader, entry_id).idx
            size = reader.cosigned(index)
            if size is None:
                return tree.receipts(reader)(index)
            proof = merkle.read_inclusion(tree.nodes(reader, self._upper), index, size)
            return Receipt(index, proof, _cosigned(reader, size))

    def checkpoint(self) -> bytes:
        """Return the latest signed tree head, with the cosignatures that it has."""
        with self._store.read() as reader:
            state = tree.read_state(reader)
            return state.checkpoint + _cosignatures(reader, state.size)

    def witnessed(self, index: int) -> bytes:
        """Return a tree head that covers an index: the latest with most cosignatures, or the latest if none has any."""
        with self._store.read() as reader:
            size = reader.cosigned(index, latest=True)
            return tree.read_state(reader).checkpoint if size is None else _cosigned(reader, size)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the inclusion proof of an entry in the tree of a size.

        Raises:
            EntryNotFound: the log is not that large, or the index is not inside.
        """
        with self._store.read() as reader:
            check_size(reader, size)
            try:
                return merkle.read_inclusion(tree.nodes(reader, self._upper), index, size)
            except ProofUntrusted as error:
                raise EntryNotFound(error.message, **error.context) from None

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of one size extends that of another.

        Raises:
            EntryNotFound: the log is not that large, or the sizes are not in order.
        """
        with self._store.read() as reader:
            check_size(reader, new)
            try:
                return merkle.read_consistency(tree.nodes(reader, self._upper), old, new)
            except ProofUntrusted as error:
                raise EntryNotFound(error.message, **error.context) from None

    def tile(self, path: str) -> bytes:
        """Return the bytes of a hash tile or entry bundle by its path (`tile/0/000.p/5`, `tile/entries/000`).

        Raises:
            MalformedTile: not a path of a tile.
            EntryNotFound: the log is not that large.
        """
        wanted = tiles.TilePath.parse(path)
        with self._store.read() as reader:
            size = tree.read_state(reader).size
            level = 0 if wanted.level is None else wanted.level
            if tiles.width_at(level, wanted.n, size) < wanted.width:
                raise EntryNotFound("the log has no such tile yet", path=path)
            if wanted.level is None:
                first = wanted.n * tiles.WIDTH
                return tiles.encode_bundle([row.note for row in reader.entries(first, first + wanted.width)])
            return tree.tile(reader, level, wanted.n, wanted.width)


def check_size(reader: LogReader, size: int) -> None:
    """Check that the log has reached a size.

    Raises:
        EntryNotFound: it has not.
    """
    held = tree.read_state(reader).size
    if not 0 <= size <= held:
        raise EntryNotFound("the log is not that large", size=size, log_size=held)


def _cosigned(reader: LogReader, size: int) -> bytes:
    """Return the checkpoint of a size with its cosignatures."""
    found = reader.checkpoint_after(size - 1)
    if found is None or found[0] != size:
        raise LedgerCorrupt("the log has lost the checkpoint of a size", size=size)
    return found[1] + _cosignatures(reader, size)


def _cosignatures(reader: LogReader, size: int) -> bytes:
    return "".join(f"{row.line}\n" for row in reader.cosignatures(size)).encode("utf-8")


def _found(reader: LogReader, entry_id: str) -> EntryRow:
    row = reader.entry_by_id(entry_id)
    if row is None:
        raise EntryNotFound("the log holds no such entry", entry_id=entry_id)
    return row


def _stored(row: EntryRow) -> StoredEntry:
    return StoredEntry(row.idx, row.entry_id, row.note, row.leaf_hash, row.status, row.reasons)
