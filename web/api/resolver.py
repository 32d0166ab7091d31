"""Resolve printed codes: Digital Links and `/p/` codes to page, credential, token or linkset.

Source: GS1-Conformant resolver standard 1.2; RFC 9264 (linksets).
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from passport.link import CodeLink, DigitalLink, parse_path
from passport.store import PassportRow, latest
from web.api.passports import JWT, SHORT, VC, json_answer
from web.pages.render import Renderer
from web.pages.scan import scan_page
from web.problems import Refusal
from web.services import Services

LINKSET: Final = "application/linkset+json"
HTML: Final = "text/html"
FORMS: Final = (HTML, VC, JWT, LINKSET, "application/ld+json", "application/json")
GS1: Final = "https://gs1.org/voc/"
VARY: Final = "Accept, Accept-Language"


def blueprint(services: Services, renderer: Renderer) -> Blueprint:
    """Build the routes over these services."""
    routes = Blueprint("resolver", __name__)

    @routes.get("/01/<path:rest>")
    def digital_link(rest: str) -> BaseResponse:
        """Resolve a Digital Link of a lot or of a box of it."""
        return _resolve(services, renderer, parse_path(f"/01/{rest}"))

    @routes.get("/p/<code>")
    def code_link(code: str) -> BaseResponse:
        """Resolve the code of a lot without a GTIN, also as people type it."""
        link = parse_path(f"/p/{code}")
        if isinstance(link, CodeLink) and link.code != code:
            return redirect(link.path, HTTPStatus.PERMANENT_REDIRECT)
        return _resolve(services, renderer, link)

    @routes.get("/.well-known/gs1resolver")
    def description() -> Response:
        """Describe this resolver."""
        value = {
            "name": "ecarbon",
            "resolverRoot": services.base_url,
            "supportedPrimaryKeys": ["01"],
            "linkTypeDefaultCanBeLinkset": False,
        }
        return json_answer(value, "application/json", SHORT)

    return routes


def _resolve(services: Services, renderer: Renderer, link: DigitalLink | CodeLink) -> BaseResponse:
    versions = services.records.find(lot=link.lot_id) if link.lot_id else ()
    record = latest(versions)
    if record is None:
        raise Refusal(HTTPStatus.NOT_FOUND, "passport-not-found", "there is no passport for this lot")
    wanted = request.args.get("linkType", "")
    if wanted in ("linkset", "all"):
        return _linkset(services, link, record, versions)
    targets = _targets(services, link, record)
    if wanted:
        return _redirect(targets, wanted)
    form = request.accept_mimetypes.best_match(FORMS, default=HTML)
    if form == LINKSET:
        return _linkset(services, link, record, versions)
    if form == HTML:
        response = scan_page(services, renderer, record)
    elif form == JWT:
        response = Response(record.jwt, content_type=JWT, headers={"Cache-Control": SHORT, "Vary": VARY})
    else:
        response = Response(record.credential, content_type=form, headers={"Cache-Control": SHORT, "Vary": VARY})
    response.headers["Link"] = f'<{services.base_url}{link.path}?linkType=linkset>; rel="linkset"; type="{LINKSET}"'
    return response


def _targets(services: Services, link: DigitalLink | CodeLink, record: PassportRow) -> list[tuple[str, dict[str, Any]]]:
    """List link types with their target, the default page first."""
    page = f"{services.base_url}{link.path}"
    passport = f"{services.base_url}/passports/{record.uuid}"
    return [
        ("pip", {"href": page, "title": "Carbon passport for people", "type": HTML, "hreflang": ["zh", "en"]}),
        ("dpp", {"href": f"{passport}?format=vc", "title": "Digital product passport", "type": VC}),
        ("sustainabilityInfo", {"href": page, "title": "Carbon footprint", "type": HTML, "hreflang": ["zh", "en"]}),
        ("traceability", {"href": f"{passport}/bundle", "title": "Entries and proofs", "type": "application/json"}),
        ("certificationInfo", {"href": f"{passport}?format=jwt", "title": "Passport as a signed token", "type": JWT}),
    ]


def _redirect(targets: list[tuple[str, dict[str, Any]]], wanted: str) -> BaseResponse:
    name = wanted.removeprefix("gs1:").removeprefix(GS1)
    for link_type, target in targets:
        if link_type == name:
            return redirect(target["href"], HTTPStatus.TEMPORARY_REDIRECT)
    raise Refusal(HTTPStatus.NOT_FOUND, "link-type-not-found", "no link of this type", link_type=wanted[:80])


def _linkset(
    services: Services, link: DigitalLink | CodeLink, record: PassportRow, versions: Sequence[PassportRow]
) -> Response:
    links: dict[str, Any] = {"anchor": f"{services.base_url}{link.path}", "description": f"Lot {record.lot}"}
    for link_type, target in _targets(services, link, record):
        links.setdefault(GS1 + link_type, []).append(target)
    links[f"{GS1}defaultLink"] = [_targets(services, link, record)[0][1]]
    earlier = [
        {"href": f"{services.base_url}/passports/{one.uuid}", "title": "Earlier version", "type": HTML}
        for one in versions
        if one.uuid != record.uuid
    ]
    if earlier:
        links["predecessor-version"] = earlier
    answer = json_answer({"linkset": [links]}, LINKSET, SHORT)
    answer.headers["Vary"] = VARY
    return answer
