"""A monitor of other people's logs: what is new about a lot or an actor, and whether the log still extends itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.base import json_option
from web.cli.failures import CHECK_FAILED, Failure
from web.cli.names import kind_name
from web.cli.output import print_json, print_pairs, print_table, progress
from web.cli.words import tr

if TYPE_CHECKING:
    from ledger.export import LogDirectory
    from ledger.monitor import Kept, Seen
    from passport.trust import TrustPolicy

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--log", "source", required=True, help="The log: a folder, or an address.")
@click.option("--lot", default="", help="Watch this lot and all that its passport rests on.")
@click.option("--actor", default="", help="Watch this actor's entries, and those that it writes for others.")
@click.option("--state", "state_path", required=True, type=FILE, help="File that remembers what was seen.")
@click.option("--trust", "trust_path", type=FILE, default=None, help="Trust file with the log and its witnesses.")
@click.option("--sign", "key_path", type=FILE, default=None, help="Private key; signs a completeness statement.")
@click.option("--passport", "uuid", default="", help="Passport meant by the statement; the lot's latest if left out.")
@click.option("--out", type=FILE, default=None, help="Write the statement to this file.")
@json_option
def monitor(
    source: str,
    lot: str,
    actor: str,
    state_path: Path,
    trust_path: Path | None,
    key_path: Path | None,
    uuid: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Look at a log once, report what is new, remember it; 1 on alerts, 3 on too few witnesses, 5 on a fork."""
    from ledger.export import write_if_changed
    from passport.trust import TrustPolicy
    from web.log_source import open_log

    if bool(lot) == bool(actor) or (key_path is not None and not lot) or (out is not None and key_path is None):
        raise click.UsageError(tr("Give either --lot or --actor; --sign goes with --lot, --out with --sign."))
    trust = TrustPolicy.parse(trust_path.read_bytes()) if trust_path else None
    kept = _remembered(state_path)
    with progress("Reading the log"):
        log = open_log(source)
        seen = _look(log, kept, lot, actor, trust, state_path)
    statement = _statement(seen, lot, uuid, key_path) if key_path is not None else b""
    if out is not None:
        write_if_changed(out, statement)
    write_if_changed(state_path, seen.kept.encode())
    _print(seen, kept, statement if out is None else b"", as_json)
    if trust is None and kept is None:
        click.echo(tr("Note: no trust file; from now on the log is held to the key that it showed: {key}",
                      key=seen.kept.log), err=True)  # fmt: skip
    if seen.alerts:
        raise Failure("" if as_json else tr("Alerts: {count}.", count=seen.alerts), CHECK_FAILED)


def _remembered(path: Path) -> Kept | None:
    from ledger.monitor import Kept

    return Kept.parse(path.read_bytes()) if path.exists() else None


def _look(
    log: LogDirectory, kept: Kept | None, lot: str, actor: str, trust: TrustPolicy | None, state_path: Path
) -> Seen:
    """Look at the log; where it has forked, keep both signed tree heads as evidence beside the state."""
    from ledger.errors import LogForked
    from ledger.export import write_if_changed
    from ledger.log.canonical import jcs
    from ledger.monitor import check_head, look

    key, policy, note = log.log_key(), trust.policy if trust else None, log.checkpoint()
    try:
        head, _ = check_head(note, key, kept, policy)
        return look(note, log.notes(head.size), log=key, lot=lot, actor=actor, kept=kept, policy=policy)
    except LogForked as error:
        if kept is None:
            raise
        evidence = {"log": kept.log, "before": kept.checkpoint, "after": note.decode("utf-8")}
        path = state_path.with_name(f"{state_path.name}.fork.json")
        write_if_changed(path, jcs(evidence) + b"\n")
        raise LogForked(error.message, **error.context, evidence=str(path)) from None


def _statement(seen: Seen, lot: str, uuid: str, key_path: Path) -> bytes:
    from iocore.times import SystemClock, format_time
    from ledger.book.completeness import state_completeness
    from ledger.keyfiles import load_signer
    from ledger.log.note import VerifierKey

    stated = state_completeness(
        seen.envelopes,
        seen.leaves,
        lot,
        log=VerifierKey.parse(seen.kept.log),
        time=format_time(SystemClock().now()),
        passport=uuid,
    )
    return stated.sign(load_signer(key_path))


def _print(seen: Seen, kept: Kept | None, statement: bytes, as_json: bool) -> None:
    before = 0 if kept is None else kept.head.size
    rows: list[dict[str, Any]] = [
        {
            "index": one.index,
            "entry_id": one.entry_id,
            "kind": one.kind,
            "actor": one.actor,
            "key": one.key_name,
            "alerts": list(one.alerts),
        }
        for one in seen.news
    ]
    broken = [{"index": index, "key": key, "alert": code} for index, key, code in seen.broken]
    if as_json:
        print_json(
            {
                "size": seen.head.size,
                "root": seen.head.root.hex(),
                "chain": seen.kept.chain,
                "before": before,
                "witnesses": list(seen.witnessed),
                "entries": rows,
                "broken": broken,
                "statement": statement.decode("utf-8"),
            }
        )
        return
    print_pairs([("Entries", f"{before} -> {seen.head.size}"), ("Witnesses", ", ".join(seen.witnessed) or "-")])
    cells = [(r["index"], kind_name(r["kind"]), r["actor"], r["key"], ", ".join(r["alerts"])) for r in rows]
    cells += [(r["index"], "-", "-", r["key"], r["alert"]) for r in broken]
    print_table(["Index", "Kind", "Actor", "Key", "Alerts"], cells, right=[0])
    if statement:
        click.echo(statement.decode("utf-8"), nl=False)
