"""Refuse tables whose labels, shapes or values are wrong."""

from __future__ import annotations

import numpy as np
import pytest

from iocore.errors import IOCoreError, MalformedTable, NonFinite, ShapeMismatch
from iocore.tables import IOTable


def table(**changes: object) -> IOTable:
    parts: dict[str, object] = {
        "sectors": ("01", "02"),
        "Z": np.array([[1.0, 2.0], [3.0, 4.0]]),
        "Y": np.array([[7.0], [3.0]]),
        "x": np.array([10.0, 10.5]),
        "unit": "10 000 CNY",
        "year": 2017,
        "boundary": "domestic",
        "source": "test",
    }
    return IOTable(**{**parts, **changes})  # type: ignore[arg-type]


def test_balance_is_kept_as_a_number_and_arrays_are_read_only() -> None:
    made = table()
    assert made.balance().tolist() == [0.0, 0.5]
    with pytest.raises(ValueError):
        made.Z[0, 0] = 5.0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"sectors": ("01", "01")}, MalformedTable),
        ({"sectors": ("01", "02", "03")}, ShapeMismatch),
        ({"x": np.array([1.0])}, ShapeMismatch),
        ({"Y": np.zeros((3, 1))}, ShapeMismatch),
        ({"Z": np.array([[1.0, np.inf], [0.0, 0.0]])}, NonFinite),
        ({"x": np.array([1.0, -1.0])}, MalformedTable),
    ],
)
def test_wrong_tables_are_refused(changes: dict[str, object], error: type[IOCoreError]) -> None:
    with pytest.raises(error):
        table(**changes)
