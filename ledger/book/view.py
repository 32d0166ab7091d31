"""Say what rules may ask of the book, so that rules and book need not know each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from ledger.book.authority import Authority
from ledger.book.model import Effective, MassChain, Pool
from ledger.book.statement import Statement
from ledger.book.violation import Violation


class BookView(Protocol):
    """Answer questions about the state before the entry in hand."""

    @property
    def partial(self) -> bool:
        """Tell whether entries are missing on purpose."""
        ...

    @property
    def authority(self) -> Authority:
        """Give what the public envelopes alone decide."""
        ...

    @property
    def rejected(self) -> Mapping[str, tuple[Violation, ...]]:
        """Give the entries without effect."""
        ...

    def entry(self, entry_id: str) -> Effective | None:
        """Find an entry in force."""
        ...

    def pools_at(self, facility: str, stage: str) -> tuple[Pool, ...]:
        """Give the pools of one facility and stage."""
        ...

    def has_lot(self, lot: str) -> bool:
        """Tell whether a lot exists."""
        ...

    def origin_of(self, lot: str) -> Effective | None:
        """Give the entry that created a lot."""
        ...

    def consumer_of(self, lot: str) -> Effective | None:
        """Give the entry that used a lot up or wrote it off."""
        ...

    def custodian_of(self, lot: str) -> str:
        """Give the actor who holds a lot."""
        ...

    def attributes_of(self, lot: str) -> frozenset[str] | None:
        """Give a lot's certified attributes, or none where not all is opened."""
        ...

    def claim_of(self, serial: str) -> str:
        """Give the id of the entry that claims a serial, or an empty text."""
        ...

    def lot_mass(self, lot: str, *, after_gate: bool = True) -> MassChain | None:
        """Give a lot's mass."""
        ...


BookRule = Callable[[BookView, Statement, Effective], Iterable[Violation]]
