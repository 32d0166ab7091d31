"""Serve the JSON Schema of entries and our own JSON-LD context."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from ledger.book.schema import entry_schema
from web.api.context import carbon_context
from web.services import Services

DAY = "public, max-age=86400"


def blueprint(services: Services) -> Blueprint:
    """Build the routes over these services."""
    routes = Blueprint("schemas", __name__)

    @routes.get("/schemas/entry/v1")
    def schema() -> Response:
        """Give the schema of every kind of entry."""
        text = json.dumps(entry_schema(), ensure_ascii=False, sort_keys=True, indent=1)
        return Response(f"{text}\n", content_type="application/schema+json", headers={"Cache-Control": DAY})

    @routes.get("/ns/carbon/v1")
    def context() -> Response:
        """Give the JSON-LD context of our own terms."""
        text = json.dumps(carbon_context(services.base_url), ensure_ascii=False, sort_keys=True, indent=1)
        return Response(f"{text}\n", content_type="application/ld+json", headers={"Cache-Control": DAY})

    return routes
