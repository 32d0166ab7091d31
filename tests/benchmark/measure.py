"""Measure in ratios, so that a busy machine slows both sides alike; every file `bench_*.py` here adds rows.

A ratio is taken inside one short stretch of work, against the limit measured just before and just after it, and a row
shows the median of many such stretches. Nothing here asserts anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.log.note import SignedNote
from ledger.service import Ledger
from tests.benchmark.workload import Note, signer_of, submit_all


@dataclass(frozen=True)
class Row:
    """Hold one line of the table.

    Args:
        name: what was measured.
        value: the median, or nothing where it could not be measured.
        bar: what is asked for, or nothing where nothing is.
        unit: what the value counts.
        at_most: whether the bar is an upper one.
        remark: what else a reader must know.
    """

    name: str
    value: float | None
    bar: float | None = None
    unit: str = "x"
    at_most: bool = False
    remark: str = ""

    @property
    def verdict(self) -> str:
        """Say whether the bar is met."""
        if self.value is None or self.bar is None:
            return "-"
        return "met" if (self.value <= self.bar if self.at_most else self.value >= self.bar) else "MISSED"

    def cells(self) -> tuple[str, ...]:
        """Give the texts of the table's line."""
        value = "-" if self.value is None else f"{self.value:.3g} {self.unit}"
        bar = "-" if self.bar is None else f"{'<=' if self.at_most else '>='} {self.bar:g} {self.unit}"
        return self.name, value, bar, self.verdict, self.remark


def bare(notes: Sequence[Note]) -> float:
    """Return the seconds that one bare Ed25519 verification of these notes takes: keys loaded, notes read before."""
    jobs = []
    for note, _ in notes:
        signed = SignedNote.parse(note)
        (signature,) = signed.signatures
        key = Ed25519PublicKey.from_public_bytes(signer_of(signature.name).public_key.public)
        jobs.append((key.verify, signature.blob, signed.text))
    start = perf_counter()
    for verify, blob, text in jobs:
        verify(blob, text)
    return (perf_counter() - start) / len(jobs)


def append_ratios(ledger: Ledger, notes: list[Note], batch: int = 256) -> Iterator[float]:
    """Submit notes batch by batch; give bare verification against an append for each batch."""
    for at in range(0, len(notes) - batch + 1, batch):
        part = notes[at : at + batch]
        before = bare(part)
        start = perf_counter()
        submit_all(ledger, part, batch)
        took = (perf_counter() - start) / len(part)
        yield (before + bare(part)) / 2 / took


def table(rows: Sequence[Row]) -> str:
    """Write rows as a table of text."""
    lines = [("measured", "median", "bar", "verdict", ""), *(row.cells() for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
