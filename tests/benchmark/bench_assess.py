"""Rows of a whole season's assessment: copies of the demo season before any passport, each lot that is left at its end.

All are measured in time that the thread spent on a core, so that other work on the machine counts as little as can be,
and against verifying the signatures of the same entries in the same run. BENCH_LOTS says how many lots are assessed
(2,000 unless given; 100,000 is the size of the bars).
"""

from __future__ import annotations

import os
import resource
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import thread_time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.book.entry import parse_entry
from ledger.book.item import Item, by_digest
from ledger.log.note import SignedNote
from passport.assess import Assessment
from passport.season import assess_all
from tests.benchmark.measure import Row
from tests.benchmark.workload import Note, Seasons, signer_of
from tests.support.demo_home import make_home
from tests.support.passports import library

LOTS = 2_000
BASE = 1_000
ROUNDS = 5


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


def verify(shelf: Shelf) -> float:
    """Return the seconds that verifying all signatures takes: bare, with keys loaded and notes read before."""
    took = 0.0
    for note, _ in shelf.notes():
        signed = SignedNote.parse(note)
        (signature,) = signed.signatures
        key = Ed25519PublicKey.from_public_bytes(signer_of(signature.name).public_key.public)
        start = thread_time()
        key.verify(signature.blob, signed.text)
        took += thread_time() - start
    return took


def assess(shelf: Shelf, since: int = 0) -> tuple[float, int]:
    """Return the seconds that assessing takes, and how many lots were assessed."""
    start, count = thread_time(), 0
    for outcome in assess_all(shelf, library=library(), since=since):
        assert isinstance(outcome.result, Assessment), outcome
        assert outcome.result.tree.unsalted_digest()
        count += 1
    return thread_time() - start, count


def rows(folder: Path) -> Iterator[Row]:
    """Assess a base of lots and many more, and one amendment."""
    seasons = Seasons(make_home(folder / "home"), without=frozenset({"passport"}))
    base, shelf = Shelf(folder / "base"), Shelf(folder / "shelf")
    few = grow(base, seasons, BASE)
    before = [assess(base)[0] / few for _ in range(2)]
    many = grow(shelf, seasons, int(os.environ.get("BENCH_LOTS", LOTS)))
    limit = verify(shelf)
    took, left = assess(shelf)
    limit = (limit + verify(shelf)) / 2
    before += [assess(base)[0] / few for _ in range(2)]
    remark = f"{many:,} lots, {len(shelf):,} entries, {left:,} lots not used up"
    yield Row("a season's assessment against its signatures", took / limit, 3, "x", True, remark)
    per_lot = sum(before) / len(before)
    yield Row(f"time per lot at {many:,} lots against {few:,}", took / many / per_lot, 1.15, "x", True)
    yield Row("time per lot", took / many * 1e3, None, "ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    yield Row(f"peak memory at {many:,} lots", peak, 4, "GiB", True, "the whole benchmark process")
    shelf.add(seasons.amend())
    took, touched = assess(shelf, len(shelf) - 1)
    yield Row(f"lots assessed again after one amendment, of {left:,}", touched, 7, "lots", True, "its own season only")
    yield Row("time of that", took, None, "s", remark="reading all envelopes included")
