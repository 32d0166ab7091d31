"""Describe the HTTP interface as OpenAPI 3.1; a test compares it with the routes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Flask, Response

from ledger.ids import DIGEST_PATTERN, HEX_PATTERN

_PARAMETER: Final = re.compile(r"<(?:path:)?(\w+)>")
TEXT: Final = "text/plain"
JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

_RESULT: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["entry_id", "status", "index", "receipt", "problem"],
    "properties": {
        "entry_id": {"type": "string"},
        "status": {"enum": ["logged", "duplicate", "rejected", "refused"]},
        "index": {"type": ["integer", "null"]},
        "receipt": {"type": ["string", "null"]},
        "problem": {"type": ["object", "null"]},
    },
}
_SUBMISSION: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["entries"],
    "additionalProperties": False,
    "properties": {
        "entries": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["note"],
                "additionalProperties": False,
                "properties": {
                    "note": {"type": "string", "description": "the signed note, byte for byte"},
                    "items": {"type": "array", "items": {"type": "string"}, "description": "one line for each digest"},
                },
            },
        }
    },
}

# Path: media types of its answers, with the schema of JSON ones where it is short.
ANSWERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "/": {"text/html": {}},
    "/.well-known/gs1resolver": {JSON: {}},
    "/01/{rest}": {"text/html": {}, "application/vc": {}, "application/vc+jwt": {}, "application/linkset+json": {}},
    "/api/v1/entries": {
        JSON: {
            "type": "object",
            "required": ["results"],
            "properties": {"results": {"type": "array", "items": _RESULT}},
        }
    },
    "/api/v1/entries/{entry_id}": {
        JSON: {
            "type": "object",
            "required": ["entry_id", "index", "note", "status", "reasons", "disputed"],
            "properties": {
                "entry_id": {"type": "string", "pattern": HEX_PATTERN},
                "index": {"type": "integer"},
                "note": {"type": "string"},
                "status": {"enum": ["logged", "rejected"]},
                "reasons": {"type": "array"},
                "disputed": {
                    "type": "boolean",
                    "description": "it lies in the disputed window of its key, and its owner does not stand by it anew",
                },
            },
        }
    },
    "/api/v1/entries/{entry_id}/items": {
        JSON: {
            "type": "object",
            "required": ["entry_id", "audience", "items"],
            "properties": {
                "entry_id": {"type": "string", "pattern": HEX_PATTERN},
                "audience": {"enum": ["public", "full"]},
                "items": {"type": "array", "items": {"type": "string"}},
            },
        }
    },
    "/api/v1/entries/{entry_id}/receipt": {TEXT: {"type": "string"}},
    "/checkpoint": {TEXT: {"type": "string"}},
    "/find": {"text/html": {}},
    "/healthz": {JSON: {}},
    "/issuers/{slug}/did.json": {"application/did+json": {}},
    "/log": {"text/html": {}},
    "/log.vkey": {TEXT: {"type": "string"}},
    "/metrics": {TEXT: {"type": "string"}},
    "/ns/carbon/v1": {"application/ld+json": {}},
    "/openapi.json": {JSON: {}},
    "/p/{code}": {"text/html": {}, "application/vc": {}, "application/vc+jwt": {}, "application/linkset+json": {}},
    "/passports/{uuid}": {"text/html": {}, "application/vc": {}, "application/vc+jwt": {}},
    "/passports/{uuid}/bundle": {JSON: {}},
    "/passports/{uuid}/qr.png": {"image/png": {}},
    "/passports/{uuid}/qr.svg": {"image/svg+xml": {}},
    "/passports/{uuid}/receipt": {TEXT: {"type": "string"}},
    "/readyz": {JSON: {}},
    "/schemas/entry/v1": {"application/schema+json": {}},
    "/static/{name}": {"text/javascript": {}},
    "/status/{name}": {"application/vc": {}},
    "/tile/{path}": {"application/octet-stream": {}},
    "/trust.json": {JSON: {}},
    "/verify": {"text/html": {}},
}
_PATTERNS: Final = {"entry_id": HEX_PATTERN, "digest": DIGEST_PATTERN}


def blueprint(app: Flask) -> Blueprint:
    """Build the route over an application whose other routes are in place."""
    routes = Blueprint("openapi", __name__)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        """Give this description."""
        text = json.dumps(describe(app), ensure_ascii=False, sort_keys=True, indent=1)
        return Response(f"{text}\n", content_type=JSON, headers={"Cache-Control": "public, max-age=3600"})

    return routes


def describe(app: Flask) -> dict[str, Any]:
    """Describe every route of an application.

    Raises:
        KeyError: a route has no row in `ANSWERS`; the test of the routes finds it.
    """
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        path = _PARAMETER.sub(r"{\1}", rule.rule)
        view = app.view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            operation: dict[str, Any] = {
                "operationId": f"{method.lower()}_{rule.endpoint}".replace(".", "_"),
                "summary": (view.__doc__ or "").strip().split("\n")[0],
                "parameters": [_parameter(name) for name in _PARAMETER.findall(rule.rule)],
                "responses": {
                    "200": {"description": "the answer", "content": _content(ANSWERS[path])},
                    "default": {"description": "a problem", "content": {PROBLEM: {"schema": _PROBLEM}}},
                },
            }
            if method == "POST":
                operation["requestBody"] = {"required": True, "content": {JSON: {"schema": _SUBMISSION}}}
            paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "ecarbon", "version": "1", "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
    }


_PROBLEM: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
}


def _content(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {media: ({"schema": schema} if schema else {}) for media, schema in answers.items()}


def _parameter(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if name in _PATTERNS:
        schema["pattern"] = _PATTERNS[name]
    return {"name": name, "in": "path", "required": True, "schema": schema}
