"""Open a log for a checker: a folder, or an address that serves the same files."""

from __future__ import annotations

import http.client
import tempfile
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

from ledger.errors import EntryNotFound, StoreUnavailable
from ledger.export import CHECKPOINT, VKEY, LogDirectory
from ledger.log import tiles

TIMEOUT_S = 20
LARGEST = 64 * 1024 * 1024


class LogAddress(LogDirectory):
    """Read a log from an address, file by file; its tree head and key are fetched once, so that all fit one moment.

    Args:
        address: an http(s) address of a log that serves C2SP tiles.
    """

    def __init__(self, address: str) -> None:
        super().__init__(Path())
        self._address = address.rstrip("/")
        self._kept: dict[str, bytes] = {}

    def read(self, name: str) -> bytes:
        """Return the bytes of a file of the log by its path below the address.

        Raises:
            EntryNotFound: the log has no such file.
            StoreUnavailable: nobody answers, or with more than a file of a log holds.
        """
        if name not in (CHECKPOINT, VKEY):
            return _get(f"{self._address}/{name}")
        if name not in self._kept:
            self._kept[name] = _get(f"{self._address}/{name}")
        return self._kept[name]


class FetchedLog(LogDirectory):
    """Hold a fetched copy of a log; the copy lives as long as this object."""

    def __init__(self, folder: tempfile.TemporaryDirectory[str]) -> None:
        super().__init__(folder.name)
        self._folder = folder


def open_log(source: str) -> LogDirectory:
    """Open a log whose files are read as they are needed.

    Args:
        source: a folder, or an http(s) address of a log that serves C2SP tiles.

    Raises:
        EntryNotFound: the folder is not there.
    """
    if source.startswith(("http://", "https://")):
        return LogAddress(source)
    if not Path(source).is_dir():
        raise EntryNotFound("there is no such folder", path=source)
    return LogDirectory(source)


def copy_log(source: str, *, offline: bool = False) -> LogDirectory:
    """Open a log of which a completeness check reads everything; from an address all that is fetched first.

    Args:
        source: a folder, or an http(s) address.
        offline: refuse to use the network.

    Raises:
        EntryNotFound: the folder or a file is not there.
        StoreUnavailable: the address cannot be read, or the network must not be used.
    """
    log = open_log(source)
    if not isinstance(log, LogAddress):
        return log
    if offline:
        raise StoreUnavailable("--offline does not go with a log on the network; give a folder", log=source)
    folder = tempfile.TemporaryDirectory(prefix="ecarbon-log-")
    names = [VKEY, CHECKPOINT, *(bundle.encode() for bundle in tiles.bundles_of(log.head().size))]
    for name in names:
        path = Path(folder.name) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(log.read(name))
    return FetchedLog(folder)


def _get(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:
            data: bytes = answer.read(LARGEST + 1)
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.NOT_FOUND:
            raise EntryNotFound("a file of the log is missing", address=address) from None
        raise StoreUnavailable("the log cannot be fetched", address=address, reason=str(error)) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise StoreUnavailable("the log cannot be fetched", address=address, reason=str(reason)) from None
    if len(data) > LARGEST:
        raise StoreUnavailable("the log sends more than a tile may hold", address=address)
    return data
