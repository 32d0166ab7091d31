"""Compare multipliers with hand-computed ones, the power series and, if it is installed, pymrio."""

from __future__ import annotations

import numpy as np
import pytest

from iocore.errors import NonFinite, ShapeMismatch, SingularTable
from iocore.leontief import Array, coefficients, intensities, multipliers, power_series, spectral_radius


def economy(seed: int, n: int) -> tuple[Array, Array, Array]:
    """Make a productive table: flows, output, two rows of emissions; the last sector makes nothing."""
    generator = np.random.Generator(np.random.PCG64(seed))
    A = generator.lognormal(0, 2, (n, n))
    A *= generator.uniform(0.2, 0.85, n) / A.sum(axis=0)
    x = generator.lognormal(6, 1, n)
    x[-1] = 0.0
    Z = A * x
    Z[-1, :] = 0.0
    return Z, x, generator.lognormal(0, 1, (2, n)) * (x > 0)


def test_two_sectors_by_hand() -> None:
    # A = [[.15, .25], [.20, .05]] and x = (1000, 2000): the textbook table of Miller and Blair, section 2.3
    Z = np.array([[150.0, 500.0], [200.0, 100.0]])
    x = np.array([1000.0, 2000.0])
    assert coefficients(Z, x) == pytest.approx(np.array([[0.15, 0.25], [0.2, 0.05]]))
    M = multipliers(Z, x, np.array([[1000.0, 0.0], [0.0, 2000.0]])).M
    determinant = 0.85 * 0.95 - 0.25 * 0.2
    inverse = np.array([[0.95, 0.25], [0.2, 0.85]]) / determinant
    assert M == pytest.approx(inverse, abs=1e-14)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 42])
def test_lu_equals_power_series_and_inverse(n: int) -> None:
    Z, x, F = economy(n, n + 1)
    result = multipliers(Z, x, F)
    assert result.residual < 1e-14
    assert power_series(Z, x, F) == pytest.approx(result.M, rel=1e-12, abs=1e-15)
    inverse = intensities(F, x) @ np.linalg.inv(np.eye(n + 1) - coefficients(Z, x))
    assert result.M == pytest.approx(inverse, rel=1e-12, abs=1e-15)


def test_emissions_of_final_demand_add_up_to_emissions_of_production() -> None:
    Z, x, F = economy(7, 12)
    demand = x - Z.sum(axis=1)
    assert multipliers(Z, x, F).M @ demand == pytest.approx(F.sum(axis=1), rel=1e-12)


def test_sector_without_output_has_zero_and_not_nan() -> None:
    Z, x, F = economy(3, 6)
    assert multipliers(Z, x, F).M[:, -1].tolist() == [0.0, 0.0]


def test_unproductive_table_is_refused() -> None:
    Z = np.array([[60.0, 60.0], [60.0, 60.0]])
    x = np.array([100.0, 100.0])
    assert spectral_radius(coefficients(Z, x)) == pytest.approx(1.2)
    with pytest.raises(SingularTable):
        multipliers(Z, x, np.ones((1, 2)))
    with pytest.raises(SingularTable):
        power_series(Z, x, np.ones((1, 2)))


def test_shapes_and_values_are_checked() -> None:
    with pytest.raises(ShapeMismatch):
        multipliers(np.zeros((2, 2)), np.ones(2), np.ones((1, 3)))
    with pytest.raises(ShapeMismatch):
        multipliers(np.zeros((2, 3)), np.ones(2), np.ones((1, 2)))
    with pytest.raises(NonFinite):
        multipliers(np.full((2, 2), np.nan), np.ones(2), np.ones((1, 2)))


def test_pymrio_gives_the_same_multipliers() -> None:
    pymrio = pytest.importorskip("pymrio", reason="PYMRIO ABSENT, comparison not made")
    pandas = pytest.importorskip("pandas")
    Z, x, F = economy(11, 20)
    Z, x, F = Z[:-1, :-1], x[:-1], F[:, :-1]
    A = pymrio.calc_A(pandas.DataFrame(Z), pandas.DataFrame(x, columns=["indout"]))
    S = pymrio.calc_S(pandas.DataFrame(F), pandas.DataFrame(x, columns=["indout"]))
    M = pymrio.calc_M(S, pymrio.calc_L(A))
    assert multipliers(Z, x, F).M == pytest.approx(M.to_numpy(), rel=1e-12)
