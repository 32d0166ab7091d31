"""Report an activity: of a facility in a period, or of the lots that are named."""

from __future__ import annotations

from ledger.book.kind import CARRIERS, Data, Kind, Period


class Activity(Data, frozen=True):
    """Hold the period that the quantities cover."""

    period: Period


KIND = Kind(
    code="activity",
    data=Activity,
    stage="required",
    facility="required",
    lots="optional",
    custody="roles",
    roles=CARRIERS | {"packer"},
    own_facility=True,
    joins_pool=True,
)
