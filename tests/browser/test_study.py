"""The study in a real browser: no script, no horizontal scroll on a telephone, links that arrive, and a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from web.cli.main import run

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module", params=["zh", "en"])
def written(request: pytest.FixtureRequest, demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a study in each language."""
    folder = tmp_path_factory.mktemp(request.param)
    arguments = ["study", "09520000000264", "--season", "2026", "--lang", request.param, "--out", str(folder)]
    assert run(["--home", str(demo_home), *arguments]) == 0
    return folder / "study.html"


@pytest.mark.parametrize("width", [360, 1000])
def test_page_fits_and_its_links_arrive(chromium: Browser, written: Path, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = written.as_uri()
    page.goto(address)
    assert asked == [address]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    beyond = "e => e.getBoundingClientRect().right > innerWidth + 1"
    assert page.evaluate(f"[...document.querySelectorAll('table, p, li, svg')].filter({beyond}).length") == 0
    picture = page.locator("figure svg").bounding_box()
    assert picture is not None and picture["width"] > 300
    page.locator("#headline-delivered a").click()
    assert page.url.endswith("#mean-delivered")
    row = page.locator("#mean-delivered").bounding_box()
    assert row is not None and -1 < row["y"] < 800
    page.close()
