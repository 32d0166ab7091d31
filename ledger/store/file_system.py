"""Tell which file system a file lies on, and refuse those of a network for SQLite.

SQLite's write-ahead log needs memory that all its users share, locks that hold and a sync that reaches a disk; network
file systems promise none of them. What FUSE serves may come from anywhere, so only what is known to be local passes.
Linux says what is mounted; on other systems nothing is known.

Sources: SQLite, "Write-Ahead Logging", and "How To Corrupt An SQLite Database File", 2; Linux, proc_pid_mountinfo(5).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ledger.errors import StoreConflict

MOUNTS: Final = Path("/proc/self/mountinfo")
_NETWORK: Final = frozenset(
    "9p afpfs afs beegfs ceph cifs coda davfs drvfs gfs2 glusterfs gpfs lustre ncpfs nfs nfs4 ocfs2 orangefs prl_fs "
    "pvfs2 smb3 smbfs vboxsf virtiofs vmhgfs".split()
)
_LOCAL_FUSE: Final = frozenset(
    "fuseblk fuse.bindfs fuse.encfs fuse.fuse-overlayfs fuse.gocryptfs fuse.lxcfs fuse.mergerfs fuse.ntfs-3g "
    "fuse.unionfs-fuse".split()
)


def type_at(path: Path, mounts: str) -> str:
    """Return the type of the file system that holds an absolute path without links, in a text of mountinfo.

    An unknown type is empty. What was mounted last on a place hides what was there.
    """
    found, length = "", 0
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, types = before.split(" "), after.split(" ")
        if len(fields) < 6 or not types[0]:
            continue
        place = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        if len(place.parts) >= length and path.is_relative_to(place):
            found, length = types[0], len(place.parts)
    return found


def is_network(kind: str) -> bool:
    """Tell whether a type of file system may be served by another machine."""
    return kind in _NETWORK or (kind.startswith("fuse") and kind not in _LOCAL_FUSE)


def type_of(path: Path) -> str:
    """Return the type of the file system that a file lies on or will lie on; empty where it cannot be told."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    return type_at(path.resolve(), mounts)


def check_local(path: Path) -> None:
    """Refuse a place for an SQLite file that may be served by another machine.

    Raises:
        StoreConflict: it may.
    """
    kind = type_of(path)
    if is_network(kind):
        raise StoreConflict(
            "the database file lies on a network file system, where SQLite can lose what it acknowledged; "
            "move it to a local disk, or use PostgreSQL",
            file=str(path),
            file_system=kind,
        )
