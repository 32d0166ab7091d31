"""Compare tiles, checkpoints and the state row with the leaf hashes; only the right edge of the tree is kept."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.errors import LedgerError
from ledger.fsck.chunk import Chunk, Head
from ledger.fsck.finding import Findings
from ledger.log import merkle, tiles
from ledger.log.edge import Edge
from ledger.log.merkle import MAX_SIZE
from ledger.store.base import LogReader, LogState


class TreeCheck:
    """Compare what is stored about the tree with its leaves, range by range.

    Args:
        findings: where faults go.
        reader: the store.
        state: its state row.
    """

    def __init__(self, findings: Findings, reader: LogReader, state: LogState) -> None:
        self._findings = findings
        self._reader = reader
        self._state = state
        self._size = 0
        self._full = Edge(0, ())
        self._inner: tuple[bytes, ...] = ()
        self._open: list[list[bytes]] = []
        self._edges: dict[int, Edge] = {0: Edge(0, ())}

    @property
    def edge(self) -> Edge:
        """Return the right edge of the tree so far."""
        return Edge(self._size, self._full.hashes + self._inner)

    def edge_at(self, size: int) -> Edge | None:
        """Return the right edge at a size that the ranges were asked for."""
        return self._edges.get(size)

    def add(self, chunk: Chunk) -> None:
        """Take the leaves of the next range in."""
        found = {head.size: head for head in chunk.heads}
        self._findings.found.extend(chunk.tile_faults)
        for n, block in enumerate(chunk.blocks, chunk.start // tiles.WIDTH):
            end = (n + 1) * tiles.WIDTH
            for size, inner in block.inner.items():
                if size < end:
                    self._edge(Edge(size, self._full.hashes + inner), found)
            if block.root is None:
                leaves = chunk.leaves[n * tiles.WIDTH - chunk.start :]
                self._tile(0, n, leaves)
                self._inner = Edge(0, ()).extend(leaves).hashes
                continue
            self._full = self._full.extend([block.root])
            self._push(1, block.root)
            if end in block.inner:
                self._edge(Edge(end, self._full.hashes), found)
        self._size = chunk.start + len(chunk.leaves)

    def finish(self, chain: bytes) -> None:
        """Check the partial tiles, what should not be there, and the state row.

        Args:
            chain: the chain value of the last entry.
        """
        expected = {(tile.level or 0, tile.n) for tile in tiles.tiles_of(self._size)}
        for level, held in enumerate(self._open, 1):
            if held:
                self._tile(level, (self._size >> tiles.HEIGHT * level) // tiles.WIDTH, held)
        for level, n in self._reader.tile_places():
            if (level, n) not in expected:
                self._findings.add("tile", n, "stray", f"level {level}: the tree has no such tile")
        for size, _ in self._reader.checkpoints_in(self._size, MAX_SIZE):
            self._findings.add("checkpoint", size, "size", "a checkpoint is larger than the log")
        self._check_state(chain)

    def check_head(self, table: str, head: Head, edge: Edge | None) -> None:
        """Check a signed tree head against the entries."""
        index = head.size if table == "checkpoint" else None
        if head.problem:
            self._findings.add(table, index, "checkpoint", head.problem)
        elif head.signed != (head.size, edge.root() if edge else b""):
            self._findings.add(
                table,
                index,
                "checkpoint",
                "the signed size and root do not follow from the entries",
            )

    def _check_state(self, chain: bytes) -> None:
        state, edge = self._state, self._edges.get(self._state.size)
        try:
            if Edge.decode(state.size, state.edge) != edge:
                self._findings.add("log_state", None, "edge", "the right edge does not follow from the entries")
        except LedgerError as error:
            self._findings.add("log_state", None, "edge", error.message)
        if edge is None or state.root != edge.root():
            self._findings.add("log_state", None, "root", "the root does not follow from the entries")
        if state.size == self._size and state.chain != chain:
            self._findings.add("log_state", None, "chain", "the chain value is not that of the last entry")
        latest = self._reader.checkpoints_in(state.size - 1, state.size)
        if not latest:
            self._findings.add("checkpoint", state.size, "missing", "the latest checkpoint is missing")
        elif latest[0][1] != state.checkpoint:
            self._findings.add(
                "checkpoint",
                state.size,
                "state",
                "the latest checkpoint is not that of the state row",
            )

    def _edge(self, edge: Edge, heads: dict[int, Head]) -> None:
        if edge.size in heads:
            self.check_head("checkpoint", heads[edge.size], edge)
        if edge.size not in heads or edge.size == self._state.size:
            self._edges[edge.size] = edge

    def _push(self, level: int, digest: bytes) -> None:
        if level > len(self._open):
            self._open.append([])
        held = self._open[level - 1]
        held.append(digest)
        if len(held) == tiles.WIDTH:
            n = (self._full.size >> tiles.HEIGHT * (level - 1)) // tiles.WIDTH - 1
            self._tile(level, n, held)
            self._open[level - 1] = []
            self._push(level + 1, merkle.root(held))

    def _tile(self, level: int, n: int, hashes: Sequence[bytes]) -> None:
        self._findings.compare_tile(level, n, self._reader.tile(level, n), b"".join(hashes))
