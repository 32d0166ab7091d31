"""Look at everything that must be right before the service is relied on, and say what is not."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from web.cli.base import Run, json_option, pass_run
from web.cli.failures import CHECK_FAILED, FAMILIES, Failure
from web.cli.output import print_json, print_pairs, print_table
from web.cli.words import tr, translate
from web.config import Config

DEMO_ADDRESS = "https://passport.example"
LEAST_DISK = 200 * 1024 * 1024
KEY_SETTINGS = ("log_key_file", "issuer_key_file", "registrar_key_file", "seal_key_file", "session_key_file")


@dataclass(frozen=True, slots=True)
class Finding:
    """State one thing that was looked at."""

    what: str
    fine: bool
    detail: str


@click.command()
@json_option
@pass_run
def doctor(run: Run, as_json: bool) -> None:
    """Check settings, packages, keys, database, disk and the last checkpoint."""
    config = run.config()
    findings = [finding for look in LOOKS for finding in look(run, config)]
    failed = [finding for finding in findings if not finding.fine]
    if as_json:
        rows = [{"what": one.what, "fine": one.fine, "detail": one.detail} for one in findings]
        print_json({"settings": config.shown(), "findings": rows})
    else:
        print_pairs([(name, value) for name, value in config.shown().items()])
        click.echo()
        words = {True: tr("fine"), False: tr("LOOK")}
        print_table(["What", "State", "Detail"], [(one.what, words[one.fine], one.detail) for one in findings])
    if failed:
        raise Failure(tr("Things that need a look: {count}.", count=len(failed)), CHECK_FAILED)


def _packages(run: Run, config: Config) -> Iterator[Finding]:
    import iocore
    import ledger
    import passport
    import web

    folders = {Path(str(package.__file__)).parent.parent for package in (iocore, ledger, passport, web)}
    yield Finding(tr("packages"), len(folders) == 1, ", ".join(str(folder) for folder in sorted(folders)))
    from iocore.sources import load_all

    sets = load_all().sets
    yield Finding(tr("factor sets"), len(sets) >= 3, ", ".join(one.id for one in sets))


def _keys(run: Run, config: Config) -> Iterator[Finding]:
    for name in KEY_SETTINGS:
        path = getattr(config, name)
        if not path.is_file():
            yield Finding(name, False, tr("{path} is missing; `ecarbon keys new --service` makes it", path=path))
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        yield Finding(name, mode & 0o077 == 0, f"{path} {mode:04o}")
    if (config.home / "keys" / "DEMO").exists():
        yield Finding(
            tr("demo keys"),
            config.base_url in ("", DEMO_ADDRESS),
            tr("these keys are public; never use this home for anything real"),
        )


def _database(run: Run, config: Config) -> Iterator[Finding]:
    if not config.log_key_file.is_file():
        return
    try:
        with run.services() as services:
            from ledger.log.checkpoint import open_checkpoint

            head = open_checkpoint(services.ledger.checkpoint(), services.ledger.log_key)
            told = tr("{size} entries, origin {origin}", size=head.size, origin=head.origin)
            yield Finding(tr("database"), True, told)
            fault = services.ledger.fault()
            detail = str(config.guard_file) if fault is None else f"{translate(fault.message)}: {fault.context}"
            yield Finding(tr("rollback guard"), fault is None, detail)
    except FAMILIES as error:
        yield Finding(tr("database"), False, translate(str(error)))


def _file_system(run: Run, config: Config) -> Iterator[Finding]:
    from ledger.store.file_system import is_network, type_of

    if config.database_url.startswith("sqlite:///"):
        kind = type_of(Path(config.database_url.removeprefix("sqlite:///")))
        told = kind or tr("unknown here; SQLite needs a local disk")
        yield Finding(tr("file system"), not is_network(kind), told)


def _disk(run: Run, config: Config) -> Iterator[Finding]:
    folder = next(path for path in (config.home, *config.home.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(folder).free
    yield Finding(tr("disk"), free >= LEAST_DISK, tr("{free} MB free in {folder}", free=free // 2**20, folder=folder))
    yield Finding(tr("home"), os.access(folder, os.W_OK), str(folder))


def _address(run: Run, config: Config) -> Iterator[Finding]:
    detail = config.base_url or tr("not set: nothing can be issued; set ECARBON_BASE_URL")
    yield Finding("base_url", bool(config.base_url), detail)


LOOKS: tuple[Callable[[Run, Config], Iterator[Finding]], ...] = (
    _packages,
    _address,
    _keys,
    _database,
    _file_system,
    _disk,
)
