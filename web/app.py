"""Make the Flask application: routes, one shape for every error, and the headers that every answer carries."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from ledger.turns import Turns
from web.api import entries, health, log, openapi, passports, resolver, schemas
from web.config import Config
from web.pages import scan, site
from web.pages.locale import reads_chinese
from web.pages.render import Renderer
from web.problems import FAMILIES, Problem, Refusal, of_status, problem_of
from web.services import Services, build

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS: Final = "max-age=31536000"
PAGE_PATHS: Final = ("/01/", "/p/", "/passports/", "/log", "/verify", "/finance")


def create_app(config: Config, services: Services | None = None) -> Flask:
    """Build the application.

    Args:
        config: the settings.
        services: what the routes work on; built from the settings if not given.
    """
    made = services if services is not None else build(config)
    app = Flask("web", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = config.max_body_bytes
    app.url_map.strict_slashes = False
    renderer, turns = Renderer(), Turns()
    for blueprint in (
        entries.blueprint(made, turns),
        log.blueprint(made),
        passports.blueprint(made),
        schemas.blueprint(made),
        health.blueprint(made),
        resolver.blueprint(made, renderer),
        scan.blueprint(made, renderer),
        site.blueprint(made, renderer),
    ):
        app.register_blueprint(blueprint)
    health.Metrics(made).install(app)
    app.register_blueprint(openapi.blueprint(app))
    _handle_errors(app, renderer)
    _add_headers(app, hsts=config.hsts)
    app.wsgi_app = _InTurn(app.wsgi_app, turns)  # type: ignore[method-assign]
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


class _InTurn:
    """Let requests that only read take turns; those with a body do so once they have received it."""

    def __init__(self, app: WSGIApplication, turns: Turns) -> None:
        self._app = app
        self._turns = turns

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._app(environ, start_response)
        with self._turns:
            return self._app(environ, start_response)


def _handle_errors(app: Flask, renderer: Renderer) -> None:
    def answer(problem: Problem, headers: dict[str, str] | None = None) -> Response:
        if _wants_page():
            response = renderer.problem(problem)
        else:
            said = problem.in_chinese() if reads_chinese(request.headers.get("Accept-Language", "")) else problem
            response = Response(said.body(), said.status)
            response.headers.update(said.headers())
            response.headers["Vary"] = "Accept-Language"
        response.headers.update(headers or {})
        return response

    def ours(error: Exception) -> Response:
        return answer(problem_of(error))

    for family in (*FAMILIES, Refusal):
        app.register_error_handler(family, ours)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if error.code is not None and error.code < 400:
            return Response(error.get_response().get_data(), error.code, error.get_response().headers.items())
        allow = error.get_response().headers.get("Allow")
        return answer(of_status(HTTPStatus(error.code or 500)), {"Allow": allow} if allow else None)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        mark = uuid.uuid4().hex[:6]
        _log.error("request %s failed: %s %s", mark, request.method, request.path, exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return answer(
            Refusal(status, "fault", f"a fault of this service; please report it with the mark {mark}").problem
        )


def _wants_page() -> bool:
    """Tell whether people rather than programs asked: a page's path, and HTML accepted above JSON."""
    page = request.path == "/" or request.path.startswith(PAGE_PATHS)
    best = request.accept_mimetypes.best_match(["application/problem+json", "application/json", "text/html"])
    return page and best == "text/html"


def _add_headers(app: Flask, *, hsts: bool) -> None:
    always = {**HEADERS, "Strict-Transport-Security": HSTS} if hsts else HEADERS

    @app.after_request
    def add(response: Response) -> Response:
        given = {name for name, _ in response.headers}
        response.headers.extend((name, value) for name, value in always.items() if name not in given)
        if request.method in ("GET", "HEAD") and response.mimetype != "text/html":
            response.headers.setdefault("Access-Control-Allow-Origin", "*")
        return response
