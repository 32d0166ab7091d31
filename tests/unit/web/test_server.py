"""The server as it runs: several workers, what never reaches the application, and readers beside a writer."""

from __future__ import annotations

import itertools
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

import pytest

from ledger.log.checkpoint import open_checkpoint
from ledger.log.note import VerifierKey
from ledger.log.proof import Receipt
from tests.support.chain import SEASON, Added, ChainBuilder, used
from tests.support.server import get, make_log, request, serving
from web.problems import MEDIA_TYPE

GROWERS = 6
EACH = 12


@dataclass(frozen=True)
class Running:
    """Hold a server with two workers, and entries that it has not seen: a queue for each grower."""

    port: int
    key: VerifierKey
    size: int
    queues: list[list[Added]]


@contextmanager
def running(home: Path, settings: dict[str, str]) -> Iterator[Running]:
    """Serve a log that begins with the registrations of some growers."""
    chain = ChainBuilder()
    growers = [chain.actor(f"grower-{number}", "grower") for number in range(GROWERS)]
    orchards = [chain.facility(f"orchard-{number}", grower) for number, grower in enumerate(growers)]
    make_log(home, chain, settings)
    size, items = len(chain.added), [used("urea", "1", "kg")]
    queues = [
        [
            chain.must("activity", grower, facility=orchard, stage="orchard", data={"period": SEASON}, items=items)
            for _ in range(EACH)
        ]
        for grower, orchard in zip(growers, orchards, strict=True)
    ]
    with serving(home, settings) as port:
        key = VerifierKey.parse(get(port, "/log.vkey")[2].decode().strip())
        yield Running(port, key, size, queues)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running(tmp_path_factory.mktemp("served"), {"ECARBON_MAX_BODY_BYTES": "200000"}) as server:
        yield server.port


def body_of(added: Added) -> bytes:
    return json.dumps({"entries": [{"note": added.signed.note.decode(), "items": list(added.lines)}]}).encode()


JSON = {"Content-Type": "application/json"}


def test_single_notes_of_many_clients_are_logged_beside_readers(database: str, tmp_path: Path) -> None:
    with running(tmp_path / "home", {"ECARBON_WORKERS": "2", "ECARBON_DATABASE_URL": database}) as server:
        write_beside_readers(server)


def write_beside_readers(server: Running) -> None:
    """Let every grower send notes one by one while others read, and compare every receipt."""
    port, key = server.port, server.key
    ended = threading.Event()

    def write(queue: list[Added]) -> list[dict[str, object]]:
        found = []
        for added in queue:
            status, _, answer = request(port, "POST", "/api/v1/entries", body_of(added), JSON)
            assert status == 200
            found += json.loads(answer)["results"]
        return found

    def read() -> int:
        rounds = 0
        while not ended.is_set() or not rounds:
            head = open_checkpoint(get(port, "/checkpoint")[2], key)
            width = head.size % 256
            status, _, tile = get(port, f"/tile/0/000.p/{width}")
            assert (status, len(tile)) == (200, 32 * width)
            assert get(port, f"/tile/entries/000.p/{width}")[0] == 200
            rounds += 1
        return rounds

    with ThreadPoolExecutor(GROWERS + 3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            answers = list(pool.map(write, server.queues))
        finally:
            ended.set()
        assert all(reader.result(60) for reader in readers)
    indexes = set()
    for queue, results in zip(server.queues, answers, strict=True):
        for added, result in zip(queue, results, strict=True):
            assert (result["entry_id"], result["status"]) == (added.entry_id, "logged")
            receipt = Receipt.parse(str(result["receipt"]))
            receipt.verify(added.signed.note, key)
            indexes.add(receipt.index)
    assert indexes == set(range(server.size, server.size + GROWERS * EACH))


def test_full_queue_answers_at_once_and_readers_read_on(tmp_path: Path) -> None:
    settings = {"ECARBON_THREADS": "9"}  # one request appends, one may wait, the rest is kept for readers
    with running(tmp_path, settings) as server, ThreadPoolExecutor(8) as pool:
        database = sqlite3.connect(tmp_path / "ecarbon.db", isolation_level=None)
        database.execute("BEGIN IMMEDIATE")
        firsts = [body_of(queue[0]) for queue in server.queues[:4]]
        sent = [pool.submit(request, server.port, "POST", "/api/v1/entries", body, JSON) for body in firsts]
        refused = [one.result() for one in itertools.islice(as_completed(sent, timeout=25), 2)]
        assert get(server.port, "/checkpoint")[0] == get(server.port, "/healthz")[0] == 200
        database.execute("ROLLBACK")
        database.close()
        for status, headers, body in refused:
            assert (status, headers["Content-Type"]) == (503, MEDIA_TYPE)
            assert int(headers["Retry-After"]) > 0
            assert json.loads(body)["code"] == "queue-unavailable"
        taken = [json.loads(body) for status, _, body in (one.result() for one in sent) if status == 200]
        assert [one["results"][0]["status"] for one in taken] == ["logged"] * 2


def raw(port: int, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes, and nothing more, and read one answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(data)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer.status, dict(answer.getheaders()), answer.read()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"x" * 20000 + b"\r\n\r\n", 431),
        (b"GET /" + b"x" * 8000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"no request at all\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400),
        (b"POST /api/v1/entries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: rot13\r\n\r\n", 501),
        (b"POST /api/v1/entries HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400),
    ],
)
def test_request_that_cannot_be_read_is_answered_with_a_problem(port: int, data: bytes, status: int) -> None:
    code, headers, body = raw(port, data)
    assert (code, headers["Content-Type"], headers["Connection"]) == (status, MEDIA_TYPE, "close")
    problem = json.loads(body)
    assert (problem["status"], int(headers["Content-Length"])) == (status, len(body))
    assert problem["detail"] and problem["code"]


def test_body_that_is_too_large_is_refused_before_it_is_sent(port: int) -> None:
    head = (
        "POST /api/v1/entries HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
    )
    code, headers, body = raw(port, head.encode())
    assert (code, headers["Content-Type"]) == (413, MEDIA_TYPE)
    assert json.loads(body)["code"] == "request-entity-too-large"
