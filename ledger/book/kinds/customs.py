"""Clear lots through customs. Documents and waiting hours are items."""

from __future__ import annotations

from typing import Literal

from ledger.book.kind import CARRIERS, Data, Kind


class Customs(Data, frozen=True):
    """Say which way."""

    direction: Literal["export", "import"]


KIND = Kind(code="customs", data=Customs, stage="required", custody="roles", roles=CARRIERS)
