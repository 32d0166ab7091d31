"""Sell lots: energy of the chilled shelf is an item."""

from __future__ import annotations

from ledger.book.kind import Data, Kind


class Retail(Data, frozen=True):
    """Hold nothing public."""


KIND = Kind(code="retail", data=Retail, stage="required", custody="roles", roles=frozenset({"retailer"}))
