"""Tell when lots left the port or airport of exit, and on which side of it an entry about them lies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ledger.book.model import Effective, Lot
from passport.journeys import Journeys

LEGS_AFTER: Final = frozenset({"main_carriage", "on_carriage"})


class Departures:
    """Know when the lots of a lineage, or what they were made from, left the exit.

    Args:
        lineage: the lots, each after those that it was made of.
        journeys: when lots were abroad to which no leg is reported, which they must have left for.
    """

    def __init__(self, lineage: Iterable[Lot], journeys: Journeys) -> None:
        self._times: Final[dict[str, datetime]] = {}
        for lot in lineage:
            mains = [
                entry.event_time
                for entry in lot.events
                if entry.kind == "transport" and entry.data.get("leg") == "main_carriage"
            ]
            mains += [self._times[name] for name in lot.origin.ins if name in self._times]
            mains += filter(None, [journeys.left(lot.id)])
            if mains:
                self._times[lot.id] = min(mains)

    def time_of(self, lot: Lot) -> datetime | None:
        """Give the time at which a lot left; None where it did not."""
        return self._times.get(lot.id)

    def gone(self, name: str, time: datetime) -> bool:
        """Tell whether a lot, by its id, has left by a time."""
        return name in self._times and self._times[name] <= time

    def phase(self, lot: Lot, entry: Effective) -> str:
        """Say whether an entry about a lot lies before the exit, in `gate`, or `after` it."""
        if entry is lot.origin:
            gone = any(self.gone(name, entry.event_time) for name in entry.ins)
            return "after" if gone else "gate"
        leg = entry.kind == "transport" and entry.data.get("leg") in LEGS_AFTER
        return "after" if leg or self.gone(lot.id, entry.event_time) else "gate"
