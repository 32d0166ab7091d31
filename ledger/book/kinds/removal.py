"""Report a removal of carbon at a facility; it stands beside the footprint, never in it."""

from __future__ import annotations

from ledger.book.kind import CodeText, Data, Kind, Period


class Removal(Data, frozen=True):
    """Hold the period and the type of removal."""

    period: Period
    type: CodeText


KIND = Kind(
    code="removal",
    data=Removal,
    stage="none",
    facility="required",
    lots="optional",
    custody="roles",
    own_facility=True,
)
