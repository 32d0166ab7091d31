"""Share what the torture cases need: rows of the table, copies of a log, and the check after each blow."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

from iocore.times import FixedClock
from ledger.fsck import fsck
from ledger.guard import Guard
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.proof import Receipt
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.sql import SqlLogStore
from tests.unit.ledger_store.notes import LOG, NOW, SEAL, Desk, Note

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "ecarbon.db"
GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one line of the table: what was done, how often, and what was counted on the way."""

    case: str
    count: int
    detail: str


def python(*arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment that run Python on these sources."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ECARBON_")}
    return [sys.executable, *arguments], {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def expect_sound(ledger: Ledger) -> None:
    """Check a log from its bytes up."""
    found = fsck(ledger.store, ledger.log_key, ledger.openings)
    assert found == [], found


def expect_kept(ledger: Ledger, acknowledged: Iterable[tuple[str, int, str]]) -> int:
    """Check that every acknowledged entry is where its receipt says, in one log without gap or fork; count them.

    Args:
        ledger: the log as it is now.
        acknowledged: entry id, index and receipt.
    """
    head = open_checkpoint(ledger.checkpoint(), ledger.log_key)
    stored = {entry.entry_id: (entry.index, merkle.leaf_hash(entry.note)) for entry in ledger.entries()}
    assert sorted(index for index, _ in stored.values()) == list(range(head.size)), "the log has a gap"
    heads: dict[bytes, Checkpoint] = {}
    count = 0
    for entry_id, index, text in acknowledged:
        assert stored.get(entry_id, (None,))[0] == index, f"an acknowledged entry is lost: {entry_id} at {index}"
        receipt = Receipt.parse(text.encode("utf-8"))
        old = heads.get(receipt.checkpoint)
        if old is None:
            old = heads[receipt.checkpoint] = open_checkpoint(receipt.checkpoint, ledger.log_key)
            proof = ledger.consistency(old.size, head.size)
            merkle.verify_consistency(old.size, head.size, proof, old.root, head.root)
        assert receipt.index == index
        merkle.verify_inclusion(stored[entry_id][1], index, old.size, receipt.proof, old.root)
        count += 1
    return count


def guarded(folder: Path, guard: str = GUARD) -> Ledger:
    """Open the ledger of a folder with its rollback guard, as the service does."""
    store = SqlLogStore(f"sqlite:///{folder}/{DATABASE}")
    return Ledger(store, LOG, Openings(store, SEAL), FixedClock(NOW), guard=Guard(folder / guard, LOG.public_key))


def desk_notes(count: int) -> tuple[list[Note], list[Note]]:
    """Sign the first three entries of a log and so many that follow; always the same."""
    desk = Desk()
    return [desk.open_log(), *desk.register("zhang")], [desk.facility("zhang", number) for number in range(count)]


def together(count: int, work: Callable[[int], None]) -> None:
    """Run a function in many threads at once; what one raises is raised here."""
    gate = Barrier(count)

    def one(number: int) -> None:
        gate.wait()
        work(number)

    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(one, number) for number in range(count)]:
            done.result()
