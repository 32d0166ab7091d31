"""Name, write and read hash tiles and entry bundles, and read tree nodes from tiles.

Source: C2SP tlog-tiles, tiles of height 8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.errors import MalformedTile
from ledger.log.merkle import HASH_SIZE, NodeReader, node_hashes

HEIGHT: Final = 8
WIDTH: Final = 256
MAX_LEAF: Final = 0xFFFF
_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9]|[1-5][0-9]|6[0-3])/(?P<n>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?\Z",
    re.ASCII,
)

TileReader = Callable[[int, int, int], bytes]
"""Return the first ``width`` hashes of the tile ``(level, n, width)``, one after the other."""

TileRows = list[list[bytes]]
"""The hashes of a tile, then the complete nodes of each height above them within the tile."""


@dataclass(frozen=True, slots=True)
class TilePath:
    """Name a tile or, with level ``None``, an entry bundle."""

    level: int | None
    n: int
    width: int = WIDTH

    def encode(self) -> str:
        """Return the path below the log's prefix."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_encode_index(self.n)}{partial}"

    @classmethod
    def parse(cls, path: str) -> TilePath:
        """Read a path that ``encode`` would have written.

        Raises:
            MalformedTile: any other text.
        """
        found = _PATH.match(path)
        if found is None or len(path) > 80:
            raise MalformedTile("not the path of a tile", path=path[:80])
        level = None if found["level"] == "entries" else int(found["level"])
        width = WIDTH if found["width"] is None else int(found["width"])
        tile = cls(level, int(re.sub("[x/]", "", found["n"])), width)
        if tile.encode() != path or width > WIDTH:
            raise MalformedTile("not the canonical path of a tile", path=path)
        return tile


def tiles_of(size: int) -> list[TilePath]:
    """List all hash tiles of a tree, full and partial, lowest level first."""
    found: list[TilePath] = []
    level, count = 0, size
    while count:
        found.extend(TilePath(level, n) for n in range(count // WIDTH))
        if count % WIDTH:
            found.append(TilePath(level, count // WIDTH, count % WIDTH))
        level, count = level + 1, count // WIDTH
    return found


def bundles_of(size: int) -> list[TilePath]:
    """List all entry bundles of a tree."""
    return [TilePath(None, tile.n, tile.width) for tile in tiles_of(size) if tile.level == 0]


def width_at(level: int, n: int, size: int) -> int:
    """Return how many hashes of a tile exist in the tree of a size."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - n * WIDTH))


def encode_bundle(leaves: Sequence[bytes]) -> bytes:
    """Return the bundle of up to 256 leaves.

    Raises:
        MalformedTile: a leaf is longer than 65,535 bytes.
    """
    if any(len(leaf) > MAX_LEAF for leaf in leaves):
        raise MalformedTile("a leaf is too long for a bundle")
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def parse_bundle(data: bytes) -> list[bytes]:
    """Read the leaves of a bundle.

    Raises:
        MalformedTile: the bytes do not end where a leaf ends, or hold more than 256 leaves.
    """
    leaves: list[bytes] = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        leaf = data[at + 2 : at + 2 + size]
        if at + 2 > len(data) or len(leaf) != size:
            raise MalformedTile("an entry bundle ends inside a leaf")
        leaves.append(leaf)
        at += 2 + size
    if len(leaves) > WIDTH:
        raise MalformedTile("an entry bundle holds too many leaves", count=len(leaves))
    return leaves


def split_tile(data: bytes) -> list[bytes]:
    """Return the hashes of a tile.

    Raises:
        MalformedTile: the bytes are not 1 to 256 hashes.
    """
    if not data or len(data) % HASH_SIZE or len(data) > WIDTH * HASH_SIZE:
        raise MalformedTile("a tile is not made of 1 to 256 hashes", size=len(data))
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def tile_reader(read_tile: TileReader, upper: dict[tuple[int, int], TileRows] | None = None) -> NodeReader:
    """Read tree nodes from tiles; each tile is read once, unless a wider part of it is needed later.

    Args:
        read_tile: gives a tile, at least as wide as asked for.
        upper: keeps what was read above level 0 for other readers of the same log; what it holds never changes.
    """
    lowest: dict[tuple[int, int], TileRows] = {}
    higher = {} if upper is None else upper

    def read(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, HEIGHT)
        n, at = divmod(index << height, WIDTH)
        held = higher if tile_level else lowest
        rows = held.get((tile_level, n))
        if rows is None or len(rows[0]) < at + (1 << height):
            rows = held[tile_level, n] = _rows(split_tile(read_tile(tile_level, n, at + (1 << height))))
            if len(rows[0]) < at + (1 << height):
                raise MalformedTile("a tile is shorter than its tree needs", level=tile_level, n=n)
        return rows[height][at >> height]

    return read


def _rows(hashes: list[bytes]) -> TileRows:
    """Give the hashes of a tile, and the complete nodes of each height above them within the tile."""
    rows = [hashes]
    while len(rows) < HEIGHT:
        rows.append(node_hashes(rows[-1]))
    return rows


def extend_tiles(edge: Mapping[int, bytes], size: int, leaf_hashes: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """Return every tile that changes when leaves are added.

    Args:
        edge: by level, the bytes of the rightmost partial tile of the tree so far (absent or empty when full).
        size: leaves so far.
        leaf_hashes: the new ones.

    Returns:
        Tile bytes by (level, n), whole tiles, full or partial.
    """
    changed: dict[tuple[int, int], bytes] = {}
    level, count, added = 0, size, list(leaf_hashes)
    while added:
        above: list[bytes] = []
        n, held = count // WIDTH, split_tile(edge[level]) if edge.get(level) else []
        if len(held) != count % WIDTH:
            raise MalformedTile("the right edge does not fit the tree size", level=level, size=size)
        for digest in added:
            held.append(digest)
            if len(held) == WIDTH:
                changed[level, n] = b"".join(held)
                above.append(_tile_root(held))
                n, held = n + 1, []
        if held:
            changed[level, n] = b"".join(held)
        level, count, added = level + 1, count // WIDTH, above
    return changed


def _tile_root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = node_hashes(hashes)
    return hashes[0]


def _encode_index(n: int) -> str:
    text = f"{n % 1000:03d}"
    while n >= 1000:
        n //= 1000
        text = f"x{n % 1000:03d}/{text}"
    return text
