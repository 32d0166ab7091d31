"""Handle lots at a port or terminal. Moves, hours on the plug and dwell are items."""

from __future__ import annotations

from ledger.book.kind import CARRIERS, Data, Kind, LocationCode


class PortCall(Data, frozen=True):
    """Hold the UN/LOCODE."""

    port: LocationCode


KIND = Kind(code="port_call", data=PortCall, stage="required", custody="roles", roles=CARRIERS)
