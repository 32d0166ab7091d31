"""Serve passports, what proves them, and the documents of their issuer."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from passport.bundle import check_audience
from passport.did import did_path
from passport.qr import png_image, svg
from web.api.entries import is_operator
from web.problems import Refusal
from web.services import Services
from web.sharing import note_bundle

VC = "application/vc"
JWT = "application/vc+jwt"
JSON = "application/json"
SHORT = "public, max-age=60"
DAY = "public, max-age=86400"


def blueprint(services: Services) -> Blueprint:
    """Build the routes over these services."""
    routes = Blueprint("passports", __name__)

    @routes.get("/passports/<uuid>/bundle")
    def bundle(uuid: str) -> Response:
        """Give the bundle of the public audience, or of another one to the operator."""
        audience = check_audience(request.args.get("audience", "public"))
        if audience != "public" and not is_operator(services):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "grant-missing", "this audience needs a bearer token")
        services.confirm_status()
        data = services.passports.bundle(uuid, audience)
        note_bundle(services, data)
        cache = SHORT if audience == "public" else "no-store"
        return Response(data, content_type=JSON, headers={"Cache-Control": cache, "Vary": "Authorization"})

    @routes.get("/passports/<uuid>/receipt")
    def receipt(uuid: str) -> Response:
        """Give the receipt of the entry that logs the passport."""
        record = services.records.get(uuid)
        text = services.ledger.receipt(record.entry_id).encode()
        return Response(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": SHORT})

    @routes.get("/passports/<uuid>/qr.svg")
    def qr_svg(uuid: str) -> Response:
        """Draw the code that the lot's label carries."""
        image = svg(services.link_of(services.records.get(uuid).lot))
        return Response(image, content_type="image/svg+xml", headers={"Cache-Control": DAY})

    @routes.get("/passports/<uuid>/qr.png")
    def qr_png(uuid: str) -> Response:
        """Draw the code for screens."""
        image = png_image(services.link_of(services.records.get(uuid).lot))
        return Response(image, content_type="image/png", headers={"Cache-Control": DAY})

    @routes.get("/issuers/<slug>/did.json")
    def did(slug: str) -> Response:
        """Give the issuer's DID document."""
        document = services.passports.did_document()
        if did_path(document["id"]) != f"issuers/{slug}/did.json":
            raise Refusal(HTTPStatus.NOT_FOUND, "issuer-not-found", "this service has no such issuer")
        return json_answer(document, "application/did+json", SHORT)

    @routes.get("/status/<name>")
    def status(name: str) -> Response:
        """Give a signed status list."""
        if name not in services.records.status_lists():
            raise Refusal(HTTPStatus.NOT_FOUND, "status-list-not-found", "this service has no such status list")
        services.confirm_status()
        return json_answer(services.passports.status_list(name), VC, SHORT)

    @routes.get("/trust.json")
    def trust() -> Response:
        """Give the trust file of this service; readers who need independence get it another way."""
        return Response(services.passports.trust_json(), content_type=JSON, headers={"Cache-Control": SHORT})

    return routes


def json_answer(value: Any, content_type: str, cache: str) -> Response:
    """Answer with JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text, content_type=content_type, headers={"Cache-Control": cache})
