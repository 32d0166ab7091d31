"""Treat what was lost, where no other stage says so."""

from __future__ import annotations

from ledger.book.stage import StageType

STAGE = StageType(code="waste", order=130)
