"""Solve the open input-output model for emission multipliers, without an inverse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, lu_factor, lu_solve

from iocore.errors import NonFinite, ShapeMismatch, SingularTable

Array = NDArray[np.float64]

#: A solution whose relative residual is larger is refused.
RESIDUAL_LIMIT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Multipliers:
    """Hold total multipliers and the relative residual of their system.

    `M`: (k, n) float64, emission unit per currency unit of final demand.
    """

    M: Array
    residual: float


def intensities(F: Array, x: Array) -> Array:
    """Divide emissions by output; a sector without output has intensity zero.

    Args:
        F: (k, n) float64, emission unit.
        x: (n,) float64, currency.

    Returns:
        (k, n) float64, emission unit per currency unit.
    """
    if F.ndim != 2 or x.ndim != 1 or F.shape[1] != x.shape[0]:
        raise ShapeMismatch("emissions and output do not fit", F=F.shape, x=x.shape)
    return np.asarray(F * _reciprocal(x), dtype=np.float64)


def coefficients(Z: Array, x: Array) -> Array:
    """Return `A = Z diag(x)^-1`, (n, n) float64, currency per currency."""
    if Z.shape != (x.shape[0], x.shape[0]):
        raise ShapeMismatch("flows and output do not fit", Z=Z.shape, x=x.shape)
    return np.asarray(Z * _reciprocal(x), dtype=np.float64)


def multipliers(Z: Array, x: Array, F: Array) -> Multipliers:
    """Solve `M (I - A) = S` by one LU of the transposed system.

    Args:
        Z: (n, n) float64, currency.
        x: (n,) float64, currency.
        F: (k, n) float64, emission unit.

    Raises:
        SingularTable: the economy uses up more than it makes, or the residual is too large.
        NonFinite: an input is not finite.

    Source: Miller and Blair, Input-Output Analysis, 2nd ed., sections 2.3 and 9.2.
    """
    for name, array in (("Z", Z), ("x", x), ("F", F)):
        if not np.isfinite(array).all():
            raise NonFinite("an array holds a value that is not finite", array=name)
    S = intensities(F, x)
    A = coefficients(Z, x)
    radius = spectral_radius(A)
    if not radius < 1.0:
        raise SingularTable("the table is not productive: its spectral radius is not below one", radius=radius)
    try:
        M = np.asarray(lu_solve(lu_factor(np.eye(len(x)) - A.T), S.T).T, dtype=np.float64)
    except LinAlgError as error:
        raise SingularTable("the table cannot be solved", reason=str(error)) from error
    scale = float(np.abs(S).max()) or 1.0
    residual = float(np.abs(S - M + M @ A).max()) / scale
    if not residual <= RESIDUAL_LIMIT:
        raise SingularTable("the solution does not satisfy the system", residual=residual)
    return Multipliers(M, residual)


def power_series(Z: Array, x: Array, F: Array, *, rounds: int = 400) -> Array:
    """Sum `S + S A + S A^2 + ...`: the same multipliers by an independent road.

    Returns:
        (k, n) float64, emission unit per currency unit.
    """
    term = intensities(F, x)
    A = coefficients(Z, x)
    total = term.copy()
    for _ in range(rounds):
        term = term @ A
        total += term
        if float(np.abs(term).max()) <= 1e-16 * float(np.abs(total).max()):
            return total
    raise SingularTable("the power series does not converge", rounds=rounds)


def spectral_radius(A: Array, *, rounds: int = 50) -> float:
    """Estimate the largest eigenvalue of a matrix by the power method on `|A|`."""
    v = np.ones(A.shape[0])
    radius = 0.0
    for _ in range(rounds):
        w = np.abs(A) @ v
        radius = float(w.max(initial=0.0))
        if radius == 0.0:
            return 0.0
        v = w / radius
    return radius


def _reciprocal(x: Array) -> Array:
    """Return `1 / x`, with zero where there is no output."""
    return np.divide(1.0, x, out=np.zeros_like(x, dtype=np.float64), where=x != 0)
