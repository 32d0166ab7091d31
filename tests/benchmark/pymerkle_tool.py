"""Time pymerkle on leaves from a file. A tool of its own: run by `bench_size`, never imported."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

from pymerkle import SqliteTree


def main(folder: Path) -> None:
    """Append all leaves, then one more, and prove one after opening the tree again."""
    leaves = [text.encode() for text in json.loads((folder / "leaves.json").read_text())]
    path = str(folder / "pymerkle.db")
    tree = SqliteTree(path)
    tree.append_entries(leaves)
    times = []
    for leaf in leaves[:200]:
        start = perf_counter()
        tree.append_entry(leaf)
        times.append(perf_counter() - start)
    tree.close()
    tree = SqliteTree(path)
    start = perf_counter()
    tree.prove_inclusion(len(leaves) // 3)
    print(json.dumps({"append": sorted(times)[len(times) // 2], "proof": perf_counter() - start}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
