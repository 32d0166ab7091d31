"""Send entries that were signed offline to a service, again and again until each has its answer.

A note is known by its entry id, so sending it twice records it once: whatever got no answer is sent again as it is.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

from ledger.book.entry import parse_entry
from ledger.errors import LedgerError, Malformed
from ledger.log.proof import Receipt

Note = tuple[bytes, list[str]]
PATH: Final = "/api/v1/entries"
BATCH: Final = 64
TIMEOUT_S: Final = 60
FIRST_WAIT_S: Final = 1
LONGEST_WAIT_S: Final = 60
MOST_ANSWER: Final = 32 * 1024 * 1024
LATER: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE,
                HTTPStatus.GATEWAY_TIMEOUT)  # fmt: skip


class ServiceUnavailable(LedgerError):
    """Say that a service gave no answer in the time there was; what it answered before counts."""

    code = "service-unavailable"


class AnswerUntrusted(LedgerError):
    """Say that a service answered with something that does not belong to what was sent."""

    code = "answer-untrusted"


def send(
    notes: Sequence[Note],
    url: str,
    *,
    patience_s: float,
    step: Callable[[int], None] = lambda done: None,
    wait: Callable[[float], None] = time.sleep,
) -> list[dict[str, Any]]:
    """Send notes in their order and return what became of each.

    Args:
        notes: notes with their openings.
        url: address of the service.
        patience_s: how long to wait in all between attempts that got no answer.
        step: is told how many notes have their answer.
        wait: waits for so many seconds.

    Raises:
        ServiceUnavailable: patience ended before every note had its answer.
        AnswerUntrusted: an answer is not about what was sent.
        Malformed: the address cannot be used, or the service cannot read the request.
    """
    if not url.startswith(("https://", "http://")):
        raise Malformed("the address of a service starts with https:// or http://", url=url[:200])
    results: list[dict[str, Any]] = []
    pause, left = float(FIRST_WAIT_S), patience_s
    while len(results) < len(notes):
        batch = notes[len(results) : len(results) + BATCH]
        answered, asked = _post(url.rstrip("/") + PATH, batch)
        results += answered
        step(len(results))
        if answered:
            pause = FIRST_WAIT_S
        if len(answered) == len(batch):
            continue
        pause = min(max(asked, pause), LONGEST_WAIT_S)
        left -= pause
        if left < 0:
            raise ServiceUnavailable(
                "the service gave no answer in time; send the same file again later", url=url, answered=len(results)
            )
        wait(pause)
        pause *= 2
    return results


def _post(url: str, batch: Sequence[Note]) -> tuple[list[dict[str, Any]], float]:
    """Send one request; return the answers up to the first note that has to wait, and how long it should."""
    body = json.dumps({"entries": [{"note": note.decode("utf-8"), "items": lines} for note, lines in batch]})
    request = urllib.request.Request(url, body.encode("utf-8"), {"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            value = json.loads(answer.read(MOST_ANSWER))
    except urllib.error.HTTPError as error:
        if error.code in LATER:
            return [], _seconds(error.headers.get("Retry-After"))
        detail = error.read(65536).decode("utf-8", "replace")
        raise Malformed("the service cannot read the request", status=error.code, detail=detail[:400]) from None
    except (OSError, ValueError):
        # No connection, or one that broke: whether the notes arrived shows when they are sent again.
        return [], 0.0
    results = value.get("results") if isinstance(value, dict) else None
    if not isinstance(results, list) or len(results) != len(batch):
        raise AnswerUntrusted("the answer of the service does not have the form of its interface")
    found: list[dict[str, Any]] = []
    for (note, _), result in zip(batch, results, strict=True):
        problem = result.get("problem") or {}
        if problem.get("code") == "rate-limited":
            return found, float(problem.get("retry_after", 0))
        found.append(_checked(note, result))
    return found, 0.0


def _checked(note: bytes, result: dict[str, Any]) -> dict[str, Any]:
    """Compare an answer with the note that it is about."""
    if result.get("index") is not None:
        receipt = Receipt.parse(str(result.get("receipt")))
        if result.get("entry_id") != parse_entry(note).entry_id or receipt.index != result["index"]:
            raise AnswerUntrusted("the service answered about another entry", entry_id=str(result.get("entry_id")))
    return result


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdigit() and text.isascii() else 0.0
