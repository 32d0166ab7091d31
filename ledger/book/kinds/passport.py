"""Log a passport: the digest of its credential and the lineage that it was computed from."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ledger.book.kind import Data, HexText, Kind, UuidText


class LineageData(Data, frozen=True):
    """Hold the log size, the number of entries and the digest of their sorted ids."""

    tree_size: Annotated[int, Meta(ge=1)]
    count: Annotated[int, Meta(ge=1)]
    digest: HexText


class Passport(Data, frozen=True):
    """Hold the credential's digest, its lineage, its id and its phase."""

    credential: HexText
    lineage: LineageData
    passport: UuidText
    phase: Literal["provisional", "final"]


KIND = Kind(
    code="passport",
    data=Passport,
    signer_roles=frozenset({"issuer", "operator", "registrar"}),
    stage="none",
    facility="none",
    lots="required",
    refs=(0, 1),
    amendable=False,
)
