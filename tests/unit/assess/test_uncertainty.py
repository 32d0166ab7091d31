"""The interval is closed-form, treats a shared factor as one source, and agrees with sampling."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from passport.calculation import Builder
from passport.footprint import UncertaintyInterval
from passport.moments import matched
from passport.nodes import Node
from passport.uncertainty import elasticities, interval, significant

ENTRY = "cd" * 32
Array = np.ndarray[tuple[int], np.dtype[np.float64]]


def leaf(build: Builder, number: int, value: str) -> int:
    return build.item(ENTRY, f"{number:043d}", "quantity", value)


def of(build: Builder, target: int, spread: dict[str, str]) -> UncertaintyInterval:
    def name(node: Node) -> str:
        return node.text("row") or node.text("item")

    return interval(
        build.nodes, build.values, target, per=Fraction(1), gsd=lambda node: spread.get(name(node), "1"), name=name
    )


def two(*, shared: bool) -> UncertaintyInterval:
    build = Builder()
    rows = ("s:1:A", "s:1:A" if shared else "s:1:B")
    parts = [build.product([leaf(build, place, "100"), build.factor(row, "0.5")]) for place, row in enumerate(rows)]
    return of(build, build.sum(parts), {"s:1:A": "1.5", "s:1:B": "1.5"})


def ranks(sampled: Array, part: float) -> tuple[float, float, float]:
    """Give a sampled quantile between the draws three standard errors of its rank to either side."""
    ordered, count = np.sort(sampled), len(sampled)
    reach = 3 * math.sqrt(count * part * (1 - part))
    low, at, high = (float(ordered[round(part * count + side * reach)]) for side in (-1, 0, 1))
    return low, at, high


def test_shared_factor_is_one_source_of_error() -> None:
    assert two(shared=True).gsd == "1.50"
    assert Decimal(two(shared=False).gsd) < Decimal("1.4")
    assert two(shared=True).low == significant(Decimal(100) / Decimal("1.5") ** Decimal("1.959963984540054"))


def test_product_of_lognormals_is_exact_to_first_order() -> None:
    build = Builder()
    target = build.product([leaf(build, 1, "10"), build.factor("s:1:A", "2")])
    found = of(build, target, {"s:1:A": "1.2", f"{1:043d}": "1.1"})
    sigma = math.hypot(math.log(1.2), math.log(1.1))
    assert float(found.low) == pytest.approx(20 * math.exp(-1.96 * sigma), rel=0.005)
    assert float(found.high) == pytest.approx(20 * math.exp(1.96 * sigma), rel=0.005)
    assert found.level == 95
    assert found.main_sources == ("s:1:A", f"{1:043d}")


def test_agrees_with_sampling() -> None:
    generator = np.random.default_rng(20261120)
    spreads = {"s:1:A": 1.1, "s:1:B": 1.2}
    build = Builder()
    posting = build.posting(
        build.sum(
            [
                build.product([leaf(build, 1, "300"), build.factor("s:1:A", "0.5")]),
                build.product([leaf(build, 2, "40"), build.factor("s:1:A", "0.5"), build.factor("s:1:B", "3")]),
            ]
        ),
        stage="s", slot="s", bucket="fossil", gas="CO2", evidence="meter", tier="database",
    )  # fmt: skip
    share = build.share(posting, {"a": leaf(build, 3, "3"), "b": leaf(build, 4, "1")}, "a")
    found = of(build, build.sum([share]), {key: str(value) for key, value in spreads.items()})
    draws = {key: np.exp(generator.normal(0, np.log(value), 200_000)) for key, value in spreads.items()}
    first, second = 0.5 * draws["s:1:A"], 3 * draws["s:1:B"]
    sampled = (300 * first + 40 * first * second) * 0.75
    least, low, most = ranks(sampled, 0.025)
    assert least * 0.985 < float(found.low) < most and least < low < most
    least, high, most = ranks(sampled, 0.975)
    assert least * 0.985 < float(found.high) < most and least < high < most


def test_elasticities_of_a_share_follow_from_its_weights() -> None:
    build = Builder()
    pool = build.round(leaf(build, 1, "100"))
    first, second = leaf(build, 2, "3"), leaf(build, 3, "1")
    found = elasticities(build.nodes, build.values, build.share(pool, {"a": first, "b": second}, "a"))
    assert [found[place] for place in (0, first, second)] == [1, Fraction(1, 4), Fraction(-1, 4)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("1234567", "1230000"),
        ("0.00123456", "0.00123"),
        ("9.999", "10.0"),
        ("3.35", "3.35"),
        ("12", "12.0"),
    ],
)
def test_three_significant_digits_without_exponent(value: str, text: str) -> None:
    assert significant(Decimal(value)) == text


def test_nothing_uncertain_gives_a_point() -> None:
    build = Builder()
    target = build.sum([leaf(build, 1, "5")])
    assert of(build, target, {}) == UncertaintyInterval("5.00", "5.00", 95, "1.00", ())
    empty = build.sum([])
    assert of(build, empty, {}).high == "0"


def test_matched_product_and_ratio_are_exact() -> None:
    build = Builder()
    sigma = math.hypot(math.log(2), math.log(3))
    product = build.product([leaf(build, 1, "10"), build.factor("s:1:A", "2")])
    ratio = build.ratio(leaf(build, 1, "10"), build.factor("s:1:A", "2"))
    for target, value in ((product, 20), (ratio, 5)):
        found = matched(build.nodes, build.values, target, per=Fraction(1), spread={"s:1:A": "3", f"{1:043d}": "2"})
        assert found is not None
        assert float(found.mean) == pytest.approx(value * math.exp(sigma**2 / 2), rel=0.005)
        # main effects only: the joint part of the variance of a product is left out
        main = math.sqrt(math.log(math.exp(math.log(2) ** 2) + math.exp(math.log(3) ** 2) - 1))
        assert float(found.high) / float(found.low) == pytest.approx(math.exp(2 * 1.96 * main), rel=0.01)


def test_matched_sum_has_the_mean_and_variance_of_its_parts() -> None:
    build = Builder()
    target = build.sum([leaf(build, 1, "10"), leaf(build, 2, "30")])
    found = matched(build.nodes, build.values, target, per=Fraction(2), spread={f"{1:043d}": "2", f"{2:043d}": "1.5"})
    assert found is not None
    one, two = (value * math.exp(math.log(gsd) ** 2 / 2) for value, gsd in ((5, 2), (15, 1.5)))
    variance = one**2 * (math.exp(math.log(2) ** 2) - 1) + two**2 * (math.exp(math.log(1.5) ** 2) - 1)
    assert float(found.mean) == pytest.approx(one + two, rel=0.005)
    sigma = math.sqrt(math.log(1 + variance / (one + two) ** 2))
    assert float(found.median) == pytest.approx((one + two) * math.exp(-(sigma**2) / 2), rel=0.005)
    assert float(found.high) == pytest.approx(float(found.median) * math.exp(1.96 * sigma), rel=0.01)


def test_nothing_has_no_matched_interval() -> None:
    build = Builder()
    assert matched(build.nodes, build.values, build.sum([]), per=Fraction(1), spread={}) is None


def test_what_is_tiny_does_not_become_nothing_to_divide_by() -> None:
    build = Builder()
    tiny = build.item("0" * 64, "A" * 43, "quantity", "0." + "0" * 61 + "1")
    target = build.ratio(build.constant("9", "test"), tiny)
    found = matched(build.nodes, build.values, target, per=Fraction(1), spread={"A" * 43: "1.5"})
    assert found is not None and found.median.startswith("9")
