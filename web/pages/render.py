"""Render pages: one response each, CSS and script inside, with hashes of both in the security policy."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from importlib import resources
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from jinja2 import Environment, PackageLoader, StrictUndefined

from passport.i18n import LOCALES, Catalogue, catalogue
from web.pages.locale import choose
from web.problems import Problem

LANGUAGES: Final = (("zh-Hans", "简体"), ("zh-Hant", "繁體"), ("en", "English"))
REVALIDATE: Final = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
LOADER: Final = (
    'const b=document.getElementById("check");b.hidden=false;'
    'b.addEventListener("click",()=>{b.disabled=true;import(b.dataset.module).then(m=>m.checkPage(b),'
    '()=>{b.disabled=false;document.getElementById("outcome").textContent='
    'document.getElementById("checks").dataset.unreachable})})'
)


class Renderer:
    """Hold the templates and the parts that every page shares."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("web.pages", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._css = resources.files("web.pages").joinpath("templates", "page.css").read_text("utf-8").replace("\n", "")

    def page(
        self,
        template: str,
        values: Mapping[str, Any],
        *,
        script: str = "",
        status: int = HTTPStatus.OK,
        cache: str = REVALIDATE,
    ) -> Response:
        """Render a page in the reader's language.

        Args:
            template: file name.
            values: what the template prints.
            script: the page's inline module, or nothing.
            status: HTTP status.
            cache: `Cache-Control`.
        """
        locale = self.locale()
        large = request.args.get("size") == "large"
        text = self._templates.get_template(template).render(
            **values,
            t=catalogue(locale).text,
            locale=locale,
            large=large,
            languages=LANGUAGES,
            css=_Safe(self._css),
            script=_Safe(script),
            query=_query(),
            here=functools.partial(_here, locale, large=large),
        )
        response = Response(text, status, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = policy(self._css, script)
        response.headers["Cache-Control"] = cache
        response.headers["Vary"] = "Accept-Language, Accept, Accept-Encoding"
        response.headers["Content-Language"] = locale
        if status == HTTPStatus.OK:
            response.set_etag(hashlib.sha256(text.encode("utf-8")).hexdigest()[:32], weak=True)
            response.make_conditional(request)
        return _compress(response)

    def problem(self, problem: Problem) -> Response:
        """Render an error as a page, in Chinese and English where nothing was found."""
        missing = problem.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)
        other = catalogue("en" if self.locale() != "en" else "zh-Hans")
        key = _missing_key() if missing else "error.later"
        values = {
            "problem": problem,
            "key": key,
            "heading": "notfound.title" if missing else "error.title",
            "other": other,
            "home": _query(),
        }
        response = self.page("problem.html", values, status=problem.status, cache="no-store")
        response.headers.update({k: v for k, v in problem.headers().items() if k == "Retry-After"})
        return response

    def locale(self) -> str:
        """Return the locale of this request."""
        return choose(request.args.get("lang", ""), request.headers.get("Accept-Language", ""))

    def catalogue(self) -> Catalogue:
        """Return the texts of this request's language."""
        return catalogue(self.locale())


class _Safe(str):
    """Mark text of ours that stands in a page as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def policy(css: str, script: str) -> str:
    """Return the Content-Security-Policy of a page with this inline style and script."""
    scripts = f"'self' '{_source(script)}'" if script else "'none'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src '{_source(css)}'; img-src 'self' data:; "
        "connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )


@functools.cache
def _source(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _missing_key() -> str:
    if request.path.startswith("/p/") or request.path.startswith("/passports/"):
        return "notfound.code"
    return "notfound.lot" if request.path.startswith("/01/") else "notfound.page"


def _arguments() -> dict[str, str]:
    """Return the page settings of this request's address that links keep."""
    kept = {}
    if request.args.get("lang") in LOCALES:
        kept["lang"] = request.args["lang"]
    if request.args.get("size") == "large":
        kept["size"] = "large"
    return kept


def _query() -> str:
    kept = _arguments()
    return f"?{urlencode(kept)}" if kept else ""


def _here(locale: str, *, large: bool, lang: str | None = None) -> str:
    """Return this page's address in another language or size."""
    kept = _arguments()
    if lang is not None:
        kept["lang"] = lang
    if large:
        kept["size"] = "large"
    else:
        kept.pop("size", None)
    return f"?{urlencode(kept)}" if kept else request.path


def _compress(response: Response) -> Response:
    if response.status_code == HTTPStatus.OK and "gzip" in request.headers.get("Accept-Encoding", "").lower():
        response.set_data(gzip.compress(response.get_data(), 9, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
