"""Run `ecarbon serve` as a process of its own, on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from tests.support.chain import ChainBuilder
from web.config import load
from web.services import build, make_keys

ROOT = Path(__file__).resolve().parents[2]


def make_log(
    home: Path, chain: ChainBuilder, settings: Mapping[str, str] | None = None, *, count: int | None = None
) -> None:
    """Make a home whose log begins with everything in a chain, or with the first entries of it."""
    config = load({"ECARBON_HOME": str(home), **(settings or {})})
    make_keys(config)
    config.registrar_key_file.unlink()
    with build(config) as services:
        results = services.ledger.submit(chain.notes[:count])
        assert {result.status for result in results} <= {"logged", "rejected"}, results


@contextmanager
def serving(home: Path, settings: Mapping[str, str] | None = None) -> Iterator[int]:
    """Serve a home and give the port; the process has ended when the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ECARBON_")}
    environ = {**kept, **(settings or {}), "ECARBON_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "web", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def wait_until_ready(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Wait until the server answers that it is ready."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            if get(port, "/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise TimeoutError("the server is not ready")


def get(port: int, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    """Fetch a path; return status, headers and body."""
    return request(port, "GET", path, headers=headers)


def request(
    port: int, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Send one request on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()
