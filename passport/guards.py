"""Tell which factors do not fit a slot, and which money is not an input: each guard a small question.

Source: design of the account, section 2.4 (unit and gas basis, boundary overlap, mixed sets) and 2.5 (own sales).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from ledger.book.model import Effective
from ledger.book.stage import Slot
from passport.bench import Compiled, foreign_electricity
from passport.policy import Policy

#: What making an input causes says nothing about using it.
MAKING: Final = "cradle_to_gate"
WHOLE: Final = "well_to_wheel"
HALVES: Final = frozenset({"well_to_tank", "tank_to_wheel"})
#: Rows of one guideline that have to come from one edition, by the beginning of their keys.
ONE_EDITION: Final = "SOILN."


def misfits(compiled: Sequence[Compiled], kind: Slot | None, slot: str, policy: Policy) -> Iterator[str]:
    """Tell why factors do not fit a slot, where the policy asks for that.

    Args:
        compiled: the emissions of the slot.
        kind: what the slot is, if the stage knows it.
        slot: its code.
        policy: what is asked.
    """
    if not policy.guarded:
        return
    if kind is not None and gas_missing(kind.main_gas, compiled):
        yield "no factor covers the gas that carries most of this slot"
    if boundary_overlap(compiled, policy.outside):
        yield "a factor contains what is counted elsewhere"
    if electricity_mixed(compiled, slot, policy):
        yield "a factor counts electricity in another way than this method"
    if sets_mixed(compiled):
        yield "the factors mix two sets of warming potentials or two editions"


def gas_missing(main_gas: str, compiled: Sequence[Compiled]) -> bool:
    """Tell whether no posting of a slot covers the gas that carries most of it.

    A gas is covered by its own posting, or by a factor in CO2e; where the gas arises in use, only by one that does
    not end with making the input.
    """
    return bool(compiled) and not any(
        item.gas.removesuffix("-biogenic") == main_gas
        or (item.gas.startswith("CO2e@") and (main_gas == "CO2" or all(row.boundary != MAKING for row in item.rows)))
        for item in compiled
    )


def boundary_overlap(compiled: Sequence[Compiled], outside: tuple[str, ...]) -> bool:
    """Tell whether a factor contains what is counted elsewhere: beside both halves the whole, or more than the product.

    Args:
        compiled: the postings of a slot.
        outside: beginnings of factor keys that never belong into a product.
    """
    if any(row.key.startswith(outside) for item in compiled for row in item.rows):
        return True
    by_bucket: dict[str, set[str]] = {}
    for item in compiled:
        by_bucket.setdefault(item.bucket, set()).update(row.boundary for row in item.rows)
    return any(WHOLE in found and not HALVES.isdisjoint(found) for found in by_bucket.values())


def electricity_mixed(compiled: Sequence[Compiled], slot: str, policy: Policy) -> bool:
    """Tell whether a factor counts electricity in another way than the policy, which has no opening for the slot."""
    rows = [row for item in compiled for row in item.rows if foreign_electricity(row, policy)]
    return any((row.stem, slot) not in {(stem, code) for stem, code, _ in policy.openings} for row in rows)


def sets_mixed(compiled: Sequence[Compiled]) -> bool:
    """Tell whether a gas is characterised twice, or a guideline is used in two editions."""
    twice = any(
        not item.gas.startswith("CO2e@") and any(row.gas.startswith("CO2e@") for row in item.rows) for item in compiled
    )
    editions = {row.year for item in compiled for row in item.rows if row.key.startswith(ONE_EDITION)}
    return twice or len(editions) > 1


def own_sale(entry: Effective, actors: Collection[str]) -> bool:
    """Tell whether an entry states a supplier whose own book is part of the account.

    Args:
        entry: the entry that states an expense; its item `identifier` of the scheme `supplier` names the seller.
        actors: whose entries the account rests on.
    """
    return any(item.get("scheme") == "supplier" and item.get("value") in actors for item in entry.named("identifier"))
