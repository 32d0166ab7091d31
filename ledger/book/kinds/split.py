"""Split one lot into several of the same goods."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from ledger.book.kind import Data, Kind, LotText


class Split(Data, frozen=True):
    """Hold the lot used up and the lots created."""

    in_: Annotated[list[LotText], Meta(min_length=1, max_length=1)] = field(name="in")
    out: Annotated[list[LotText], Meta(min_length=2)]


KIND = Kind(
    code="split",
    data=Split,
    moves=True,
    custody="custodian",
    needs_live_lots=True,
    fixed=("in", "out"),
)
