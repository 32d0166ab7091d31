"""Carbon is conserved to the last quantum on random lot graphs of splits, merges, gradings, losses and pools."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from passport.account import Accounts
from passport.methodology import methodology
from passport.tree import grow
from tests.unit.assess.recorder import SEASON, Recorder, activity, lot, mass

GRID = Fraction("0.5777")
LANDFILL = Fraction("700.30886") / 1000


@cache
def library() -> FactorLibrary:
    return load_all()


def quantum(value: Fraction) -> Fraction:
    return Fraction(round(value * 10**6), 10**6)


def moment(step: int) -> str:
    return f"2026-06-{1 + step // 24:02d}T{step % 24:02d}:00:00Z"


class World:
    """Record random acts and keep, by hand, what was produced in all."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.rec = Recorder()
        self.live: dict[str, int] = {}
        self.produced = Fraction(0)
        self.step = 24
        self.names = 0
        for name in ("orchard", "packhouse"):
            self.rec.place(name)

    def name(self) -> str:
        self.names += 1
        return f"lot{self.names}"

    def energy(self) -> tuple[str, str]:
        text = f"{self.draw(st.integers(1, 99999))}.{self.draw(st.integers(0, 999)):03d}"
        self.produced += quantum(Fraction(text) * GRID)
        return text, "kWh"

    def harvests(self) -> None:
        count = self.draw(st.integers(1, 4))
        for _ in range(count):
            self.live[self.name()] = self.draw(st.integers(1, 9999))
        for name, kilograms in self.live.items():
            self.rec.harvest({name: str(kilograms)}, at="orchard", time=moment(0))
        self.rec.pool("orchard", "orchard", [activity("electricity", *self.energy(), "meter")])
        self.rec.close("orchard", "orchard", {name: str(kilograms) for name, kilograms in self.live.items()}, SEASON)

    def act(self) -> None:
        self.step += 1
        what = self.draw(st.sampled_from(["split", "merge", "grade", "loss", "cool"]))
        names = sorted(self.live)
        first = self.draw(st.sampled_from(names))
        kilograms = self.live[first]
        time = moment(self.step)
        if what == "loss" and kilograms > 2:
            lost = self.draw(st.integers(1, kilograms // 2))
            self.rec.lose(first, str(lost), stage="packing", treatment="landfill", time=time)
            self.produced += quantum(lost * LANDFILL)
            self.live[first] -= lost
        elif what == "cool":
            self.rec.add(
                "activity", at="packhouse", stage="precooling", lots=[lot(name) for name in names],
                data={"period": {"start": time, "end": moment(self.step + 1)}},
                items=[
                    activity("electricity", *self.energy(), "meter"),
                    *(mass(name, "at", str(self.live[name])) for name in names),
                ],
                time=time,
            )  # fmt: skip
        elif what == "merge" and len(names) > 1:
            second = self.draw(st.sampled_from([name for name in names if name != first]))
            ins = {name: str(self.live.pop(name)) for name in (first, second)}
            out = self.name()
            self.live[out] = sum(int(part) for part in ins.values())
            self.rec.process("merge", ins, {out: str(self.live[out])}, at="packhouse", time=time)
        elif what in ("split", "grade") and kilograms >= 6:
            cuts = sorted(self.draw(st.sets(st.integers(1, kilograms - 1), min_size=1, max_size=3)))
            parts = [end - start for start, end in zip([0, *cuts], [*cuts, kilograms], strict=True)]
            outs = {self.name(): part for part in parts}
            ins = {first: str(self.live.pop(first))}
            texts = {name: str(part) for name, part in outs.items()}
            if what == "split":
                self.rec.process("split", ins, texts, at="packhouse", time=time)
            else:
                price = st.integers(1, 40)
                more = [
                    ("price", {"lot": lot(name), "quantity": str(self.draw(price)), "unit": "CNY/kg", "source": "x"})
                    for name in outs
                ]
                more.append(activity("electricity", *self.energy(), "meter"))
                self.rec.process("transform", ins, texts, at="packhouse", process="grade", more=more, time=time)
            self.live.update(outs)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World(draw)
    world.harvests()
    for _ in range(draw(st.integers(0, 9))):
        world.act()
    return world


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_what_the_last_lots_carry_is_all_that_was_produced(world: World) -> None:
    carried = Fraction(0)
    for name, kilograms in world.live.items():
        accounts = Accounts(world.rec.book, lot(name), method=methodology("lychee-fresh@1"), library=library())
        results = grow(accounts).calculation.results()
        assert results["delivered_mass"] == kilograms
        assert all(accounts.builder.value(item.node) >= 0 for item in accounts.postings())
        carried += results["delivered"]
    assert carried == world.produced
