"""Check what `make bench` prints and draws, without measuring anything."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.benchmark.measure import Row, table
from tests.benchmark.plot import draw


@pytest.mark.parametrize(
    ("value", "bar", "at_most", "verdict"),
    [
        (0.71, 0.7, False, "met"),
        (0.69, 0.7, False, "MISSED"),
        (4.9, 5, True, "met"),
        (5.1, 5, True, "MISSED"),
        (1.0, None, False, "-"),
        (None, 0.7, False, "-"),
    ],
)
def test_a_row_says_whether_its_bar_is_met(value: float | None, bar: float | None, at_most: bool, verdict: str) -> None:
    row = Row("append", value, bar, at_most=at_most)
    assert row.verdict == verdict
    assert verdict in table([row]).splitlines()[1]


def test_the_plot_shows_every_series() -> None:
    picture = ElementTree.fromstring(draw({"rate & more": [(1000, 0.7), (1_000_000, 0.6)]}, "entries"))
    name = "{http://www.w3.org/2000/svg}"
    (line,) = picture.findall(f"{name}polyline")
    assert len(line.attrib["points"].split()) == 2
    assert "rate & more" in [text.text for text in picture.findall(f"{name}text")]
