"""Compare tiles, checkpoints and the state row with the leaf hashes."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.errors import LedgerError
from ledger.fsck.finding import Findings
from ledger.log import merkle, tiles
from ledger.log.checkpoint import open_checkpoint
from ledger.log.edge import Edge
from ledger.log.note import VerifierKey
from ledger.store.base import LogReader, LogState


def stored_leaves(reader: LogReader, size: int) -> dict[int, bytes]:
    """Read the leaf hashes as the tiles hold them."""
    found: dict[int, bytes] = {}
    for n in range((size + tiles.WIDTH - 1) // tiles.WIDTH):
        data = reader.tile(0, n) or b""
        for at in range(len(data) // merkle.HASH_SIZE):
            found[n * tiles.WIDTH + at] = data[at * merkle.HASH_SIZE : (at + 1) * merkle.HASH_SIZE]
    return found


class TreeCheck:
    """Compare what is stored about the tree with its leaves.

    Args:
        findings: where faults go.
        leaves: the leaf hash of every entry.
        key: the log's key.
    """

    def __init__(self, findings: Findings, leaves: Sequence[bytes], key: VerifierKey) -> None:
        self._findings = findings
        self._leaves = leaves
        self._key = key
        self._nodes = merkle.list_reader(leaves)

    def state(self, state: LogState, chain: bytes) -> None:
        """Check the state row.

        Args:
            state: the row.
            chain: the chain value of the last entry.
        """
        try:
            if Edge.decode(state.size, state.edge) != Edge(0, ()).extend(self._leaves[: max(0, state.size)]):
                self._findings.add("log_state", None, "edge", "the right edge does not follow from the entries")
        except LedgerError as error:
            self._findings.add("log_state", None, "edge", error.message)
        if state.root != self._root(state.size):
            self._findings.add("log_state", None, "root", "the root does not follow from the entries")
        if state.size == len(self._leaves) and state.chain != chain:
            self._findings.add("log_state", None, "chain", "the chain value is not that of the last entry")
        self._signed("log_state", None, state.size, state.checkpoint)

    def tiles(self, reader: LogReader) -> None:
        """Check every tile."""
        expected = tiles.extend_tiles({}, 0, self._leaves)
        stored: set[tuple[int, int]] = set()
        for level, n, data in reader.tiles():
            stored.add((level, n))
            right = expected.get((level, n))
            if right is None:
                self._findings.add("tile", n, "stray", f"level {level}: the tree has no such tile")
            elif right != data:
                at = next((at for at in range(len(right)) if right[at : at + 1] != data[at : at + 1]), len(right))
                place = at // merkle.HASH_SIZE
                message = f"level {level}: hash {place} of tile {n} does not follow from the entries"
                self._findings.add("tile", n, "hash", message)
        for level, n in sorted(expected.keys() - stored):
            self._findings.add("tile", n, "missing", f"level {level}: tile {n} is missing")

    def checkpoints(self, reader: LogReader, state: LogState) -> None:
        """Check every signed tree head."""
        sizes: set[int] = set()
        for size, note in reader.checkpoints():
            sizes.add(size)
            if size > len(self._leaves):
                self._findings.add("checkpoint", size, "size", "a checkpoint is larger than the log")
                continue
            self._signed("checkpoint", size, size, note)
            if size == state.size and note != state.checkpoint:
                message = "the latest checkpoint is not that of the state row"
                self._findings.add("checkpoint", size, "state", message)
        if state.size not in sizes:
            self._findings.add("checkpoint", state.size, "missing", "the latest checkpoint is missing")

    def _signed(self, table: str, index: int | None, size: int, note: bytes) -> None:
        try:
            head = open_checkpoint(note, self._key)
        except LedgerError as error:
            self._findings.add(table, index, "checkpoint", error.message)
            return
        if (head.size, head.root) != (size, self._root(size)):
            message = "the signed size and root do not follow from the entries"
            self._findings.add(table, index, "checkpoint", message)

    def _root(self, size: int) -> bytes:
        return merkle.range_root(self._nodes, 0, size) if 0 <= size <= len(self._leaves) else b""
