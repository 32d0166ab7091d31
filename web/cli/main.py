"""Assemble the command groups, read the environment once, and answer every error in one shape."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from web.cli import failures, words
from web.cli.assess import assess
from web.cli.backup import backup, migrate_store, restore_check
from web.cli.base import Run
from web.cli.carbon import balance, impact
from web.cli.demo import demo
from web.cli.doctor import doctor
from web.cli.entry import entry
from web.cli.factors import factors
from web.cli.keys import keys
from web.cli.log import log
from web.cli.lot import lot
from web.cli.monitor import monitor
from web.cli.passport import passport
from web.cli.send import send
from web.cli.serve import serve
from web.cli.sharing import access, check_export_file, export
from web.cli.study import study
from web.cli.witness import witness
from web.config import version


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--lang", type=click.Choice(words.LANGUAGES), help="Language of messages; the locale decides otherwise.")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Home folder, instead of ECARBON_HOME.")
@click.option("--debug", is_flag=True, hidden=True)
@click.version_option(version(), "--version", prog_name="ecarbon")
@click.pass_context
def cli(context: click.Context, lang: str | None, home: Path | None, debug: bool) -> None:
    """Record carbon entries, assess lots, issue passports and check them offline."""
    context.obj = Run(dict(os.environ), home)


for command in (
    demo,
    serve,
    keys,
    entry,
    lot,
    assess,
    study,
    passport,
    log,
    witness,
    monitor,
    factors,
    doctor,
    backup,
    restore_check,
):
    cli.add_command(command)
log.add_command(migrate_store)
lot.add_command(balance)
lot.add_command(impact)

for part in (send, export, check_export_file, access):
    entry.add_command(part)


class HelpFormatter(click.HelpFormatter):
    """Write what click itself says around the help texts in the language of this run."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called; the placeholders stay as they are."""
        super().write_usage(prog, args, prefix or words.translate("Usage: "))

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        self.write(f"{'':>{self.current_indent}}{words.translate(heading + ':')}\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write options or commands, with the remarks that click adds to them."""
        super().write_dl([(name, words.translate(text)) for name, text in rows], col_max, col_spacing)


@contextmanager
def translated_help(command: click.Command) -> Iterator[None]:
    """Show the help texts of a command and all below it in the language of this run."""
    kept = [
        (one, name, getattr(one, name))
        for one in _helped(command)
        for name in ("help", "short_help")
        if hasattr(one, name)
    ]
    for one, name, text in kept:
        setattr(one, name, words.tr_help(text))
    plain = click.Context.formatter_class
    click.Context.formatter_class = HelpFormatter
    try:
        yield
    finally:
        click.Context.formatter_class = plain
        for one, name, text in kept:
            setattr(one, name, text)


def _helped(command: click.Command) -> Iterator[click.Command | click.Option]:
    yield command
    yield from (parameter for parameter in command.params if isinstance(parameter, click.Option))
    if isinstance(command, click.Group):
        for child in command.commands.values():
            yield from _helped(child)


def _language_option(arguments: Sequence[str]) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith("--lang="):
            return argument.partition("=")[2]
    return None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run(given))


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    words.set_language(words.choose_language(os.environ, _language_option(arguments)))
    with translated_help(cli):
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        result = cli.main(list(arguments), prog_name="ecarbon", standalone_mode=False)
    except click.exceptions.Exit as finished:
        return finished.exit_code
    except failures.Failure as failure:
        failure.show()
        return failure.exit_code
    except click.ClickException as error:
        failures.show(error)
        return failures.UNREADABLE
    except (click.Abort, KeyboardInterrupt):
        click.echo(words.tr("Stopped."), err=True)
        return failures.CHECK_FAILED
    except failures.FAMILIES as error:
        click.echo(failures.describe(error), err=True)
        return failures.exit_code(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return failures.FINE
    except OSError as error:
        name, reason = error.filename or "", words.translate(error.strerror or str(error))
        click.echo(words.tr("Error (file): {name}: {reason}", name=name, reason=reason), err=True)
        return failures.UNREADABLE
    except Exception as error:
        if "--debug" in arguments:
            raise
        kind = type(error).__name__
        click.echo(words.tr("Internal error ({kind}): {message}", kind=kind, message=error), err=True)
        click.echo(words.tr("  This is a fault of ecarbon; run with --debug and report what it prints."), err=True)
        return failures.UNREADABLE
    return result if isinstance(result, int) else failures.FINE
