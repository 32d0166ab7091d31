"""Serve HTTP until told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from web.cli.base import Run, pass_run
from web.cli.failures import TRY_LATER, Failure
from web.cli.words import tr

if TYPE_CHECKING:
    from web.config import Config


@click.command()
@click.option("--host", default=None, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Number of worker processes.")
@pass_run
def serve(run: Run, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the web pages and the interfaces; Ctrl-C ends."""
    from web.setup import begin_log

    config = run.config(host=host, port=port, workers=workers)
    with run.services(begin=True, host=host, port=port, workers=workers) as services:
        if services.ledger.size == 0 and services.registrar is not None:
            begin_log(services)
        size = services.ledger.size
    click.echo(tr("Log of {size} entries in {home}.", size=size, home=config.home))
    start(config)


def start(config: Config) -> None:
    """Serve the application of these settings until told to stop; workers make their own services after the fork."""

    def load() -> Any:
        from web.app import create_app

        return create_app(config)

    listen(config.host, config.port, config.workers, load, threads=config.threads)


def listen(host: str, port: int, workers: int, load: Callable[[], Any], *, threads: int = 4) -> None:
    """Run gunicorn until it is told to stop; a port in use is said plainly.

    Args:
        host, port: where to listen.
        workers: number of worker processes.
        load: builds the application; called in every worker, after the fork.
        threads: threads of each worker.
    """
    from web.server import Server

    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        advice = tr("Cannot listen on {host}:{port} ({reason}); choose another with --port.",
                    host=host, port=port, reason=error.strerror)  # fmt: skip
        raise Failure(advice, TRY_LATER) from error
    click.echo(tr("Serving http://{host}:{port}/ (Ctrl-C ends)", host=host, port=port))
    Server(host, port, workers=workers, threads=threads, load=load).run()
