"""Openings in other hands: write an export for a partner, check one, and show who read what."""

from __future__ import annotations

from pathlib import Path

import click

from web.cli.base import Run, as_lot, json_option, need_actor, pass_run
from web.cli.failures import CHECK_FAILED, ORIGIN_UNKNOWN, Failure, describe
from web.cli.output import print_json, print_pairs, print_table
from web.cli.words import tr

FILE = click.Path(path_type=Path, dir_okay=False)
WAY_MESSAGES = {
    "items": "items of an entry",
    "bundle": "bundle of a passport",
    "export": "export of a lot",
}


@click.command()
@click.option("--lot", required=True, callback=as_lot, help="Lot whose entries are exported.")
@click.option(
    "--audience", type=click.Choice(["public", "partner", "full"]), default="partner", help="Which openings go along."
)
@click.option("--to", "reader", required=True, help="Who gets it: an actor's id or an organisation's short name.")
@click.option("--out", type=FILE, required=True, help="Write to this file.")
@json_option
@pass_run
def export(run: Run, lot: str, audience: str, reader: str, out: Path, as_json: bool) -> None:
    """Write a lot's entries, receipts and openings for a partner; it is noted in the access log."""
    from ledger.handover import parse_export
    from web.home import write_changed
    from web.sharing import export_lot

    with run.services() as services:
        data = export_lot(services, lot, audience=audience, reader=reader)
    write_changed(out, data)
    made = parse_export(data)
    opened = sum(len(one.openings) for one in made.entries)
    if as_json:
        print_json({"file": str(out), "audience": audience, "entries": len(made.entries), "openings": opened})
    else:
        click.echo(tr("{file}: {entries} entries, {openings} openings for {reader}.",
                      file=out, entries=len(made.entries), openings=opened, reader=reader))  # fmt: skip


@click.command("check-export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--trust", "trust_file", type=FILE, default=None, help="Trust file: logs and registrars you trust.")
@json_option
def check_export_file(file: Path, trust_file: Path | None, as_json: bool) -> None:
    """Check an export that you were given: entries, receipts, signatures and openings; needs no network."""
    from ledger.errors import LedgerError, Malformed
    from ledger.handover import check_export
    from passport.trust import TrustPolicy

    try:
        checked = check_export(file.read_bytes())
    except Malformed:
        raise
    except LedgerError as error:
        raise Failure(describe(error), CHECK_FAILED) from error
    trusted = None
    if trust_file is not None:
        trust = TrustPolicy.parse(trust_file.read_bytes())
        known = checked.log_key in trust.policy.logs and bool(checked.registrars)
        trusted = known and set(checked.registrars) <= set(trust.registrars)
    facts = {
        "lot": checked.export.lot,
        "audience": checked.export.audience,
        "made": checked.export.at,
        "log": checked.log_key.name,
        "entries": len(checked.entries),
        "open": checked.opened,
        "closed": checked.closed,
        "consistent": True,
        "trusted": trusted,
    }
    if as_json:
        print_json(facts)
    else:
        print_pairs([("Lot", facts["lot"]), ("Log", facts["log"]), ("Entries", facts["entries"])])
        print_pairs([("Items that are open", facts["open"]), ("Items that are closed", facts["closed"])])
    if trusted:
        if not as_json:
            click.echo(tr("Everything in this file holds, and its origin is trusted."))
        return
    unknown = tr("Consistent, but its origin is not trusted; give the trust file of whom you trust with --trust.")
    raise Failure("" if as_json else unknown, ORIGIN_UNKNOWN)


@click.command()
@click.argument("actor", metavar="ACTOR")
@json_option
@pass_run
def access(run: Run, actor: str, as_json: bool) -> None:
    """Show who read openings of ACTOR, when, and for which audience."""
    with run.services() as services:
        actor = need_actor(services.ledger.book(), actor)
        rows = services.accesses.of_actor(actor)
    if as_json:
        print_json([row.to_json() for row in rows])
    elif rows:
        cells = [(row.at, row.reader, row.audience, tr(WAY_MESSAGES[row.way]), row.entry_id[:16]) for row in rows]
        print_table(["Time", "Reader", "Audience", "Way", "Entry"], cells)
    else:
        click.echo(tr("Nobody read openings of {actor} beyond what is public.", actor=actor))
