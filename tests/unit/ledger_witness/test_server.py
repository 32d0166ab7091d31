"""Ask a witness over real HTTP, from several processes, and across a crash between writing and answering."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from iocore.times import SystemClock
from ledger.log.note import SignedNote, VerifierKey
from ledger.log.witness import verify_cosignature
from ledger.witness.judge import MAX_BODY
from ledger.witness.service import Witness
from tests.support.site import served
from tests.support.witnesses import Branch, branches
from web.cli.main import run
from web.witness import open_witness, witness_app

VIEWS = branches("log.example/one", 64, [5])
MAIN, FORKED = VIEWS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a witness that follows one log."""
    made = Witness.create(tmp_path / "w", "witness.example/bank", SystemClock())
    made.follow(MAIN.signer.public_key)
    made.close()
    return tmp_path / "w"


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """Serve it."""
    with served(witness_app(open_witness(folder))) as found:
        yield found


def post(address: str, body: bytes) -> tuple[int, str, bytes]:
    """Send a request; return status, content type and body."""
    request = urllib.request.Request(f"{address}/add-checkpoint", data=body, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


def test_answers_are_those_of_the_specification(address: str, folder: Path) -> None:
    status, _, line = post(address, MAIN.request(0, 5).encode())
    assert (status, line[:4], line[-1:], line.count(b"\n")) == (200, "\u2014 ".encode(), b"\n", 1)
    with urllib.request.urlopen(f"{address}/witness.vkey", timeout=30) as answer:
        key = VerifierKey.parse(answer.read().decode().strip())
    note = SignedNote.parse(MAIN.signed(5) + line)
    assert verify_cosignature(note, key) > 1_700_000_000

    assert post(address, MAIN.request(3, 9).encode()) == (409, "text/x.tlog.size", b"5\n")
    assert post(address, b"old 5\n\nnonsense")[0] == 400
    assert post(address, MAIN.request(9, 8).encode())[0] == 400
    assert post(address, branches("log.example/two", 3, [])[0].request(0, 3).encode())[0] == 404
    forged = MAIN.request(5, 9).encode().replace(b"\n9\n", b"\n10\n", 1)
    assert post(address, forged)[0] == 403
    assert post(address, b"old 5\n\n" + MAIN.signed(9))[0] == 422
    assert post(address, b"x" * (MAX_BODY + 1))[0] == 413
    assert urllib.request.urlopen(f"{address}/witness.vkey", timeout=30).status == 200
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{address}/add-checkpoint", timeout=30)


def test_another_tree_of_the_same_size_is_a_conflict_and_no_size_to_go_on_from(address: str) -> None:
    assert post(address, MAIN.request(0, 9).encode())[0] == 200
    status, kind, _ = post(address, FORKED.request(9, 9).encode())
    assert (status, kind) == (409, "application/problem+json")
    assert post(address, FORKED.request(9, 12).encode())[0] == 422
    assert post(address, MAIN.request(9, 12).encode())[0] == 200


def test_processes_that_serve_one_folder_never_cosign_two_views(folder: Path) -> None:
    """Race both views of a forked log against servers of their own, which share only the database."""
    cosigned: list[tuple[int, bytes]] = []
    with ExitStack() as stack:
        addresses = [stack.enter_context(served(witness_app(open_witness(folder)))) for _ in range(2)]

        def climb(number: int) -> None:
            view, size = VIEWS[number % 2], 0
            for _ in range(40):
                status, kind, body = post(addresses[number // 2 % 2], view.request(size, min(64, size + 3)).encode())
                if status == 200:
                    size = min(64, size + 3)
                    cosigned.append((size, view.head(size).root))
                elif kind == "text/x.tlog.size":
                    size = int(body)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(climb, range(4)))
    assert cosigned
    assert any(all(view.head(size).root == root for size, root in cosigned) for view in VIEWS)


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Serve a witness with two worker processes, and wait until it answers."""
    command = [sys.executable, "-m", "web", "witness", "serve", str(folder), "--port", str(port), "--workers", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/witness.vkey", timeout=5).close()
            return process
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the witness did not start")


def test_worker_processes_killed_at_any_moment_never_cosign_two_views(folder: Path) -> None:
    """Race both views against a real server, kill all its processes in between, and go on with a new one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cosigned: list[tuple[int, bytes]] = []
    stop = threading.Event()

    def climb(view: Branch) -> None:
        size = 0
        while not stop.is_set():
            target = min(64, size + 1)
            try:
                status, kind, body = post(f"http://127.0.0.1:{port}", view.request(size, target).encode())
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            if status == 200:
                size = target
                cosigned.append((size, view.head(size).root))
            elif kind == "text/x.tlog.size":
                size = int(body)

    with ThreadPoolExecutor(4) as pool:
        for view in (*VIEWS, *VIEWS):
            pool.submit(climb, view)
        try:
            for _ in range(3):
                process = start(folder, port)
                time.sleep(0.5)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        finally:
            stop.set()
    assert cosigned
    assert any(all(view.head(size).root == root for size, root in cosigned) for view in VIEWS)
    opened = open_witness(folder)
    assert opened.followed()[0].size >= max(size for size, _ in cosigned)
    opened.close()


CRASH = """
import os, sys
from pathlib import Path
from iocore.times import SystemClock
from ledger.witness import service
service.cosign = lambda *_: os._exit(9)
service.Witness.open(Path(sys.argv[1]), SystemClock()).add_checkpoint(sys.stdin.buffer.read())
"""


def test_a_witness_that_dies_between_writing_and_answering_has_written(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CRASH, str(folder)], input=MAIN.request(0, 9).encode())
    assert done.returncode == 9
    with served(witness_app(open_witness(folder))) as address:
        assert post(address, FORKED.request(0, 9).encode()) == (409, "text/x.tlog.size", b"9\n")
        assert post(address, FORKED.request(9, 9).encode())[0] == 409
        assert post(address, MAIN.request(9, 9).encode())[0] == 200


def test_commands_make_a_witness_and_show_what_it_follows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, vkey = str(tmp_path / "bank"), MAIN.signer.public_key.encode()
    (tmp_path / "log.vkey").write_text(vkey + "\n")
    assert run(["--lang", "en", "witness", "init", folder, "--name", "witness.example/bank"]) == 0
    assert run(["--lang", "en", "witness", "add", folder, "--log", str(tmp_path / "log.vkey")]) == 0
    capsys.readouterr()
    assert run(["--lang", "en", "witness", "show", folder, "--json"]) == 0
    shown = capsys.readouterr().out
    assert '"size": 0' in shown and vkey in shown
    assert (tmp_path / "bank" / "witness.key").stat().st_mode & 0o077 == 0
    assert run(["--lang", "en", "witness", "init", folder, "--name", "witness.example/bank"]) == 2
    assert run(["--lang", "en", "witness", "add", folder, "--log", "no key"]) == 2
    assert run(["--lang", "en", "witness", "show", str(tmp_path / "nowhere")]) == 2
