"""Take signed entries and hand them out again: `/api/v1/entries`."""

from __future__ import annotations

import hmac
import json
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from ledger.ids import is_entry_id
from web.problems import Refusal
from web.services import Services

JSON = "application/json"


def blueprint(services: Services) -> Blueprint:
    """Build the routes over these services."""
    routes = Blueprint("entries", __name__)

    @routes.post("/api/v1/entries")
    def submit() -> Response:
        """Append a batch of signed entries; each is answered for itself."""
        wanted = _read_batch(services.config.max_entries)
        readable = [(place, one) for place, one in enumerate(wanted) if isinstance(one, tuple)]
        done = services.ledger.submit([one for _, one in readable])
        results: list[Any] = [one if isinstance(one, dict) else None for one in wanted]
        for (place, _), result in zip(readable, done, strict=True):
            results[place] = result.to_json()
        return _json({"results": results})

    @routes.get("/api/v1/entries/<entry_id>")
    def entry(entry_id: str) -> Response:
        """Give an envelope: the note and its place in the log."""
        found = services.ledger.entry(_id(entry_id))
        return _json(
            {
                "entry_id": found.entry_id,
                "index": found.index,
                "note": found.note.decode("utf-8"),
                "status": found.status,
                "reasons": json.loads(found.reasons) if found.reasons else [],
            }
        )

    @routes.get("/api/v1/entries/<entry_id>/receipt")
    def receipt(entry_id: str) -> Response:
        """Give the receipt of an entry as a C2SP tlog-proof."""
        text = services.ledger.receipt(_id(entry_id)).encode()
        return Response(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "public, max-age=60"})

    @routes.get("/api/v1/entries/<entry_id>/items")
    def items(entry_id: str) -> Response:
        """Give the openings that the caller's audience may see: public ones, or all with the operator's token."""
        audience = "full" if is_operator(services) else "public"
        lines = services.ledger.items(_id(entry_id), audience=audience)
        answer = _json({"entry_id": entry_id, "audience": audience, "items": list(lines or ())})
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Vary"] = "Authorization"
        return answer

    return routes


def is_operator(services: Services) -> bool:
    """Tell whether the request carries the operator's token.

    Raises:
        Refusal: it carries another one.
    """
    header = request.headers.get("Authorization", "")
    if not header:
        return False
    scheme, _, token = header.partition(" ")
    expected = services.operator_token
    if scheme.lower() != "bearer" or not expected or not hmac.compare_digest(token.encode(), expected.encode()):
        raise Refusal(HTTPStatus.FORBIDDEN, "grant-refused", "this bearer token grants nothing here")
    return True


def _read_batch(most: int) -> list[tuple[bytes, list[str]] | dict[str, Any]]:
    """Read the body; an element that cannot be read becomes its own refusal."""
    if request.mimetype != JSON:
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "send application/json")
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError) as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, "malformed-json", "the body is not JSON") from error
    if not isinstance(body, dict) or set(body) != {"entries"} or not isinstance(body["entries"], list):
        raise Refusal(HTTPStatus.BAD_REQUEST, "malformed-request", 'send {"entries": [{"note": "...", "items": []}]}')
    if len(body["entries"]) > most:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-many-entries", "send fewer entries at once", most=most)
    return [_read_one(one) for one in body["entries"]]


def _read_one(value: Any) -> tuple[bytes, list[str]] | dict[str, Any]:
    try:
        note = value["note"].encode("utf-8")
        lines = value.get("items", [])
        readable = isinstance(lines, list) and all(isinstance(line, str) for line in lines)
        if readable and set(value) <= {"note", "items"}:
            for line in lines:
                line.encode("utf-8")
            return note, lines
    except (TypeError, KeyError, AttributeError, UnicodeEncodeError):
        pass
    problem = {"code": "malformed-entry", "detail": "an entry has note, a text, and items, a list of texts"}
    return {"entry_id": "", "status": "refused", "index": None, "receipt": None, "problem": problem}


def _id(text: str) -> str:
    if not is_entry_id(text):
        problem = Refusal(HTTPStatus.NOT_FOUND, "entry-not-found", "an entry id is 64 lower-case hexadecimal digits")
        raise problem
    return text


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", content_type=JSON)
