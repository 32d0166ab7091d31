"""Write off whole lots: they are gone, and what they carry goes to the loss account of who held them."""

from __future__ import annotations

from typing import Literal

from ledger.book.kind import Data, Kind
from ledger.book.kinds.loss import Treatment


class WriteOff(Data, frozen=True):
    """Hold why the lots are gone and what became of the goods."""

    cause: Literal["spoiled", "destroyed", "recalled", "seized", "stolen", "missing"]
    treatment: Treatment


KIND = Kind(
    code="write_off",
    data=WriteOff,
    stage="required",
    custody="custodian",
    needs_live_lots=True,
    ends=True,
)
