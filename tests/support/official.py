"""Find the published files beside the checkout, and skip loudly without them."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


def vectors(*parts: str, cases: int) -> Path:
    """Return a path below the published vectors.

    Args:
        *parts: the path.
        cases: how many cases the test would run, named when they are skipped.
    """
    path = SHARED.joinpath("vectors", *parts)
    if not path.exists():
        pytest.skip(f"SKIPPED {cases} official cases: {path} is absent")
    return path
