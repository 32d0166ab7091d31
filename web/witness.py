"""Serve a witness over HTTP: one route of C2SP tlog-witness, and its public key.

Source: C2SP tlog-witness.
"""

from __future__ import annotations

import http.client
import logging
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from iocore.times import SystemClock
from ledger.errors import LedgerError, SizeConflict, StoreUnavailable
from ledger.witness.client import MAX_ANSWER, Answer, Post
from ledger.witness.judge import MAX_BODY
from ledger.witness.service import Witness
from web.problems import Problem, problem_of

TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"
_log = logging.getLogger(__name__)


def open_witness(folder: Path) -> Witness:
    """Open the witness of a folder with the machine's clock.

    Raises:
        MalformedKey, StoreConflict: the folder holds no usable witness.
    """
    return Witness.open(folder, SystemClock())


def create_witness(folder: Path, name: str) -> Witness:
    """Make a witness in a folder with the machine's clock.

    Raises:
        MalformedKey, StoreConflict: the name cannot be used, or the folder holds a witness already.
    """
    return Witness.create(folder, name, SystemClock())


def post_within(timeout_s: float) -> Post:
    """Return a function that sends a request to a witness and waits no longer than this."""

    def post(address: str, body: bytes) -> Answer:
        asked = urllib.request.Request(address, data=body, method="POST", headers={"Content-Type": TEXT})
        try:
            with urllib.request.urlopen(asked, timeout=timeout_s) as answer:
                return Answer(answer.status, answer.headers.get_content_type(), answer.read(MAX_ANSWER))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers.get_content_type(), error.read(MAX_ANSWER))
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise StoreUnavailable("the witness does not answer", address=address, reason=str(error)) from None

    return post


def witness_app(witness: Witness) -> Flask:
    """Build the application of a witness."""
    app = Flask("web", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.post("/add-checkpoint")
    def add_checkpoint() -> Response:
        """Cosign a tree head that extends what the witness holds."""
        try:
            return Response(witness.add_checkpoint(request.get_data()), content_type=TEXT)
        except SizeConflict as error:
            return Response(f"{error.size}\n", HTTPStatus.CONFLICT, content_type=SIZE)

    @app.get("/witness.vkey")
    def public_key() -> Response:
        """Give the witness's verifier key on one line."""
        return Response(f"{witness.public_key.encode()}\n", content_type=TEXT)

    @app.errorhandler(LedgerError)
    def refused(error: LedgerError) -> Response:
        return _answer(problem_of(error))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = HTTPStatus(error.code or 500)
        code = status.phrase.lower().replace(" ", "-")
        return _answer(
            Problem(status=status, code=code, title=status.phrase, detail=error.description or status.phrase)
        )

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        _log.error("a request to the witness failed", exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return _answer(Problem(status=status, code="fault", title=status.phrase, detail="a fault of this witness"))

    return app


def _answer(problem: Problem) -> Response:
    response = Response(problem.body(), problem.status)
    response.headers.update(problem.headers())
    return response
