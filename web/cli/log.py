"""The log: tree head, static export, check of every stored byte, receipts and consistency proofs."""

from __future__ import annotations

from pathlib import Path

import click

from web.cli.base import Run, json_option, pass_run
from web.cli.failures import CHECK_FAILED, TRY_LATER, Failure
from web.cli.output import print_json, print_pairs, print_table, progress
from web.cli.words import tr, translate


@click.group()
def log() -> None:
    """Read, export and check the append-only log."""


@log.command()
@json_option
@pass_run
def checkpoint(run: Run, as_json: bool) -> None:
    """Print the signed tree head."""
    from ledger.log.checkpoint import open_checkpoint

    with run.services() as services:
        note = services.ledger.checkpoint()
        head = open_checkpoint(note, services.ledger.log_key)
    if as_json:
        print_json({"origin": head.origin, "size": head.size, "root": head.root.hex(), "note": note.decode("utf-8")})
    else:
        click.echo(note.decode("utf-8"), nl=False)


@log.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@json_option
@pass_run
def export(run: Run, folder: Path, as_json: bool) -> None:
    """Write the log as static tiles, checkpoint last; equal files are left alone."""
    from ledger.export import export_log

    with run.services() as services, progress("Exporting tiles"):
        written = export_log(services.ledger, folder)
    names = [str(path) for path in written]
    if as_json:
        print_json({"folder": str(folder), "written": names})
    else:
        click.echo(tr("Files written to {folder}: {count}.", count=len(names), folder=folder))


@log.command()
@click.option(
    "--structure-only",
    is_flag=True,
    help="Compare hashes, chain, tiles and tree heads; check the latest head's signature only.",
)
@click.option("--no-rules", is_flag=True, help="Derive no verdicts again.")
@click.option(
    "--resume",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Remember in FILE how far signatures were checked, and go on from there.",
)
@json_option
@pass_run
def fsck(run: Run, structure_only: bool, no_rules: bool, resume: Path | None, as_json: bool) -> None:
    """Check everything again from the stored bytes; name table and index of every fault."""
    from web.services import check_store

    config = run.existing()
    with progress("Checking the log") as step:
        size, findings = check_store(
            config,
            depth="structure" if structure_only else "signatures" if no_rules else "rules",
            resume=resume,
            progress=lambda done, total: step("Checking the log", done, total),
        )
    if as_json:
        rows = [{"table": f.table, "index": f.index, "check": f.check, "message": f.message} for f in findings]
        print_json({"size": size, "findings": rows})
    elif findings:
        cells = [(f.table, f.index, f.check, translate(f.message)) for f in findings]
        print_table(["Table", "Index", "Check", "What"], cells)
    if findings:
        raise Failure(tr("Faults in a log of size {size}: {count}.", count=len(findings), size=size), CHECK_FAILED)
    if not as_json:
        click.echo(tr("{size} entries, no fault.", size=size))


@log.command()
@click.argument("entry_id", metavar="ENTRY_ID")
@json_option
@pass_run
def receipt(run: Run, entry_id: str, as_json: bool) -> None:
    """Print the receipt of an entry, a C2SP tlog-proof."""
    with run.services() as services:
        found = services.ledger.receipt(entry_id)
    text = found.encode().decode("utf-8")
    if as_json:
        print_json({"entry_id": entry_id, "index": found.index, "receipt": text})
    else:
        click.echo(text, nl=False)


@log.command()
@click.argument("old", type=int)
@click.argument("new", type=int)
@json_option
@pass_run
def consistency(run: Run, old: int, new: int, as_json: bool) -> None:
    """Print the proof that the tree of size NEW extends the tree of size OLD."""
    import base64

    with run.services() as services:
        proof = services.ledger.consistency(old, new)
    hashes = [base64.b64encode(one).decode("ascii") for one in proof]
    if as_json:
        print_json({"old": old, "new": new, "proof": hashes})
    else:
        for one in hashes:
            click.echo(one)


@log.command()
@click.option("--timeout", type=click.IntRange(1, 600), default=10, show_default=True, help="Seconds to wait.")
@json_option
@pass_run
def cosign(run: Run, timeout: int, as_json: bool) -> None:
    """Ask the witnesses of the policy file to cosign the tree head; exit code 3 where too few did."""
    from ledger.witness.client import Client
    from web.config import ConfigError
    from web.witness import post_within

    with run.services() as services, progress("Asking witnesses"):
        if services.policy is None:
            raise ConfigError("set ECARBON_POLICY_FILE to a policy with witnesses", setting="policy_file")
        client = Client(services.ledger, services.policy, post_within(timeout))
        done = client.cosign()
    met = done.result.satisfied
    if as_json:
        rows = [{"witness": one.name, "outcome": one.outcome, "detail": one.detail} for one in done.asked]
        note = done.checkpoint.decode("utf-8")
        print_json({"size": done.result.checkpoint.size, "quorum": met, "witnesses": rows, "note": note})
    else:
        cells = [(one.name, tr(ASKED_MESSAGES[one.outcome]), translate(one.detail)) for one in done.asked]
        print_table(["Witness", "Outcome", "Detail"], cells)
    if not met:
        told = tr("Too few witnesses cosigned; entries are accepted all the same.")
        raise Failure("" if as_json else told, TRY_LATER)


ASKED_MESSAGES = {
    "cosigned": "cosigned",
    "held": "cosigned earlier",
    "no_address": "no address in the policy",
    "unavailable": "does not answer",
    "refused": "refused",
}


@log.command()
@json_option
@pass_run
def reindex(run: Run, as_json: bool) -> None:
    """Rebuild every projection from the canonical bytes."""
    with run.services() as services, progress("Rebuilding"):
        changed = services.ledger.reindex()
        size = services.ledger.size
    if as_json:
        print_json({"size": size, "changed": changed})
    else:
        print_pairs([("Entries", size), ("Rows changed", changed)])
