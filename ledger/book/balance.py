"""Compare the kilograms that go into a process with those that come out.

Mass has a tolerance; carbon has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from iocore.errors import IOCoreError
from ledger.book.model import Effective, mass_of
from ledger.book.view import BookView

SHARE_TOLERATED: Final = Fraction(5, 1000)
SHARE_REFUSED: Final = Fraction(5, 100)
TWO_DIVISIONS_KG: Final = Fraction(2, 1000)

Verdict = Literal["balanced", "warning", "unbalanced", "oversold"]


def tolerance(mass_kg: Fraction) -> Fraction:
    """Give the difference that scales explain: 0.5 %, at least two divisions of one gram."""
    return max(mass_kg * SHARE_TOLERATED, TWO_DIVISIONS_KG)


@dataclass(frozen=True, slots=True)
class MassBalance:
    """Hold the kilograms of one process."""

    in_kg: Fraction
    out_kg: Fraction
    loss_kg: Fraction
    exact: bool = False

    @property
    def difference_kg(self) -> Fraction:
        """Give what is not accounted for; negative when more comes out than went in."""
        return self.in_kg - self.out_kg - self.loss_kg

    @property
    def verdict(self) -> Verdict:
        """Judge the difference: oversold beyond the tolerance, unbalanced above 5 %, a warning between."""
        slack = Fraction(0) if self.exact else tolerance(self.in_kg)
        if self.difference_kg < -slack:
            return "oversold"
        if self.difference_kg > self.in_kg * SHARE_REFUSED:
            return "unbalanced"
        return "warning" if self.difference_kg > tolerance(self.in_kg) else "balanced"


def current_mass(book: BookView, lot: str) -> Fraction | None:
    """Give what losses left of a lot, written off since or not, or none where its items cannot be read here."""
    try:
        chain = book.lot_mass(lot)
        return chain.unlost_kg if chain else None
    except IOCoreError:
        return None


def balance_of(book: BookView, entry: Effective) -> MassBalance | None:
    """Compare what a process used up, created and lost.

    A lot that goes in counts with its `in` item, else with what is left of it.

    Returns:
        None for an entry without lots going in, and where a mass cannot be read here.
    """
    if not entry.ins or entry.unopened:
        return None
    ins = [_stated(entry, "in", lot, current_mass(book, lot)) for lot in entry.ins]
    outs = [_stated(entry, "out", lot, None) for lot in entry.outs]
    losses = [mass_of(item) for item in entry.masses("loss")]
    known = [value for value in (*ins, *outs, *losses) if value is not None]
    if len(known) != len(ins) + len(outs) + len(losses):
        return None
    return MassBalance(
        in_kg=sum(known[: len(ins)], Fraction(0)),
        out_kg=sum(known[len(ins) : len(ins) + len(outs)], Fraction(0)),
        loss_kg=sum(known[len(ins) + len(outs) :], Fraction(0)),
        exact=entry.kind == "split",
    )


def _stated(entry: Effective, role: str, lot: str, otherwise: Fraction | None) -> Fraction | None:
    item = next(entry.masses(role, lot), None)
    return mass_of(item) if item else otherwise
