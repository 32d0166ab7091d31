"""Two hosts with a home each append to one PostgreSQL server over TCP, with a password and one rollback guard."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from iocore.times import FixedClock
from ledger.errors import LogRolledBack
from ledger.fsck import fsck
from ledger.guard import Guard
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.copy import copy_store
from ledger.store.sql import SqlLogStore
from tests.support.postgres import SKIPPED, Postgres, server_with_password
from tests.unit.ledger_store.notes import LOG, NOW, SEAL, Desk
from web.config import load
from web.services import build

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("zhang", "li")
#: What runs on a host: the product's own wiring of its home, and one actor's notes, one at a time.
HOST = """
import sys
from pathlib import Path
from tests.unit.ledger_store.notes import Desk
from web.config import load
from web.services import build
home, address, guard, name, count = sys.argv[1:]
desk = Desk()
desk.open_log(), desk.register(name)
variables = {"ECARBON_HOME": home, "ECARBON_DATABASE_URL": address, "ECARBON_GUARD_FILE": guard}
with build(load(variables)) as services:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(count)):
        (result,) = services.ledger.submit([desk.facility(name, number)])
        print(result.index, result.status, flush=True)
"""


@pytest.fixture(scope="module")
def far() -> Iterator[Postgres]:
    """Give a server that is reached over TCP."""
    with server_with_password() as found:
        if found is None:
            pytest.skip(SKIPPED)
        yield found


def make_home(folder: Path) -> Path:
    """Make a host's home: the keys of the log, of its openings and of the registrar."""
    from ledger import keyfiles

    keys = folder / "keys"
    keyfiles.save_signer(keys / "log.key", LOG)
    keyfiles.save_signer(keys / "registrar.key", Desk().registrar)
    keyfiles.save_secret(keys / "seal.key", SEAL)
    keyfiles.save_secret(keys / "session.key", SEAL)
    return folder


def open_host(address: str, guard: Path) -> Ledger:
    """Open the ledger as a host does that keeps its guard in this file."""
    store = SqlLogStore(address)
    return Ledger(store, LOG, Openings(store, SEAL), FixedClock(NOW), guard=Guard(guard, LOG.public_key))


def test_two_hosts_append_at_once_and_give_one_log(far: Postgres, tmp_path: Path) -> None:
    address, guard, count = far.store(), tmp_path / "shared" / "guard", 40
    homes = [make_home(tmp_path / name) for name in NAMES]
    first, desk = open_host(address, guard), Desk()
    first.submit([desk.open_log(), *(note for name in NAMES for note in desk.register(name))])
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", HOST, str(home), address, str(guard), name, str(count)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, home in zip(NAMES, homes, strict=True)
    ]
    for process in begun:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    with far.connect() as connection:
        where = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND client_addr = '127.0.0.1'"
        found = connection.execute(where, [address.rpartition("=")[2]]).fetchone()
        assert found[0] >= 3, "all come over TCP"
    told = []
    for process in begun:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in begun:
        told.append([line.split() for line in process.communicate()[0].splitlines()])
    assert [process.returncode for process in begun] == [0, 0]
    indexes = [[int(index) for index, _ in lines] for lines in told]
    assert {status for lines in told for _, status in lines} == {"logged"}
    assert sorted(indexes[0] + indexes[1]) == list(range(5, 5 + 2 * count))
    assert max(indexes[0]) > min(indexes[1]) and max(indexes[1]) > min(indexes[0]), "neither waited for the other's end"
    head = Guard(guard, LOG.public_key).head()
    assert head is not None and head.size == first.size == 5 + 2 * count
    assert not any((home / "guard").exists() for home in homes)
    assert fsck(first.store, LOG.public_key, first.openings) == []
    with build(load({"ECARBON_HOME": str(homes[0]), "ECARBON_DATABASE_URL": address})) as services:
        assert "a%20secret" not in services.config.shown()["database_url"]
    far.drop(address)


def test_a_shared_guard_tells_a_host_of_what_only_another_has_signed(
    far: Postgres, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    address, restored, shared, own = far.store(), far.store(), tmp_path / "shared", tmp_path / "own"
    one, desk = open_host(address, shared), Desk()
    before = one.submit([desk.open_log(), *desk.register("zhang"), *desk.register("li")])
    open_host(address, own)  # The second host's last look, were its guard its own.
    shutil.copy(own, tmp_path / "late")
    copy_store(one.store.engine, restored)  # type: ignore[attr-defined]
    (lost,) = one.submit([desk.facility("zhang", 1)])
    assert caplog.text == ""

    open_host(address, tmp_path / "late")
    assert "must share the file" in caplog.text, "whoever starts with a guard that others do not write is told"
    fork = desk.facility("li", 1)
    with pytest.raises(LogRolledBack):
        open_host(restored, shared).submit([fork])
    (made,) = open_host(restored, own).submit([fork])
    assert made.index == lost.index == len(before), "why SPEC.md wants one guard: an older one cannot know"
    for used in (address, restored):
        far.drop(used)
