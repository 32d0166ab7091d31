"""Merge several lots into one."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from ledger.book.kind import Data, Kind, LotText


class Merge(Data, frozen=True):
    """Hold the lots used up and the lot created."""

    in_: Annotated[list[LotText], Meta(min_length=2)] = field(name="in")
    out: Annotated[list[LotText], Meta(min_length=1, max_length=1)]


KIND = Kind(
    code="merge",
    data=Merge,
    moves=True,
    custody="custodian",
    needs_live_lots=True,
    fixed=("in", "out"),
)
