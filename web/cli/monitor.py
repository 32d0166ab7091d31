"""A monitor of other people's logs: what is new about a lot or an actor, and whether the log still extends itself."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.base import as_lot, json_option
from web.cli.failures import CHECK_FAILED, Failure, describe
from web.cli.names import kind_name
from web.cli.output import print_json, print_pairs, print_table, progress
from web.cli.words import tr

if TYPE_CHECKING:
    from ledger.log.witness import Policy
    from ledger.monitor.service import Monitor, Seen

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--log", "source", required=True, help="The log: a folder, or an address.")
@click.option("--lot", default="", callback=as_lot, help="Watch this lot and all that its passport rests on.")
@click.option("--actor", default="", help="Watch this actor's entries, and those that it writes for others.")
@click.option("--state", "state_path", required=True, type=FILE, help="File that remembers what was seen.")
@click.option("--trust", "trust_path", type=FILE, default=None, help="Trust file with the log and its witnesses.")
@click.option("--watch", "pause", type=click.IntRange(1), default=None, help="Look again after so many SECONDS.")
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
    pause: int | None,
    key_path: Path | None,
    uuid: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Look at a log, report what is new, remember it; 1 on alerts, 3 on too few witnesses, 5 on a fork.

    With --watch it goes on until it is interrupted, and stays where the log or its witnesses do not answer.
    """
    from ledger.monitor.service import Monitor
    from ledger.monitor.store import MonitorStore
    from passport.trust import TrustPolicy

    if bool(lot) == bool(actor) or (key_path is not None and not lot) or (out is not None and key_path is None):
        raise click.UsageError(tr("Give either --lot or --actor; --sign goes with --lot, --out with --sign."))
    policy = TrustPolicy.parse(trust_path.read_bytes()).policy if trust_path else None
    store = MonitorStore(state_path)
    try:
        watch = Watch(Monitor(store, lot=lot, actor=actor), source, policy, pause, key_path, uuid, out, as_json)
        alerts = watch.look() if pause is None else watch.go_on(pause)
    finally:
        store.close()
    if alerts:
        raise Failure("" if as_json else tr("Alerts: {count}.", count=alerts), CHECK_FAILED)


class Watch:
    """Look, tell, and look again."""

    def __init__(
        self,
        monitor: Monitor,
        source: str,
        policy: Policy | None,
        pause: int | None,
        key_path: Path | None,
        uuid: str,
        out: Path | None,
        as_json: bool,
    ) -> None:
        self._monitor = monitor
        self._source = source
        self._policy = policy
        self._pause = pause
        self._key_path = key_path
        self._uuid = uuid
        self._out = out
        self._as_json = as_json
        self._stop = threading.Event()
        self._again = False

    def look(self) -> int:
        """Look once, tell what is new, and remember that it was told; return the number of alerts."""
        from web.log_source import open_log

        first = self._monitor.kept() is None
        with progress("Reading the log") as step:
            seen = self._monitor.look(
                open_log(self._source),
                self._policy,
                stop=self._stop.is_set,
                progress=lambda done, total: step("Reading the log", done, total),
            )
        if self._stop.is_set() and seen.size < seen.head.size:
            return 0
        statement = self._statement() if self._key_path is not None else b""
        if statement or seen.size > seen.before or not self._again:
            self._print(seen, statement)
        self._monitor.told(seen)
        if first and self._policy is None:
            kept = self._monitor.kept()
            click.echo(tr("Note: no trust file; from now on the log is held to the key that it showed: {key}",
                          key=kept.log if kept else ""), err=True)  # fmt: skip
        return seen.alerts

    def go_on(self, pause: int) -> int:
        """Look until a signal asks for an end; return the number of alerts of all looks."""
        from ledger.errors import QuorumMissing, StoreUnavailable

        before = {one: signal.signal(one, lambda *_: self._stop.set()) for one in (signal.SIGINT, signal.SIGTERM)}
        alerts = 0
        try:
            while not self._stop.is_set():
                try:
                    alerts += self.look()
                    self._again = True
                except (QuorumMissing, StoreUnavailable) as error:
                    click.echo(describe(error), err=True)
                self._stop.wait(pause)
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
        return alerts

    def _statement(self) -> bytes:
        from iocore.times import SystemClock, format_time
        from ledger.export import write_if_changed
        from ledger.keyfiles import load_signer

        assert self._key_path is not None
        stated = self._monitor.state_completeness(time=format_time(SystemClock().now()), passport=self._uuid)
        signed = stated.sign(load_signer(self._key_path))
        if self._out is None:
            return signed
        write_if_changed(self._out, signed)
        return b""

    def _print(self, seen: Seen, statement: bytes) -> None:
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
        if self._as_json:
            print_json(
                {
                    "size": seen.size,
                    "root": seen.head.root.hex(),
                    "chain": seen.chain.hex(),
                    "before": seen.before,
                    "witnesses": list(seen.witnessed),
                    "entries": rows,
                    "broken": broken,
                    "statement": statement.decode("utf-8"),
                },
                line=self._pause is not None,
            )
            return
        print_pairs([("Entries", f"{seen.before} -> {seen.size}"), ("Witnesses", ", ".join(seen.witnessed) or "-")])
        cells = [(r["index"], kind_name(r["kind"]), r["actor"], r["key"], ", ".join(r["alerts"])) for r in rows]
        cells += [(r["index"], "-", "-", r["key"], r["alert"]) for r in broken]
        print_table(["Index", "Kind", "Actor", "Key", "Alerts"], cells, right=[0])
        if statement:
            click.echo(statement.decode("utf-8"), nl=False)
