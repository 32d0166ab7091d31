"""Carry the right edge of a tree, from which roots follow without reading any tile.

Source: RFC 9162 section 2.1.2 (verifying a tree head given its entries); known elsewhere as a compact range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import LedgerCorrupt
from ledger.log.merkle import EMPTY_ROOT, HASH_SIZE, NodeReader, node_hash


@dataclass(frozen=True, slots=True)
class Edge:
    """Hold the hashes of the complete subtrees of a tree, largest first: one for each set bit of its size."""

    size: int
    hashes: tuple[bytes, ...]

    @classmethod
    def decode(cls, size: int, data: bytes) -> Edge:
        """Read the hashes one after the other.

        Raises:
            LedgerCorrupt: there are not as many as the size needs.
        """
        if size < 0 or len(data) != size.bit_count() * HASH_SIZE:
            raise LedgerCorrupt("the stored edge does not fit the stored size", size=size)
        return cls(size, tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)))

    @classmethod
    def read(cls, read: NodeReader, size: int) -> Edge:
        """Read the edge of the tree of a size from the nodes of the same or a larger tree."""
        levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
        return cls(size, tuple(read(level, (size >> level) - 1) for level in levels))

    def encode(self) -> bytes:
        """Return the hashes one after the other."""
        return b"".join(self.hashes)

    def extend(self, leaf_hashes: Sequence[bytes]) -> Edge:
        """Return the edge after adding leaves."""
        size, hashes = self.size, list(self.hashes)
        for digest in leaf_hashes:
            bit = 1
            while size & bit:
                digest = node_hash(hashes.pop(), digest)
                bit <<= 1
            hashes.append(digest)
            size += 1
        return Edge(size, tuple(hashes))

    def root(self) -> bytes:
        """Return the root hash."""
        if not self.hashes:
            return EMPTY_ROOT
        found = self.hashes[-1]
        for digest in reversed(self.hashes[:-1]):
            found = node_hash(digest, found)
        return found
