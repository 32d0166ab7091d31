"""A supplier's value replaces making its input and nothing else, and the best estimate alone counts, in any order."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from passport.account import Accounts
from passport.methodologies.lychee_fresh_v2 import METHODOLOGY
from tests.unit.assess.recorder import Recorder, activity, lot

BOARD = Fraction("1.19972542")
SPAN = ("2026-06-01T00:00:00Z", "2026-06-30T00:00:00Z")
#: What a reading of each kind rests on: rank of the estimate, evidence of the quantity.
KINDS = {"primary": (0, "invoice"), "estimate": (2, "estimate"), "money": (3, "invoice")}


class Told(NamedTuple):
    """One reading of board in an entry of its own: what it rests on, kilograms, and grams of CO2e of its supplier."""

    kind: str
    kilograms: int
    supplier: int | None
    boundary: str

    @property
    def usable(self) -> bool:
        return self.kind != "money" and self.supplier is not None and self.boundary == "cradle_to_gate"

    @property
    def rank(self) -> int:
        return 1 if self.kind == "estimate" and self.usable else KINDS[self.kind][0]


@cache
def library() -> FactorLibrary:
    return load_all()


readings = st.lists(
    st.builds(
        Told,
        st.sampled_from(sorted(KINDS)),
        st.integers(1, 999),
        st.none() | st.integers(1, 5000),
        st.sampled_from(["cradle_to_gate", "cradle_to_gate", "cradle_to_grave"]),
    ),
    min_size=1,
    max_size=6,
)


def items(told: Told) -> list[tuple[str, dict[str, str]]]:
    if told.kind == "money":
        money = {"amount": str(told.kilograms), "currency": "CNY", "vat": "0.13", "year": "2024", "evidence": "invoice"}
        return [("expense", {"slot": "board", "sector": "cn-io-2017:10", **money})]
    used = [activity("board", str(told.kilograms), "kg", KINDS[told.kind][1])]
    if told.supplier is None:
        return used
    value = {"slot": "board", "kgco2e": f"{told.supplier / 1000:.3f}", "unit": "kg", "gwp_set": "AR5"}
    more = {"boundary": told.boundary, "source": "case", "evidence": "document"}
    return [*used, ("supplier_value", {**value, **more})]


def account(told: list[Told]) -> Accounts:
    rec = Recorder()
    for name in ("orchard", "packhouse"):
        rec.place(name, country="CN")
    rec.harvest({"h": "1000"}, at="orchard")
    rec.process("transform", {"h": "1000"}, {"p": "1000"}, at="packhouse", process="pack")
    for one in told:
        rec.pool("packhouse", "packing", items(one), SPAN)
    rec.close("packhouse", "packing", {"p": "1000"}, SPAN)
    return Accounts(rec.book, lot("p"), method=METHODOLOGY, library=library())


def carried(made: Accounts) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for one in made.postings():
        if one.slot == "board":
            assert not one.primary
            assert (one.gas == "CO2e@AR5") == (one.tier != "io")
            found[one.tier] = found.get(one.tier, Fraction(0)) + made.builder.value(one.node)
    return found


@settings(max_examples=80, deadline=None)
@given(readings, st.randoms(use_true_random=False))
def test_the_best_kind_counts_each_part_by_its_own_maker(told: list[Told], order: random.Random) -> None:
    found = carried(account(told))
    best = min(one.rank for one in told)
    counting = [one for one in told if one.rank == best]
    wanted = {
        "supplier": sum(
            (one.kilograms * Fraction(one.supplier or 0, 1000) for one in counting if one.usable), Fraction(0)
        ),
        "database": sum((one.kilograms * BOARD for one in counting if one.rank < 3 and not one.usable), Fraction(0)),
    }
    for tier, total in wanted.items():
        assert abs(found.get(tier, Fraction(0)) - total) < Fraction(1, 10**5), tier
    assert ("io" in found) == (best == 3)
    mixed = list(told)
    order.shuffle(mixed)
    again = carried(account(mixed))
    assert {tier: abs(again[tier] - total) < Fraction(1, 10**5) for tier, total in found.items()} == dict.fromkeys(
        found, True
    )


@settings(max_examples=40, deadline=None)
@given(readings)
def test_what_cannot_be_used_is_named_with_its_reason(told: list[Told]) -> None:
    made = account(told)
    named = [lost for one in made.selected.values() for lost in one.superseded if lost.tier == "supplier"]
    beyond = "the supplier's value does not end at the supplier's gate, so the published one counts"
    counting = [one for one in told if one.rank == min(each.rank for each in told) and one.rank < 3]
    refused = sum(one.supplier is not None and not one.usable for one in counting)
    assert sum(lost.reason == beyond for lost in named) == refused
