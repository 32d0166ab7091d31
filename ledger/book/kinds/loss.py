"""Lose part of a lot: mass falls, carbon stays, treatment adds."""

from __future__ import annotations

from typing import Literal

from ledger.book.kind import Data, Kind

Treatment = Literal["compost", "landfill", "digestion", "incineration", "feed", "none"]


class Loss(Data, frozen=True):
    """Hold the cause and what became of the lost goods."""

    cause: Literal["decay", "moisture", "damage"]
    treatment: Treatment


KIND = Kind(
    code="loss",
    data=Loss,
    stage="required",
    custody="custodian",
    needs_live_lots=True,
)
