"""Attest: an assurance provider states its finding on entries or lots; the report is an item."""

from __future__ import annotations

from typing import Literal

from ledger.book.kind import MANY, CodeText, Data, Kind


class Attest(Data, frozen=True):
    """Hold what was looked at and the finding."""

    scope: CodeText
    finding: Literal["agrees", "agrees_with_remarks", "disagrees"]


KIND = Kind(
    code="attest",
    data=Attest,
    signer_roles=frozenset({"auditor", "assurance_provider"}),
    stage="none",
    facility="none",
    lots="optional",
    refs=(0, MANY),
)
