"""Serve the log as C2SP tlog-tiles has it: tree head, key, tiles and entry bundles."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response

from ledger.errors import MalformedTile
from web.problems import Refusal
from web.services import Services

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
FOR_EVER = "public, max-age=31536000, immutable"


def blueprint(services: Services) -> Blueprint:
    """Build the routes over these services."""
    routes = Blueprint("log", __name__)

    @routes.get("/checkpoint")
    def checkpoint() -> Response:
        """Give the latest signed tree head."""
        return Response(services.ledger.checkpoint(), content_type=TEXT, headers={"Cache-Control": "no-cache"})

    @routes.get("/log.vkey")
    def log_key() -> Response:
        """Give the log's verifier key on one line."""
        return Response(f"{services.ledger.log_key.encode()}\n", content_type=TEXT)

    @routes.get("/tile/<path:path>")
    def tile(path: str) -> Response:
        """Give a hash tile or an entry bundle; it never changes."""
        try:
            data = services.ledger.tile(f"tile/{path}")
        except MalformedTile as error:
            raise Refusal(HTTPStatus.NOT_FOUND, "tile-not-found", error.message) from error
        return Response(data, content_type=BYTES, headers={"Cache-Control": FOR_EVER})

    return routes
