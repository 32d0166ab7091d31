"""The quick interval prints what the exact one prints, or leaves the figure to it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passport import uncertainty
from passport.calculation import Builder
from passport.interval import interval, quick_interval
from passport.nodes import Node
from tests.unit.assess.test_assess import assessed

GSDS = ("1", "1.02", "1.05", "1.3", "1.5", "2.99")


def gsd(node: Node) -> str:
    return GSDS[len(node.text("value")) % len(GSDS)] if node.op == "factor" else "1"


def name(node: Node) -> str:
    return node.text("row")


@st.composite
def trees(draw: st.DrawFn) -> tuple[Builder, int]:
    """Draw a tree of all operations over some factors, with losses that are taken off again."""
    build = Builder()
    minus = build.constant("-1", "subtraction")
    count = draw(st.integers(3, 7))
    nodes = [
        build.factor(f"s:1:{place}", f"{draw(st.integers(1, 9999))}.{draw(st.integers(0, 999)):03d}")
        for place in range(count)
    ]
    for _ in range(draw(st.integers(1, 12))):
        some = [draw(st.sampled_from(nodes)) for _ in range(draw(st.integers(2, 4)))]
        what = draw(st.sampled_from(["sum", "less", "product", "ratio", "share", "round"]))
        if what == "sum":
            nodes.append(build.sum(some))
        elif what == "less":
            nodes.append(build.sum([build.sum(some), build.product([minus, some[0]])]))
        elif what == "product":
            nodes.append(build.round(build.product(some[:2])))
        elif what == "ratio" and build.value(some[1]):
            nodes.append(build.ratio(some[0], some[1]))
        elif what == "share":
            weights = {f"w{place}": node for place, node in enumerate(some)}
            if all(build.value(node) > 0 for node in some):
                nodes.append(build.share(build.round(some[0]), weights, "w0"))
        else:
            nodes.append(build.round(some[0]))
    return build, build.sum(nodes[-3:])


@settings(max_examples=500, deadline=None)
@given(trees(), st.integers(1, 10**6), st.booleans())
def test_quick_interval_is_the_exact_one_or_none(tree: tuple[Builder, int], per: int, skewed: bool) -> None:
    build, target = tree
    asked = {"per": Fraction(per, 1000), "gsd": gsd, "name": name, "skewed": skewed}
    exact = uncertainty.interval(build.nodes, build.values, target, **asked)
    assert quick_interval(build.nodes, build.values, target, **asked) in (None, exact)
    assert interval(build.nodes, build.values, target, **asked) == exact


def decided(build: Builder, target: int, per: Fraction = Fraction(1)) -> bool:
    return quick_interval(build.nodes, build.values, target, per=per, gsd=gsd, name=name) is not None


def test_ordinary_lots_are_decided_quickly() -> None:
    for lot in ("sea", "dry"):
        tree = assessed(lot).tree
        results = dict(zip(tree.nodes[-1].strings("names"), tree.nodes[-1].args, strict=True))
        mass = tree.results()["delivered_mass"]
        for skewed in (False, True):
            asked = {"per": mass, "gsd": gsd, "name": name, "skewed": skewed}
            found = quick_interval(tree.nodes, tree.evaluate(), results["delivered"], **asked)
            assert found is not None
            assert found == uncertainty.interval(tree.nodes, tree.evaluate(), results["delivered"], **asked)


def test_interval_holds_the_figure_where_many_skewed_sources_lie_above_it() -> None:
    build = Builder()
    target = build.sum([build.factor(f"s:1:{place}", f"{place}.5") for place in range(1, 400)])
    figure = float(sum(place + 0.5 for place in range(1, 400)))
    for find in (uncertainty.interval, interval):
        found = find(build.nodes, build.values, target, per=Fraction(1), gsd=lambda _node: "3", name=name, skewed=True)
        assert found.low == uncertainty.significant(Decimal(str(figure))) and float(found.high) > 1.8 * figure


def test_figure_below_zero_has_an_interval_around_it() -> None:
    build = Builder()
    target = build.sum([build.factor("s:1:a", "-3.5")])
    found = interval(
        build.nodes, build.values, target, per=Fraction(1), gsd=lambda _node: "1.5", name=name, skewed=True
    )
    assert float(found.high) < -3.5 < float(found.low) < 0


def test_what_floating_point_cannot_decide_is_left_to_exact_arithmetic() -> None:
    build = Builder()
    alike = [build.factor(f"s:1:{key}", "2.125") for key in "abcd"]
    assert not decided(build, build.sum(alike)), "four sources cause the same"
    assert not decided(build, build.constant("0", "nothing"))
    flat = build.constant("1.005", "on the edge between two printed digits")
    assert not decided(build, flat)
    assert decided(build, build.constant("1.0051", "beside it"))
    huge = build.product([build.factor("s:1:h", "9" * 60)] * 6)
    asked = {"per": Fraction(1), "gsd": gsd, "name": name}
    exact = uncertainty.interval(build.nodes, build.values, huge, **asked)
    assert interval(build.nodes, build.values, huge, **asked) == exact


@pytest.mark.parametrize("value", ["0", "-3.5"])
def test_figures_that_are_not_positive_are_exact(value: str) -> None:
    build = Builder()
    target = build.sum([build.factor("s:1:a", value)])
    asked = {"per": Fraction(2), "gsd": gsd, "name": name}
    exact = uncertainty.interval(build.nodes, build.values, target, **asked)
    assert interval(build.nodes, build.values, target, **asked) == exact
