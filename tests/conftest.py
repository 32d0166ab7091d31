"""Fixtures for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.demo_home import make_home


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home in which the demo season was played; tests must not change it (see `copy_home`)."""
    return make_home(tmp_path_factory.mktemp("demo") / "home")
