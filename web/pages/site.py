"""The pages around the passports: start, log, and the checker that can be saved as one file."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from ledger.book.entry import parse_entry
from ledger.log.checkpoint import open_checkpoint
from passport.link import link_of, normal_code, parse_path
from passport.store import latest
from web.pages import modules
from web.pages.render import Renderer
from web.pages.scan import ENTRY, check_names
from web.pages.words import Words
from web.services import Services

PAGE: Final = 50
GLUE: Final = """
const byId = (id) => document.getElementById(id);
const run = byId("run");
byId("bundle").addEventListener("change", () => { run.disabled = byId("bundle").files.length === 0; });
run.addEventListener("click", () => entry.checkFiles(run, ...["bundle", "trust", "older", "proof"].map(byId)));
document.addEventListener("checked", ({ detail }) => {
  byId("figures").replaceChildren(...Object.entries(detail.recomputed).flatMap((pair) => pair.map((text, at) => {
    const cell = document.createElement(at ? "dd" : "dt");
    cell.textContent = text;
    return cell;
  })));
  byId("result").hidden = Object.keys(detail.recomputed).length === 0;
});
"""


def blueprint(services: Services, renderer: Renderer) -> Blueprint:
    """Build the routes over these services."""
    routes = Blueprint("site", __name__)

    @routes.get("/")
    def home() -> Response:
        """List the newest passport of every lot."""
        return renderer.page("home.html", {"passports": _passports(services, Words(renderer.catalogue()))})

    @routes.get("/find")
    def find() -> BaseResponse:
        """Lead from a typed code or address to its page."""
        text = request.args.get("code", "").strip()
        at = text.find("/01/")
        path = text[at:] if at >= 0 else f"/p/{normal_code(text.rpartition('/')[2])}"
        return redirect(parse_path(path).path, HTTPStatus.SEE_OTHER)

    @routes.get("/log")
    def log() -> Response:
        """Show the head of the log and its entries, newest first."""
        head = open_checkpoint(services.ledger.checkpoint(), services.ledger.log_key)
        text = request.args.get("before", "")
        before = min(int(text), head.size) if text.isascii() and text.isdigit() and len(text) < 16 else head.size
        start = max(0, before - PAGE)
        words = Words(renderer.catalogue())
        rows = [
            {
                "index": one.index,
                "entry_id": one.entry_id,
                "kind": words.name("kind", parse_entry(one.note).entry.kind),
                "stage": words.name("stage", parse_entry(one.note).entry.stage),
                "status": words.name("entrystatus", one.status),
            }
            for one in services.ledger.entries(start, before)
        ]
        values = {
            "head": head,
            "key": services.ledger.log_key.encode(),
            "note": services.ledger.checkpoint().decode("utf-8"),
            "rows": rows[::-1],
            "older": f"/log?before={start}" if start > 0 else None,
            "newer": f"/log?before={min(before + PAGE, head.size)}" if before < head.size else None,
        }
        return renderer.page("log.html", values, cache="no-cache")

    @routes.get("/verify")
    def verify() -> Response:
        """Give the checker as one page that also works from a file."""
        script = modules.bundle(ENTRY) + GLUE
        response = renderer.page("verify.html", {"checks": check_names(page=False)}, script=script)
        if "download" in request.args:
            response.headers["Content-Disposition"] = 'attachment; filename="ecarbon-verify.html"'
        return response

    return routes


def _passports(services: Services, words: Words) -> list[dict[str, str]]:
    found = []
    for lot in services.records.lots():
        record = latest(services.records.find(lot=lot))
        if record is None:
            continue
        subject = json.loads(record.credential)["credentialSubject"]
        names = services.product_names(lot)
        name = (names.get("zh") if words.chinese else names.get("en")) or subject["name"]
        detail = f"{subject['batchNumber']} · {words.text(f'status.{record.status}')}"
        found.append({"path": link_of(lot).path, "name": name, "detail": detail})
    return found
