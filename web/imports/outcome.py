"""Say how signing a draft can end early; both are raised and caught inside this package only."""

from __future__ import annotations

from web.imports.base import Finding


class Known(Exception):
    """Say that the ledger holds a draft already, and under which entry id."""

    def __init__(self, entry_id: str) -> None:
        super().__init__(entry_id)
        self.entry_id = entry_id


class Refused(Exception):
    """Carry the findings of a draft that cannot be signed."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__()
        self.findings = findings
