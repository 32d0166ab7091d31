"""Check what needs only the rows of one range: hashes, signatures, signed tree heads. Ranges are checked side by side.

Where a note, its leaf hash and its tile disagree, the one that stands alone is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from ledger.book.entry import SignedEntry, parse_entry
from ledger.errors import LedgerError
from ledger.fsck.finding import Finding, Findings
from ledger.log import merkle, tiles
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.edge import Edge
from ledger.log.note import SignedNote, VerifierKey
from ledger.store.base import EntryRow, LogReader

STATUSES: Final = ("logged", "rejected")
NO_KEY: Final = "?"
WHOLE: Final = (b'"kind":"erase"', b'"kind":"reattest"')


class Task(NamedTuple):
    """Name a range and what is needed to check it.

    Args:
        start: first entry; a multiple of the tile width.
        end: entry after the last.
        log_key: the log's key.
        keys: keys by name that sign in this range; nothing where only the structure is checked.
        verified: entries before this index had their signatures checked in an earlier run.
        notes: return every note, not only those that change how later ones are read.
        sizes: tree sizes whose right edge is wanted beside those of the checkpoints.
    """

    start: int
    end: int
    log_key: VerifierKey
    keys: Mapping[str, VerifierKey] | None
    verified: int
    notes: bool
    sizes: tuple[int, ...]


class Seen(NamedTuple):
    """Hold what the walk over all entries needs of one: its note is an entry, though maybe not the one in the tree."""

    idx: int
    stored_id: str
    status: str
    reasons: str
    intact: bool
    entry_id: str
    key_name: str
    seq: int
    prev: str
    actor: str
    items: tuple[str, ...]
    unsigned: str
    note: bytes


class Head(NamedTuple):
    """Hold a stored checkpoint: what it signs, or why it cannot be read."""

    size: int
    note: bytes
    signed: tuple[int, bytes]
    problem: str


class Block(NamedTuple):
    """Hold what follows from the leaves of one tile.

    Args:
        root: the root of a full tile; nothing for the last one, which may grow.
        inner: by size, in order, the right edge inside the tile.
    """

    root: bytes | None
    inner: dict[int, tuple[bytes, ...]]


class Chunk(NamedTuple):
    """Hold what was found in a range.

    Args:
        start: first entry.
        leaves: the leaf hash of every entry, as most places have it.
        chains: the stored chain values; nothing for a missing entry.
        blocks: what follows from the leaves of each tile.
        faults: what is wrong with entries.
        tile_faults: what is wrong with full tiles of leaves.
        seen: the entries, where more than the structure was checked.
        heads: the checkpoints of sizes inside the range.
    """

    start: int
    leaves: list[bytes]
    chains: list[bytes | None]
    blocks: list[Block]
    faults: list[Finding]
    tile_faults: list[Finding]
    seen: list[Seen]
    heads: list[Head]


def check_chunk(reader: LogReader, task: Task) -> Chunk:
    """Check a range from its stored rows."""
    faults, tile_faults = Findings(), Findings()
    stored_tiles = reader.tiles_in(0, task.start // tiles.WIDTH, -(-task.end // tiles.WIDTH))
    seen: list[Seen] = []
    if task.keys is None:
        found = reader.hashes(task.start, task.end)
        leaves, chains = _leaves(task, found, stored_tiles, faults)
    else:
        rows = reader.entries(task.start, task.end)
        found = [(row.idx, row.note, row.leaf_hash, row.chain) for row in rows]
        leaves, chains = _leaves(task, found, stored_tiles, faults)
        for row in rows:
            entry = _entry(task, task.keys, row, leaves[row.idx - task.start], faults)
            if entry is not None:
                seen.append(entry)
    key = None if task.keys is None else task.log_key
    heads = [read_head(size, note, key) for size, note in reader.checkpoints_in(task.start, task.end)]
    wanted = {*(head.size for head in heads), *(size for size in task.sizes if task.start < size <= task.end)}
    blocks = list(_blocks(task.start, leaves, sorted(wanted), stored_tiles, tile_faults))
    return Chunk(task.start, leaves, chains, blocks, faults.found, tile_faults.found, seen, heads)


def read_entry(note: bytes) -> SignedEntry | None:
    """Read a note as an entry, or give none."""
    try:
        return parse_entry(note)
    except LedgerError:
        return None


def _tile_leaves(stored: Iterable[bytes], count: int) -> list[bytes | None]:
    """Return the leaf hashes as the tiles hold them."""
    size, found = merkle.HASH_SIZE, list[bytes | None]()
    for data in stored:
        held = [data[at : at + size] for at in range(0, len(data) - size + 1, size)][: tiles.WIDTH]
        found.extend([*held, *[None] * (tiles.WIDTH - len(held))])
    return found[:count]


def _leaves(
    task: Task,
    rows: Sequence[tuple[int, bytes, bytes, bytes]],
    stored_tiles: Mapping[int, bytes],
    faults: Findings,
) -> tuple[list[bytes], list[bytes | None]]:
    count = task.end - task.start
    leaves = merkle.leaf_hashes([row[1] for row in rows])
    held = [stored_tiles.get(n, b"") for n in range(task.start // tiles.WIDTH, -(-task.end // tiles.WIDTH))]
    whole = b"".join(held).startswith(b"".join(leaves))
    if whole and len(rows) == count and leaves == [row[2] for row in rows]:
        return leaves, [row[3] for row in rows]
    by_index = {row[0]: (leaf, row[2], row[3]) for row, leaf in zip(rows, leaves, strict=True)}
    trusted: list[bytes] = []
    chains: list[bytes | None] = []
    for index, tile in enumerate(_tile_leaves(held, count), task.start):
        if index not in by_index:
            faults.add("entry", index, "missing", "the entry is missing")
            trusted.append(tile or bytes(merkle.HASH_SIZE))
            chains.append(None)
            continue
        leaf, stored, chain = by_index[index]
        trusted.append(_agreed(leaf, stored, tile))
        chains.append(chain)
        if stored != trusted[-1]:
            faults.add("entry", index, "leaf_hash", "the leaf hash is not that of the note")
        if leaf != trusted[-1]:
            faults.add("entry", index, "note", "the note is not the one that was hashed into the tree")
    return trusted, chains


def _agreed(leaf: bytes, stored: bytes, tile: bytes | None) -> bytes:
    """Return the leaf hash that most places agree on: the note's own, the stored one and the tile's."""
    if tile is None:
        return stored if leaf != stored and len(stored) == merkle.HASH_SIZE else leaf
    return tile if tile in (leaf, stored) else leaf


def _entry(task: Task, keys: Mapping[str, VerifierKey], row: EntryRow, leaf: bytes, faults: Findings) -> Seen | None:
    intact = merkle.leaf_hash(row.note) == leaf
    signed = read_entry(row.note)
    if signed is None:
        if intact:
            faults.add("entry", row.idx, "note", "the note is not an entry")
        return None
    unsigned = ""
    if intact:
        if signed.entry_id != row.entry_id:
            faults.add("entry", row.idx, "entry_id", "the id is not the hash of the note text")
        unsigned = _unsigned(task, keys, row.idx, signed)
    entry = signed.entry
    whole = task.notes or any(mark in row.note for mark in WHOLE)
    return Seen(
        row.idx,
        row.entry_id,
        row.status,
        row.reasons,
        intact,
        signed.entry_id,
        signed.key_name,
        entry.seq,
        entry.prev,
        entry.actor,
        entry.items,
        unsigned,
        row.note if whole else b"",
    )


def _unsigned(task: Task, keys: Mapping[str, VerifierKey], index: int, signed: SignedEntry) -> str:
    """Say why the signature of an entry does not hold."""
    key = keys.get(signed.key_name)
    if key is None:
        return NO_KEY
    if index < task.verified:
        return ""
    try:
        signed.verify(key)
    except LedgerError as error:
        return error.message
    return ""


def read_head(size: int, note: bytes, key: VerifierKey | None) -> Head:
    """Read a stored checkpoint, or say why it cannot be read; its signature is checked where a key is given."""
    try:
        head = Checkpoint.parse(SignedNote.parse(note).text) if key is None else open_checkpoint(note, key)
    except LedgerError as error:
        return Head(size, note, (0, b""), error.message)
    return Head(size, note, (head.size, head.root), "")


def _blocks(
    start: int, leaves: Sequence[bytes], sizes: Sequence[int], stored_tiles: Mapping[int, bytes], faults: Findings
) -> Iterator[Block]:
    """Hash the leaves tile by tile, and compare full tiles with the stored ones; the last one may have grown since."""
    for at in range(0, len(leaves), tiles.WIDTH):
        first, part = start + at, leaves[at : at + tiles.WIDTH]
        read, end = merkle.list_reader(part), first + len(part)
        inner = {size: Edge.read(read, (size - first) % tiles.WIDTH).hashes for size in sizes if first < size <= end}
        full = len(part) == tiles.WIDTH
        if full:
            n = first // tiles.WIDTH
            faults.compare_tile(0, n, stored_tiles.get(n), b"".join(part))
        yield Block(read(tiles.HEIGHT, 0) if full else None, inner)
