"""Transform: grade, pack, dry or brew lots into others, or whatever else is done to a product."""

from __future__ import annotations

from msgspec import UNSET, UnsetType, field

from ledger.book.kind import CodeText, Data, GtinText, Kind, Lots


class Transform(Data, frozen=True):
    """Hold the lots used up, the lots created, the process, and the product of the lots created."""

    in_: Lots = field(name="in")
    out: Lots
    process: CodeText
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
