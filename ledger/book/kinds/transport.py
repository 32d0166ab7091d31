"""Carry lots on one leg by one vehicle. Distance, mass and fuel are items."""

from __future__ import annotations

from typing import Literal

from ledger.book.kind import CARRIERS, CodeText, Data, Kind


class Transport(Data, frozen=True):
    """Hold the leg, seen from the port or airport of exit, and the class of vehicle."""

    leg: Literal["pre_carriage", "main_carriage", "on_carriage"]
    vehicle: CodeText


KIND = Kind(code="transport", data=Transport, stage="required", custody="roles", roles=CARRIERS)
