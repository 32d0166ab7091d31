"""Rows of fsck: with signatures against bare verification on all cores, structure only against a plain rebuild."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter

from ledger.fsck import PARALLEL_FROM, Depth, fsck
from ledger.log import merkle
from tests.benchmark.measure import Row, bare
from tests.benchmark.workload import Note, PlainNotes, open_ledger, submit_all

ENTRIES = 100_000
SAMPLE = 4_000
ROUNDS = {"signatures": 3, "structure": 9}


def rows(folder: Path) -> Iterator[Row]:
    """Measure fsck of plain notes on SQLite."""
    plain, ledger = PlainNotes(), open_ledger(f"sqlite:///{folder}/fsck.db", folder / "fsck.guard")
    submit_all(ledger, plain.start)
    for _ in range(0, ENTRIES, 10_000):
        submit_all(ledger, sample := plain.take(10_000))
    with ledger.store.read() as reader:
        notes = [row[1] for row in reader.hashes(0, ENTRIES)]
    cores = len(os.sched_getaffinity(0))

    def check(depth: Depth) -> float:
        start = perf_counter()
        jobs = cores if ledger.size >= PARALLEL_FROM[depth] else 1
        found = fsck(ledger.store, ledger.log_key, depth=depth, jobs=jobs)
        if found:
            raise AssertionError(f"the benchmark's log must be sound: {found[:3]}")
        return (perf_counter() - start) / ledger.size

    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        signed, structure = [], []
        for _ in range(ROUNDS["signatures"]):
            before = _all_cores(pool, cores, sample[:SAMPLE])
            took = check("signatures")
            signed.append((before + _all_cores(pool, cores, sample[:SAMPLE])) / 2 / took)
        for _ in range(ROUNDS["structure"]):
            before = _rebuild(notes)
            took = check("structure")
            structure.append((before + _rebuild(notes)) / 2 / took)
    remark = f"{ENTRIES:,} entries, the start of {cores} worker processes included"
    yield Row(f"fsck with signatures, against bare verification on {cores} cores", median(signed), 0.8, remark=remark)
    yield Row(
        "fsck, structure only, against a plain RFC 6962 rebuild",
        median(structure),
        0.4,
        remark=f"{ENTRIES:,} entries, one process",
    )
    ledger.store.close()


def _all_cores(pool: ProcessPoolExecutor, cores: int, notes: list[Note]) -> float:
    """Return the seconds that one bare verification takes when all cores verify at once."""
    return 1 / sum(1 / seconds for seconds in pool.map(bare, [notes] * cores))


def _rebuild(notes: list[bytes]) -> float:
    """Return the seconds for each leaf of hashing leaves in memory and building their root."""
    start = perf_counter()
    merkle.root([merkle.leaf_hash(note) for note in notes])
    return (perf_counter() - start) / len(notes)
