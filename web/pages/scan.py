"""The scan page: what a person sees who scans the code on a box."""

from __future__ import annotations

import functools
import json
import re
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from iocore.errors import IOCoreError
from iocore.times import parse_time
from passport.calculation import Calculation
from passport.link import link_of
from passport.report import CHECKS
from passport.store import PassportRow, latest
from web.api.passports import JWT, SHORT, VC
from web.pages import modules
from web.pages.evidence import stage_labels
from web.pages.render import LOADER, Renderer
from web.pages.view import Circumstances, build_view
from web.problems import Refusal
from web.services import Services

ENTRY = "page.mjs"
# RFC 2606, section 3: names under .example belong to nobody, so what stands there is an illustration.
EXAMPLE = re.compile(r"https://(.+\.)?example(:[0-9]+)?")
FOR_EVER = "public, max-age=31536000, immutable"


def blueprint(services: Services, renderer: Renderer) -> Blueprint:
    """Build the routes over these services."""
    routes = Blueprint("scan", __name__)

    @routes.get("/passports/<uuid>")
    def passport(uuid: str) -> Response:
        """Show one version to people, or give it to programs."""
        record = services.records.get(uuid)
        form = request.args.get("format") or _form()
        headers = {"Cache-Control": SHORT, "Vary": "Accept, Accept-Language"}
        if form == "vc":
            return Response(record.credential, content_type=VC, headers=headers)
        if form == "jwt":
            return Response(record.jwt, content_type=JWT, headers=headers)
        if form != "html":
            raise Refusal(HTTPStatus.NOT_FOUND, "form-not-found", "a passport is served as html, vc or jwt")
        return scan_page(services, renderer, record)

    @routes.get("/static/<name>")
    def static(name: str) -> Response:
        """Give the browser's verifier by its content's name."""
        if name != verifier_name():
            raise Refusal(HTTPStatus.NOT_FOUND, "file-not-found", "there is no such file")
        headers = {"Cache-Control": FOR_EVER}
        return Response(modules.module(ENTRY), content_type="text/javascript; charset=utf-8", headers=headers)

    return routes


def scan_page(services: Services, renderer: Renderer, record: PassportRow) -> Response:
    """Render the scan page of one version."""
    view = build_view(json.loads(record.credential), circumstances(services, record), renderer.catalogue())
    values = {"view": view, "checks": check_names(page=True), "verifier": f"/static/{verifier_name()}"}
    return renderer.page("scan.html", values, script=LOADER)


def circumstances(services: Services, record: PassportRow) -> Circumstances:
    """Collect what the page says beside the credential."""
    credential = json.loads(record.credential)
    versions = services.records.find(lot=record.lot)
    link = link_of(record.lot)
    newest = latest(versions)
    return Circumstances(
        uuid=record.uuid,
        path=link.path,
        link=services.link_of(record.lot),
        status=_status(record, credential, services.clock.now()),
        reason=record.revoked_reason,
        revoked_on=record.revoked_at[:10],
        newest=link.path if newest is not None and newest.uuid != record.uuid else "",
        names=services.product_names(record.lot),
        versions=[(one.uuid, one.phase, one.created[:10]) for one in versions],
        labels=_labels(record.uuid, record.calculation),
        contact="",
        disputed=len(services.passports.disputed(record.uuid)),
        demo=EXAMPLE.fullmatch(services.base_url) is not None,
    )


def check_names(*, page: bool) -> list[str]:
    """List the checks that a page shows, in order.

    Args:
        page: the page states figures, which it compares (`page_figures`); else it is `/verify`, where a saved
            checkpoint can be given (`log_growth`). Both are the browser's own.
    """
    names = list(CHECKS)
    before, own = ("derivation", "page_figures") if page else ("entry_form", "log_growth")
    names.insert(names.index(before), own)
    return names


@functools.cache
def verifier_name() -> str:
    """Return the file name of the verifier, which changes with its content."""
    return f"verifier-{modules.fingerprint(ENTRY)}.mjs"


@functools.lru_cache(maxsize=1024)
def _labels(_uuid: str, calculation: bytes) -> dict[tuple[str, str], str]:
    return stage_labels(Calculation.from_json(json.loads(calculation)))


def _status(record: PassportRow, credential: dict[str, Any], now: datetime) -> str:
    if record.status != "active":
        return str(record.status)
    try:
        return "expired" if now >= parse_time(credential["validUntil"]) else "active"
    except IOCoreError:
        return "expired"


def _form() -> str:
    best = request.accept_mimetypes.best_match(["text/html", VC, JWT, "application/ld+json", "application/json"])
    return {JWT: "jwt", "text/html": "html", None: "html"}.get(best, "vc")
