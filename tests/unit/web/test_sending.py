"""Offline queues: sent again until answered, recorded once, over a real server that is down, busy or limiting."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ledger.errors import Malformed
from tests.support.chain import SEASON, Added, ChainBuilder, used
from tests.support.server import make_log, serving
from web.cli.main import run
from web.sending import AnswerUntrusted, ServiceUnavailable, send

COUNT = 70


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sending")


@pytest.fixture(scope="module")
def queue(folder: Path) -> list[Added]:
    chain = ChainBuilder()
    grower = chain.actor("grower", "grower")
    orchard = chain.facility("orchard", grower)
    make_log(folder, chain)
    items = [used("urea", "1", "kg")]
    return [
        chain.must("activity", grower, facility=orchard, stage="orchard", data={"period": SEASON}, items=items)
        for _ in range(COUNT)
    ]


@pytest.fixture(scope="module")
def port(folder: Path, queue: list[Added]) -> Iterator[int]:
    with serving(folder, {"ECARBON_KEY_RATE": "100", "ECARBON_KEY_BURST": "20"}) as port:
        yield port


def notes_of(queue: list[Added]) -> list[tuple[bytes, list[str]]]:
    return [(added.signed.note, list(added.lines)) for added in queue]


def test_queue_is_recorded_once_although_the_service_limits_it(
    port: int, queue: list[Added], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, kept = tmp_path / "queue.json", tmp_path / "receipts"
    entries = [{"note": note.decode(), "items": lines} for note, lines in notes_of(queue)]
    file.write_text(json.dumps({"entries": entries}), encoding="utf-8")
    address = f"http://127.0.0.1:{port}"
    assert run(["entry", "send", str(file), "--to", address, "--receipts", str(kept), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["results"]
    assert [one["status"] for one in first] == ["logged"] * COUNT
    assert [one["entry_id"] for one in first] == [added.entry_id for added in queue]
    assert sorted(path.stem for path in kept.iterdir()) == sorted(added.entry_id for added in queue)
    assert run(["entry", "send", str(file), "--to", address, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)["results"]
    assert [(one["status"], one["index"]) for one in again] == [("duplicate", one["index"]) for one in first]


def test_service_that_is_not_there_is_asked_again_and_given_up_in_the_end(queue: list[Added]) -> None:
    waits: list[float] = []
    with pytest.raises(ServiceUnavailable) as caught:
        send(notes_of(queue[:1]), "http://127.0.0.1:9", patience_s=10, wait=waits.append)
    assert waits == [1, 2, 4]
    assert caught.value.context["answered"] == 0
    with pytest.raises(Malformed):
        send(notes_of(queue[:1]), "file:///etc", patience_s=0)


class Answers(BaseHTTPRequestHandler):
    """Give prepared answers, one for each request."""

    prepared: ClassVar[list[tuple[int, dict[str, str], Any]]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status, headers, value = self.prepared.pop(0)
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def foreign() -> Iterator[str]:
    """Serve prepared answers, as a service of other people's making could give them."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def refused(code: str, **context: Any) -> dict[str, Any]:
    problem = {"code": code, "detail": "no", **context}
    return {"entry_id": "", "status": "refused", "index": None, "receipt": None, "problem": problem}


def test_retry_after_is_respected_and_order_kept(foreign: str, queue: list[Added]) -> None:
    limited, bad = refused("rate-limited", retry_after=7), refused("sequence-gap")
    Answers.prepared = [
        (503, {"Retry-After": "9"}, {}),
        (200, {}, {"results": [bad, limited, bad]}),
        (429, {"Retry-After": "3"}, {}),
        (200, {}, {"results": [bad, bad]}),
    ]
    waits: list[float] = []
    results = send(notes_of(queue[:3]), foreign, patience_s=60, wait=waits.append)
    assert results == [bad] * 3
    assert waits == [9, 7, 14]
    assert Answers.prepared == []


def test_answer_about_another_entry_is_not_believed(foreign: str, queue: list[Added], port: int) -> None:
    other = send(notes_of(queue[:2]), f"http://127.0.0.1:{port}", patience_s=60)
    Answers.prepared = [(200, {}, {"results": [other[1]]}), (200, {}, {"results": []}), (200, {}, [])]
    for _ in range(3):
        with pytest.raises(AnswerUntrusted):
            send(notes_of(queue[:1]), foreign, patience_s=0)
    Answers.prepared = [(400, {}, {"detail": "no"})]
    with pytest.raises(Malformed):
        send(notes_of(queue[:1]), foreign, patience_s=0)
