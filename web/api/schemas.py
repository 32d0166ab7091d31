"""Serve the JSON Schema of entries and our own JSON-LD context."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from ledger.book.schema import entry_schema

DAY = "public, max-age=86400"


def blueprint() -> Blueprint:
    """Build the routes."""
    routes = Blueprint("schemas", __name__)

    @routes.get("/schemas/entry/v1")
    def schema() -> Response:
        """Give the schema of every kind of entry."""
        text = json.dumps(entry_schema(), ensure_ascii=False, sort_keys=True, indent=1)
        return Response(f"{text}\n", content_type="application/schema+json", headers={"Cache-Control": DAY})

    return routes
