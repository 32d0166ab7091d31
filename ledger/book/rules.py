"""All content rules in the order in which they are applied; every finding is returned."""

from __future__ import annotations

from ledger.book.apart_rules import APART_RULES
from ledger.book.envelope_rules import ENVELOPE_RULES
from ledger.book.item_rules import ITEM_RULES
from ledger.book.place_rules import PLACE_RULES
from ledger.book.season_rules import SEASON_RULES
from ledger.book.state_rules import STATE_RULES

__all__ = ["APART_RULES", "ENVELOPE_RULES", "ITEM_RULES", "PLACE_RULES", "SEASON_RULES", "STATE_RULES"]
