"""Say in words and types what a log store promises.

* What a ``write`` block wrote is durable when the block ends without an error, and wholly absent when it ends with one.
* Whoever is inside a ``write`` block is the only writer, in this process and in all others; ``state`` read inside it
  is current.
* A ``read`` block sees one moment of the store, however long it lasts.
* Notes, checkpoints and evidence of equivocation are only ever added. Hash tiles only grow. Openings are added and
  erased; ``put_...`` rebuilds what follows from these, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import msgspec


class LogState(msgspec.Struct, frozen=True):
    """Hold the one row that says how far the log has come.

    Args:
        size: number of entries.
        root: root hash of the tree.
        chain: last value of the linear chain.
        edge: hashes of the complete subtrees along the right edge, largest first.
        checkpoint: the signed note of this size.
    """

    size: int
    root: bytes
    chain: bytes
    edge: bytes
    checkpoint: bytes


class EntryRow(msgspec.Struct, frozen=True):
    """Hold one stored entry and what was derived from it."""

    idx: int
    entry_id: str
    note: bytes
    leaf_hash: bytes
    chain: bytes
    status: str
    reasons: str


class HeadRow(msgspec.Struct, frozen=True):
    """Hold the end of one key's chain, and whether the key is frozen."""

    key_name: str
    seq: int
    entry_id: str
    idx: int
    frozen: bool


class EquivocationRow(msgspec.Struct, frozen=True):
    """Keep a second text that a key signed for one sequence number, and the tree size when it came."""

    key_name: str
    seq: int
    size: int
    note: bytes


class CosignatureRow(msgspec.Struct, frozen=True):
    """Keep a witness's signature line under the checkpoint of a size, and the key that it verified with."""

    size: int
    vkey: str
    line: str


class OpeningRow(msgspec.Struct, frozen=True):
    """Hold one sealed item of an entry."""

    entry_id: str
    digest: str
    actor: str
    audience: str
    nonce: bytes
    sealed: bytes


class SecretRow(msgspec.Struct, frozen=True):
    """Hold an actor's wrapped data key; empty once destroyed."""

    actor: str
    wrapped: bytes
    destroyed: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold what one append adds, apart from the new state.

    Args:
        entries: new leaves.
        heads: ends of key chains that moved or froze.
        tiles: hash tiles by level and number.
        equivocations: evidence.
        mentions: keys of the things that the new leaves touch, see `ledger.book.subjects.key_of`, with their indexes.
    """

    entries: Sequence[EntryRow] = ()
    heads: Sequence[HeadRow] = ()
    tiles: Mapping[tuple[int, int], bytes] = field(default_factory=dict)
    equivocations: Sequence[EquivocationRow] = ()
    mentions: Sequence[tuple[bytes, int]] = ()


class LogReader(Protocol):
    """Read one moment of a store."""

    def state(self) -> LogState | None:
        """Return the state row, or nothing in a store that holds no log yet."""

    def entry(self, idx: int) -> EntryRow | None:
        """Return the entry at an index."""

    def entry_by_id(self, entry_id: str) -> EntryRow | None:
        """Return the entry of an id."""

    def known_ids(self, entry_ids: Sequence[str]) -> dict[str, EntryRow]:
        """Return the stored ones among many ids."""

    def mentions(self, keys: Sequence[bytes]) -> dict[bytes, list[int]]:
        """Return by key the indexes of the entries that touch a thing; nothing for a key without any."""

    def all_mentions(self) -> Iterator[tuple[bytes, int]]:
        """Return all keys and indexes in their order."""

    def entries_at(self, indexes: Sequence[int]) -> list[EntryRow]:
        """Return the stored ones among the entries at some indexes, in no order."""

    def entries(self, start: int, end: int) -> list[EntryRow]:
        """Return entries ``start <= idx < end`` in order."""

    def hashes(self, start: int, end: int) -> list[tuple[int, bytes, bytes, bytes]]:
        """Return index, note, leaf hash and chain value of entries ``start <= idx < end`` in order."""

    def last_index(self) -> int | None:
        """Return the highest stored index."""

    def tile(self, level: int, n: int) -> bytes | None:
        """Return the stored bytes of a tile, which may be wider than a caller needs."""

    def tiles_in(self, level: int, start: int, end: int) -> dict[int, bytes]:
        """Return the stored bytes of tiles ``start <= n < end`` of a level, by number."""

    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """Return all tiles by level and number."""

    def tile_places(self) -> Iterator[tuple[int, int]]:
        """Return level and number of all tiles."""

    def checkpoint_after(self, index: int) -> tuple[int, bytes] | None:
        """Return size and note of the first checkpoint that covers an index."""

    def cosignatures(self, size: int | None = None) -> list[CosignatureRow]:
        """Return the cosignatures of the checkpoint of a size, or of all, by size and key."""

    def cosigned(self, index: int, *, latest: bool = False) -> int | None:
        """Return the size with most cosignatures among those that cover an index: the first such, or the latest."""

    def last_cosigned(self) -> dict[str, int]:
        """Return by witness key the largest size that it cosigned."""

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        """Return all checkpoints by size."""

    def checkpoints_in(self, after: int, last: int) -> list[tuple[int, bytes]]:
        """Return the checkpoints of sizes ``after < size <= last`` by size."""

    def head(self, key_name: str) -> HeadRow | None:
        """Return the end of a key's chain."""

    def known_heads(self, key_names: Sequence[str]) -> dict[str, HeadRow]:
        """Return the ends of the chains of many keys, by key name."""

    def heads(self) -> list[HeadRow]:
        """Return the ends of all chains by key name."""

    def equivocations(self) -> list[EquivocationRow]:
        """Return all evidence of equivocation."""

    def openings(self, entry_ids: Sequence[str]) -> list[OpeningRow]:
        """Return the sealed items of entries, by entry and digest."""

    def openings_of(self, actor: str) -> list[OpeningRow]:
        """Return the sealed items of an actor, by entry and digest."""

    def stray_openings(self) -> list[str]:
        """Return entry ids that have an opening but no entry, sorted; the first thousand of them."""

    def secret(self, actor: str) -> SecretRow | None:
        """Return an actor's wrapped key."""

    def known_secrets(self, actors: Sequence[str]) -> dict[str, SecretRow]:
        """Return the wrapped keys of many actors, by actor."""

    def secrets(self) -> list[SecretRow]:
        """Return all wrapped keys by actor."""


