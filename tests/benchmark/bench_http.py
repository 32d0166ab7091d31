"""Rows of the HTTP interface: a real server process with one worker, and its clients on the same cores."""

from __future__ import annotations

import json
import selectors
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmark.measure import Row, bare
from tests.benchmark.workload import Note
from tests.support.chain import SEASON, ChainBuilder, used
from tests.support.postgres import SKIPPED, server
from tests.support.server import make_log, serving

ROUNDS = 12
SETTINGS = {"ECARBON_KEY_RATE": "0"}
READ = b"GET /checkpoint HTTP/1.1\r\nHost: bench\r\n\r\n"


@dataclass(frozen=True)
class Shape:
    """Hold a load: clients that each send batches, readers that ask for the tree head, and the bar on SQLite."""

    name: str
    clients: int
    batch: int
    bar: float | None = None
    readers: int = 0


SHAPES = (
    Shape("single notes, 32 clients", 32, 1, 0.12),
    Shape("batches of 64, 4 clients", 4, 64, 0.35),
    Shape("batches of 64, 4 clients beside 4 readers", 4, 64, readers=4),
)


class Queues:
    """Sign entries of two items for many growers, each with a key and a chain of its own."""

    def __init__(self, clients: int, each: int) -> None:
        self.chain = ChainBuilder()
        growers = [self.chain.actor(f"grower-{number}", "grower") for number in range(clients)]
        orchards = [self.chain.facility(f"orchard-{number}", grower) for number, grower in enumerate(growers)]
        self.begun = len(self.chain.added)
        self.notes: list[list[Note]] = []
        for grower, orchard in zip(growers, orchards, strict=True):
            queue = []
            for number in range(each):
                items = [used("urea", str(number + 1), "kg"), used("diesel", "2.5", "L")]
                added = self.chain.must(
                    "activity", grower, facility=orchard, stage="orchard", data={"period": SEASON}, items=items
                )
                queue.append((added.signed.note, added.lines))
            self.notes.append(queue)


class Client:
    """Send one request after the other on one kept connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waiting: list[bytes] = []
        self.answers = 0
        self._buffer = bytearray()

    def send(self) -> bool:
        """Send the next request; tell whether there was one."""
        if self.waiting:
            self.socket.sendall(self.waiting.pop())
            return True
        return False

    def receive(self) -> bool:
        """Read what came; tell whether an answer is complete."""
        self._buffer += self.socket.recv(1 << 20)
        end = self._buffer.find(b"\r\n\r\n")
        head = bytes(self._buffer[: max(end, 0)]).lower()
        if end < 0 or len(self._buffer) < end + 4 + int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]):
            return False
        if not head.startswith(b"http/1.1 200") or b'"problem":{' in self._buffer:
            raise AssertionError(f"the benchmark's notes must all be logged: {bytes(self._buffer[:400])!r}")
        self.answers += 1
        self._buffer.clear()
        return True


def requests_of(notes: Sequence[Note], batch: int) -> list[bytes]:
    """Write requests, the first last, so that writing them costs the run nothing."""
    found = []
    for at in range(0, len(notes), batch):
        entries = [{"note": note.decode(), "items": list(lines)} for note, lines in notes[at : at + batch]]
        body = json.dumps({"entries": entries}).encode()
        head = f"POST /api/v1/entries HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n"
        found.append(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
    return found[::-1]


def drive(clients: Sequence[Client], readers: Sequence[Client] = ()) -> float:
    """Send all that waits, one request at a time for each client; return the seconds it took.

    Args:
        clients: with their requests.
        readers: ask for the tree head all the while.
    """
    with selectors.DefaultSelector() as selector:
        start = perf_counter()
        for client in (*clients, *readers):
            selector.register(client.socket, selectors.EVENT_READ, client)
        active = sum(client.send() for client in clients)
        for reader in readers:
            reader.waiting = [READ] * 100_000
            reader.send()
        while active:
            for key, _ in selector.select(60):
                client: Client = key.data
                if client.receive() and not client.send():
                    active -= 1
        took = perf_counter() - start
        for reader in readers:
            while not reader.receive():
                pass
        return took


@contextmanager
def connected(port: int, count: int) -> Iterator[list[Client]]:
    """Open connections."""
    clients = [Client(port) for _ in range(count)]
    try:
        yield clients
    finally:
        for client in clients:
            client.socket.close()


def ratios(queues: Queues, clients: Sequence[Client], batch: int, readers: Sequence[Client] = ()) -> Iterator[float]:
    """Send the queues in rounds; give bare verification against one entry for each round."""
    each = len(queues.notes[0]) // ROUNDS
    for at in range(0, each * ROUNDS, each):
        parts = [queue[at : at + each] for queue in queues.notes]
        for client, part in zip(clients, parts, strict=True):
            client.waiting = requests_of(part, batch)
        sample = [note for part in parts for note in part][:200]
        before = bare(sample)
        took = drive(clients, readers)
        yield (before + bare(sample)) / 2 / (took / (each * len(parts)))


def rows(folder: Path) -> Iterator[Row]:
    """Measure appends over HTTP on SQLite, and on PostgreSQL where there is one."""
    for shape in SHAPES:
        yield row_of(shape, "SQLite", folder / f"sqlite-{shape.clients}-{shape.readers}", SETTINGS)
    with server() as found:
        if found is None:
            print(SKIPPED)
            return
        for shape in SHAPES:
            settings = {**SETTINGS, "ECARBON_DATABASE_URL": found.store()}
            row = row_of(shape, "PostgreSQL", folder / f"postgres-{shape.clients}-{shape.readers}", settings)
            yield replace(row, bar=None)


def row_of(shape: Shape, store: str, home: Path, settings: Mapping[str, str]) -> Row:
    """Measure one shape of load on a store."""
    queues = Queues(shape.clients, ROUNDS * max(shape.batch, 8))
    make_log(home, queues.chain, settings, count=queues.begun)
    remark = "one worker; entries of two items, every rule; clients and server share the cores"
    with (
        serving(home, settings) as port,
        connected(port, shape.clients) as clients,
        connected(port, shape.readers) as readers,
    ):
        start = perf_counter()
        value = median(ratios(queues, clients, shape.batch, readers))
        read = sum(reader.answers for reader in readers) / (perf_counter() - start)
    if readers:
        remark = f"readers without a pause: {read:.0f} tree heads a second from the same worker"
    return Row(f"HTTP, {store}: {shape.name}", value, shape.bar, remark=remark)
