"""Transform: grade, pack, dry or brew lots into others."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType, field

from ledger.book.kind import Data, GtinText, Kind, Lots


class Transform(Data, frozen=True):
    """Hold the lots used up, the lots created, the process, and the product of the lots created."""

    in_: Lots = field(name="in")
    out: Lots
    process: Literal["grade", "pack", "dry", "brew"]
    product: GtinText | UnsetType = UNSET


KIND = Kind(
    code="transform",
    data=Transform,
    stage="required",
    facility="required",
    moves=True,
    custody="custodian",
    own_facility=True,
    joins_pool=True,
    needs_live_lots=True,
    fixed=("in", "out", "product"),
)
