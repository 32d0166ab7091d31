"""Report an activity: of a facility in a period, or of the lots that are named.

Power that comes with a certificate, or from the actor's own panels, is named by its serial; nobody else can name it.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ledger.book.kind import CARRIERS, Data, Kind, Period, SerialText
from ledger.book.statement import texts


class Activity(Data, frozen=True):
    """Hold the period that the quantities cover, and the serials of certificates for some of them."""

    period: Period
    certificates: list[SerialText] | UnsetType = UNSET


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
    claims=lambda data: texts(data.get("certificates")),
)
