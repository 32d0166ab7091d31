"""Attack the demo's public bundles: divide, subtract, compare, and solve for what is closed.

The attacker knows every published factor, how a calculation is put together, and all versions of one lot's passport.
Not covered: what follows from the passports of several lots that share a period (passport/SPEC.md, section 3).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from iocore.sources import load_all
from ledger.book.item import parse_item
from passport.calculation import Calculation
from passport.nodes import Node

NUMBERS = ("quantity", "amount", "original_quantity", "load")
QUANTUM = 0.000001
RATIOS = (1.0, 44 / 12, 44 / 28, 1 / 1000, 1000.0)
Field = tuple[str, str, str]


@dataclass
class Version:
    """Hold what the public sees of one version, and what the issuer knows."""

    public: dict[str, Any]
    full: dict[str, Any]

    @property
    def lot(self) -> str:
        return str(self.public["credential"]["credentialSubject"]["characteristics"]["lot"])

    @cached_property
    def calculation(self) -> Calculation:
        return Calculation.from_json(self.full["calculation"])

    @cached_property
    def shown_labels(self) -> frozenset[tuple[str, ...]]:
        return frozenset(Calculation.from_json(self.public["calculation"]).labels())

    def shown(self, calculation: Calculation) -> dict[tuple[str, ...], Fraction]:
        """Give every amount of a calculation that the public sees, in kg CO2e."""
        labels = calculation.labels()
        return {label: labels[label] for label in self.shown_labels if label[0] != "mass"}

    def closed_fields(self) -> list[Field]:
        """List the numbers above zero of closed items that the calculation cites."""
        opened = {
            (entry, parse_item(line).digest) for entry, lines in self.public["openings"].items() for line in lines
        }
        return sorted(
            {
                (node.text("entry"), node.text("item"), node.text("field"))
                for node in self.calculation.nodes
                if node.op == "item"
                and Fraction(node.text("value"))
                and (node.text("entry"), node.text("item")) not in opened
            }
        )

    def slopes(self, field: Field) -> list[float]:
        """Give how much each shown amount moves when a number grows by a tenth."""
        grown = Calculation([_grown(node) if _cites(node, field) else node for node in self.calculation.nodes])
        before, after = self.shown(self.calculation), self.shown(grown)
        return [float(after[label] - before[label]) for label in sorted(before)]


def _cites(node: Node, field: Field) -> bool:
    return node.op == "item" and (node.text("entry"), node.text("item"), node.text("field")) == field


def _grown(node: Node) -> Node:
    value = format((Decimal(node.text("value")) * Decimal("1.1")).normalize(), "f")
    return Node(node.op, node.args, tuple((k, value if k == "value" else v) for k, v in node.fields), node.salt)


@pytest.fixture(scope="module")
def lots(demo_home: Path) -> dict[str, list[Version]]:
    """Give all versions of each lot's passport."""
    found: dict[str, list[Version]] = {}
    for path in sorted((demo_home / "passports").glob("*.public.bundle.json")):
        full = path.with_name(path.name.replace(".public", ""))
        version = Version(*(json.loads(one.read_text(encoding="utf-8")) for one in (path, full)))
        found.setdefault(version.lot, []).append(version)
    return found


def numbers_of(bundle: Mapping[str, Any]) -> set[float]:
    """Collect every number above zero of opened items."""
    values = [json.loads(line)[2] for lines in bundle["openings"].values() for line in lines]
    return {float(value[name]) for value in values for name in NUMBERS if value.get(name)} - {0.0}


def with_differences(amounts: Iterable[Fraction]) -> set[float]:
    """Add the difference of any two."""
    shown = set(amounts)
    return {float(amount) for amount in shown | {abs(a - b) for a, b in combinations(shown, 2)} if amount}


def public_factors() -> set[float]:
    """Give every number of every published factor set, and one."""
    return {float(row.value) for one in load_all().sets for row in one.rows if float(row.value) > 0} | {1.0}


def recovered(amounts: Iterable[float], factors: Iterable[float], closed: Iterable[float]) -> set[float]:
    """Divide every amount by every factor, and compare with the closed as far as six decimals tell."""
    ordered = np.array([*sorted(amounts), np.inf])
    scales = np.array(sorted({factor * ratio for factor in factors for ratio in RATIOS}))
    found: set[float] = set()
    for number in closed:
        wanted = number * scales
        if np.any(ordered[np.searchsorted(ordered, wanted - QUANTUM)] <= wanted + QUANTUM):
            found.add(number)
    return found


def determined(rows: Sequence[Sequence[float]], fields: Sequence[Field]) -> set[Field]:
    """Give the numbers that follow from the shown amounts: those whose own axis lies in the span of the slopes."""
    matrix = np.array([row for row in rows if max(map(abs, row), default=0.0) > QUANTUM])
    matrix /= np.abs(matrix).max(axis=1, keepdims=True)
    _, strengths, axes = np.linalg.svd(matrix, full_matrices=False)
    inside = (axes[strengths > QUANTUM] ** 2).sum(axis=0)
    return {field for field, part in zip(fields, inside, strict=True) if part > 1 - 1e-7}


def test_division_and_subtraction_with_all_public_factors_recover_nothing(lots: dict[str, list[Version]]) -> None:
    factors = public_factors()
    assert len(factors) > 300
    for lot, versions in lots.items():
        stated = {number for version in versions for number in numbers_of(version.public)}
        closed = {number for version in versions for number in numbers_of(version.full)} - stated
        assert len(closed) > 20
        amounts = with_differences(value for one in versions for value in one.shown(one.calculation).values())
        assert recovered(amounts, factors, closed) == set(), lot
        chance = random_amounts(amounts)
        assert len(recovered(chance, factors, closed)) < 3, "the scan is so loose that it finds anything"
        factor = sorted(factors)[100]
        assert recovered({number * factor for number in closed}, factors, closed) == closed


def random_amounts(amounts: Iterable[float]) -> list[float]:
    """Move every amount by up to a hundredth, so that what still fits, fits by chance."""
    chance = np.random.default_rng(20260628)
    return [round(amount * (1 + chance.uniform(-0.01, 0.01)), 6) for amount in amounts]


def test_what_is_shown_of_a_lot_determines_no_closed_number(lots: dict[str, list[Version]]) -> None:
    assert sorted(map(len, lots.values())) == [1, 1, 1, 1, 2, 2, 2]
    for lot, versions in lots.items():
        fields = sorted({field for version in versions for field in version.closed_fields()})
        rows: list[list[float]] = []
        for version in versions:
            columns = {field: version.slopes(field) for field in version.closed_fields()}
            nothing = [0.0] * len(version.shown(version.calculation))
            rows += map(list, zip(*(columns.get(field, nothing) for field in fields), strict=True))
        assert determined(rows, fields) == set(), lot
        alone = [1.0 if field == fields[0] else 0.0 for field in fields]
        assert determined([*rows, alone], fields) >= {fields[0]}
