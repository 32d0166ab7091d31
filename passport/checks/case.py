"""Hold one document under examination and everything that earlier checks have read out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from iocore.factors import FactorRow
from ledger.book.entry import SignedEntry
from ledger.book.item import Item
from ledger.book.keyring import KeyRecord
from ledger.book.state import Book, Outcome
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import VerifierKey
from passport.bundle import Bundle
from passport.calculation import Calculation
from passport.did import DidDocument
from passport.disclosure import Disclosure
from passport.errors import MalformedPassport
from passport.proof import Jwt
from passport.report import NotChecked
from passport.status import StatusList
from passport.trust import TrustPolicy

T = TypeVar("T")


class LogSource(Protocol):
    """Give a copy of a log: its key, a tree head and the notes below it."""

    def log_key(self) -> VerifierKey:
        """Return the log's key."""
        ...

    def checkpoint(self) -> bytes:
        """Return the signed tree head."""
        ...

    def notes(self, size: int) -> Sequence[bytes]:
        """Return the notes of all entries below a size."""
        ...


@dataclass(frozen=True, slots=True)
class Placed:
    """Hold an entry, its place in the log and its inclusion proof as text."""

    index: int
    signed: SignedEntry
    proof: tuple[str, ...]


@dataclass(slots=True)
class Case:
    """Hold what is checked and what was found so far; a field is filled by the check that establishes it."""

    trust: TrustPolicy | None
    log: LogSource | None
    now: datetime
    statement: bytes | None = None
    bundle: Bundle | None = None
    credential: Mapping[str, Any] = field(default_factory=dict)
    jwt: Jwt | None = None
    disclosure: Disclosure | None = None
    did: DidDocument | None = None
    signing_key: bytes = b""
    status_list: StatusList | None = None
    status_key: bytes = b""
    log_key: VerifierKey | None = None
    checkpoint: Checkpoint | None = None
    entries: tuple[Placed, ...] = ()
    passport_entry: Placed | None = None
    book: Book | None = None
    signers: Mapping[str, KeyRecord] = field(default_factory=dict)
    items: Mapping[tuple[str, str], Item] = field(default_factory=dict)
    rows: Mapping[str, FactorRow] = field(default_factory=dict)
    calculation: Calculation | None = None
    recomputed: dict[str, str] = field(default_factory=dict)
    disputed: tuple[str, ...] = ()

    @property
    def placed(self) -> tuple[Placed, ...]:
        """Return all entries of the bundle, the passport's own last."""
        return (*self.entries, self.passport_entry) if self.passport_entry else self.entries

    @property
    def issuer(self) -> str:
        """Return the DID of the issuer, as the credential claims it."""
        issuer = self.credential.get("issuer")
        did = issuer.get("id") if isinstance(issuer, dict) else None
        if not isinstance(did, str):
            raise MalformedPassport("the credential names no issuer")
        return did

    @property
    def verdicts(self) -> Mapping[str, Outcome]:
        """Return the verdicts of the log that the passport states, by entry id."""
        return self.disclosure.verdicts if self.disclosure is not None else {}

    def fold(self, openings: Mapping[str, Sequence[str]], size: int | None = None) -> Book:
        """Fold the entries of the bundle, with the verdicts that the passport states; only those below a size."""
        inside = (entry for entry in self.entries if size is None or entry.index < size)
        return Book.fold(
            ((entry.index, entry.signed.note, openings.get(entry.signed.entry_id, ())) for entry in inside),
            partial=True,
            verdicts=self.verdicts,
        )

    def the_bundle(self) -> Bundle:
        """Return the bundle, or leave the check where only a credential is at hand."""
        if self.bundle is None:
            raise NotChecked("needs the bundle; this is only the credential")
        return self.bundle

    def the_trust(self) -> TrustPolicy:
        """Return the trust file, or leave the check."""
        if self.trust is None:
            raise NotChecked("no trust file")
        return self.trust


def found(value: T | None, name: str) -> T:
    """Return what an earlier check established, or leave the check."""
    if value is None:
        raise NotChecked(f"needs {name}")
    return value
