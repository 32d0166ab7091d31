"""Hold an input-output table with its labels, checked for shape, order and balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iocore.errors import MalformedTable, NonFinite, ShapeMismatch

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IOTable:
    """Keep one table of inter-industry flows, read-only.

    `Z`: (n, n) float64, currency, row = product supplied, column = industry that uses it.
    `Y`: (n, m) float64, currency, final use of domestic products by kind.
    `x`: (n,) float64, currency, gross output.
    """

    sectors: tuple[str, ...]
    Z: Array
    Y: Array
    x: Array
    unit: str
    year: int
    boundary: str
    source: str

    def __post_init__(self) -> None:
        n = len(self.sectors)
        if len(set(self.sectors)) != n:
            raise MalformedTable("a sector label occurs twice", sectors=self.sectors)
        for name, array, shape in (("Z", self.Z, (n, n)), ("x", self.x, (n,)), ("Y", self.Y, (n, self.Y.shape[-1]))):
            if array.shape != shape:
                raise ShapeMismatch("an array does not fit the labels", array=name, shape=array.shape, expected=shape)
            if not np.isfinite(array).all():
                raise NonFinite("an array holds a value that is not finite", array=name)
            array.setflags(write=False)
        if (self.x < 0).any():
            raise MalformedTable("gross output is negative", sectors=self.labels_where(self.x < 0))

    def labels_where(self, mask: NDArray[Any]) -> tuple[str, ...]:
        """Name the sectors where a boolean mask holds."""
        return tuple(label for label, hit in zip(self.sectors, mask, strict=True) if hit)

    def balance(self) -> Array:
        """Return what rows are short of gross output: `x - Z 1 - Y 1`, (n,) in currency."""
        return np.asarray(self.x - self.Z.sum(axis=1) - self.Y.sum(axis=1), dtype=np.float64)
