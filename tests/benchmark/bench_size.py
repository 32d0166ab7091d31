"""Rows of a growing log: rate, proofs, start-up, and pymerkle on the same leaves where it is installed.

The log grows through `submit` alone, with signed notes without items and every rule on. BENCH_SIZE says how far
(50,000 unless given; 1,000,000 is the size of the bars and takes a quarter of an hour).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmark.measure import Row, append_ratios, bare
from tests.benchmark.plot import draw
from tests.benchmark.workload import PlainNotes, open_ledger, submit_all

BASE = 50_000
SIZES = (1_000, 5_000, 10_000, 20_000, BASE, 100_000, 200_000, 500_000, 1_000_000)
PROBE = 256 * 8
ROUNDS = 40
PROOFS = 200
PLOT = Path("build/bench-size.svg")
TOOL = Path(__file__).parent / "pymerkle_tool.py"


@dataclass(frozen=True)
class Point:
    """Hold what was measured at one size: bare verifications per append, and proofs per bare verification."""

    size: int
    rate: float
    proofs: float


class GrowingLog:
    """Hold a log with whoever signs its next notes."""

    def __init__(self, folder: Path, name: str) -> None:
        self.address, self.guard = f"sqlite:///{folder / name}.db", folder / f"{name}.guard"
        self.plain, self.ledger = PlainNotes(), open_ledger(self.address, self.guard)
        submit_all(self.ledger, self.plain.start)
        self.size = len(self.plain.start)

    def submit(self, count: int) -> float:
        """Append one more stretch of notes, and return how long that took."""
        notes = self.plain.take(count)
        start = perf_counter()
        submit_all(self.ledger, notes)
        self.size += count
        return perf_counter() - start

    def grow(self, wanted: int) -> None:
        """Append up to a size."""
        while self.size < wanted:
            self.submit(min(wanted - self.size, 256 * 40))

    def point(self) -> Point:
        """Measure at the present size."""
        notes = self.plain.take(PROBE)
        rate = median(append_ratios(self.ledger, notes))
        self.size += PROBE
        limits = [bare(notes[at : at + 8]) for at in range(0, 8 * PROOFS, 8)]
        proofs = median(limit / self.prove(random.Random(at)) for at, limit in enumerate(limits))
        return Point(self.size - PROBE, rate, proofs)

    def prove(self, chance: random.Random) -> float:
        """Prove one entry of all, and return how long that took."""
        index = chance.randrange(self.size)
        start = perf_counter()
        self.ledger.inclusion(index, self.size)
        return perf_counter() - start


def rows(folder: Path) -> Iterator[Row]:
    """Let a log grow and measure on the way; then compare it with a smaller one, turn by turn."""
    largest = int(os.environ.get("BENCH_SIZE", BASE))
    small, large = GrowingLog(folder, "small"), GrowingLog(folder, "large")
    points = []
    for size in [size for size in SIZES if size < largest] + [largest]:
        large.grow(size)
        points.append(large.point())
    small.grow(min(BASE, largest // 2))
    names = f"at {large.size:,} against {small.size:,}"
    rates = [small.submit(256) / large.submit(256) for _ in range(ROUNDS)]
    yield Row(f"append rate {names}", median(rates), 0.9, remark="turn by turn")
    chance = random.Random(1)
    proofs = [small.prove(chance) / large.prove(chance) for _ in range(PROOFS)]
    yield Row(f"speed of proofs {names}", median(proofs), 0.9, remark="turn by turn")
    small.ledger.store.close()
    large.ledger.store.close()
    yield from _start(large.address, large.guard, large.plain, large.size)
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    series = {
        "appends per bare verification, batches of 256": [(point.size, point.rate) for point in points],
        "proofs per bare verification": [(point.size, point.proofs) for point in points],
    }
    PLOT.write_text(draw(series, "entries in the log"), encoding="utf-8")
    print(f"plot over size: {PLOT}", file=sys.stderr)
    yield from _pymerkle(folder, large.address, large.guard)


def _start(address: str, guard: Path, plain: PlainNotes, size: int) -> Iterator[Row]:
    times = []
    for _ in range(5):
        start = perf_counter()
        ledger = open_ledger(address, guard)
        times.append(perf_counter() - start)
        ledger.store.close()
    yield Row(f"start-up at {size:,}", median(times), 1, "s", True, "open, check the signed state; no scan")
    ledger = open_ledger(address, guard)
    start = perf_counter()
    submit_all(ledger, plain.take(1))
    took = perf_counter() - start
    yield Row(f"first append after start-up at {size:,}", took, 1, "s", True, "reads what its rules ask for")
    ledger.store.close()


def _pymerkle(folder: Path, address: str, guard: Path) -> Iterator[Row]:
    """Give the same leaves to pymerkle, as a program of its own; its interpreter may be named in PYMERKLE_PYTHON."""
    ledger = open_ledger(address, guard)
    count = min(ledger.size, 75_000)
    (folder / "leaves.json").write_text(json.dumps([found.note.decode() for found in ledger.entries(0, count)]))
    ledger.store.close()
    ledger = open_ledger(address, guard)
    size = ledger.size
    start = perf_counter()
    ledger.inclusion(size // 3, size)
    proof = perf_counter() - start
    ledger.store.close()
    command = [os.environ.get("PYMERKLE_PYTHON", sys.executable), str(TOOL), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print("pymerkle is not installed beside this interpreter (set PYMERKLE_PYTHON); its rows are left out")
        return
    found = json.loads(done.stdout)
    yield Row(
        f"pymerkle: one append at {count:,}", found["append"] * 1e3, None, "ms", remark="no signature, no receipt"
    )
    yield Row(f"pymerkle: first proof after open at {count:,}", found["proof"] * 1e3, None, "ms")
    yield Row(f"ours: first proof after open at {size:,}", proof * 1e3, None, "ms")
