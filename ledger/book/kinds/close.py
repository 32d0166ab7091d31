"""Close a facility's period: the lots that share it, their weights, and totals, as items."""

from __future__ import annotations

from ledger.book.kind import CARRIERS, Data, Kind, Period


class Close(Data, frozen=True):
    """Hold the period that ends."""

    period: Period


KIND = Kind(
    code="close",
    data=Close,
    stage="required",
    facility="required",
    lots="optional",
    custody="roles",
    roles=CARRIERS | {"packer"},
    own_facility=True,
    joins_pool=True,
)
