"""Grow the stored tree and read proofs from it.

Before a tree head is signed, its root is derived twice: from the right edge in memory, and from the notes and tiles as
they read back from the store. A single flipped bit stops the append instead of ending the log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ledger.errors import LedgerCorrupt
from ledger.log import merkle, tiles
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.edge import Edge
from ledger.log.note import VerifierKey
from ledger.log.proof import Receipt
from ledger.log.signer import Signer
from ledger.sequencer import Accepted
from ledger.store.base import Batch, EntryRow, EquivocationRow, HeadRow, LogReader, LogState, LogWriter

FIRST_CHAIN = bytes(32)


def first_state(signer: Signer) -> LogState:
    """Sign the head of the empty tree."""
    return _sign(signer, Edge(0, ()), FIRST_CHAIN)


def read_state(reader: LogReader) -> LogState:
    """Return the state row.

    Raises:
        LedgerCorrupt: there is none.
    """
    state = reader.state()
    if state is None:
        raise LedgerCorrupt("the store has lost its state")
    return state


def check_state(state: LogState, key: VerifierKey) -> None:
    """Compare the state row with its own signature.

    Raises:
        KeyUntrusted, SignatureUntrusted: another key signed it.
        LedgerCorrupt: it is not what was signed.
    """
    signed = open_checkpoint(state.checkpoint, key)
    root = Edge.decode(state.size, state.edge).root()
    if (signed.size, signed.root, root) != (state.size, state.root, state.root):
        raise LedgerCorrupt("the stored state is not the one that was signed", size=state.size)


def extend(
    writer: LogWriter,
    state: LogState,
    accepted: Sequence[Accepted],
    *,
    heads: Sequence[HeadRow],
    evidence: Sequence[EquivocationRow],
    signer: Signer,
) -> tuple[LogState, list[Receipt]]:
    """Write a batch, derive its root twice and sign it.

    Returns:
        The new state, and the receipts of the new entries in order.

    Raises:
        LedgerCorrupt: the two ways to the root differ; nothing is signed.
    """
    rows: list[EntryRow] = []
    chain = state.chain
    for new in accepted:
        leaf = merkle.leaf_hash(new.signed.note)
        chain = merkle.chain_hash(chain, leaf)
        rows.append(EntryRow(new.index, new.signed.entry_id, new.signed.note, leaf, chain, new.status, new.reasons))
    leaves = [row.leaf_hash for row in rows]
    edge = Edge.decode(state.size, state.edge).extend(leaves)
    changed = tiles.extend_tiles(_partial_tiles(writer, state.size, edge.size), state.size, leaves)
    mentions = [(key, new.index) for new in accepted for key in new.mentions]
    writer.append(Batch(rows, heads, changed, evidence, mentions))
    read = _derive_again(writer, state, edge, chain)
    new_state = _sign(signer, edge, chain)
    writer.advance(new_state)
    proofs = merkle.read_inclusions(read, state.size, edge.size, edge.size)
    return new_state, [Receipt(index, proof, new_state.checkpoint) for index, proof in enumerate(proofs, state.size)]


def nodes(reader: LogReader, upper: dict[tuple[int, int], tiles.TileRows] | None = None) -> merkle.NodeReader:
    """Read tree nodes from the stored tiles; `upper` as in `tiles.tile_reader`."""

    def read_tile(level: int, n: int, width: int) -> bytes:
        data = reader.tile(level, n) or b""
        if len(data) < width * merkle.HASH_SIZE:
            raise LedgerCorrupt("a tile is missing or too short", level=level, n=n)
        return data

    return tiles.tile_reader(read_tile, upper)


def tile(reader: LogReader, level: int, n: int, width: int) -> bytes:
    """Return the first hashes of a stored tile.

    Raises:
        LedgerCorrupt: the tile is missing or too short.
    """
    data = (reader.tile(level, n) or b"")[: width * merkle.HASH_SIZE]
    if len(data) != width * merkle.HASH_SIZE:
        raise LedgerCorrupt("a tile is missing or too short", level=level, n=n)
    return data


def receipts(reader: LogReader) -> Callable[[int], Receipt]:
    """Return a function that gives the receipt of an index: against the first checkpoint that covers it."""
    read = nodes(reader)
    seen: list[tuple[int, int, bytes]] = []

    def receipt(index: int) -> Receipt:
        for first, size, note in seen:
            if first <= index < size:
                return Receipt(index, merkle.read_inclusion(read, index, size), note)
        found = reader.checkpoint_after(index)
        if found is None:
            raise LedgerCorrupt("no checkpoint covers an entry", index=index)
        seen.insert(0, (index, *found))
        return Receipt(index, merkle.read_inclusion(read, index, found[0]), found[1])

    return receipt


def _partial_tiles(reader: LogReader, size: int, wanted: int) -> dict[int, bytes]:
    """Return the rightmost tiles, by level, of the levels that grow on the way to a wanted size."""
    found: dict[int, bytes] = {}
    level = 0
    while (count := size >> tiles.HEIGHT * level) != wanted >> tiles.HEIGHT * level:
        n, width = divmod(count, tiles.WIDTH)
        if width:
            found[level] = tile(reader, level, n, width)
        level += 1
    return found


def _derive_again(reader: LogReader, old: LogState, edge: Edge, chain: bytes) -> merkle.NodeReader:
    """Derive root and chain from what reads back from the store, compare, and return the nodes that were read."""
    again = old.chain
    rows = reader.entries(old.size, edge.size)
    read = nodes(reader)
    for row in rows:
        leaf = merkle.leaf_hash(row.note)
        again = merkle.chain_hash(again, leaf)
        if leaf != row.leaf_hash or leaf != read(0, row.idx):
            raise LedgerCorrupt("an entry did not read back as it was written", index=row.idx)
    root = merkle.range_root(read, 0, edge.size)
    if len(rows) != edge.size - old.size or again != chain or root != edge.root():
        raise LedgerCorrupt("two ways to the new root differ; nothing was signed", size=edge.size)
    if old.size:
        proof = merkle.read_consistency(read, old.size, edge.size)
        merkle.verify_consistency(old.size, edge.size, proof, old.root, root)
    return read


def _sign(signer: Signer, edge: Edge, chain: bytes) -> LogState:
    root = edge.root()
    note = signer.sign_note(Checkpoint(signer.name, edge.size, root).text())
    return LogState(edge.size, root, chain, edge.encode(), note)
