"""Describe a kind of entry: its public data, what it touches and who may write it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from string import ascii_lowercase, ascii_uppercase
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from iocore.registry import discover
from ledger.book.facts import Facts
from ledger.book.statement import Statement
from ledger.book.violation import Violation
from ledger.ids import ACTOR_PATTERN, CODE_PATTERN, GTIN_PATTERN, HEX_PATTERN, LOT_PATTERN

Presence = Literal["none", "optional", "required"]
Custody = Literal["none", "custodian", "roles"]
Writer = Literal["actor", "registrar", "either"]
Registered = Literal["", "actor", "facility", "product"]
EnvelopeRule = Callable[[Facts, Statement], Iterable[Violation]]
Effect = Callable[[Facts, Statement], None]
Claims = Callable[[Mapping[str, Any]], tuple[str, ...]]

ActorText = Annotated[str, Meta(pattern=ACTOR_PATTERN)]
OptionalActor = Annotated[str, Meta(pattern=f"^(|{ACTOR_PATTERN[1:-1]})$")]
CodeText = Annotated[str, Meta(pattern=CODE_PATTERN)]
LotText = Annotated[str, Meta(pattern=LOT_PATTERN)]
GtinText = Annotated[str, Meta(pattern=GTIN_PATTERN)]
OptionalGtin = Annotated[str, Meta(pattern="^(|[0-9]{14})$")]
HexText = Annotated[str, Meta(pattern=HEX_PATTERN)]
TimeText = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
UuidText = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
OptionalIndex = Annotated[str, Meta(pattern="^(|0|[1-9][0-9]{0,15})$")]
LocationCode = Annotated[str, Meta(pattern="^[A-Z]{2}[A-Z0-9]{3}$")]
SerialText = Annotated[str, Meta(pattern="^[a-z0-9_]{1,16}:[A-Za-z0-9._/-]{1,64}$")]
Lots = Annotated[list[LotText], Meta(min_length=1)]

_SMALL: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Be the base of every kind's public data; `{}` for a kind without any."""


class Period(Data, frozen=True):
    """Hold the start, included, and the end, excluded."""

    start: TimeText
    end: TimeText


@dataclass(frozen=True, slots=True)
class Kind:
    """Describe one kind of entry.

    Args:
        code: name, permanent once signed.
        data: type of the public data.
        writer: `actor` is the actor or its keeper, `registrar` a registrar, `either` any of these.
        signer_roles: roles of which the signing key must carry one; empty asks for none.
        stage: whether a stage is stated.
        facility: whether a facility is stated.
        lots: whether lots are named.
        refs: least and greatest number of references.
        moves: whether `data.in` and `data.out` use up and create lots; `lots` is then both, sorted.
        custody: `custodian` asks that the actor holds every lot used; `roles` that it held them, or has one of `roles`.
        roles: roles that may write about lots which the actor never held.
        own_facility: whether the facility must be the actor's own.
        joins_pool: whether a lot that it names, or creates, shares the pool of its facility and stage.
        needs_live_lots: whether its lots must not be used up already.
        ends: whether its lots end with it, so that nothing is made of them any more.
        amendable: whether an amendment may replace it.
        fixed: data fields that an amendment must repeat.
        rules: rules of this kind on envelopes.
        registers: of what the entry tells who it belongs to and what it may do.
        effect: what it changes in the facts.
        claims: serials that its data claim, each for one entry in force alone.
    """

    code: str
    data: type[Data]
    writer: Writer = "actor"
    signer_roles: frozenset[str] = frozenset()
    stage: Presence = "optional"
    facility: Presence = "optional"
    lots: Presence = "required"
    refs: tuple[int, int] = (0, 0)
    moves: bool = False
    custody: Custody = "none"
    roles: frozenset[str] = frozenset()
    own_facility: bool = False
    joins_pool: bool = False
    needs_live_lots: bool = False
    ends: bool = False
    amendable: bool = True
    fixed: tuple[str, ...] = ()
    rules: tuple[EnvelopeRule, ...] = ()
    registers: Registered = ""
    effect: Effect | None = None
    claims: Claims | None = None

    @property
    def fixes_lots(self) -> bool:
        """Tell whether an amendment must name the same lots, since others may have built on them."""
        return self.moves or self.needs_live_lots


CARRIERS: Final = frozenset(
    {"haulier", "port", "carrier", "airline", "freight_agent", "customs", "terminal", "cold_store", "importer"}
)
MANY: Final = 256
#: Roles that no rule asks for; they tell readers what an actor is.
PLAIN_ROLES: Final = frozenset({"cooperative", "grower"})


@cache
def kinds() -> Mapping[str, Kind]:
    """Give every kind by code, in the order of the codes."""
    return discover("ledger.book.kinds", "KIND")


def comparable(serial: str) -> str:
    """Give the form in which serials are compared: capitals count as small letters.

    A serial that the rules admit has no blanks and nothing but ASCII, so nothing else tells two spellings of one apart,
    and the closure, which compares serials too, needs no table of characters.
    """
    return serial.translate(_SMALL)


def claimed_by(code: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the serials that an entry of a kind claims, as they are compared."""
    kind = kinds().get(code)
    return tuple(map(comparable, kind.claims(data))) if kind is not None and kind.claims is not None else ()


@cache
def known_roles() -> frozenset[str]:
    """Give every role that a kind asks for or that readers know."""
    return PLAIN_ROLES.union(*(kind.roles | kind.signer_roles for kind in kinds().values()))
