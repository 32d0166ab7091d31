"""Give tests the official files where a checkout has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from iocore.factors import FactorLibrary
from iocore.sources import load_all

SHARED = Path(__file__).resolve().parents[3].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """Return the path of an official file, or skip the test and say which file is absent."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"OFFICIAL FILE ABSENT, comparison not made: {name}")
        return path

    return find


@pytest.fixture(scope="session")
def library() -> FactorLibrary:
    """Load every shipped set once."""
    return load_all()
