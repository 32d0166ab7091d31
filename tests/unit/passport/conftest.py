"""Share one season and its passport between tests that only read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.log.canonical import jcs
from passport.store import PassportRow
from passport.verify import VerificationReport, verify
from tests.support.passports import NOW, Season, build_season


@pytest.fixture(scope="package")
def season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    return build_season(tmp_path_factory.mktemp("season"))


@pytest.fixture(scope="package")
def issued(season: Season) -> PassportRow:
    return season.issue()


@pytest.fixture(scope="package")
def full(season: Season, issued: PassportRow) -> bytes:
    return season.service.bundle(issued.uuid)


@pytest.fixture
def own(tmp_path: Path) -> Season:
    """Build a season that a test may change."""
    return build_season(tmp_path)


@pytest.fixture
def changed(full: bytes) -> Callable[[Callable[[Any], Any]], VerificationReport]:
    """Change a bundle's JSON, write it canonically again and check it."""

    def check(change: Callable[[Any], Any]) -> VerificationReport:
        value = json.loads(full)
        change(value)
        return verify(jcs(value), now=NOW)

    return check
