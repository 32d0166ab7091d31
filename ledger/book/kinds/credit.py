"""Record a credit that a registry issued for less emission or for a removal; it changes no figure.

It names what it was issued for, such as the power of a meter in a month, by serial: what a credit was issued for, no
activity can claim as its own, and the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from ledger.book.kind import Data, Kind, Period, SerialText
from ledger.book.statement import texts


class Credit(Data, frozen=True):
    """Hold the serial, which begins with the programme, its vintage and status, the period and what it covers."""

    serial: SerialText
    vintage: Annotated[str, Meta(pattern="^[0-9]{4}$")]
    status: Literal["issued", "held", "cancelled", "reversed"]
    period: Period
    covers: list[SerialText] | UnsetType = UNSET


def _claims(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the credit's own serial, and what it covers while it stands."""
    covers = () if data.get("status") == "reversed" else texts(data.get("covers"))
    return (*texts([data.get("serial")]), *covers)


KIND = Kind(
    code="credit",
    data=Credit,
    stage="none",
    facility="required",
    lots="optional",
    custody="roles",
    own_facility=True,
    fixed=("serial",),
    claims=_claims,
)
