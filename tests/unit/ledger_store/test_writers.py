"""Check that many writers on one store give one log: no gap, no fork, one index for each note."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from ledger.errors import StoreUnavailable
from ledger.fsck import fsck
from ledger.store.base import LogState
from ledger.store.engine import open_engine, transaction
from tests.support.postgres import Postgres
from tests.unit.ledger_store.notes import LOG, Desk, Note, open_ledger

ROOT = Path(__file__).resolve().parents[3]
CLIENTS = 8
WRITER = """
import sys
from tests.unit.ledger_store.notes import Desk, open_ledger
place, name = sys.argv[1:]
ledger, desk = open_ledger(place), Desk()
desk.open_log(), desk.register(name)
sys.stdin.readline()
for number in range(20):
    (result,) = ledger.submit([desk.facility(name, number)])
    print(result.index, result.status, flush=True)
"""


def run_together(count: int, work: Callable[[int], None]) -> None:
    """Run a function in many threads at once; what one raises is raised here."""
    errors: list[BaseException] = []
    gate = threading.Barrier(count)

    def one(number: int) -> None:
        try:
            gate.wait()
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_a_thousand_notes_sent_again_by_eight_clients_get_one_index_each(database: str) -> None:
    desk = Desk()
    ledgers = [open_ledger(database) for _ in range(4)]
    ledgers[0].submit([desk.open_log(), *desk.register("zhang")])
    notes = [desk.facility("zhang", number) for number in range(1000)]
    indexes: list[dict[str, int | None]] = [{} for _ in range(CLIENTS)]
    logged = [0] * CLIENTS

    def client(number: int) -> None:
        ledger = ledgers[number % len(ledgers)]
        for at in range(0, len(notes), 100):
            for result in ledger.submit(notes[at : at + 100]):
                indexes[number][result.entry_id] = result.index
                logged[number] += result.status == "logged"

    run_together(CLIENTS, client)
    assert all(found == indexes[0] for found in indexes)
    assert sorted(index or 0 for index in indexes[0].values()) == list(range(3, 1003))
    assert sum(logged) == 1000, "each note was appended by exactly one client"
    assert ledgers[0].size == 1003
    assert fsck(ledgers[0].store, LOG.public_key, ledgers[0].openings) == []


def test_processes_that_append_at_once_give_one_gapless_log(database: str) -> None:
    names = ("zhang", "li", "wang")
    ledger, desk = open_ledger(database), Desk()
    ledger.submit([desk.open_log(), *(note for name in names for note in desk.register(name))])
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, database, name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in begun:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    lines = [line.split() for process in begun for line in process.communicate()[0].splitlines()]
    assert [process.returncode for process in begun] == [0, 0, 0]
    assert {status for _, status in lines} == {"logged"}
    assert sorted(int(index) for index, _ in lines) == list(range(7, 7 + 20 * len(names)))
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_a_writer_whose_state_was_moved_on_changes_nothing(database: str) -> None:
    ledger, desk = open_ledger(database), Desk()
    ledger.submit([desk.open_log()])

    def overtaken() -> None:
        with ledger.store.write() as writer:
            state = writer.state()
            assert isinstance(state, LogState)
            # What another machine could do that does not hold the writers' lock any more.
            writer._connection.exec_driver_sql("UPDATE log_state SET size = size + 1")  # type: ignore[attr-defined]
            writer.advance(replace(state, size=state.size + 1))

    with pytest.raises(StoreUnavailable, match="another writer"):
        overtaken()
    assert ledger.size == 1
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_a_writer_waits_for_the_one_before_it(postgres: Postgres) -> None:
    address = postgres.store()
    ledger, desk = open_ledger(address), Desk()
    ledger.submit([desk.open_log()])
    done: list[str] = []
    with ledger.store.write():
        other = open_ledger_thread(address, desk.register("zhang"), done)
        other.join(0.3)
        assert done == [], "only one write block is open at a time"
    other.join()
    assert done == ["logged", "logged"]
    postgres.drop(address)


def open_ledger_thread(address: str, notes: list[Note], done: list[str]) -> threading.Thread:
    """Append notes in a thread, through a store of its own."""

    def work() -> None:
        done.extend(result.status for result in open_ledger(address).submit(notes))

    thread = threading.Thread(target=work)
    thread.start()
    return thread


class Cut:
    """Stand between a store and PostgreSQL, and cut the connection at a COMMIT.

    Args:
        server: the server's Unix socket.
        place: where to listen.
        deliver: let the COMMIT through first; only its answer is lost then.
    """

    def __init__(self, server: Path, place: Path, *, deliver: bool) -> None:
        self._server, self._deliver = server, deliver
        self.armed = False
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(place))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._server))
            threading.Thread(target=self._answers, args=(server, client), daemon=True).start()
            threading.Thread(target=self._requests, args=(client, server), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            self._relay(client, server)

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        while data := client.recv(65536):
            if self.armed and b"COMMIT\0" in data:
                self.armed = False
                if self._deliver:
                    client.shutdown(socket.SHUT_RDWR)
                    server.sendall(data)
                    server.shutdown(socket.SHUT_WR)
                    return
                server.shutdown(socket.SHUT_RDWR)
                client.shutdown(socket.SHUT_RDWR)
                return
            server.sendall(data)
        server.shutdown(socket.SHUT_RDWR)

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)


@pytest.fixture(params=["lost before the server", "lost on the way back"])
def cut(request: pytest.FixtureRequest, postgres: Postgres, tmp_path: Path) -> Iterator[tuple[Cut, str, str]]:
    """Give a cutter, and the same store by way of it and straight."""
    straight = postgres.store()
    _, _, found = postgres.address.partition("host=")
    folder = Path(found.partition("&")[0])
    if not (folder / ".s.PGSQL.5432").is_socket():
        pytest.skip("the server does not listen on a Unix socket with the usual name")
    short = tmp_path.relative_to(tmp_path.parent.parent)
    place = folder.parent / f"cut-{short.name[-24:]}"
    place.mkdir()
    relay = Cut(folder / ".s.PGSQL.5432", place / ".s.PGSQL.5432", deliver="back" in request.param)
    yield relay, straight.replace(found.partition("&")[0], str(place), 1), straight
    (place / ".s.PGSQL.5432").unlink()
    place.rmdir()
    postgres.drop(straight)


def test_an_unknown_commit_outcome_stops_reloads_and_loses_nothing(cut: tuple[Cut, str, str]) -> None:
    relay, through, straight = cut
    ledger, desk = open_ledger(through), Desk()
    assert ledger.submit([desk.open_log()])[0].status == "logged"
    notes = desk.register("zhang")
    relay.armed = True
    with pytest.raises(StoreUnavailable):
        ledger.submit(notes)
    assert not relay.armed, "the connection was cut at the COMMIT"
    witness = open_ledger(straight)
    stored = witness.size
    assert stored in (1, 3), "wholly there or wholly absent"
    results = ledger.submit(notes)
    assert [result.index for result in results] == [1, 2]
    assert {result.status for result in results} == ({"duplicate"} if stored == 3 else {"logged"})
    assert ledger.submit([desk.facility("zhang", 1)])[0].index == 3
    assert fsck(witness.store, LOG.public_key, witness.openings) == []


def test_a_connection_that_told_of_a_full_disk_is_closed_and_the_log_goes_on(tmp_path: Path) -> None:
    ledger, desk = open_ledger(tmp_path), Desk()
    ledger.submit([desk.open_log(), *desk.register("zhang")])
    notes = [desk.facility("zhang", number) for number in range(200)]
    with transaction(ledger.store.engine, write=False) as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # Of this connection alone, as long as it lives.
    with pytest.raises(StoreUnavailable) as caught:
        ledger.submit(notes)
    assert caught.value.context["reason"] == "database or disk is full"
    assert [result.index for result in ledger.submit(notes)] == list(range(3, 203))
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_a_postgresql_session_that_told_of_an_error_is_closed(postgres: Postgres) -> None:
    engine = open_engine(postgres.store())
    sessions = []
    for _ in range(2):
        with pytest.raises(StoreUnavailable), transaction(engine, write=True) as connection:
            sessions.append(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            connection.exec_driver_sql("SET LOCAL statement_timeout = 20")
            connection.exec_driver_sql("SELECT pg_sleep(9)")
    engine.dispose()
    assert sessions[0] != sessions[1]
