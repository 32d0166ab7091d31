"""Log the digest of a factor set, so that its content at a time is provable."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ledger.book.kind import Data, HexText, Kind


class FactorSetData(Data, frozen=True):
    """Hold the set's id and the RFC 6962 root over its rows."""

    set: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,31}:[a-z0-9.-]{1,32}$")]
    digest: HexText


KIND = Kind(
    code="factor_set",
    data=FactorSetData,
    signer_roles=frozenset({"issuer", "operator", "registrar"}),
    stage="none",
    facility="none",
    lots="none",
    amendable=False,
)
