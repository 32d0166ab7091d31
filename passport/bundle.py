"""Write and read bundles: everything that an offline checker needs, in one file that equals its own JCS bytes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ledger.errors import LedgerError
from ledger.log.canonical import MAX_INTEGER, jcs, jcs_decode
from passport.errors import MalformedBundle

TYPE = "ecarbon/bundle@v1"
MAX_BUNDLE = 64 * 1024 * 1024

Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Audience = Literal["public", "partner", "full"]
Hex = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class _Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Be the base of what is decoded from a bundle: no field may be missing or unknown."""


class BundledEntry(_Wire, frozen=True):
    """Hold one entry with its inclusion proof against the bundle's checkpoint.

    Args:
        index: place in the log.
        note: the whole signed note.
        proof: hashes of the inclusion proof, base64, sibling of the leaf first.
    """

    index: Count
    note: str
    proof: list[str]


class BundledSet(_Wire, frozen=True):
    """Name a factor set by its digest and number of rows."""

    id: str
    digest: Hex
    size: Count


class BundledRow(_Wire, frozen=True):
    """Hold one factor row with its path to the digest of its set."""

    set: str
    index: Count
    size: Count
    row: dict[str, str]
    proof: list[str]


class Bundle(_Wire, frozen=True):
    """Hold a bundle.

    Args:
        type: `ecarbon/bundle@v1`.
        audience: who may see it; decides which openings and which parts of the calculation are in it.
        calculation: the tree, `{"nodes": [...]}`, sealed for the audience.
        checkpoint: the log's signed tree head.
        credential: the passport, with proof.
        did: the issuer's DID document as of issue.
        entries: the lineage, by index.
        erased: ids of entries whose openings no longer exist; empty unless the audience is `full`.
        factor_sets: the factor sets used.
        factors: the factor rows that the calculation shows, by set and index.
        log_key: the log's verifier key.
        methodology: `<code>@<version>`.
        openings: item lines by entry id, in the order of their digests.
        passport_entry: the `passport` entry, or nothing for a passport that was never logged.
        status: the status list credential as of issue.
    """

    type: Literal["ecarbon/bundle@v1"]
    audience: Audience
    calculation: dict[str, Any]
    checkpoint: str
    credential: dict[str, Any]
    did: dict[str, Any]
    entries: list[BundledEntry]
    erased: list[Hex]
    factor_sets: list[BundledSet]
    factors: list[BundledRow]
    log_key: str
    methodology: str
    openings: dict[Hex, list[str]]
    passport_entry: BundledEntry | None
    status: dict[str, Any]

    def encode(self) -> bytes:
        """Return the JCS bytes of the bundle."""
        return jcs(msgspec.to_builtins(self))


def parse_bundle(data: bytes) -> Bundle:
    """Read a bundle, accepting only its own JCS bytes.

    Raises:
        MalformedBundle: any other bytes, a field missing or unknown, or of another type.
    """
    if len(data) > MAX_BUNDLE:
        raise MalformedBundle("the bundle is larger than 64 MiB", size=len(data))
    try:
        value = jcs_decode(data, exact=True)
    except LedgerError as error:
        raise MalformedBundle("the bundle is not canonical JSON (RFC 8785)", reason=str(error)) from error
    return read_bundle(value)


def read_bundle(value: Any) -> Bundle:
    """Read a bundle from its JSON value.

    Raises:
        MalformedBundle: a field is missing, unknown or of another type.
    """
    try:
        return msgspec.convert(value, Bundle, strict=True)
    except msgspec.ValidationError as error:
        raise MalformedBundle("the bundle does not have the form ecarbon/bundle@v1", reason=str(error)) from error


def check_audience(text: str) -> Audience:
    """Return an audience.

    Raises:
        MalformedBundle: not `public`, `partner` or `full`.
    """
    audiences: tuple[Audience, ...] = ("public", "partner", "full")
    for audience in audiences:
        if audience == text:
            return audience
    raise MalformedBundle("an audience is public, partner or full", audience=text[:40])
