"""Report a removal of carbon at a facility; it stands beside the footprint, never in it.

A batch of char, or of stored CO2, is named by its serial: of a register, or as its maker numbers it. Nobody else can
name it, neither in another removal nor as what a credit was issued for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from ledger.book.kind import CodeText, Data, Kind, Period, SerialText
from ledger.book.statement import texts


class Removal(Data, frozen=True):
    """Hold the period and the type of removal, and the serials of what is stored."""

    period: Period
    type: CodeText
    serials: list[SerialText] | UnsetType = UNSET


def _claims(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the serials, unless it says that something was lost again."""
    return () if data.get("type") == "reversal" else texts(data.get("serials"))


KIND = Kind(
    code="removal",
    data=Removal,
    stage="none",
    facility="required",
    lots="optional",
    custody="roles",
    own_facility=True,
    claims=_claims,
)
