"""Let one estimate count for each slot."""

from __future__ import annotations

import pytest

from iocore.errors import FactorNotFound
from iocore.hybrid import Estimate, carries, choose, io_refusal


def test_better_tier_counts_and_losers_stay_visible() -> None:
    offers = [
        Estimate("io", "money"),
        Estimate("primary", "meter 1"),
        Estimate("database", "d"),
        Estimate("primary", "meter 2"),
    ]
    choice = choose(offers)
    assert choice.tier == "primary" and choice.counted == ("meter 1", "meter 2")
    assert [item.payload for item in choice.superseded] == ["money", "d"]


def test_order_of_tiers() -> None:
    order = ["primary", "supplier", "database", "io"]
    for index, tier in enumerate(order):
        assert choose([Estimate(each, each) for each in reversed(order[index:])]).tier == tier


def test_nothing_offered_and_unknown_tier_are_refused() -> None:
    with pytest.raises(FactorNotFound):
        choose([])
    with pytest.raises(FactorNotFound):
        Estimate("guess", 1)


def test_io_default_is_refused_where_it_does_not_carry_the_main_gas() -> None:
    assert io_refusal("CO2", main_gas="N2O", io_closable=True) == "main_gas_not_carried"
    assert io_refusal("CO2", main_gas="CO2", io_closable=True) is None
    assert io_refusal("CO2e@AR4", main_gas="N2O", io_closable=True) is None
    assert io_refusal("CO2e@AR4", main_gas="R404A", io_closable=False) == "slot_not_io_closable"


def test_co2_only_does_not_carry_co2e() -> None:
    assert not carries("CO2", "CO2e@AR6") and carries("CO2e@AR5", "CH4") and carries("CH4", "CH4")
