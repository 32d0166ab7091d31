"""Remember outside the database what the log has signed, so that a database that went back in time signs nothing.

A restored backup or a lost write-ahead log would give two entries one index: a fork, provable by anyone who kept a
receipt. So the last signed checkpoint is also kept in a small file, best on another disk, and is durable there before
any receipt of it is released. A log whose database is behind that file can be read but not appended to. The file knows
what was signed by those who share it: hosts that append to one database have to.

The file has two slots of 4 KiB, and the older one is overwritten in place: one `fdatasync` of a file that does not
grow, where replacing the file would cost several journal commits. A write that was torn leaves the other slot whole,
and what it lost was never acknowledged. Each slot holds a signed checkpoint, padded with newlines; a slot that does not
verify counts as empty as long as the other one does.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger import tree
from ledger.errors import LedgerCorrupt, LedgerError, LogRolledBack, StoreConflict, StoreUnavailable
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import VerifierKey
from ledger.store.base import LogReader, LogState, LogStore

SLOT: Final = 4096
_BEHIND: Final = (
    "the rollback guard %s was %d entries behind the database: a process was killed between the two, "
    "or another host appends with a guard of its own; hosts that append to one database must share the file"
)
_log = logging.getLogger(__name__)


class Guard:
    """Keep the largest signed checkpoint of one log in a file.

    Args:
        path: the file; made when there is something to keep.
        key: the log's key.
    """

    def __init__(self, path: Path, key: VerifierKey) -> None:
        self.path = path
        self._key = key
        self._followed = False
        self._last: tuple[bytes, list[Checkpoint | None]] = (b"", [None, None])

    def head(self) -> Checkpoint | None:
        """Return the largest tree that the log is known to have signed; nothing before the first.

        Raises:
            StoreConflict: the file holds nothing that this log signed.
            StoreUnavailable: the file cannot be read.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreUnavailable(
                "the rollback guard cannot be read", file=str(self.path), reason=str(error)
            ) from None
        return _newest(self._slots(data))

    def admit(self, reader: LogReader, state: LogState | None) -> None:
        """Compare the state of a write block with the guard; where the store has moved on, follow it.

        Raises:
            LogRolledBack: the store is behind the guard.
            LedgerCorrupt: the store holds another tree than the guard.
            StoreConflict, StoreUnavailable: the guard cannot be used.
        """
        head = self.head()
        self._compare(head, reader, state)
        if state is not None and (head is None or head.size < state.size):
            if head is not None and not self._followed:
                _log.warning(_BEHIND, self.path, state.size - head.size)
            self.keep(state)
        self._followed = True

    def fault(self, store: LogStore) -> LedgerError | None:
        """Say what is wrong between a store and the guard; changes neither."""
        try:
            head = self.head()  # Read first: whatever moves on meanwhile, the store is never behind it.
            with store.read() as reader:
                self._compare(head, reader, reader.state())
        except LedgerError as error:
            return error
        return None

    def keep(self, state: LogState) -> None:
        """Make a signed state durable, unless a later one is known already.

        Raises:
            StoreUnavailable: the file cannot be written.
        """
        try:
            with self._locked() as file:
                data = os.pread(file, 2 * SLOT, 0)
                slots = self._slots(data)
                head = _newest(slots)
                if head is not None and head.size >= state.size:
                    return
                # The newest checkpoint stays whole, whatever becomes of this write.
                older = int(head is not None and slots[0] == head)
                written = state.checkpoint.ljust(SLOT, b"\n")
                os.pwrite(file, written, older * SLOT)
                os.fdatasync(file)
                # What was just signed need not be verified when it is read again.
                new = Checkpoint(self._key.name, state.size, state.root)
                self._last = (
                    (data[:SLOT] + written, [slots[0], new]) if older else (written + data[SLOT:], [new, slots[1]])
                )
        except OSError as error:
            raise StoreUnavailable(
                "the rollback guard cannot be written, so nothing is acknowledged",
                file=str(self.path),
                reason=str(error),
            ) from None

    def _compare(self, head: Checkpoint | None, reader: LogReader, state: LogState | None) -> None:
        """Check that a stored tree is the one that the guard holds, or extends it."""
        size = 0 if state is None else state.size
        if head is None or head.size == 0:
            return
        told = {"size": size, "signed_size": head.size, "guard": str(self.path)}
        if state is None or head.size > size:
            raise LogRolledBack(
                "the database is older than what this log has signed; nothing is appended to it", **told
            )
        try:
            proof = merkle.read_consistency(tree.nodes(reader), head.size, size)
            merkle.verify_consistency(head.size, size, proof, head.root, state.root)
        except LedgerError as error:
            raise LedgerCorrupt(
                "the database holds another tree than the one that this log has signed", reason=error.message, **told
            ) from None

    def _slots(self, data: bytes) -> list[Checkpoint | None]:
        """Read both slots; what was read last is not verified again."""
        if data != self._last[0]:
            notes = [data[at : at + SLOT].rstrip(b"\n") for at in (0, SLOT)]
            slots = [self._open(note + b"\n") if note else None for note in notes]
            if any(notes) and not any(slots):
                raise StoreConflict("the rollback guard holds nothing that this log has signed", file=str(self.path))
            self._last = data, slots
        return self._last[1]

    def _open(self, note: bytes) -> Checkpoint | None:
        try:
            return open_checkpoint(note, self._key)
        except LedgerError:
            return None

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Open the file for one writer among all processes; make it where it is missing."""
        if not self.path.exists():
            self._make()
        file = os.open(self.path, os.O_RDWR)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def _make(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}.{threading.get_ident()}.new")
        with beside.open("wb") as file:
            file.write(b"\n" * (2 * SLOT))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, self.path)  # Never over a guard that another process has made meanwhile.
        except FileExistsError:
            return
        finally:
            beside.unlink()
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _newest(slots: Sequence[Checkpoint | None]) -> Checkpoint | None:
    found = [slot for slot in slots if slot is not None]
    return max(found, key=lambda slot: slot.size, default=None)
