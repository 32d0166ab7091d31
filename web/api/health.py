"""Say whether the process lives, whether it can serve, and what it counts."""

from __future__ import annotations

import json
from collections import Counter
from threading import Lock

from flask import Blueprint, Flask, Response, request

from ledger.errors import LedgerError
from ledger.log.checkpoint import open_checkpoint
from passport.errors import PassportError
from web.api.entries import is_operator
from web.services import Services

METRICS = "text/plain; version=0.0.4; charset=utf-8"


def blueprint(services: Services) -> Blueprint:
    """Build the routes over these services."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        """Say that the process answers."""
        return _json({"status": "ok"}, 200)

    @routes.get("/readyz")
    def readyz() -> Response:
        """Say whether the ledger can be read and its head holds under the log's key."""
        try:
            head = open_checkpoint(services.ledger.checkpoint(), services.ledger.log_key)
        except LedgerError as error:
            return _json({"status": "unavailable", "code": error.code}, 503)
        fault = services.ledger.fault()
        if fault is not None:
            return _json({"status": "read-only", "code": fault.code, "detail": fault.message}, 200)
        return _json({"status": "ready", "origin": head.origin, "tree_size": head.size}, 200)

    return routes


class Metrics:
    """Count the requests of this process and show them with the state of the ledger."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._requests: Counter[tuple[str, int]] = Counter()
        self._lock = Lock()

    def install(self, app: Flask) -> None:
        """Count every answer of the application and serve `/metrics`."""
        app.after_request(self._count)
        app.add_url_rule("/metrics", "metrics", self.show)

    def show(self) -> Response:
        """Give the numbers in the text form that Prometheus reads; guarded where an operator's token is set."""
        if self._services.operator_token and not is_operator(self._services):
            return Response("", 401, {"WWW-Authenticate": "Bearer"})
        lines = ["# TYPE ecarbon_requests_total counter"]
        with self._lock:
            counts = sorted(self._requests.items())
        lines += [f'ecarbon_requests_total{{route="{route}",status="{status}"}} {n}' for (route, status), n in counts]
        lines += ["# TYPE ecarbon_tree_size gauge", f"ecarbon_tree_size {self._services.ledger.size}"]
        lines.append("# TYPE ecarbon_passports gauge")
        try:
            passports = Counter(record.status for record in self._services.records.find())
        except PassportError:
            passports = Counter()
        lines += [f'ecarbon_passports{{status="{status}"}} {n}' for status, n in sorted(passports.items())]
        return Response("\n".join(lines) + "\n", content_type=METRICS, headers={"Cache-Control": "no-store"})

    def _count(self, response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else "none"
        with self._lock:
            self._requests[route, response.status_code] += 1
        return response


def _json(value: dict[str, object], status: int) -> Response:
    text = json.dumps(value) + "\n"
    return Response(text, status, content_type="application/json", headers={"Cache-Control": "no-store"})
