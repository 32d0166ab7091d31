"""Run every benchmark and print one table: `python -m tests.benchmark [name ...]`.

Sizes come from BENCH_SIZE (entries of the largest log) and BENCH_LOTS (lots of the season that is assessed), the second
store from ECARBON_TEST_POSTGRES.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmark.measure import Row, table

FOLDER = Path(__file__).parent


def main(wanted: list[str]) -> None:
    """Collect the rows of all files, or of those that are named, and print them."""
    rows: list[Row] = []
    names = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))
    for name in wanted or names:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        module = import_module(f"tests.benchmark.bench_{name}")
        with TemporaryDirectory(prefix="ecarbon-bench-") as folder:
            rows.extend(module.rows(Path(folder)))
    print(table(rows))
    print(f"\nRatios against bare Ed25519 verification with `cryptography`, one core of {os.cpu_count()}, medians.")


if __name__ == "__main__":
    main(sys.argv[1:])
