"""Passports: issue, list, show, supersede, revoke, check, export."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.base import Run, as_lot, json_option, pass_run
from web.cli.failures import CHECK_FAILED, ORIGIN_UNKNOWN, UNREADABLE, Failure
from web.cli.names import check_name, kind_name
from web.cli.output import print_json, print_pairs, print_table, progress
from web.cli.remarks import show_remarks
from web.cli.words import tr, translate

if TYPE_CHECKING:
    from passport.report import VerificationReport
    from passport.store import PassportRow
    from web.services import Services

PATH = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
PHASES = click.Choice(["provisional", "final"])
FORMATS = ("vc", "jwt", "bundle", "pact", "csv")
AUDIENCES = ("public", "partner", "full")
ENDINGS = {"vc": "json", "jwt": "jwt", "bundle": "bundle.json", "pact": "pact.json", "csv": "csv"}

RESULT_MESSAGES = {
    "gate": "gate",
    "delivered": "delivered",
    "gate_mass": "gate_mass",
    "delivered_mass": "delivered_mass",
    "gate_per_kg": "gate_per_kg",
    "delivered_per_kg": "delivered_per_kg",
    "aircraft": "aircraft",
    "aircraft_forcing": "aircraft_forcing",
    "biogenic_co2": "biogenic_co2",
    "biogenic_uptake": "biogenic_uptake",
    "removals": "removals",
}


@click.group()
def passport() -> None:
    """Issue, look at, check and export carbon passports."""


@passport.command()
@click.argument("lot", metavar="LOT", callback=as_lot)
@click.option("--phase", type=PHASES, default="final", help="Before or after closing.")
@click.option("--market", type=click.Choice(["CN", "EU"]), default="CN", help="Where the lot is sold.")
@click.option("--methodology", default=None, metavar="CODE@V", help="Method; by default that of the product.")
@json_option
@pass_run
def issue(run: Run, lot: str, phase: str, market: str, methodology: str | None, as_json: bool) -> None:
    """Assess LOT, sign its passport, log it, and write its files; an earlier passport is superseded."""
    from passport.weights import remarks_on

    with run.services() as services, progress("Issuing"):
        record = services.passports.issue(lot, phase=phase, market=market, methodology=methodology)
        answer = _described(services, record)
        exposed = services.passports.exposed_changes(record.uuid)
        remarks = remarks_on(services.ledger.book(), [record.lot])
        _write_files(services)
    _print({**answer, "remarks": [remark.to_json() for remark in remarks]}, as_json=as_json)
    _warn(exposed)
    if not as_json:
        show_remarks(remarks)


@passport.command()
@click.argument("uuid", metavar="ID")
@click.option("--phase", type=PHASES, default="final", help="Before or after closing.")
@click.option("--methodology", default=None, metavar="CODE@V", help="Another method than that of the passport.")
@json_option
@pass_run
def supersede(run: Run, uuid: str, phase: str, methodology: str | None, as_json: bool) -> None:
    """Issue again for the lot of passport ID, from what the ledger holds now."""
    from passport.weights import remarks_on

    with run.services() as services, progress("Issuing"):
        record = services.passports.supersede(uuid, phase=phase, methodology=methodology)
        answer = _described(services, record)
        exposed = services.passports.exposed_changes(record.uuid)
        remarks = remarks_on(services.ledger.book(), [record.lot])
        _write_files(services)
    _print({**answer, "remarks": [remark.to_json() for remark in remarks]}, as_json=as_json)
    _warn(exposed)
    if not as_json:
        show_remarks(remarks)


@passport.command()
@click.argument("uuid", metavar="ID")
@click.option("--reason", required=True, help="Why, in a few words; it is public.")
@json_option
@pass_run
def revoke(run: Run, uuid: str, reason: str, as_json: bool) -> None:
    """Revoke a passport; the status list says so from now on."""
    with run.services() as services:
        record = services.passports.revoke(uuid, reason)
        answer = _described(services, record)
        _write_files(services)
    _print(answer, as_json=as_json)


@passport.command("list")
@click.option("--stale", is_flag=True, help="Only active ones whose figures later entries touch.")
@json_option
@pass_run
def list_passports(run: Run, stale: bool, as_json: bool) -> None:
    """List all passports."""
    with run.services() as services, progress("Comparing") as step:
        rows = _stale(services, step) if stale else [_described(services, one) for one in services.passports.find()]
    if as_json:
        print_json(rows)
    elif stale:
        _show_stale(rows)
    else:
        _show_list(rows)


def _stale(services: Services, step: Callable[[str, int, int], None]) -> list[dict[str, Any]]:
    """Describe the active passports that rest on less than what the log now tells about their lots."""
    from passport.impact import late_entries

    active = [one for one in services.passports.find() if one.status == "active"]
    now = services.ledger.book()
    sizes = sorted({one.tree_size for one in active})
    late = {}
    for place, size in enumerate(sizes):
        step("Comparing", place, len(sizes))
        lots = [one.lot for one in active if one.tree_size == size]
        late |= {(size, lot): found for lot, found in late_entries(services.ledger.book(size), now, lots).items()}
    return [
        {
            **_described(services, one),
            "late": [{"index": entry.source_index, "entry_id": entry.source_id, "kind": entry.kind} for entry in found],
            "written_off": now.lots[one.lot].written_off_by is not None,
        }
        for one in active
        if (found := late.get((one.tree_size, one.lot)))
    ]


def _show_stale(rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        click.echo(tr("Every active passport states what the log tells now."))
        return
    cells = [
        (r["passport"], r["lot"], state(r["phase"]), kind_name(r["late"][0]["kind"]), str(r["late"][0]["index"]),
         str(len(r["late"])), tr("revoke") if r["written_off"] else tr("supersede"))
        for r in rows
    ]  # fmt: skip
    print_table(["Passport", "Lot", "Phase", "Touched by", "Index", "Entries", "What to do"], cells, right=[4, 5])
    click.echo()
    click.echo(
        tr(
            "Later entries touch these figures. `ecarbon passport supersede ID` states them anew; where the lot was "
            "written off, `ecarbon passport revoke ID --reason R` ends the passport."
        )
    )


def _show_list(rows: Sequence[dict[str, Any]]) -> None:
    cells = [(r["passport"], r["lot"], state(r["phase"]), r["market"], state(r["status"]), r["total"]) for r in rows]
    print_table(["Passport", "Lot", "Phase", "Market", "State", "kg CO2e/kg"], cells, right=[5])


@passport.command()
@click.argument("uuid", metavar="ID")
@json_option
@pass_run
def show(run: Run, uuid: str, as_json: bool) -> None:
    """Show one passport; with --json its credential."""
    from ledger.log.canonical import jcs_decode

    with run.services() as services:
        record = services.passports.get(uuid)
        answer = _described(services, record)
        credential = jcs_decode(record.credential)
    if as_json:
        print_json({**answer, "credential": credential})
    else:
        _print(answer, as_json=False)


@passport.command()
@click.argument("uuid", metavar="ID")
@click.option("--out", "folder", required=True, type=FOLDER, help="Folder to write to.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="bundle", help="Format of the file.")
@click.option("--audience", type=click.Choice(AUDIENCES), default="public", help="Who will see it.")
@json_option
@pass_run
def export(run: Run, uuid: str, folder: Path, form: str, audience: str, as_json: bool) -> None:
    """Write passport ID in one format for one audience."""
    from web.home import write_changed
    from web.sharing import note_bundle

    with run.services() as services, progress("Exporting"):
        _, data = services.passports.export(uuid, form, audience=audience)
        if form == "bundle":
            note_bundle(services, data)
    middle = f".{audience}" if form == "bundle" and audience != "full" else ""
    target = folder / f"{uuid}{middle}.{ENDINGS[form]}"
    changed = write_changed(target, data)
    if as_json:
        print_json({"file": str(target), "bytes": len(data), "changed": changed})
    else:
        click.echo(str(target))


@passport.command()
@click.argument("file", type=PATH)
@click.option("--trust", "trust_path", type=PATH, default=None, help="Whose log, registrar and issuer count.")
@click.option("--offline", is_flag=True, help="Use no network, whatever --log says.")
@click.option("--log", "source", default=None, help="Copy of the log: a folder, or an address.")
@click.option("--completeness", "stated", type=PATH, default=None, help="A monitor's statement, instead of --log.")
@click.option("--at", "moment", default=None, help="Judge validity and status at this time, 2026-08-01T00:00:00Z.")
@json_option
def verify(
    file: Path,
    trust_path: Path | None,
    offline: bool,
    source: str | None,
    stated: Path | None,
    moment: str | None,
    as_json: bool,
) -> None:
    """Check a .json, .jwt or .bundle.json file; names every check and draws three verdicts."""
    from iocore.times import parse_time
    from passport.trust import TrustPolicy
    from passport.verify import verify as check
    from web.log_source import copy_log

    if source and stated:
        raise click.UsageError(tr("Give either --log or --completeness."))
    document = file.read_bytes()
    if not _is_readable(document):
        raise Failure(tr("{file}: neither a passport nor a bundle; get the file again.", file=file), UNREADABLE)
    trust = TrustPolicy.parse(trust_path.read_bytes()) if trust_path else None
    log = copy_log(source, offline=offline) if source else None
    now = parse_time(moment) if moment else datetime.now(UTC).replace(microsecond=0)
    with progress("Checking"):
        statement = stated.read_bytes() if stated else None
        report = check(document, trust=trust, log=log, statement=statement, now=now)
    if as_json:
        print_json(report.to_json())
    else:
        _show_report(report)
    code = verdict_code(report)
    if code:
        raise Failure("" if as_json else "\n" + tr(CODE_MESSAGES[code]), code)


def _warn(exposed: Iterable[str]) -> None:
    for part in exposed:
        click.echo(
            tr(
                "Note: since an earlier version one closed item alone changed {part}; who has both can work it out.",
                part=part,
            ),
            err=True,
        )


CODE_MESSAGES = {
    CHECK_FAILED: "A check failed: do not rely on this document.",
    ORIGIN_UNKNOWN: "Consistent, origin unknown: give a trust file that you have from elsewhere.",
}
STATE_MESSAGES = {
    "provisional": "provisional",
    "final": "final",
    "active": "active",
    "superseded": "superseded",
    "revoked": "revoked",
}
OUTCOME_MESSAGES = {"passed": "passed", "failed": "FAILED", "not_checked": "not checked"}
VERDICT_MESSAGES = {True: "yes", False: "NO", None: "not checked"}
PART_MESSAGES = {"consistent": "consistent", "trusted": "trusted", "complete": "complete"}


ORIGIN_CHECKS = frozenset({"log_trusted", "witnesses", "registrar_trusted", "issuer_trusted"})


def _is_readable(document: bytes) -> bool:
    """Tell whether a document is JSON or has the three parts of a token; whether it holds is for the checks."""
    if not document.startswith(b"{"):
        return document.isascii() and document.count(b".") == 2
    try:
        json.loads(document)
    except (ValueError, RecursionError):
        return False
    return True


def verdict_code(report: VerificationReport) -> int:
    """Choose the exit code: a failed check first, then an origin that nobody vouched for.

    A credential or token alone cannot be consistent as a whole, since its proofs are in the bundle; there the
    signature by a trusted issuer is what can be had, and the verdicts say what was not checked.
    """
    if any(check.name not in ORIGIN_CHECKS for check in report.failed):
        return CHECK_FAILED
    if report.kind == "bundle":
        if report.consistent is not True:
            return CHECK_FAILED
        return 0 if report.trusted is True else ORIGIN_UNKNOWN
    vouched = ("credential_proof", "issuer_trusted", "validity")
    return 0 if all(report.check(name).outcome == "passed" for name in vouched) else ORIGIN_UNKNOWN


def _show_report(report: VerificationReport) -> None:
    rows = [
        (
            check_name(check.name),
            tr(PART_MESSAGES[check.part]),
            tr(OUTCOME_MESSAGES[check.outcome]),
            translate(check.detail),
        )
        for check in report.checks
    ]
    print_table(["Check", "Verdict", "Outcome", "Detail"], rows)
    click.echo()
    if report.lot:
        print_pairs([("Passport", report.passport), ("Lot", report.lot)])
    for name, value in report.recomputed.items():
        click.echo(tr("recomputed {name}: {value}", name=tr(RESULT_MESSAGES.get(name, name)), value=value))
    for entry_id in report.disputed:
        click.echo(tr("disputed entry: {entry_id}", entry_id=entry_id))
    show_remarks(report.remarks)
    show_verdicts(report.rejected, report.in_force)
    for part in ("consistent", "trusted", "complete"):
        print_pairs([(PART_MESSAGES[part], tr(VERDICT_MESSAGES[report.verdict(part)]))])


def show_verdicts(rejected: Iterable[str], in_force: Iterable[str]) -> None:
    """Say which entries do not count, or do, because the log decided so, which the lot's entries alone do not show."""
    for entry_id in rejected:
        click.echo(tr("does not count, the log rejected it: {entry_id}", entry_id=entry_id))
    for entry_id in in_force:
        click.echo(tr("counts, the log admitted it: {entry_id}", entry_id=entry_id))


