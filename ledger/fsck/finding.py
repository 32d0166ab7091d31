"""Name faults of a store."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.log.merkle import HASH_SIZE


@dataclass(frozen=True, slots=True)
class Finding:
    """Name one fault.

    Args:
        table: the table it is in.
        index: the entry it concerns; for `tile` the tile's number, for `checkpoint` the size, for `equivocation` the
            sequence number; nothing for single rows.
        check: stable name of the check that failed.
        message: what is wrong, for people.
    """

    table: str
    index: int | None
    check: str
    message: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Collect faults."""

    found: list[Finding] = field(default_factory=list)

    def add(self, table: str, index: int | None, check: str, message: str) -> None:
        """Add a fault; damaged text in its message is made printable."""
        printable = message.encode("utf-8", "backslashreplace").decode("utf-8")
        self.found.append(Finding(table, index, check, printable))

    def compare_tile(self, level: int, n: int, stored: bytes | None, right: bytes) -> None:
        """Add a fault if a stored tile is missing or is not what follows from the entries."""
        if stored is None:
            self.add("tile", n, "missing", f"level {level}: tile {n} is missing")
        elif stored != right:
            at = next((at for at in range(len(right)) if right[at : at + 1] != stored[at : at + 1]), len(right))
            self.add(
                "tile",
                n,
                "hash",
                f"level {level}: hash {at // HASH_SIZE} of tile {n} does not follow from the entries",
            )
