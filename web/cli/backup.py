"""Backups: write one while the service runs, check one without touching the home, move to another database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli.base import Run, json_option, pass_run
from web.cli.failures import CHECK_FAILED, Failure
from web.cli.output import print_json, print_table, progress
from web.cli.words import tr, translate

if TYPE_CHECKING:
    from web.backup import Checked

_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))


@click.command()
@_folder
@json_option
@pass_run
def backup(run: Run, folder: Path, as_json: bool) -> None:
    """Copy the ledger as it is now into a new folder; keys are not copied."""
    from web.backup import backup as write

    config = run.existing()
    with progress("Copying the ledger"):
        copied = write(config, folder)
    if as_json:
        print_json({"folder": str(folder), "size": copied.size, "root": copied.root.hex(), "rows": copied.rows})
    else:
        told = {"size": copied.size, "root": copied.root.hex(), "folder": folder}
        click.echo(tr("{size} entries, root {root}, are in {folder}. Keep the keys of this home elsewhere.", **told))


@click.command("restore-check")
@_folder
@json_option
@pass_run
def restore_check(run: Run, folder: Path, as_json: bool) -> None:
    """Check a backup from its bytes up, and tell whether this log has signed more since."""
    from web.backup import restore_check as check

    config = run.existing()
    with progress("Checking the log"):
        checked = check(config, folder)
    show(checked, as_json=as_json)


@click.command("migrate-store")
@click.argument("url", metavar="URL")
@json_option
@pass_run
def migrate_store(run: Run, url: str, as_json: bool) -> None:
    """Copy the ledger into an empty database of another address, and check the copy."""
    from web.backup import migrate

    config = run.existing()
    with progress("Copying the ledger"):
        checked = migrate(config, url)
    show(checked, as_json=as_json)
    if not as_json:
        click.echo(tr("Now set ECARBON_DATABASE_URL to the new address; the old database stays as it was."))


def show(checked: Checked, *, as_json: bool) -> None:
    """Print what a copy is worth."""
    if as_json:
        rows = [{"table": f.table, "index": f.index, "check": f.check, "message": f.message} for f in checked.findings]
        print_json({"size": checked.size, "behind": checked.behind, "findings": rows})
    elif checked.findings:
        cells = [(f.table, f.index, f.check, translate(f.message)) for f in checked.findings]
        print_table(["Table", "Index", "Check", "What"], cells)
    if checked.findings:
        count = len(checked.findings)
        raise Failure(tr("Faults in a log of size {size}: {count}.", count=count, size=checked.size), CHECK_FAILED)
    if as_json:
        return
    click.echo(tr("{size} entries, no fault.", size=checked.size))
    if checked.behind:
        told = tr(
            "This log has signed {count} entries more: with this copy it could only be read.", count=checked.behind
        )
        click.echo(told)
