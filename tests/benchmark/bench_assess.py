"""Rows of a whole season's assessment: copies of the demo season before any passport, each lot that is left at its end.

A season has 22 lots and ten entries for each: its shared meters are read six times as often as in the demo, and every
reading counts. All is measured in time that the thread spent on a core, so that other work on the machine counts as
little as can be, and against verifying the signatures of the same entries in the same run. BENCH_LOTS says how many
lots are assessed (2,000 unless given; 100,000 with 1,000,000 entries is the size of the bars).
"""

from __future__ import annotations

import os
import resource
from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import median
from time import thread_time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.book.entry import parse_entry
from ledger.book.item import Item, by_digest
from ledger.book.state import Book
from ledger.log.note import SignedNote
from passport.account import Accounts
from passport.assess import Assessment
from passport.methodology import methodology
from passport.season import assess_all
from tests.benchmark.measure import Row
from tests.benchmark.workload import Note, Seasons, signer_of
from tests.support.demo_home import make_home
from tests.support.passports import library
from tests.unit.assess import recorder

LOTS = 2_000
BASE = 1_000
OFTEN = 6
LARGE = 100_000
SHARING = 120
METHODS = ("lychee-fresh@1", "lychee-fresh@2")


class Shelf:
    """Keep notes and openings in one file, and remember where each stands."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self._places = array("q", [0])

    def __len__(self) -> int:
        return len(self._places) - 1

    def add(self, notes: Sequence[Note]) -> None:
        """Write more entries."""
        self._file.seek(0, os.SEEK_END)
        for note, lines in notes:
            self._file.write(len(note).to_bytes(4, "big") + note + "\n".join(lines).encode())
            self._places.append(self._file.tell())
        self._file.flush()

    def notes(self) -> Iterator[tuple[bytes, bool]]:
        """Give all notes."""
        return ((self._at(index)[0], True) for index in range(len(self)))

    def opened(self, indexes: Sequence[int]) -> Iterator[tuple[int, bytes, Mapping[str, Item]]]:
        """Give some entries with their items."""
        for index in indexes:
            note, lines = self._at(index)
            yield index, note, by_digest(lines.splitlines())

    def _at(self, index: int) -> tuple[bytes, bytes]:
        start, end = self._places[index], self._places[index + 1]
        data = os.pread(self._file.fileno(), end - start, start)
        size = int.from_bytes(data[:4], "big")
        return data[4 : 4 + size], data[4 + size :]


def grow(shelf: Shelf, seasons: Seasons, lots: int) -> int:
    """Add whole seasons until there are so many lots; return how many."""
    made = 0
    while made < lots:
        notes = seasons.take(1)
        shelf.add(notes)
        for note, _ in notes:
            entry = parse_entry(note).entry
            made += len(entry.data.get("out", ()))
    return made


def share(shelf: Shelf, lots: int) -> int:
    """Add one harvest of many lots that share every pool, with six entries of each lot's own; return how many lots."""
    rec = recorder.Recorder()
    rec.place("orchard", country="CN", region="CN-GD")
    rec.place("packhouse", country="CN", region="CN-GD")
    raw = {f"raw{number}": str(900 + number) for number in range(lots)}
    packed = {name.replace("raw", "packed"): kilograms for name, kilograms in raw.items()}
    for name, kilograms in raw.items():
        rec.harvest({name: kilograms}, at="orchard")
    rec.pool("orchard", "orchard", recorder.ORCHARD)
    rec.close("orchard", "orchard", raw)
    for number, (name, kilograms) in enumerate(packed.items()):
        _follow(rec, name, int(kilograms), number)
    readings = [recorder.activity("electricity", str(900 + day), "kWh", "meter") for day in range(30)]
    for day, reading in enumerate(readings, 1):
        rec.pool("packhouse", "packing", [reading], (f"2026-06-{day:02d}T00:00:00Z", f"2026-06-{day:02d}T23:00:00Z"))
    rec.close("packhouse", "packing", packed, ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"))
    shelf.add([(note, lines) for _, note, lines in rec.entries])
    return 2 * lots


def _follow(rec: recorder.Recorder, name: str, kilograms: int, number: int) -> None:
    """Record what happens to one lot: it is packed, cooled, loses some and travels twice."""
    board = recorder.activity("board", str(50 + number), "kg")
    cooled = recorder.activity("electricity", str(40 + number), "kWh", "meter")
    day = ("2026-06-23T00:00:00Z", "2026-06-24T00:00:00Z")
    mass = str(kilograms)
    raw = name.replace("packed", "raw")
    rec.process("transform", {raw: mass}, {name: mass}, at="packhouse", process="pack", more=[board])
    rec.add(
        "activity", at="packhouse", stage="precooling", lots=[recorder.lot(name)], items=[cooled],
        data={"period": recorder.period(*day)}, time=day[1],
    )  # fmt: skip
    rec.lose(name, "9", stage="packing", treatment="landfill", time="2026-06-24T01:00:00Z")
    for hour, leg in (("02", "pre_carriage"), ("20", "main_carriage")):
        rec.carry(
            {name: str(kilograms - 9)}, stage="road", leg=leg, vehicle="artic_33_reefer",
            items=[recorder.distance("75")], time=f"2026-06-24T{hour}:00:00Z",
        )  # fmt: skip


@cache
def key_of(name: str) -> Ed25519PublicKey:
    """Load the public key of a name: the recorder's only key, or one of the workload's."""
    signer = recorder.Signer.from_seed(name, b"s" * 32) if name == recorder.KEY else signer_of(name)
    return Ed25519PublicKey.from_public_bytes(signer.public_key.public)


def verify(shelf: Shelf) -> float:
    """Return the seconds that verifying all signatures takes: bare, with keys loaded and notes read before."""
    took = 0.0
    for note, _ in shelf.notes():
        signed = SignedNote.parse(note)
        (signature,) = signed.signatures
        key = key_of(signature.name)
        start = thread_time()
        key.verify(signature.blob, signed.text)
        took += thread_time() - start
    return took


def assess(shelf: Shelf, method: str, since: int = 0) -> tuple[float, int]:
    """Return the seconds that assessing takes, and how many lots were assessed."""
    start, count = thread_time(), 0
    for outcome in assess_all(shelf, library=library(), methodology=method, since=since):
        assert isinstance(outcome.result, Assessment), outcome
        assert outcome.result.tree.unsalted_digest()
        count += 1
    return thread_time() - start, count


def alone(shelf: Shelf, size: int, method: str) -> float:
    """Return the seconds that the accounts of a lot of the first season take in the book of so many entries."""
    book = Book.empty()
    for index, note, items in shelf.opened(range(size)):
        book.replay(index, parse_entry(note), items, admitted=True, in_force=True)
    name = next(name for name in book.lots if book.consumer_of(name) is None)
    took = []
    for _ in range(9):
        start = thread_time()
        Accounts(book, name, method=methodology(method), library=library())
        took.append(thread_time() - start)
    return median(took)


def rows(folder: Path) -> Iterator[Row]:
    """Assess a base of lots and many more by each method, and one amendment; and lots of which many share a pool."""
    seasons = Seasons(make_home(folder / "home"), without=frozenset({"passport"}), often=OFTEN)
    base, shelf = Shelf(folder / "base"), Shelf(folder / "shelf")
    few = grow(base, seasons, BASE)
    many = grow(shelf, seasons, int(os.environ.get("BENCH_LOTS", LOTS)))
    limit = verify(shelf)
    remark = f"{many:,} lots, {len(shelf):,} entries, {limit:.0f} s for the signatures"
    for method in METHODS:
        before = [assess(base, method)[0] / few for _ in range(2)]
        took, left = assess(shelf, method)
        before += [assess(base, method)[0] / few for _ in range(2)]
        yield Row(f"{method}: a season's assessment against its signatures", took / limit, 3, "x", True, remark)
        per_lot = sum(before) / len(before)
        yield Row(f"{method}: time per lot at {many:,} lots against {few:,}", took / many / per_lot, 1.15, "x", True)
        yield Row(f"{method}: time per lot", took / many * 1e3, None, "ms", remark=f"{left:,} of them not used up")
    again = verify(shelf)
    yield Row("the signatures once more, afterwards", again / limit, remark="1 where the machine stayed as it was")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    yield Row(f"peak memory at {many:,} lots", peak, 4, "GiB", True, "the whole benchmark process")
    small, large = len(seasons), min(len(shelf), LARGE)
    ratio = alone(shelf, large, METHODS[1]) / alone(shelf, small, METHODS[1])
    yield Row(f"accounts of one lot in a book of {large:,} entries against {small}", ratio, 1.5, "x", True)
    shelf.add(seasons.amend())
    took, touched = assess(shelf, METHODS[0], len(shelf) - 1)
    yield Row(f"lots assessed again after one amendment, of {left:,}", touched, 7, "lots", True, "its own season only")
    yield Row("time of that", took, None, "s", remark="reading all envelopes included")
    crowd = Shelf(folder / "crowd")
    lots = share(crowd, SHARING)
    limit = min(verify(crowd) for _ in range(3))
    for method in METHODS:
        took = min(assess(crowd, method)[0] for _ in range(3))
        remark = f"{lots} lots, {len(crowd)} entries; every tree holds a weight for each lot that shares"
        yield Row(f"{method}: pools of {SHARING} lots, against the signatures", took / limit, None, remark=remark)
