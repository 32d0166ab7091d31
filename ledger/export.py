"""Write the log as static files, and read it back from them.

The folder holds ``checkpoint``, ``log.vkey`` and ``tile/...``: exactly what C2SP tlog-tiles serves over HTTP. Each file
is written beside its place, made durable and moved; the checkpoint comes last, so that a reader never sees a head whose
tiles are missing. A file that is already equal is left alone.

Source: C2SP tlog-tiles.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ledger.errors import (
    EntryNotFound,
    KeyUntrusted,
    LedgerCorrupt,
    Malformed,
    MalformedKey,
    MalformedTile,
    ProofUntrusted,
    SignatureUntrusted,
    StoreConflict,
    StoreUnavailable,
)
from ledger.log import merkle, tiles
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import VerifierKey
from ledger.service import Ledger

CHECKPOINT: Final = "checkpoint"
VKEY: Final = "log.vkey"
_MAX_FILE: Final = tiles.WIDTH * (tiles.MAX_LEAF + 2)


def export_log(ledger: Ledger, folder: Path) -> list[Path]:
    """Write the log of a ledger to a folder; return the files that changed.

    Raises:
        StoreConflict: the folder holds another log, or one that this log does not extend.
        StoreUnavailable: a file cannot be written.
    """
    note = ledger.checkpoint()
    head = open_checkpoint(note, ledger.log_key)
    _refuse_other_log(ledger, folder, head)
    changed: list[Path] = []
    for tile in tiles.tiles_of(head.size) + tiles.bundles_of(head.size):
        target = folder / tile.encode()
        if write_if_changed(target, ledger.tile(tile.encode())):
            changed.append(target)
    for name, data in ((VKEY, ledger.log_key.encode().encode("utf-8") + b"\n"), (CHECKPOINT, note)):
        if write_if_changed(folder / name, data):
            changed.append(folder / name)
    return changed


def write_if_changed(path: Path, data: bytes) -> bool:
    """Write a file durably and in one step unless it already holds the bytes; say whether it was written.

    Raises:
        StoreUnavailable: the file cannot be written.
    """
    try:
        if path.is_file() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}.new")
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise StoreUnavailable("a file cannot be written", path=str(path), reason=str(error)) from None
    return True


class LogDirectory:
    """Read a log from a folder of static files, and trust nothing in it.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)

    def log_key(self) -> VerifierKey:
        """Return the key that the folder claims; whether to trust it is the caller's question.

        Raises:
            MalformedKey: the file is missing or holds no key.
        """
        try:
            text = self.read(VKEY).decode("utf-8")
        except (EntryNotFound, UnicodeDecodeError):
            raise MalformedKey("the folder holds no log key", path=str(self._path / VKEY)) from None
        return VerifierKey.parse(text.removesuffix("\n"))

    def checkpoint(self) -> bytes:
        """Return the signed tree head as it stands in the folder.

        Raises:
            EntryNotFound: there is none.
        """
        return self.read(CHECKPOINT)

    def head(self, key: VerifierKey | None = None) -> Checkpoint:
        """Return the tree head after checking its signature, with the folder's own key unless another is given."""
        return open_checkpoint(self.checkpoint(), key or self.log_key())

    def notes(self, size: int | None = None) -> list[bytes]:
        """Return the first notes of the log, checked against the folder's signed tree head.

        Args:
            size: how many; all, if nothing is given.

        Raises:
            EntryNotFound: a file is missing, or the log is not that large.
            LedgerCorrupt: the files contradict the signed tree head.
        """
        head = self.head()
        wanted = head.size if size is None else size
        if not 0 <= wanted <= head.size:
            raise EntryNotFound("the log is not that large", size=wanted, log_size=head.size)
        notes = [note for bundle in self.bundles(0, head.size) for note in bundle]
        if merkle.root([merkle.leaf_hash(note) for note in notes]) != head.root:
            raise LedgerCorrupt("the entries of the folder do not lead to its signed root", size=head.size)
        return notes[:wanted]

    def bundles(self, start: int, size: int) -> Iterator[list[bytes]]:
        """Give the notes from an index on, bundle by bundle, as the files of the tree of a size hold them; unchecked.

        Raises:
            EntryNotFound: a file is missing.
            LedgerCorrupt: a file holds too few notes.
        """
        for n in range(start // tiles.WIDTH, -(-size // tiles.WIDTH)):
            bundle = tiles.TilePath(None, n, tiles.width_at(0, n, size))
            leaves = tiles.parse_bundle(self._tile(bundle))
            if len(leaves) < bundle.width:
                raise LedgerCorrupt("an entry bundle is too short", path=bundle.encode())
            yield leaves[max(0, start - n * tiles.WIDTH) : bundle.width]

    def root(self, size: int) -> bytes:
        """Return the root of the tree of a size from the hash tiles.

        Raises:
            EntryNotFound: the log is not that large or a tile is missing.
        """
        held = self.head().size
        if not 0 <= size <= held:
            raise EntryNotFound("the log is not that large", size=size, log_size=held)
        return merkle.range_root(self.nodes(held), 0, size)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return an inclusion proof built from the hash tiles."""
        return merkle.read_inclusion(self.nodes(self.head().size), index, size)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return a consistency proof built from the hash tiles."""
        return merkle.read_consistency(self.nodes(self.head().size), old, new)

    def nodes(self, size: int) -> merkle.NodeReader:
        """Read tree nodes from the hash tiles of the tree of a size; unchecked, so check what follows from them."""

        def read_tile(level: int, n: int, width: int) -> bytes:
            held = tiles.width_at(level, n, size)
            if held < width:
                raise EntryNotFound("the log has no such tile", level=level, n=n)
            return self._tile(tiles.TilePath(level, n, held))

        return tiles.tile_reader(read_tile)

    def _tile(self, tile: tiles.TilePath) -> bytes:
        """Read a tile; where a partial one is gone, its later and wider form serves as well."""
        try:
            return self.read(tile.encode())
        except EntryNotFound:
            if tile.width == tiles.WIDTH:
                raise
            return self.read(tiles.TilePath(tile.level, tile.n).encode())

    def read(self, name: str) -> bytes:
        """Return the bytes of a file of the log by its path below the folder.

        Raises:
            EntryNotFound: it is missing.
            MalformedTile: it is larger than any file of a log.
        """
        path = self._path / name
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_FILE + 1)
        except OSError:
            raise EntryNotFound("a file of the log is missing", path=str(path)) from None
        if len(data) > _MAX_FILE:
            raise MalformedTile("a file of the log is too large", path=str(path))
        return data


def _refuse_other_log(ledger: Ledger, folder: Path, head: Checkpoint) -> None:
    """Refuse to write over another log, or over a later or forked state of this one."""
    if not (folder / CHECKPOINT).is_file():
        return
    try:
        held = LogDirectory(folder).head(ledger.log_key)
    except (Malformed, KeyUntrusted, SignatureUntrusted) as error:
        raise StoreConflict("the folder holds another log", path=str(folder), reason=error.message) from None
    if held.size > head.size:
        raise StoreConflict("the folder holds a later state of this log", folder_size=held.size, size=head.size)
    if held.size == 0:
        return
    try:
        proof = ledger.consistency(held.size, head.size)
        merkle.verify_consistency(held.size, head.size, proof, held.root, head.root)
    except ProofUntrusted:
        raise StoreConflict("the folder holds a fork of this log", folder_size=held.size, size=head.size) from None
