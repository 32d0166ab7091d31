"""Keys: make them, register them, list them, revoke them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from web.cli.base import Run, json_option, pass_run
from web.cli.failures import Failure
from web.cli.output import print_json, print_pairs, print_table
from web.cli.words import tr

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
    from web.setup import new_actor_id

    # What cannot be registered is refused before a file is written or an entry is logged.
    owner = parse_actor_id(actor) if actor else new_actor_id()
    if keeper:
        parse_actor_id(keeper)
    signer = Signer.generate(parse_key_name(f"{owner}/{label}"))
    path = run.config().home / ACTOR_KEYS / file_name(signer.name)
    save_signer(path, signer)
    answer: dict[str, Any] = {
        "actor": owner,
        "key": signer.name,
        "vkey": signer.public_key.encode(),
        "proof": make_proof(signer),
        "file": str(path),
        "registered": False,
    }
    if register:
        answer["entry_id"] = _register(run, owner, list(roles), keeper, answer["vkey"], answer["proof"])
        answer["registered"] = True
    if as_json:
        print_json(answer)
    else:
        print_pairs([("Key", signer.name), ("Public key", answer["vkey"]), ("File", path)])
        done, left = tr("Registered in the log."), tr("Not registered; give the public key to a registrar.")
        click.echo(done if register else left)


def _register(run: Run, actor: str, roles: list[str], keeper: str, vkey: str, proof: str) -> str:
    from web.recorder import Statement, record
    from web.setup import begin_log, registrar_of

    with run.services() as services:
        ledger, registrar = services.ledger, registrar_of(services)
        begin_log(services)
        if actor not in ledger.book().actors:
            known = {"roles": roles, "keeper": keeper}
            record(ledger, registrar, Statement("register_actor", actor, known), clock=services.clock)
        data = {"vkey": vkey, "roles": roles, "keeper": keeper, "proof": proof}
        done = record(ledger, registrar, Statement("register_key", actor, data), clock=services.clock)
    return done.entry_id


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
    from ledger.keyfiles import list_signers

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
            raise Failure(tr("There is no key {name} in the log; `ecarbon keys list` shows all.", name=name))
        statement = Statement("revoke_key", key.actor, {"vkey": key.vkey, "disputed_from": disputed_from})
        done = record(services.ledger, registrar_of(services), statement, clock=services.clock)
    if as_json:
        print_json({"key": name, "entry_id": done.entry_id, "index": done.index})
    else:
        click.echo(tr("{name} is revoked from log index {index} on.", name=name, index=done.index))


def actor_signers(home: Path, names: tuple[str, ...]) -> dict[str, Any]:
    """Load private keys by key name, actor id or file path; returns signers by actor id."""
    from ledger.ids import key_owner
    from ledger.keyfiles import file_name, load_signer

    folder = home / ACTOR_KEYS
    signers = {}
    for name in names:
        choices = [Path(name), folder / file_name(name), *sorted(folder.glob(f"{name.replace('/', '-')}-*.key"))]
        path = next((one for one in choices if one.is_file()), None)
        if path is None:
            raise Failure(tr("There is no private key {name} in {folder}.", name=name, folder=folder))
        signer = load_signer(path)
        signers[key_owner(signer.name)] = signer
    return signers
