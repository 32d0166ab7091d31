"""Rows of the append path on PostgreSQL: the same work as on SQLite, against nine tenths of its bars."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.benchmark.bench_append import rows_of
from tests.benchmark.measure import Row
from tests.benchmark.workload import Seasons
from tests.support.demo_home import make_home
from tests.support.postgres import SKIPPED, server


def rows(folder: Path) -> Iterator[Row]:
    """Measure the append path on the server of the tests, where there is one."""
    with server() as found:
        if found is None:
            print(SKIPPED)
            return
        seasons = Seasons(make_home(folder / "home"))
        yield from rows_of(folder, lambda _name: found.store(), seasons, "PostgreSQL", 0.9)
