"""Fixtures for all tests."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import postgres as support
from tests.support.demo_home import make_home

# The product refuses variables of its own prefix that it does not know; this one is for the tests alone.
if support.VARIABLE in os.environ:
    os.environ[support.VARIABLE.removeprefix("ECARBON_")] = os.environ.pop(support.VARIABLE)

# How long an example takes says nothing on a machine with other work to do.
settings.register_profile("ecarbon", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ecarbon")


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home in which the demo season was played; tests must not change it (see `copy_home`)."""
    return make_home(tmp_path_factory.mktemp("demo") / "home")


@pytest.fixture(scope="session")
def _postgres() -> Iterator[support.Postgres | None]:
    with support.server() as found:
        if found is None:
            warnings.warn(support.SKIPPED, stacklevel=1)
        yield found


@pytest.fixture
def postgres(_postgres: support.Postgres | None) -> support.Postgres:
    """Give a PostgreSQL server, or skip."""
    if _postgres is None:
        pytest.skip(support.SKIPPED)
    return _postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of an empty store, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ecarbon.db"
        return
    server: support.Postgres = request.getfixturevalue("postgres")
    address = server.store()
    yield address
    server.drop(address)
