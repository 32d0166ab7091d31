"""Serve a test season: the real application over a real ledger, and a server thread for browsers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from iocore.times import FixedClock
from ledger.store.access import AccessLog
from tests.support.passports import BASE, NOW, Season, library, make_service
from web.app import create_app
from web.config import load
from web.services import Services

TOKEN = "operator-token-of-the-tests-0123456789"


def services_of(season: Season, folder: Path, **settings: str) -> Services:
    """Wrap a season as the application's services."""
    variables = {"ECARBON_HOME": str(folder), "ECARBON_BASE_URL": BASE, "ECARBON_ISSUER_SLUG": "coop"}
    variables |= {f"ECARBON_{name.upper()}": value for name, value in settings.items()}
    return Services(
        config=load(variables),
        clock=FixedClock(NOW),
        store=season.ledger.store,  # type: ignore[arg-type]
        openings=season.ledger.openings,
        ledger=season.ledger,
        library=library(),
        records=season.service.store,
        accesses=AccessLog(season.ledger.store.engine),
        registrar=season.chain.signer(season.chain.registrar),
        issuer=season.service.issuer,
        issuing=season.service,
        operator_token=TOKEN,
    )


def app_of(season: Season, folder: Path, **settings: str) -> Flask:
    """Make the application over a season."""
    services = services_of(season, folder, **settings)
    return create_app(services.config, services)


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on a free port of this machine and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


__all__ = ["TOKEN", "app_of", "make_service", "served", "services_of"]
