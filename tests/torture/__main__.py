"""Break the ledger in every way there is and print what was counted: `python -m tests.torture [case ...]`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.support import postgres
from tests.torture import files, flips, inject, kills, writers
from tests.torture.support import Row

Case = Callable[[Path, postgres.Postgres | None], Row | None]


def _on_postgres(work: Callable[[Path, str], Row]) -> Case:
    """Run a case on an empty schema, or skip it where there is no server."""

    def case(folder: Path, server: postgres.Postgres | None) -> Row | None:
        return None if server is None else work(folder, server.store())

    return case


CASES: dict[str, Case] = {
    "kill-server": lambda folder, _: kills.kill_server(folder, 200),
    "kill-server-postgresql": _on_postgres(lambda folder, address: kills.kill_server(folder, 200, database=address)),
    "kill-postgresql": _on_postgres(lambda folder, address: kills.kill_database(folder, 20, database=address)),
    "inject": lambda folder, _: inject.every_call(folder) if inject.available() else None,
    "inject-again": lambda folder, _: inject.every_error(folder) if inject.available() else None,
    "cut-wal": lambda folder, _: files.cut_wal(folder),
    "old-backup": lambda folder, _: files.restore_backups(folder),
    "two-writers": lambda folder, _: writers.two_processes(f"sqlite:///{folder}/ecarbon.db", 200),
    "two-writers-postgresql": _on_postgres(lambda _, address: writers.two_processes(address, 200)),
    "clock": lambda folder, _: writers.clock_set_back(folder, 50),
    "flips": lambda folder, _: flips.flip_bytes(folder, 2000),
    "resend": lambda folder, _: kills.resend(folder, 1000),
}


def main(wanted: list[str]) -> int:
    """Run all cases, or those that are named, and print one line for each; return the exit code."""
    logging.disable(logging.CRITICAL)
    failed = 0
    with postgres.server() as server:
        print(f"{'case':<62} {'count':>6} {'s':>5}  counted")
        for name in wanted or CASES:
            line, bad = _run(name, server)
            print(line, flush=True)
            failed += bad
    return 1 if failed else 0


def _run(name: str, server: postgres.Postgres | None) -> tuple[str, bool]:
    start = perf_counter()
    with TemporaryDirectory(prefix="ecarbon-torture-") as folder:
        try:
            row = CASES[name](Path(folder), server)
        except AssertionError as error:
            return f"{name:<62} FAILED {perf_counter() - start:>5.0f}  {error}", True
    if row is None:
        return f"{name:<62} SKIPPED: PostgreSQL or strace is missing", False
    return f"{row.case:<62} {row.count:>6} {perf_counter() - start:>5.0f}  {row.detail}", False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
