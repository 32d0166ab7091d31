"""Check that an SQLite file on a network file system is refused when it is opened, and local ones are not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ledger.errors import StoreConflict
from ledger.store import file_system
from ledger.store.file_system import is_network, type_at, type_of
from ledger.store.sql import SqlLogStore

MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 27 0:30 / /srv rw master:5 propagate_from:2 - nfs4 server:/export rw,vers=4.2
31 30 254:0 /var /srv/local rw,relatime - xfs /dev/vdb rw
32 27 0:31 / /mnt/two\\040words rw - cifs //server/share rw
33 27 0:32 / /mnt/ssh rw - fuse.sshfs me@there: rw
34 27 0:33 / /mnt/over rw - fuse.fuse-overlayfs fuse-overlayfs rw
35 27 0:34 / /twice rw - nfs server:/x rw
36 27 0:35 / /twice rw - tmpfs tmpfs rw
what is this
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/ecarbon.db", "ext4"),
        ("/srv/ecarbon.db", "nfs4"),
        ("/srv2/ecarbon.db", "ext4"),
        ("/srv/local/home/ecarbon.db", "xfs"),
        ("/mnt/two words/ecarbon.db", "cifs"),
        ("/mnt/ssh/ecarbon.db", "fuse.sshfs"),
        ("/mnt/over/ecarbon.db", "fuse.fuse-overlayfs"),
        ("/twice/ecarbon.db", "tmpfs"),
    ],
)
def test_the_last_and_deepest_mount_says_the_type(path: str, kind: str) -> None:
    assert type_at(Path(path), MOUNTS) == kind
    assert is_network(kind) == (kind in ("nfs4", "cifs", "fuse.sshfs"))


def test_what_no_mount_holds_is_unknown_and_not_refused() -> None:
    assert type_at(Path("/x"), "") == "" and not is_network("")


def test_a_file_on_a_network_is_refused_with_advice_and_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"27 1 254:0 / / rw - ext4 /dev/vda rw\n30 27 0:30 / {tmp_path}/real rw - nfs4 server:/x rw\n")
    monkeypatch.setattr(file_system, "MOUNTS", mounts)
    with pytest.raises(StoreConflict, match="local disk, or use PostgreSQL") as caught:
        SqlLogStore(f"sqlite:///{tmp_path}/link/ecarbon.db")
    assert caught.value.context["file_system"] == "nfs4"
    assert list((tmp_path / "real").iterdir()) == []
    SqlLogStore(f"sqlite:///{tmp_path}/ecarbon.db").close()


OPEN = """
import sys
from pathlib import Path
from ledger.store.file_system import type_of
from ledger.store.sql import SqlLogStore
SqlLogStore(f"sqlite:///{sys.argv[1]}/ecarbon.db").close()
print(type_of(Path(sys.argv[1])))
"""
MOUNTED = {
    "tmpfs": "mount -t tmpfs none $0/place",
    "overlay": "mount -t tmpfs none $0/under && mkdir $0/under/a $0/under/b $0/under/c && "
    "mount -t overlay -o lowerdir=$0/under/a,upperdir=$0/under/b,workdir=$0/under/c none $0/place",
}


@pytest.mark.skipif(not file_system.MOUNTS.exists(), reason="SKIPPED: only Linux says what is mounted")
@pytest.mark.parametrize("kind", MOUNTED)
def test_local_file_systems_are_accepted_for_real(kind: str, tmp_path: Path) -> None:
    for name in ("place", "under"):
        (tmp_path / name).mkdir()
    script = f'{MOUNTED[kind]} || exit 77; exec "$1" -c "$2" $0/place'
    command = ["unshare", "-rm", "sh", "-c", script, str(tmp_path), sys.executable, OPEN]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("SKIPPED: unshare is not installed")
    if "unshare" in done.stderr or done.returncode == 77:
        pytest.skip(f"SKIPPED: {kind} cannot be mounted here: {done.stderr.strip()}")
    assert (done.returncode, done.stdout) == (0, f"{kind}\n"), done.stderr


def test_here_the_type_is_known(tmp_path: Path) -> None:
    assert type_of(tmp_path) or not file_system.MOUNTS.exists()
