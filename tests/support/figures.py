"""Print what every lot of a home comes to, all that has an order shuffled: `python -m tests.support.figures HOME SEED`.

Seed 0 shuffles nothing. Entries keep no more of their order than must be: that of one key, of one lot, of answers, and
of registrations. A line holds a method, a lot, the root digest with and without salts, and a hash of the footprint.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.item import by_digest
from ledger.book.state import Book
from ledger.book.statement import Statement
from ledger.export import LogDirectory
from passport.assess import assess

KEY = b"k" * 32
METHODS = ("lychee-fresh@1", "lychee-fresh@2")


def main(home: Path, seed: int) -> None:
    """Assess all lots by each method in the order of their ids."""
    chance = random.Random(seed)
    entries = [parse_entry(note) for note in LogDirectory(home / "log").notes()]
    entries = [signed for signed in entries if signed.entry.kind != "passport"]
    book = Book.empty()
    for index, signed in enumerate(shuffled(entries, chance) if seed else entries):
        path = home / "items" / f"{signed.entry_id}.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        if seed:
            chance.shuffle(lines)
        assert not book.apply(index, signed, by_digest(lines)), signed.entry_id
    library = load_all()
    if seed:
        sets = [replace(one, rows=tuple(chance.sample(one.rows, len(one.rows)))) for one in library.sets]
        library = FactorLibrary(chance.sample(sets, len(sets)))
    for method in METHODS:
        for lot in sorted(book.lots):
            found = assess(book, lot, library=library, methodology=method, tree_size=book.size)
            footprint = json.dumps(found.footprint.to_json(), sort_keys=True).encode()
            digests = found.tree.unsalted_digest(), found.calculation(KEY).root_digest, sha256(footprint).hexdigest()
            print(method, lot, *digests)


def shuffled(entries: list[SignedEntry], chance: random.Random) -> list[SignedEntry]:
    """Put entries into some order in which the ledger could have received them."""
    latest: dict[str, int] = {}
    registered: list[int] = []
    waits: list[set[int]] = []
    for index, signed in enumerate(entries):
        statement = Statement.of(index, signed)
        names = {signed.key_name, signed.entry_id, *statement.named}
        waits.append({latest[name] for name in (*names, *statement.refs) if name in latest}.union(registered))
        latest |= dict.fromkeys(names, index)
        if statement.kind.startswith("register") or statement.kind in ("revoke_key", "factor_set"):
            registered.append(index)
    done: set[int] = set()
    order: list[SignedEntry] = []
    while len(order) < len(entries):
        free = [index for index, before in enumerate(waits) if index not in done and before <= done]
        index = chance.choice(free)
        done.add(index)
        order.append(entries[index])
    return order


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
