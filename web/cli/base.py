"""What every command shares: the run's environment and options, and the `--json` flag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli.failures import Failure
from web.cli.words import tr
from web.config import CONFIG_FILE, Config, load

if TYPE_CHECKING:
    from ledger.book.state import Book
    from web.services import Services


HOME = "./var"
OWN_SETTINGS = "ecarbon.toml"


@dataclass(frozen=True, slots=True)
class Run:
    """Hold what one run of the command was given; never a global."""

    environ: Mapping[str, str]
    home: Path | None = None

    def config(self, **overrides: object) -> Config:
        """Build the configuration from environment and options.

        A home may carry its own settings in `ecarbon.toml`, as the demo's does; `ECARBON_CONFIG` names another file.
        """
        environ = dict(self.environ)
        own = Path(self.home or environ.get("ECARBON_HOME") or HOME) / OWN_SETTINGS
        if not environ.get(CONFIG_FILE) and own.is_file():
            environ[CONFIG_FILE] = str(own)
        return load(environ, {"home": self.home, **overrides})

    def services(self, *, begin: bool = False, **overrides: object) -> Services:
        """Open the home: ledger, passports and keys.

        Args:
            begin: make a new home where there is none; a command that only reads must not.
            overrides: settings from options.

        Raises:
            Failure: there is no home here.
        """
        from web.services import build

        return build(self.config(**overrides) if begin else self.existing(**overrides))

    def existing(self, **overrides: object) -> Config:
        """Read the settings of a home that is there.

        Args:
            overrides: settings from options.

        Raises:
            Failure: there is no home here.
        """
        config = self.config(**overrides)
        if not config.log_key_file.exists():
            told = tr(
                "There is no home in {home}; `ecarbon demo` or `ecarbon keys new --service` makes one.",
                home=config.home,
            )
            raise Failure(told)
        return config


pass_run = click.make_pass_decorator(Run)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def find_actor(book: Book, text: str) -> str:
    """Find a registered actor by id, reference or name; empty where there is none.

    Raises:
        Failure: the name is that of several.
    """
    from web.imports.directory import Directory

    found = [one for one in Directory.of(book).actors(text) if one in book.actors]
    if len(found) > 1:
        told = tr("{name} is the name of several actors: {ids}; give the id.", name=text, ids=", ".join(found))
        raise Failure(told)
    return found[0] if found else ""


def need_actor(book: Book, text: str) -> str:
    """Find a registered actor as `find_actor` does.

    Raises:
        Failure: there is none, or the name is that of several.
    """
    actor = find_actor(book, text)
    if not actor:
        raise Failure(tr("There is no actor {name} in the log.", name=text))
    return actor


def as_lot(_ctx: click.Context, _parameter: click.Parameter, text: str) -> str:
    """Read a lot as its label prints it; what is no lot number stays, for the command to say so."""
    from web.imports.lots import read_lot
    from web.imports.measure import Unreadable

    try:
        return read_lot(text)
    except Unreadable:
        return text
