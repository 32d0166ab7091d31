"""Let one estimate count for each slot, and keep the others visible as superseded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from iocore.errors import FactorNotFound

Payload = TypeVar("Payload")

#: What an estimate rests on, best first.
TIERS: Final = ("primary", "supplier", "database", "io")


@dataclass(frozen=True, slots=True)
class Estimate(Generic[Payload]):
    """Offer one value for a slot: what it rests on, and the caller's own record of it."""

    tier: str
    payload: Payload

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            raise FactorNotFound("no tier of this name", tier=self.tier, tiers=TIERS)


@dataclass(frozen=True, slots=True)
class Choice(Generic[Payload]):
    """Tell which tier counts and what it supersedes, in the order offered."""

    tier: str
    counted: tuple[Payload, ...]
    superseded: tuple[Estimate[Payload], ...]


def choose(estimates: Sequence[Estimate[Payload]]) -> Choice[Payload]:
    """Choose the best tier that is offered; all of its estimates count, all others are superseded.

    Several estimates of one tier are parts of one slot (two fuel tickets, say), so they add up.

    Raises:
        FactorNotFound: nothing is offered.
    """
    if not estimates:
        raise FactorNotFound("no estimate is offered for the slot")
    best = min((item.tier for item in estimates), key=TIERS.index)
    return Choice(
        best,
        tuple(item.payload for item in estimates if item.tier == best),
        tuple(item for item in estimates if item.tier != best),
    )


def carries(gas: str, main_gas: str) -> bool:
    """Tell whether a factor of a gas covers the main gas of a slot; CO2e of any GWP set covers every gas."""
    return gas == main_gas or gas.startswith("CO2e@")


def io_refusal(gas: str, *, main_gas: str, io_closable: bool) -> str | None:
    """Say why an input-output default may not close a slot, or None if it may.

    Args:
        gas: gas of the factor, such as `CO2` or `CO2e@AR4`.
        main_gas: gas that makes up most of the slot's emissions.
        io_closable: whether money may stand in for this slot at all.
    """
    if not io_closable:
        return "slot_not_io_closable"
    if not carries(gas, main_gas):
        return "main_gas_not_carried"
    return None
