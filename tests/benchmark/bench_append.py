"""Rows of the append path: the log layer alone, the whole `submit`, one entry at a time, and the space it takes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter

from ledger.book.entry import SignedEntry
from ledger.book.item import Item
from ledger.book.state import Outcome
from ledger.book.statement import Statement
from ledger.book.violation import Violation
from ledger.live import LiveBook
from ledger.service import Ledger
from tests.benchmark.measure import Row, append_ratios, bare
from tests.benchmark.workload import LOG_KEY, PlainNotes, Seasons, open_ledger, submit_all
from tests.support.demo_home import make_home

BATCH = 256
ROUNDS = 24
SINGLES = 300


class LogOnly(LiveBook):
    """Admit every activity unread, so that what is left of `submit` is the log layer."""

    def apply(
        self, index: int, signed: SignedEntry, items: Mapping[str, Item], *, recorded_as: Outcome | None = None
    ) -> list[Violation]:
        """Take registrations in; leave the rest to the log."""
        if signed.entry.kind == "activity":
            self._known["entry"].add(signed.entry_id)
            self.authority.record(Statement.of(index, signed), admitted=True)
            return []
        return super().apply(index, signed, items, recorded_as=recorded_as)


def rows(folder: Path) -> Iterator[Row]:
    """Measure the append path on SQLite."""
    seasons = Seasons(make_home(folder / "home"))
    yield from rows_of(folder, lambda name: f"sqlite:///{folder / name}.db", seasons, "SQLite")
    yield _space(folder)


def rows_of(
    folder: Path, address: Callable[[str], str], seasons: Seasons, store: str, share: float = 1.0
) -> Iterator[Row]:
    """Measure the append path on a store.

    Args:
        folder: where scratch files may go.
        address: gives the address of an empty database by a name.
        seasons: demo seasons to submit.
        store: its name in the table.
        share: part of the bars that this store has to reach.
    """
    plain = PlainNotes()
    ledger = open_ledger(address("log"), folder / f"{store}-log.guard")
    ledger._live = LogOnly(ledger.openings)
    submit_all(ledger, plain.start)
    value = median(append_ratios(ledger, plain.take(BATCH * ROUNDS), BATCH))
    remark = "submit with a book that admits all: parse, key, signature, chain, tree, tiles, two roots, sync, receipts"
    yield Row(f"{store}: log layer alone, batches of {BATCH}", value, 0.70 * share, remark=remark)
    ledger.store.close()

    plain = PlainNotes()
    ledger = open_ledger(address("plain"), folder / f"{store}-plain.guard")
    submit_all(ledger, plain.start)
    value = median(append_ratios(ledger, plain.take(BATCH * ROUNDS), BATCH))
    yield Row(f"{store}: submit, notes without items, every rule", value)
    yield from _single(folder, ledger, plain, store, share)
    ledger.store.close()

    ledger = open_ledger(address("mix"), folder / f"{store}-mix.guard")
    submit_all(ledger, seasons.take(BATCH))
    value = median(append_ratios(ledger, seasons.take(BATCH * ROUNDS), BATCH))
    remark = "demo mix, items sealed, every rule"
    yield Row(f"{store}: submit, batches of {BATCH}", value, 0.35 * share, remark=remark)
    ledger.store.close()


def _single(folder: Path, ledger: Ledger, plain: PlainNotes, store: str, share: float) -> Iterator[Row]:
    """Compare single appends with one synchronous append to a file, one verification and one signature."""
    took, limit = [], []
    with (folder / f"{store}.sync").open("wb", buffering=0) as file:
        for one in plain.take(SINGLES):
            start = perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            LOG_KEY.sign(one[0])
            spent = perf_counter() - start
            limit.append(spent + bare([one]))
            start = perf_counter()
            submit_all(ledger, [one])
            took.append(perf_counter() - start)
    value = median(one / floor for one, floor in zip(took, limit, strict=True))
    remark = f"of fdatasync + verify + sign ({median(limit) * 1e3:.2f} ms here); p50 {median(took) * 1e3:.2f} ms"
    yield Row(f"{store}: one entry at a time, p50", value, 5 / share, at_most=True, remark=remark)


def _space(folder: Path) -> Row:
    """Count what the database holds beside the notes, in a log without openings."""
    path = folder / "plain.db"
    with sqlite3.connect(path) as database:
        count, notes = database.execute("SELECT count(*), sum(length(note)) FROM entry").fetchone()
    database.close()
    return Row("SQLite: bytes an entry beside note and openings", (path.stat().st_size - notes) / count, 250, "B", True)
