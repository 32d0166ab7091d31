"""Remember between runs how far signatures were checked.

The file holds a size, the root of that many entries, and a tree head that the log signed. A resumed run hashes every
entry again, and the entries before the size must lead to that root; only their signatures are not checked a second
time. So the file is trusted for one thing: that they were checked once. Whoever can write it can spare the log a
signature that should never have been accepted, but cannot hide a changed byte.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.errors import LedgerError, MalformedJson, StoreConflict, StoreUnavailable
from ledger.log.canonical import decode, encode
from ledger.log.checkpoint import open_checkpoint
from ledger.log.note import VerifierKey
from ledger.store.base import LogReader

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """Say how far signatures were checked.

    Args:
        size: entries checked.
        root: root of these entries.
        checkpoint: a tree head, of this or a larger size, that the log signed.
    """

    size: int
    root: bytes
    checkpoint: bytes

    def save(self, path: Path) -> None:
        """Replace the file in one step.

        Raises:
            StoreUnavailable: the file cannot be written.
        """
        value = {
            "version": _VERSION,
            "size": self.size,
            "root": self.root.hex(),
            "checkpoint": self.checkpoint.decode(),
        }
        beside = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            beside.write_bytes(encode(value) + b"\n")
            beside.replace(path)
        except OSError as error:
            raise StoreUnavailable("a file cannot be written", path=str(path), reason=str(error)) from None


def load(path: Path, reader: LogReader, key: VerifierKey) -> Progress | None:
    """Read the file of an earlier run; nothing, if there is none.

    Raises:
        StoreConflict: it cannot be read, or does not rest on a tree head of this log.
    """
    try:
        value: Any = decode(path.read_bytes().removesuffix(b"\n"))
        progress = Progress(value["size"], bytes.fromhex(value["root"]), value["checkpoint"].encode())
        head = open_checkpoint(progress.checkpoint, key)
        stored = [open_checkpoint(note, key).root for _, note in reader.checkpoints_in(head.size - 1, head.size)]
        if value["version"] == _VERSION and 0 <= progress.size <= head.size and stored == [head.root]:
            return progress
    except FileNotFoundError:
        return None
    except (OSError, MalformedJson, LedgerError, KeyError, TypeError, ValueError, AttributeError):
        pass
    raise StoreConflict(
        "the file of the earlier check does not rest on a tree head of this log; delete it to check everything",
        path=str(path),
    )
