"""A headless Chromium and a served season; every test here needs both."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tests.support.site import served
from tests.unit.web.conftest import Site, make_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip("no /usr/bin/chromium: the pages were not tried in a real browser")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: no page was tried")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """Serve a season; give it and its address."""
    site = make_site(tmp_path_factory.mktemp("shown"))
    with served(site.app) as base:
        yield site, base


@pytest.fixture(scope="session")
def source_address() -> Iterator[str]:
    """Serve the repository's files, so that a page can import the modules one by one."""
    handler = functools.partial(_Files, directory=str(ROOT))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def is_fault(kind: str, text: str) -> bool:
    """Tell whether a line of the console is a fault; a test may make the server unavailable on purpose."""
    return kind == "error" and "status of 503" not in text


class _Files(SimpleHTTPRequestHandler):
    extensions_map: ClassVar[dict[str, str]] = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}

    def do_GET(self) -> None:
        """Serve a file; browsers ask for an icon of their own accord."""
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Open a page as wide as a small phone; whatever it logs as an error fails the test."""
    opened = chromium.new_page(viewport={"width": 360, "height": 740}, device_scale_factor=2)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda line: faults.append(line.text) if is_fault(line.type, line.text) else None)
    yield opened
    opened.close()
    assert faults == []
