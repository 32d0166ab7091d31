"""Hand sector values on without losing any."""

from __future__ import annotations

import pytest

from iocore.concordance import build
from iocore.errors import MalformedTable

ROWS = [
    {"inventory_sector": "Farming ", "io42_2017": "01", "rule": "all"},
    {"inventory_sector": "Trade", "io42_2017": "28|30", "rule": "split"},
    {"inventory_sector": "Urban", "io42_2017": "HH", "rule": "household"},
]
TARGETS = ("01", "28", "30")
KEY = {"01": 5.0, "28": 30.0, "30": 10.0}


def test_split_sector_is_shared_by_the_key_and_households_stay_out() -> None:
    made = build(ROWS, TARGETS, KEY)
    assert made.weights.sum(axis=1).tolist() == [1.0, 1.0]
    assert made.households == ("Urban",)
    assert made.spread({"Farming": 8.0, "Trade": 4.0, "Urban": 99.0}).tolist() == [8.0, 3.0, 1.0]


def test_missing_or_unknown_sector_is_named() -> None:
    with pytest.raises(MalformedTable) as caught:
        build(ROWS, TARGETS, KEY).spread({"Farming": 1.0, "Trade": 1.0, "Rural": 1.0})
    assert caught.value.context["missing"] == ["Urban"] and caught.value.context["extra"] == ["Rural"]


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "some"},
        {"io42_2017": "99"},
        {"io42_2017": "01|28"},
        {"inventory_sector": "Trade"},
    ],
)
def test_wrong_rows_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(MalformedTable):
        build([{**ROWS[0], **change}, *ROWS[1:]], TARGETS, KEY)


def test_split_over_a_key_of_zero_is_refused() -> None:
    with pytest.raises(MalformedTable):
        build(ROWS, TARGETS, {"01": 1.0, "28": 0.0, "30": 0.0})
