"""Name the accounts in which carbon lies and the moves between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Holder = Literal["lot", "pool", "loss", "deferral", "biological_asset"]
Step = Literal["produce", "release", "allocate", "transform", "transfer", "write_off"]


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """Name an account: whose book, what holds the carbon, its bucket and its gas.

    A pool is named by its facility, stage and close, or by the entry that reports; a loss by the lot that is gone. A
    deferral is what seasons caused and lots are not charged for, or the other way round where it is negative; a
    biological asset is what an orchard caused before its first yield. Both are named by facility and stage.
    """

    actor: str
    holder: Holder
    name: str
    bucket: str
    gas: str


@dataclass(frozen=True, slots=True)
class Move:
    """Name a way that carbon takes; it is produced from no account."""

    step: Step
    source: Account | None
    target: Account
