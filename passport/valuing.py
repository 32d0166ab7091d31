"""Weigh what is produced together: by value where all of it is priced, residues at nothing until they sell for enough.

Source: ISO 14067 and the GHG Protocol Product Standard (joint products). That residues have no value until they are
sold for more than one per cent of revenue is our rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from ledger.book.model import Cited, Effective
from passport.quantities import Desk

#: Part of the revenue that a residue has to exceed before it carries anything.
WORTH_SELLING: Final = Fraction(1, 100)


def valued(desk: Desk, entry: Effective, masses: Mapping[str, int], *, residues: bool, priced: bool) -> dict[str, int]:
    """Weigh lots by mass times price where every lot is priced, else by mass; what is a residue says its price.

    Args:
        desk: where quantities are entered.
        entry: the process or the close that states the prices.
        masses: nodes of the kilograms by lot.
        residues: whether residues weigh nothing until they are sold for enough.
        priced: whether prices count; if not, every lot weighs its mass, and a residue nothing.

    Returns:
        nodes of the weights by lot, in the order of the masses.
    """
    build = desk.bench.builder
    prices = {item.get("lot"): item for item in entry.named("price")}
    weights = dict(masses)
    if priced and set(prices) >= set(masses):
        for lot, mass in masses.items():
            weights[lot] = build.product([mass, desk.quantity(Cited(entry, prices[lot]), "CNY/kg")])
    revenue = sum((build.value(node) for node in weights.values()), Fraction(0))
    by_value = weights != masses
    for lot, node in weights.items():
        residue = residues and lot in prices and prices[lot].get("kind") == "residue"
        if residue and not (by_value and build.value(node) > WORTH_SELLING * revenue):
            nothing = build.constant("0", "a residue that is not sold for more than 1 % of revenue")
            weights[lot] = build.product([node, nothing])
    return weights
