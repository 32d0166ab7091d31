"""A witness of other people's logs: make it, tell it which logs to follow, serve it."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.base import json_option
from web.cli.output import print_json, print_pairs, print_table
from web.cli.words import tr

if TYPE_CHECKING:
    from ledger.witness.service import Witness

FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
LOGS = "Verifier key of a log to follow, or a file that holds it; may be given several times."


@click.group()
def witness() -> None:
    """Witness logs of others: sign only tree heads that extend what was signed before."""


@witness.command()
@FOLDER
@click.option("--name", default="", help="Name of the witness, as witness.bank.example; else this machine's name.")
@click.option("--log", "logs", multiple=True, help=LOGS)
@json_option
def init(folder: Path, name: str, logs: tuple[str, ...], as_json: bool) -> None:
    """Make a witness in DIR: a key of its own and an empty database."""
    from web.witness import create_witness

    keys = [_log_key(text) for text in logs]
    made = create_witness(folder, name or socket.getfqdn())
    try:
        for key in keys:
            made.follow(key)
        _print(made, as_json)
    finally:
        made.close()


@witness.command()
@FOLDER
@click.option("--log", "logs", multiple=True, required=True, help=LOGS)
@json_option
def add(folder: Path, logs: tuple[str, ...], as_json: bool) -> None:
    """Follow more logs from now on."""
    from web.witness import open_witness

    keys = [_log_key(text) for text in logs]
    opened = open_witness(folder)
    try:
        for key in keys:
            opened.follow(key)
        _print(opened, as_json)
    finally:
        opened.close()


@witness.command()
@FOLDER
@json_option
def show(folder: Path, as_json: bool) -> None:
    """Show the witness's key, the logs it follows, and proofs that one of them forked."""
    from web.witness import open_witness

    opened = open_witness(folder)
    try:
        _print(opened, as_json)
    finally:
        opened.close()


@witness.command()
@FOLDER
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8010, show_default=True, help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="Number of worker processes.")
def serve(folder: Path, host: str, port: int, workers: int) -> None:
    """Answer `POST /add-checkpoint`; Ctrl-C ends."""
    from web.cli.serve import listen
    from web.witness import open_witness, witness_app

    opened = open_witness(folder)
    try:
        click.echo(tr("Witness {name}, logs followed: {count}.", name=opened.public_key.name,
                      count=len(opened.followed())))  # fmt: skip
    finally:
        opened.close()
    listen(host, port, workers, lambda: witness_app(open_witness(folder)))


def _log_key(text: str) -> Any:
    from ledger.log.note import ED25519, VerifierKey
    from web.cli.failures import Failure

    path = Path(text)
    key = VerifierKey.parse(path.read_text("utf-8").strip() if "\n" not in text and path.is_file() else text.strip())
    if key.algorithm != ED25519:
        raise Failure(tr("{name}: this is the key of a witness, not of a log.", name=key.name))
    return key


def _print(opened: Witness, as_json: bool) -> None:
    followed: Sequence[Any] = opened.followed()
    if as_json:
        logs = [{"log": one.vkey, "size": one.size, "time": one.time, "forks": one.forks} for one in followed]
        print_json({"name": opened.public_key.name, "vkey": opened.public_key.encode(), "logs": logs})
        return
    print_pairs([("Witness", opened.public_key.name), ("Public key", opened.public_key.encode())])
    print_table(
        ["Log", "Entries", "Forks proven"], [(one.origin, one.size, one.forks) for one in followed], right=[1, 2]
    )
