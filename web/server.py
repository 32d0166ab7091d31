"""Serve an application with gunicorn: one arbiter, a few workers with threads, each with its own connections."""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from gunicorn.app.base import BaseApplication
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from web.problems import Problem, of_status

SHARED_MEMORY: Final = Path("/dev/shm")
PAUSE_MS: Final = 20
#: What gunicorn refuses before the application sees it; the most particular class first.
REFUSALS: Final = (
    (errors.LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG),
    (errors.LimitRequestHeaders, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    (errors.UnsupportedTransferCoding, HTTPStatus.NOT_IMPLEMENTED),
    (errors.ExpectationFailed, HTTPStatus.EXPECTATION_FAILED),
    (errors.ForbiddenProxyRequest, HTTPStatus.FORBIDDEN),
    (errors.ParseException, HTTPStatus.BAD_REQUEST),
)


class Worker(ThreadWorker):  # type: ignore[misc]
    """Stay with a connection that sends one request after the other, and answer unreadable ones with a problem.

    Giving a kept connection back to the poller and taking it again costs more than many a request. So a thread waits
    a moment for the next request, unless another connection waits for a thread.
    """

    def handle(self, conn: Any) -> Any:
        """Handle the requests of a connection until it pauses; tell whether it may be kept."""
        keep = super().handle(conn)
        while keep is True and self.alive and not self.tpool._work_queue.qsize() and _more_comes(conn):
            keep = super().handle(conn)
        return keep

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Refuse a request whose head cannot be read; anything else is gunicorn's to report."""
        status = next((status for kind, status in REFUSALS if isinstance(exc, kind)), None)
        if status is None:
            super().handle_error(req, client, addr, exc)
            return
        self.log.info("a request from %s cannot be read: %s", (addr or ("",))[0], exc)
        try:
            client.sendall(_answer(of_status(status)))
        except OSError:
            self.log.debug("the sender of an unreadable request is gone")


class Server(BaseApplication):  # type: ignore[misc]
    """Hand our settings and an application to gunicorn.

    Args:
        host, port: where to listen.
        workers: number of worker processes.
        threads: threads of each worker.
        load: builds the application; called in every worker, after the fork.
    """

    def __init__(self, host: str, port: int, *, workers: int, threads: int, load: Callable[[], Any]) -> None:
        self._settings = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": Worker,
            "keepalive": 20,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "timeout": 60,
            "graceful_timeout": 10,
            "control_socket_disable": True,
        }
        if os.access(SHARED_MEMORY, os.W_OK):
            self._settings["worker_tmp_dir"] = str(SHARED_MEMORY)
        self._load = load
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults, where this version of it knows the setting."""
        for name, value in self._settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application of one worker."""
        return self._load()


def _more_comes(conn: Any) -> bool:
    """Wait a moment for another request on a connection; tell whether there is one."""
    if conn.parser.unreader.buf.getvalue():
        return True
    poll = select.poll()
    poll.register(conn.sock, select.POLLIN)
    return bool(poll.poll(PAUSE_MS))


def _answer(problem: Problem) -> bytes:
    body = problem.body()
    lines = [f"HTTP/1.1 {problem.status} {problem.title}", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in problem.headers().items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
