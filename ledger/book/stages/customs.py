"""Clear customs: hours on the plug while waiting."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(code="customs", order=80, slots=(Slot("plug_hours", "h"),))