def state(word: str) -> str:
    """Say a phase or a state of a passport."""
    return tr(STATE_MESSAGES.get(word, word))


def _described(services: Services, record: PassportRow) -> dict[str, Any]:
    from web.home import link_of_passport

    facts = services.passports.disclosure(record.uuid)
    return {
        "passport": record.uuid,
        "lot": record.lot,
        "phase": record.phase,
        "market": record.market,
        "boundary": record.boundary,
        "status": record.status,
        "issued": record.created,
        "total": facts.total,
        "link": link_of_passport(services, record),
        "entry_id": record.entry_id,
        "supersedes": record.supersedes,
        "reason": record.revoked_reason,
        "revoked": record.revoked_at,
        "rejected": facts.rejected or [],
        "in_force": facts.in_force or [],
    }


def _print(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    print_pairs(
        [
            ("Passport", answer["passport"]),
            ("Lot", answer["lot"]),
            ("Phase", state(answer["phase"])),
            ("Market", answer["market"]),
            ("State", state(answer["status"])),
            ("Issued", answer["issued"]),
            ("kg CO2e/kg", tr("{name} ({code})", name=answer["total"], code=tr(RESULT_MESSAGES[answer["boundary"]]))),
            ("Link", answer["link"]),
        ]
    )
    show_verdicts(answer["rejected"], answer["in_force"])


def _write_files(services: Services) -> None:
    from web.home import write_home

    write_home(services)
