"""Kill a loaded server, or the database under it, at random moments; nothing that was acknowledged may be lost.

The server is `ecarbon serve` under its own WSGI server. Clients sign notes, each with a key of its own, send them over
HTTP, and send again whatever was not acknowledged, as a queue in an orchard would.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from http.client import HTTPException
from pathlib import Path

from ledger.book.entry import SignedEntry
from tests.support import postgres
from tests.support.chain import SEASON, ChainBuilder, used
from tests.support.server import make_log, request, wait_until_ready
from tests.torture.support import Row, expect_kept, expect_sound, python, together
from web.config import load
from web.services import Services, build

CLIENTS = 4
#: How long a client rests, so that the whole log can be checked after every kill.
REST_S = 0.03


class Client:
    """Sign notes with one key and send them until each is acknowledged.

    Args:
        chain: signs.
        number: which client.
        source: chooses how many notes go together.
    """

    def __init__(self, chain: ChainBuilder, number: int, source: random.Random) -> None:
        self._chain = chain
        self._source = source
        self._actor = chain.actor(f"client-{number}", "cooperative")
        self._facility = chain.facility(f"orchard-{number}", self._actor)
        self._waiting: list[tuple[SignedEntry, list[str]]] = []
        self.acknowledged: dict[str, tuple[int, str]] = {}
        self.counts: Counter[str] = Counter()

    def send(self, port: int) -> None:
        """Send what waits, and new notes; what is acknowledged waits no more.

        Raises:
            OSError, HTTPException: no answer came; the same notes go out again next time.
        """
        while len(self._waiting) < self._source.randint(1, 8):
            self._waiting.append(self._sign())
        entries = [{"note": signed.note.decode(), "items": lines} for signed, lines in self._waiting]
        body = json.dumps({"entries": entries}).encode()
        status, _, answer = request(port, "POST", "/api/v1/entries", body, {"Content-Type": "application/json"})
        if status != 200:
            self.counts[f"status {status}"] += 1
            assert status in (429, 503), answer
            time.sleep(0.05)
            return
        results = json.loads(answer)["results"]
        assert len(results) == len(self._waiting)
        for (signed, _), result in zip(self._waiting, results, strict=True):
            assert result["status"] in ("logged", "duplicate"), result
            assert result["entry_id"] == signed.entry_id
            self.counts[result["status"]] += 1
            self.acknowledged[signed.entry_id] = (result["index"], result["receipt"])
        self._waiting.clear()

    def sign(self, count: int) -> list[tuple[SignedEntry, list[str]]]:
        """Sign that many notes without sending them."""
        return [self._sign() for _ in range(count)]

    def _sign(self) -> tuple[SignedEntry, list[str]]:
        signed, items = self._chain.sign(
            "activity",
            self._actor,
            facility=self._facility,
            stage="orchard",
            data={"period": SEASON},
            items=[used("diesel", "2.5", "L")],
        )
        self._chain.advance(signed)
        return signed, [item.text for item in items]


def kill_server(folder: Path, cycles: int, *, seed: int = 1, database: str = "") -> Row:
    """Kill the whole server at random moments, check the log after every blow, and start it again.

    Args:
        folder: an empty folder to work in.
        cycles: how often.
        seed: chooses the moments.
        database: address of the store; SQLite in the folder if empty.
    """
    source = random.Random(seed)
    settings = {"ECARBON_DATABASE_URL": database} if database else {}
    home, clients = _begin(folder, source, settings)
    for _ in range(cycles):
        with _serving(home, settings) as (port, process), _load(clients, port):
            time.sleep(source.uniform(0.02, 0.3))
            os.killpg(process.pid, signal.SIGKILL)
        _check(home, settings, clients)
    return _row(f"server killed under load, {_kind(database)}", cycles, clients)


def kill_database(folder: Path, cycles: int, *, database: str, seed: int = 2) -> Row:
    """Kill PostgreSQL under a loaded server and start it again; the server stays up, and the log is checked under load.

    Args:
        folder: an empty folder to work in.
        cycles: how often.
        database: address of a store on a private server, see `tests.support.postgres`.
        seed: chooses the moments.
    """
    source = random.Random(seed)
    settings = {"ECARBON_DATABASE_URL": database}
    home, clients = _begin(folder, source, settings)
    place = Path(re.findall(r"host=([^&]+)", database)[0])
    with _serving(home, settings) as (port, _), _load(clients, port):
        for _ in range(cycles):
            time.sleep(source.uniform(0.1, 0.8))
            before = sum(client.counts["logged"] for client in clients)
            os.kill(int((place / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            _start_database(place)
            until = time.monotonic() + 60
            while sum(client.counts["logged"] for client in clients) <= before:
                assert time.monotonic() < until, "the server did not come back after its database did"
                time.sleep(0.02)
            with _opened(home, settings) as services:
                expect_sound(services.ledger)
    _check(home, settings, clients)
    return _row("PostgreSQL killed under load, and started again", cycles, clients)


def _start_database(place: Path) -> None:
    """Start a private server again, once the last process of the killed one has ended."""
    programs = postgres.programs()
    assert programs is not None
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    start = [programs / "pg_ctl", "-D", place / "data", "-w", "-t", "30", "-l", place / "server.log", "start"]
    for _ in range(50):
        done = subprocess.run(start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **user)
        if done.returncode == 0:
            return
        time.sleep(0.2)
    raise AssertionError((place / "server.log").read_text()[-2000:])


def resend(folder: Path, notes: int, *, clients: int = 8) -> Row:
    """Send the same notes from many clients at once over HTTP; each note gets one index."""
    home, chain = folder / "home", ChainBuilder()
    signer = Client(chain, 0, random.Random(3))
    make_log(home, chain)
    entries = [{"note": signed.note.decode(), "items": lines} for signed, lines in signer.sign(notes)]
    found: list[dict[str, int]] = [{} for _ in range(clients)]
    counts: Counter[str] = Counter()

    def work(number: int) -> None:
        for at in range(0, notes, 50):
            body = json.dumps({"entries": entries[at : at + 50]}).encode()
            while True:
                status, headers, answer = request(
                    port, "POST", "/api/v1/entries", body, {"Content-Type": "application/json"}
                )
                if status == 200:
                    break
                assert status in (429, 503), answer
                counts[f"status {status}"] += 1
                time.sleep(float(headers["Retry-After"]))
            for result in json.loads(answer)["results"]:
                counts[result["status"]] += 1
                found[number][result["entry_id"]] = result["index"]

    with _serving(home, {"ECARBON_KEY_RATE": "0"}) as (port, _):
        together(clients, work)
    assert all(one == found[0] for one in found), "a note has two indexes"
    start = len(chain.added)
    assert sorted(found[0].values()) == list(range(start, start + notes))
    assert counts["logged"] == notes and counts["logged"] + counts["duplicate"] == notes * clients, counts
    with _opened(home, {}) as services:
        expect_sound(services.ledger)
    told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    return Row(f"the same notes from {clients} clients", notes, f"one index each; {told}")


def _kind(database: str) -> str:
    return "PostgreSQL" if database.startswith("postgresql") else "SQLite"


def _begin(folder: Path, source: random.Random, settings: Mapping[str, str]) -> tuple[Path, list[Client]]:
    home, chain = folder / "home", ChainBuilder()
    clients = [Client(chain, number, source) for number in range(CLIENTS)]
    make_log(home, chain, settings)
    return home, clients


@contextmanager
def _serving(home: Path, settings: Mapping[str, str]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve a home in a process group of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command, environ = python("-m", "web", "serve", "--port", str(port), "--workers", "2")
    environ |= {**settings, "ECARBON_HOME": str(home)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environ, start_new_session=True, **quiet)
    try:
        wait_until_ready(port, process)
        yield port, process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


@contextmanager
def _load(clients: list[Client], port: int) -> Iterator[None]:
    """Let all clients send until the block ends; what one raises beside a broken connection is raised here."""
    stop, errors = threading.Event(), []

    def work(client: Client) -> None:
        while not stop.is_set():
            try:
                client.send(port)
                stop.wait(REST_S)
            except (OSError, HTTPException):
                client.counts["no answer"] += 1
                stop.wait(0.02)
            except BaseException as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def _opened(home: Path, settings: Mapping[str, str]) -> AbstractContextManager[Services]:
    return build(load({"ECARBON_HOME": str(home), **settings}))


def _check(home: Path, settings: Mapping[str, str], clients: list[Client]) -> None:
    """Check the log from its bytes up, and that it holds whatever was acknowledged."""
    with _opened(home, settings) as services:
        expect_sound(services.ledger)
        acknowledged = [(entry_id, *place) for client in clients for entry_id, place in client.acknowledged.items()]
        assert len({index for _, index, _ in acknowledged}) == len(acknowledged), "two entries at one index"
        expect_kept(services.ledger, acknowledged)


def _row(case: str, cycles: int, clients: list[Client]) -> Row:
    counts = sum((client.counts for client in clients), Counter())
    kept = sum(len(client.acknowledged) for client in clients)
    assert kept and counts["no answer"] + counts["status 503"], "it was never loaded when it was killed"
    told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    return Row(case, cycles, f"{kept} acknowledged entries, all kept; {told}")
