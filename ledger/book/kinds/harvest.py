"""Harvest: create lots from a plot. The period is the growing season whose inputs they share."""

from __future__ import annotations

from ledger.book.kind import CodeText, Data, Kind, Lots, OptionalGtin, Period


class Harvest(Data, frozen=True):
    """Hold the new lots, the season, the product if it has one yet, and the variety."""

    out: Lots
    period: Period
    product: OptionalGtin
    variety: CodeText


KIND = Kind(
    code="harvest",
    data=Harvest,
    stage="required",
    facility="required",
    moves=True,
    own_facility=True,
    joins_pool=True,
    fixed=("out", "product", "variety"),
)
