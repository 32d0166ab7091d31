"""State emissions that a project avoids against a baseline; they stand apart and enter no sum."""

from __future__ import annotations

from ledger.book.kind import CodeText, Data, Kind, Period


class Avoided(Data, frozen=True):
    """Hold the period and the type of project."""

    period: Period
    type: CodeText


KIND = Kind(
    code="avoided",
    data=Avoided,
    stage="none",
    facility="required",
    lots="optional",
    custody="roles",
    own_facility=True,
)
