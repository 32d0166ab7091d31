"""What commands print: JSON for programs, tables for people, progress on a terminal only."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from web.cli.words import tr

SHOW_PROGRESS_AFTER = 0.5


def print_json(value: Any, *, line: bool = False) -> None:
    """Print one JSON document, on one line where others follow; text in it stays readable, keys keep their order."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=None if line else 2))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()) -> None:
    """Print a table; columns in `right` are numbers and stand right.

    Args:
        columns: Headings in English; they are translated here.
        rows: Cells, shown with `str`.
        right: Positions of the columns with numbers.
    """
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_edge=False)
    for position, column in enumerate(columns):
        table.add_column(tr(column), justify="right" if position in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    terminal = sys.stdout.isatty()
    console = Console(highlight=False, soft_wrap=not terminal, width=None if terminal else 400)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def _plain(cell: object) -> str:
    return str(cell).replace("[", r"\[")


def print_pairs(pairs: Sequence[tuple[str, object]]) -> None:
    """Print names and values below each other."""
    for name, value in pairs:
        click.echo(tr("{name}: {value}", name=tr(name), value=value))


@contextmanager
def progress(message: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress line on a terminal, nothing on a pipe; yields `step(what, done, total)`."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    )
    task = bar.add_task(tr(message), total=None)
    started = time.monotonic()

    def step(what: str, done: int, total: int) -> None:
        if time.monotonic() - started > SHOW_PROGRESS_AFTER and not bar.live.is_started:
            bar.start()
        bar.update(task, description=tr(what), completed=done, total=total or None)

    try:
        yield step
    finally:
        bar.stop()
