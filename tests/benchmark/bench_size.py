"""Rows of a growing log: rate, proofs, start-up, and pymerkle on the same leaves where it is installed.

The log grows through `submit` alone, with signed notes without items and every rule on. ECARBON_BENCH_SIZE says how far
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

from ledger.service import Ledger
from tests.benchmark.measure import Row, append_ratios, bare
from tests.benchmark.plot import draw
from tests.benchmark.workload import Note, PlainNotes, open_ledger, submit_all

BASE = 50_000
SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, BASE, 100_000, 200_000, 500_000, 1_000_000)
PROBE = 256 * 24
PROOFS = 200
PLOT = Path("build/bench-size.svg")
TOOL = Path(__file__).parent / "pymerkle_tool.py"


@dataclass(frozen=True)
class Point:
    """Hold what was measured at one size: bare verifications per append, and proofs per bare verification."""

    size: int
    rate: float
    proofs: float


def rows(folder: Path) -> Iterator[Row]:
    """Let a log grow and measure on the way."""
    largest = int(os.environ.get("ECARBON_BENCH_SIZE", BASE))
    address = f"sqlite:///{folder / 'size.db'}"
    plain, ledger = PlainNotes(), open_ledger(address)
    submit_all(ledger, plain.start)
    points = list(_grow(ledger, plain, [size for size in SIZES if size <= max(largest, SIZES[0])]))
    last = points[-1]
    base = next((point for point in points if point.size == BASE), points[0])
    yield Row(f"append rate at {last.size:,} against {base.size:,}", last.rate / base.rate, 0.9)
    yield Row(f"proof latency at {base.size:,} against {last.size:,}", last.proofs / base.proofs, 0.9)
    ledger.store.close()
    yield from _start(address, plain, last.size)
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    series = {
        "appends per bare verification, batches of 256": [(point.size, point.rate) for point in points],
        "proofs per bare verification": [(point.size, point.proofs) for point in points],
    }
    PLOT.write_text(draw(series, "entries in the log"), encoding="utf-8")
    print(f"plot over size: {PLOT}", file=sys.stderr)
    yield from _pymerkle(folder, address)


def _grow(ledger: Ledger, plain: PlainNotes, sizes: list[int]) -> Iterator[Point]:
    size = ledger.size
    for wanted in sizes:
        while size + PROBE < wanted:
            count = min(wanted - PROBE - size, 256 * 40)
            submit_all(ledger, plain.take(count))
            size += count
        notes = plain.take(min(PROBE, wanted))
        ratios = list(append_ratios(ledger, notes))
        submit_all(ledger, notes[len(ratios) * 256 :])
        size += len(notes)
        yield Point(wanted, median(ratios), _proofs(ledger, notes[:64], size))


def _proofs(ledger: Ledger, notes: list[Note], size: int) -> float:
    """Return how many inclusion proofs fit into one bare verification."""
    chance, ratios = random.Random(size), []
    for _ in range(PROOFS):
        limit = bare(notes[:8])
        index = chance.randrange(size)
        start = perf_counter()
        ledger.inclusion(index, size)
        ratios.append(limit / (perf_counter() - start))
    return median(ratios)


def _start(address: str, plain: PlainNotes, size: int) -> Iterator[Row]:
    times = []
    for _ in range(5):
        start = perf_counter()
        ledger = open_ledger(address)
        times.append(perf_counter() - start)
        ledger.store.close()
    yield Row(f"start-up at {size:,}", median(times), 1, "s", True, "open, check the signed state; no scan")
    ledger = open_ledger(address)
    start = perf_counter()
    submit_all(ledger, plain.take(1))
    yield Row(f"first append after start-up at {size:,}", perf_counter() - start, None, "s", remark="folds the log")
    ledger.store.close()


def _pymerkle(folder: Path, address: str) -> Iterator[Row]:
    """Give the same leaves to pymerkle, as a program of its own; its interpreter may be named in PYMERKLE_PYTHON."""
    ledger = open_ledger(address)
    count = min(ledger.size, 75_000)
    (folder / "leaves.json").write_text(json.dumps([found.note.decode() for found in ledger.entries(0, count)]))
    ledger.store.close()
    ledger = open_ledger(address)
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
