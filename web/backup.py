"""Copy a home's ledger: to a backup, from one (to check it), and into another database."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger import keyfiles
from ledger.errors import LedgerCorrupt, LogRolledBack, StoreConflict
from ledger.fsck import Finding, fsck
from ledger.guard import Guard
from ledger.log.checkpoint import open_checkpoint
from ledger.openings import Openings
from ledger.store.copy import Copied, copy_store
from ledger.store.sql import SqlLogStore
from web.config import Config

DATABASE: Final = "ecarbon.db"
CHECKPOINT: Final = "checkpoint"


@dataclass(frozen=True, slots=True)
class Checked:
    """State what a backup is worth.

    Args:
        size: number of entries.
        findings: every fault.
        behind: how many entries this log has signed that the backup does not hold.
    """

    size: int
    findings: list[Finding]
    behind: int


def backup(config: Config, folder: Path) -> Copied:
    """Write a SQLite copy of the ledger as it is at one moment, and the tree head that it ends in, into a new folder.

    The service may go on meanwhile. Keys are not copied: without the seal key nobody can open what the copy holds.

    Raises:
        StoreConflict: the folder holds a backup already.
        LedgerCorrupt: the copy is not equal.
    """
    final = folder / DATABASE
    if final.exists():
        raise StoreConflict("the folder holds a backup already; give a new one", folder=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{DATABASE}.new"
    with tempfile.TemporaryDirectory(prefix="ecarbon-") as place:  # The folder may lie on a network, SQLite may not.
        store = SqlLogStore(config.database_url)
        try:
            copied = copy_store(store.engine, f"sqlite:///{place}/{DATABASE}")
        finally:
            store.close()
        beside.unlink(missing_ok=True)
        beside.touch(mode=0o600)
        shutil.copyfile(Path(place) / DATABASE, beside)
    _sync(beside)
    (folder / CHECKPOINT).write_bytes(copied.checkpoint)
    _sync(folder / CHECKPOINT)
    beside.replace(final)
    _sync(folder)
    return copied


def restore_check(config: Config, folder: Path) -> Checked:
    """Check a backup from its bytes up, on a copy of it; the live store and the guard stay as they are.

    Raises:
        StoreConflict: the folder holds no backup.
        LedgerCorrupt: the backup is not the one that its tree head names.
    """
    if not (folder / DATABASE).is_file():
        raise StoreConflict("the folder holds no backup", folder=str(folder))
    with tempfile.TemporaryDirectory(prefix="ecarbon-") as place:
        shutil.copyfile(folder / DATABASE, Path(place) / DATABASE)
        return _check(config, f"sqlite:///{place}/{DATABASE}", (folder / CHECKPOINT).read_bytes())


def migrate(config: Config, url: str) -> Checked:
    """Copy the ledger into an empty database of another address, and check the copy from its bytes up.

    Nothing can be appended to the old one meanwhile; afterwards the setting is changed by hand.

    Raises:
        StoreConflict: the target is not empty.
        LedgerCorrupt: the copy is not equal.
    """
    store = SqlLogStore(config.database_url)
    try:
        copied = copy_store(store.engine, url, exclusive=True)
    finally:
        store.close()
    return _check(config, url, copied.checkpoint)


def _check(config: Config, url: str, checkpoint: bytes) -> Checked:
    log_key = keyfiles.load_signer(config.log_key_file).public_key
    store = SqlLogStore(url)
    try:
        findings = fsck(store, log_key, Openings(store, keyfiles.load_secret(config.seal_key_file)))
        with store.read() as reader:
            state = reader.state()
        if state is not None and state.checkpoint != checkpoint:
            raise LedgerCorrupt("the copy does not end in the tree head beside it", size=state.size)
        fault = Guard(config.guard_file, log_key).fault(store)
        if fault is not None and not isinstance(fault, LogRolledBack):
            findings.append(Finding("guard", None, fault.code, fault.message))
    finally:
        store.close()
    size = open_checkpoint(checkpoint, log_key).size
    behind = fault.context["signed_size"] - size if isinstance(fault, LogRolledBack) else 0
    return Checked(size, findings, behind)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
