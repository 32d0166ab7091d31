"""Open a copy of a log for a checker: a folder, or an address from which the folder is fetched first."""

from __future__ import annotations

import tempfile
import urllib.request
from pathlib import Path

from ledger.errors import EntryNotFound, StoreUnavailable
from ledger.export import CHECKPOINT, VKEY, LogDirectory
from ledger.log import tiles
from ledger.log.checkpoint import open_checkpoint
from ledger.log.note import VerifierKey

TIMEOUT_S = 20
LARGEST = 64 * 1024 * 1024


class FetchedLog(LogDirectory):
    """Hold a fetched copy of a log; the copy lives as long as this object."""

    def __init__(self, folder: tempfile.TemporaryDirectory[str]) -> None:
        super().__init__(folder.name)
        self._folder = folder


def open_log(source: str, *, offline: bool = False) -> LogDirectory:
    """Open a copy of a log.

    Args:
        source: a folder, or an http(s) address of a log that serves C2SP tiles.
        offline: refuse to use the network.

    Raises:
        EntryNotFound: the folder is not there.
        StoreUnavailable: the address cannot be read, or the network must not be used.
    """
    if source.startswith(("http://", "https://")):
        if offline:
            raise StoreUnavailable("--offline does not go with a log on the network; give a folder", log=source)
        return fetch(source.rstrip("/"))
    if not Path(source).is_dir():
        raise EntryNotFound("there is no such folder", path=source)
    return LogDirectory(source)


def fetch(address: str) -> LogDirectory:
    """Fetch what a completeness check reads: the tree head, the key and all entries."""
    folder = tempfile.TemporaryDirectory(prefix="ecarbon-log-")
    root = Path(folder.name)
    key_text = _get(f"{address}/{VKEY}")
    note = _get(f"{address}/{CHECKPOINT}")
    _keep(root / VKEY, key_text)
    _keep(root / CHECKPOINT, note)
    key = VerifierKey.parse(key_text.decode("utf-8", "replace").removesuffix("\n"))
    for bundle in tiles.bundles_of(open_checkpoint(note, key).size):
        _keep(root / bundle.encode(), _get(f"{address}/{bundle.encode()}"))
    return FetchedLog(folder)


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _get(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:
            data: bytes = answer.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise StoreUnavailable("the log cannot be fetched", address=address, reason=str(reason)) from None
    if len(data) > LARGEST:
        raise StoreUnavailable("the log sends more than a tile may hold", address=address)
    return data
