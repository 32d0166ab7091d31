"""Keys: make them, register them, list them, revoke them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.base import Run, find_actor, json_option, pass_run
from web.cli.failures import Failure
from web.cli.output import print_json, print_pairs, print_table
from web.cli.words import tr

if TYPE_CHECKING:
    from ledger.log.signer import Signer
    from web.services import Services

ACTOR_KEYS = "keys/actors"


@click.group()
def keys() -> None:
    """Make, register, list and revoke keys."""


@keys.command()
@click.option("--actor", default="", help="Actor whose key it is; a new pseudonym if left out.")
@click.option("--label", default="1", help="Label of the key, such as a year.")
@click.option("--role", "roles", multiple=True, help="Role of the actor; may be given several times.")
@click.option("--keeper", default="", help="Actor who may write in this actor's book.")
@click.option("--service", is_flag=True, help="Make the keys of a new home instead.")
@click.option("--register/--no-register", default=True, help="Register the key with this home's registrar.")
@json_option
@pass_run
def new(
    run: Run, actor: str, label: str, roles: tuple[str, ...], keeper: str, service: bool, register: bool, as_json: bool
) -> None:
    """Make a private key (mode 0600), and register its public half in the log."""
    if service:
        _new_service(run, as_json)
        return
    from ledger.book.keyring import make_proof
    from ledger.ids import parse_actor_id, parse_key_name
    from ledger.keyfiles import file_name, save_signer
    from ledger.log.signer import Signer
    from web.registration import check_roles
    from web.setup import new_actor_id

    # What cannot be registered is refused before a file is written or an entry is logged.
    check_roles(roles)
    owner = parse_actor_id(actor) if actor else new_actor_id()
    if keeper:
        parse_actor_id(keeper)
    name, folder = parse_key_name(f"{owner}/{label}"), run.config().home / ACTOR_KEYS
    entry_id = ""
    if register:
        signer, path, entry_id = _register(run, folder, name, roles, keeper)
    else:
        signer, path = Signer.generate(name), folder / file_name(name)
        save_signer(path, signer)
    if as_json:
        answer = {
            "actor": owner,
            "key": name,
            "vkey": signer.public_key.encode(),
            "proof": make_proof(signer),
            "file": str(path),
            "registered": register,
        }
        print_json({**answer, "entry_id": entry_id} if register else answer)
        return
    print_pairs([("Key", name), ("Public key", signer.public_key.encode()), ("File", path)])
    done, left = tr("Registered in the log."), tr("Not registered; give the public key to a registrar.")
    click.echo(done if register else left)


def _register(run: Run, folder: Path, name: str, roles: tuple[str, ...], keeper: str) -> tuple[Signer, Path, str]:
    from ledger.errors import StoreUnavailable
    from ledger.keyfiles import file_name
    from web.registration import pending_file, register

    try:
        with run.services() as services:
            done = register(services, folder, name, roles=roles, keeper=keeper)
    except StoreUnavailable:
        pending = pending_file(folder / file_name(name))
        if pending.exists():
            actor, label = name.split("/")
            waits = tr(
                "The key waits in {file}; run `ecarbon keys new --actor {actor} --label {label}` again to finish.",
                file=pending,
                actor=actor,
                label=label,
            )
            click.echo(waits, err=True)
        raise
    return done.signer, done.path, done.entry_id


def _new_service(run: Run, as_json: bool) -> None:
    from web.setup import begin_log

    with run.services(begin=True) as services:
        begun = begin_log(services)
        config = services.config
    files = [config.log_key_file, config.registrar_key_file, config.issuer_key_file, config.seal_key_file]
    rows = [str(path) for path in (*files, config.session_key_file)]
    if as_json:
        print_json({"files": rows, "registered": begun})
        return
    for row in rows:
        click.echo(row)
    for name in begun:
        click.echo(tr("{name} is registered in the log.", name=name))


@keys.command("list")
@json_option
@pass_run
def list_keys(run: Run, as_json: bool) -> None:
    """List the keys in the log, and which private files lie in this home."""
    from ledger.keyfiles import list_signers, load_signer
    from web.registration import PENDING

    files = {vkey: path for path, vkey in list_signers(run.config().home / ACTOR_KEYS)}
    with run.services() as services:
        records = list(services.ledger.book().keyring)
    rows = [
        {
            "key": one.name,
            "vkey": one.vkey,
            "roles": sorted(one.roles),
            "keeper": one.keeper,
            "registered_at": one.from_index,
            "revoked_at": one.revoked_at,
            "file": str(files.pop(one.vkey, "")),
        }
        for one in records
    ]
    waiting = (run.config().home / ACTOR_KEYS).glob(f"*.key{PENDING}")
    files.update((load_signer(path).public_key.encode(), path) for path in sorted(waiting))
    for vkey, path in files.items():
        rows.append({"key": vkey.split("+")[0], "vkey": vkey, "registered_at": None, "file": str(path)})
    if as_json:
        print_json(rows)
        return
    cells = [
        (
            row["key"],
            ", ".join(row.get("roles", [])),
            row.get("keeper", ""),
            "" if row["registered_at"] is None else row["registered_at"],
            "" if row.get("revoked_at") is None else row["revoked_at"],
            row["file"],
        )
        for row in rows
    ]
    print_table(["Key", "Roles", "Keeper", "Registered at", "Revoked at", "Private file"], cells, right=[3, 4])


@keys.command()
@click.argument("name", metavar="KEY")
@click.option("--at", "size", type=click.IntRange(min=0), help="Log size; now if left out.")
@json_option
@pass_run
def show(run: Run, name: str, size: int | None, as_json: bool) -> None:
    """Show a key as it was at a size of the log, and which of its entries are disputed."""
    from ledger.errors import KeyUntrusted
    from web.key_history import key_history

    with run.services() as services:
        try:
            found = key_history(services.ledger, name, at=size)
        except KeyUntrusted:
            raise _unknown(name) from None
    if as_json:
        print_json(found.to_json())
        return
    record = found.record
    states = {"valid": tr("valid"), "frozen": tr("frozen"), "revoked": tr("revoked")}
    print_pairs(
        [
            ("Key", record.name),
            ("Public key", record.vkey),
            ("Roles", ", ".join(sorted(record.roles))),
            ("Keeper", record.keeper),
            ("Log size", found.size),
            ("State", states[found.state]),
            ("Registered at", record.from_index),
            ("Revoked at", "" if record.revoked_at is None else record.revoked_at),
            ("Disputed from", "" if record.disputed_from is None else record.disputed_from),
            ("Entries", found.entries),
        ]
    )
    for one in found.disputed:
        click.echo(tr("disputed entry: {entry_id}", entry_id=one.entry_id))


@keys.command()
@click.argument("name", metavar="KEY")
@click.option("--key", "other", required=True, help="Another key of the same actor, which signs.")
@click.option("--entry", "entries", multiple=True, help="Entry to stand by; all disputed ones if left out.")
@json_option
@pass_run
def reattest(run: Run, name: str, other: str, entries: tuple[str, ...], as_json: bool) -> None:
    """Stand by disputed entries of a key with another key of its owner; this also frees a frozen key."""
    from ledger.book.kind import MANY
    from ledger.errors import KeyUntrusted
    from web.key_history import key_history
    from web.recorder import Statement, record

    with run.services() as services:
        signers = actor_signers(services, (other,))
        try:
            found = key_history(services.ledger, name)
        except KeyUntrusted:
            raise _unknown(name) from None
        owner, refs = found.record.actor, entries or tuple(one.entry_id for one in found.disputed)
        signer = signers.get(owner)
        if signer is None:
            raise Failure(tr("The key {other} does not belong to {actor}.", other=other, actor=owner))
        done = [
            record(
                services.ledger,
                signer,
                Statement("reattest", owner, {"key": name}, refs=refs[start : start + MANY]),
                clock=services.clock,
            ).entry_id
            for start in range(0, max(1, len(refs)), MANY)
        ]
    if as_json:
        print_json({"key": name, "entries": list(refs), "recorded": done})
    else:
        click.echo(tr("{actor} stands by {count} entries of {name}.", actor=owner, count=len(refs), name=name))


@keys.command()
@click.argument("name", metavar="KEY")
@click.option("--disputed-from", default="", help="Log index from which its entries are in doubt.")
@json_option
@pass_run
def revoke(run: Run, name: str, disputed_from: str, as_json: bool) -> None:
    """Revoke a key in the log, as registrar; its earlier entries stay."""
    from web.recorder import Statement, record
    from web.setup import registrar_of

    with run.services() as services:
        key = services.ledger.book().keyring.get(name)
        if key is None:
            raise _unknown(name)
        statement = Statement("revoke_key", key.actor, {"vkey": key.vkey, "disputed_from": disputed_from})
        done = record(services.ledger, registrar_of(services), statement, clock=services.clock)
    if as_json:
        print_json({"key": name, "entry_id": done.entry_id, "index": done.index})
    else:
        click.echo(tr("{name} is revoked from log index {index} on.", name=name, index=done.index))


def _unknown(name: str) -> Failure:
    return Failure(tr("There is no key {name} in the log; `ecarbon keys list` shows all.", name=name))


def actor_signers(services: Services, names: tuple[str, ...]) -> dict[str, Any]:
    """Load private keys by key name, file path, or id, reference or name of an actor; returns signers by actor id.

    Raises:
        Failure: there is no such key, or the name is that of several actors.
    """
    from ledger.ids import key_owner
    from ledger.keyfiles import file_name, load_signer
    from web.imports.directory import is_actor_id

    folder = services.config.home / ACTOR_KEYS
    signers = {}
    for name in names:
        choices = [Path(name), folder / file_name(name)]
        path = next((one for one in choices if one.is_file()), None)
        if path is None and "/" not in name:
            owner = name if is_actor_id(name) else find_actor(services.ledger.book(), name)
            path = next(iter(sorted(folder.glob(f"{owner}-*.key"))), None) if owner else None
            name = f"{name} ({owner})" if owner not in ("", name) else name
        if path is None:
            raise Failure(tr("There is no private key {name} in {folder}.", name=name, folder=folder))
        signer = load_signer(path)
        signers[key_owner(signer.name)] = signer
    return signers
