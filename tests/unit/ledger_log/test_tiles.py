"""Check tiles: paths, bundles, growth, and a real log made by Tessera."""

from __future__ import annotations

import random

import pytest

from ledger.errors import MalformedTile
from ledger.log import merkle, tiles
from ledger.log.checkpoint import open_checkpoint
from ledger.log.note import VerifierKey
from ledger.log.tiles import TilePath
from tests.support.official import vectors

KEY = VerifierKey.parse("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (TilePath(0, 0), "tile/0/000"),
        (TilePath(0, 0, 1), "tile/0/000.p/1"),
        (TilePath(1, 999), "tile/1/999"),
        (TilePath(1, 1000), "tile/1/x001/000"),
        (TilePath(63, 1234067), "tile/63/x001/x234/067"),
        (TilePath(None, 1234067, 255), "tile/entries/x001/x234/067.p/255"),
    ],
)
def test_paths_follow_the_specification(tile: TilePath, path: str) -> None:
    assert tile.encode() == path
    assert TilePath.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000/",
        "tile/0/000\n",
        "/tile/0/000",
        "tile/data/000",
        "tile/0/../000",
        "tile/0/" + "x001/" * 40 + "000",
        "tile/0/\u0660\u0660\u0660",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(MalformedTile):
        TilePath.parse(path)


def test_tiles_of_the_specifications_example() -> None:
    found = tiles.tiles_of(70_000)
    assert sum(tile.level == 0 and tile.width == 256 for tile in found) == 273
    partial = [(tile.level, tile.n, tile.width) for tile in found if tile.width < 256]
    assert partial == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert [tile.encode() for tile in tiles.tiles_of(256)] == ["tile/0/000", "tile/1/000.p/1"]
    assert tiles.tiles_of(0) == []
    assert tiles.width_at(1, 1, 70_000) == 17


def test_bundles_read_back_and_damage_is_refused() -> None:
    leaves = [b"", b"x" * 300, "荔枝".encode()]
    data = tiles.encode_bundle(leaves)
    assert data[:2] == b"\x00\x00" and data[2:4] == b"\x01\x2c"
    assert tiles.parse_bundle(data) == leaves
    for cut in (data[:-1], data + b"\x00", data + b"\x00\x05abc", tiles.encode_bundle([b"x"] * 257)):
        with pytest.raises(MalformedTile):
            tiles.parse_bundle(cut)
    with pytest.raises(MalformedTile):
        tiles.encode_bundle([b"x" * 65_536])


def test_growing_in_any_steps_gives_the_same_tiles_and_roots() -> None:
    source = random.Random(11)
    hashes = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(70_000)]
    stored: dict[tuple[int, int], bytes] = {}
    upper: dict[tuple[int, int], tiles.TileRows] = {}
    size = 0
    reader = merkle.list_reader(hashes)
    for step in (1, 254, 1, 1, 255, 256, 257, 1000, 63_511, 3000, 1464):
        edge = {level: stored.get((level, (size >> 8 * level) // 256), b"") for level in range(3)}
        edge = {level: data for level, data in edge.items() if (size >> 8 * level) % 256}
        stored.update(tiles.extend_tiles(edge, size, hashes[size : size + step]))
        size += step
        assert {tile: len(data) for tile, data in stored.items()} == {
            (tile.level, tile.n): tile.width * 32 for tile in tiles.tiles_of(size)
        }
        read = tiles.tile_reader(lambda level, n, width: stored[level, n])
        root = merkle.range_root(read, 0, size)
        assert root == merkle.range_root(reader, 0, size)
        for _ in range(5):
            read = tiles.tile_reader(lambda level, n, width: stored[level, n][: width * 32], upper)
            index, old = source.randrange(size), source.randrange(1, size + 1)
            merkle.verify_inclusion(hashes[index], index, size, merkle.read_inclusion(read, index, size), root)
            past = merkle.range_root(read, 0, old)
            assert past == merkle.range_root(reader, 0, old)
            merkle.verify_consistency(old, size, merkle.read_consistency(read, old, size), past, root)
    assert size == 70_000
    assert 1 in {level for level, _ in upper} and 0 not in {level for level, _ in upper}


def test_edge_that_does_not_fit_is_refused() -> None:
    with pytest.raises(MalformedTile):
        tiles.extend_tiles({}, 3, [bytes(32)])
    for data in (b"", bytes(31), bytes(257 * 32)):
        with pytest.raises(MalformedTile):
            tiles.split_tile(data)


def test_official_tiled_log() -> None:
    folder = vectors("tlog-tiles-log", cases=45)
    previous: tuple[int, bytes] | None = None
    for size in range(1, 16):
        head = open_checkpoint((folder / f"checkpoint.{size}").read_bytes(), KEY)
        leaves = tiles.parse_bundle((folder / TilePath(None, 0, size).encode()).read_bytes())
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
        assert (folder / TilePath(0, 0, size).encode()).read_bytes() == b"".join(hashes)
        assert tiles.extend_tiles({}, 0, hashes) == {(0, 0): b"".join(hashes)}
        assert merkle.root(hashes) == head.root
        if previous is not None:
            proof = merkle.consistency_proof(hashes, previous[0])
            merkle.verify_consistency(previous[0], size, proof, previous[1], head.root)
        previous = size, head.root
    assert previous is not None and previous[0] == 15