class LogWriter(LogReader, Protocol):
    """Change a store, inside the only write block there is."""

    def append(self, batch: Batch) -> None:
        """Add entries and evidence, and set heads and tiles."""

    def advance(self, state: LogState) -> None:
        """Set the state that follows the one read in this block, and keep its checkpoint for good.

        Raises:
            StoreUnavailable: the stored state is no longer the one that was read; nothing was changed.
        """

    def add_cosignatures(self, rows: Sequence[CosignatureRow]) -> None:
        """Add cosignatures; one that is there already stays."""

    def add_openings(self, rows: Sequence[OpeningRow]) -> None:
        """Add sealed items."""

    def erase_openings(self, entry_ids: Sequence[str]) -> int:
        """Delete the sealed items of entries; return how many there were."""

    def put_entries(self, rows: Sequence[EntryRow]) -> int:
        """Rewrite what is derived of stored entries, never their notes; return how many rows changed."""

    def put_tiles(self, tiles: Mapping[tuple[int, int], bytes]) -> int:
        """Replace all tiles; return how many rows changed."""

    def put_heads(self, rows: Sequence[HeadRow]) -> int:
        """Replace all heads; return how many rows changed."""

    def put_mentions(self, mentions: Sequence[tuple[bytes, int]]) -> int:
        """Replace the whole index of things; return how many rows changed."""

    def put_state(self, state: LogState) -> int:
        """Replace the state of the same size; return how many rows changed."""

    def put_secret(self, row: SecretRow) -> None:
        """Add or replace an actor's wrapped key."""


class LogStore(Protocol):
    """Keep one log."""

    def read(self) -> AbstractContextManager[LogReader]:
        """Open a read block."""

    def write(self) -> AbstractContextManager[LogWriter]:
        """Open the write block; waits for other writers.

        Raises:
            StoreUnavailable: another writer holds the store for too long.
        """

    def integrity(self) -> list[str]:
        """Return what the database itself finds wrong with its files."""

    def compact(self) -> None:
        """Leave nothing that was deleted in any file of the store.

        Raises:
            StoreUnavailable: a reader holds old pages for too long; call again.
        """

    def close(self) -> None:
        """Release files and connections."""
