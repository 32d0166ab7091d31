"""Take signed entries and hand them out again: `/api/v1/entries`.

Requests of several threads join the running batch; a key that sends too much, and an address whose entries are refused
again and again, are asked to wait.
"""

from __future__ import annotations

import hmac
import json
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, request

from ledger.book.entry import parse_entry
from ledger.ids import is_entry_id
from ledger.queue import AppendQueue
from ledger.service import SubmitResult
from ledger.turns import Turns
from web.limits import RateLimit
from web.pages.locale import reads_chinese
from web.problems import Refusal, status_of
from web.sentences import in_chinese
from web.services import Services
from web.sharing import OPERATOR, note_reading

JSON: Final = "application/json"
SIGNATURE_START: Final = "\n\N{EM DASH} ".encode()
THREADS_FOR_READERS: Final = 8


def blueprint(services: Services, turns: Turns) -> Blueprint:
    """Build the routes over these services."""
    routes = Blueprint("entries", __name__)
    config = services.config
    queue = AppendQueue(
        services.ledger.submit,
        most_entries=config.queue_entries,
        most_requests=config.threads - THREADS_FOR_READERS,
        turns=turns,
    )
    limit = RateLimit(config.key_rate, config.key_burst)

    @routes.post("/api/v1/entries")
    def submit() -> Response:
        """Append a batch of signed entries; each is answered for itself."""
        wanted = _read_batch(config.max_entries)
        _hold_back(limit, wanted)
        readable = [(place, one) for place, one in enumerate(wanted) if isinstance(one, tuple)]
        done = queue.submit([one for _, one in readable]) if readable else []
        results: list[Any] = [one if isinstance(one, dict) else None for one in wanted]
        for (place, _), result in zip(readable, done, strict=True):
            results[place] = result.to_json()
        _charge(limit, [note for _, (note, _) in readable], done, refused=len(wanted) - len(readable))
        problems = [result for result in results if result["problem"]]
        for result in problems:
            result["problem"] = {"status": status_of(result["problem"]["code"]), **result["problem"]}
        if problems and reads_chinese(request.headers.get("Accept-Language", "")):
            for result in problems:
                result["problem"] = {**result["problem"], "detail": in_chinese(result["problem"]["detail"])}
        return _json({"results": results})

    @routes.get("/api/v1/entries/<entry_id>")
    def entry(entry_id: str) -> Response:
        """Give an envelope: the note, its place in the log, and whether its key may have been misused."""
        found = services.ledger.entry(_id(entry_id))
        return _json(
            {
                "entry_id": found.entry_id,
                "index": found.index,
                "note": found.note.decode("utf-8"),
                "status": found.status,
                "reasons": json.loads(found.reasons) if found.reasons else [],
                "disputed": bool(services.ledger.disputed([entry_id])),
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
        if lines and audience != "public":
            actor = parse_entry(services.ledger.entry(entry_id).note).entry.actor
            note_reading(services, [(actor, entry_id)], reader=OPERATOR, audience=audience, way="items")
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


def _hold_back(limit: RateLimit, wanted: list[Any]) -> None:
    """Refuse, in their places, the entries of keys that sent too much.

    Raises:
        Refusal: nothing is left to append, or this address sent too much that was refused.
    """
    waits = [limit.wait(_sender())]
    held = 0
    if not waits[0]:
        for place, one in enumerate(wanted):
            if isinstance(one, tuple) and (wait := limit.wait(_key_name(one[0]))):
                problem = _too_much(wait).problem
                wanted[place] = _refused(problem.code, problem.detail, status=problem.status, retry_after=wait)
                waits.append(wait)
                held += 1
    if max(waits) and held in (0, len(wanted)):
        raise _too_much(max(waits))


def _too_much(wait: int) -> Refusal:
    return Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "rate-limited",
        "too many entries came under this key or from this address; send the same again later",
        retry_after=wait,
    )


def _charge(limit: RateLimit, notes: list[bytes], done: Sequence[SubmitResult], *, refused: int) -> None:
    """Charge what the log took to its keys, and the rest to the sender."""
    taken = Counter(_key_name(note) for note, one in zip(notes, done, strict=True) if one.index is not None)
    for name, count in taken.items():
        limit.charge(name, count)
    limit.charge(_sender(), refused + len(notes) - taken.total())


def _key_name(note: bytes) -> str:
    """Return the key name of a note's last signature line, unchecked."""
    return note.rpartition(SIGNATURE_START)[2].partition(b" ")[0].decode("utf-8", "replace")


def _sender() -> str:
    return f"address {request.remote_addr}"


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
    return _refused("malformed-entry", "an entry has note, a text, and items, a list of texts")


def _refused(code: str, detail: str, **context: Any) -> dict[str, Any]:
    problem = {**context, "code": code, "detail": detail}
    return {"entry_id": "", "status": "refused", "index": None, "receipt": None, "problem": problem}


def _id(text: str) -> str:
    if not is_entry_id(text):
        problem = Refusal(HTTPStatus.NOT_FOUND, "entry-not-found", "an entry id is 64 lower-case hexadecimal digits")
        raise problem
    return text


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", content_type=JSON)
