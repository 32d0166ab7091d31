"""One season, served in process, for all tests of the HTTP interface and the pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from passport.store import PassportRow
from tests.support.passports import Season, build_season
from tests.support.site import app_of


@dataclass(frozen=True)
class Site:
    """Hold a season with a provisional passport that a final one superseded, and the application over it."""

    season: Season
    app: Flask
    earlier: PassportRow
    row: PassportRow

    @property
    def path(self) -> str:
        """Give the path of the lot's address."""
        return "/" + self.row.lot.removeprefix("gs1:")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Serve a season that tests only read."""
    return make_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def own_site(tmp_path: Path) -> Site:
    """Serve a season that one test may change."""
    return make_site(tmp_path)


def make_site(folder: Path) -> Site:
    """Record a season, issue twice, and make the application."""
    season = build_season(folder)
    earlier = season.issue(phase="provisional")
    row = season.issue()
    return Site(season, app_of(season, folder), season.service.get(earlier.uuid), row)


@pytest.fixture
def client(site: Site) -> Iterator[FlaskClient]:
    """Give a client of the shared season."""
    with site.app.test_client() as made:
        yield made
