"""Entries: empty forms, files read and signed, entries signed elsewhere, and erasure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.base import Run, json_option, need_actor, pass_run
from web.cli.failures import CHECK_FAILED, UNREADABLE, Failure
from web.cli.keys import actor_signers
from web.cli.names import kind_name
from web.cli.output import print_json, print_table, progress
from web.cli.words import language, tr, translate

if TYPE_CHECKING:
    from ledger.service import SubmitResult
    from web.imports.base import Finding, ImportResult
    from web.imports.sign import Signed
    from web.services import Services

FILES = click.Path(path_type=Path, dir_okay=False)
UNREADABLE_CODES = frozenset({"file-unreadable", "file-empty", "kind-unknown"})


@click.group()
def entry() -> None:
    """Record entries: from files, or signed elsewhere; erase openings."""


@entry.command()
@click.argument("kind", required=False)
@click.option("--out", type=FILES, default=None, help="Write to this file instead of the screen.")
@json_option
def template(kind: str | None, out: Path | None, as_json: bool) -> None:
    """Print an empty form of KIND; without KIND list the forms there are."""
    from web.imports.files import kinds

    known = kinds()
    if kind is None:
        rows = [(code, one.title_zh if language() == "zh" else one.title_en) for code, one in known.items()]
        if as_json:
            print_json([{"kind": code, "title": title} for code, title in rows])
        else:
            print_table(["Form", "Title"], rows)
        return
    if kind not in known:
        raise Failure(tr("There is no form {kind}; there are: {known}.", kind=kind, known=", ".join(known)))
    text = known[kind].template(language())
    if as_json:
        headers = {code: {"zh": zh, "en": en} for code, (zh, en) in known[kind].headers.items()}
        print_json({"kind": kind, "headers": headers, "text": text})
    elif out is None:
        click.echo(text, nl=False)
    else:
        # Spreadsheet programs tell UTF-8 by the mark at the start.
        out.write_bytes(text.encode("utf-8-sig"))
        click.echo(str(out))


@entry.command("import")
@click.argument("files", nargs=-1, required=True, type=FILES)
@click.option(
    "--key", "names", multiple=True, required=True, help="Key name, actor or key file that signs; repeatable."
)
@click.option("--kind", default=None, help="Form of the files, if the headers do not tell.")
@click.option("--dry-run", is_flag=True, help="Only report; sign and append nothing.")
@click.option("--good-rows", is_flag=True, help="Record the good rows although others have findings.")
@json_option
@pass_run
def import_files(
    run: Run,
    files: tuple[Path, ...],
    names: tuple[str, ...],
    kind: str | None,
    dry_run: bool,
    good_rows: bool,
    as_json: bool,
) -> None:
    """Read CSV and XLSX files, sign their rows, append them, print receipts."""
    from web.imports.files import read_file

    for file in files:
        if not file.is_file():
            raise Failure(tr("There is no file {file}.", file=file))
    with progress("Reading files") as step:
        read = []
        for position, file in enumerate(files):
            step("Reading files", position, len(files))
            read.append(read_file(file, kind))
    with run.services() as services:
        signers = actor_signers(services, names)
        with progress("Signing rows"):
            signed = sign_results(services, read, signers)
        findings = [finding for one in read for finding in one.findings] + list(signed.findings)
        held = bool(findings) and not good_rows
        results: list[SubmitResult] = []
        if signed.batch and not dry_run and not held:
            with progress("Appending"):
                results = services.ledger.submit(signed.notes)
                write_receipts(services, results)
    _report(read, signed, findings, results, as_json=as_json, dry_run=dry_run)
    if findings or any(one.status in ("rejected", "refused") for one in results):
        codes = {finding.code for finding in findings}
        unreadable = not signed.batch and bool(codes) and codes <= UNREADABLE_CODES
        message = tr("Findings: {count}; nothing was recorded.", count=len(findings))
        if results:
            message = tr("Findings: {count}; the good rows were recorded.", count=len(findings))
        elif signed.batch and not dry_run:
            message = tr(
                "Findings: {count}; nothing was recorded. Good rows: {good}; add --good-rows to record them now.",
                count=len(findings),
                good=len(signed.batch),
            )
        raise Failure("" if as_json else message, UNREADABLE if unreadable else CHECK_FAILED)


def sign_results(services: Services, read: Sequence[ImportResult], signers: Mapping[str, Any]) -> Signed:
    """Sign the drafts of files on top of what the ledger holds now."""
    from web.imports.history import History
    from web.imports.salts import RandomSalts
    from web.imports.sign import sign_drafts

    ledger = services.ledger
    history = History((one.note, ledger.items(one.entry_id)) for one in ledger.entries())
    drafts = [draft for result in read for draft in result.drafts]
    return sign_drafts(drafts, history=history, keys=signers, salts=RandomSalts())


def write_receipts(services: Services, results: Sequence[SubmitResult]) -> None:
    """Keep the receipts of new entries in the home."""
    from web.home import write_changed

    for one in results:
        if one.receipt:
            target = services.config.home / "receipts" / f"{one.entry_id}.tlog-proof"
            write_changed(target, one.receipt.encode("utf-8"))


def _report(
    read: Sequence[ImportResult],
    signed: Signed,
    findings: Sequence[Finding],
    results: Sequence[SubmitResult],
    *,
    as_json: bool,
    dry_run: bool,
) -> None:
    outcome = {one.entry_id: one for one in results}
    rows = []
    for one in signed.batch:
        done = outcome.get(one.entry_id)
        rows.append(
            {
                "file": one.draft.source.file,
                "row": one.draft.source.row,
                "kind": one.draft.kind,
                "entry_id": one.entry_id,
                "status": done.status if done else "good",
                "index": done.index if done else None,
                "receipt": done.receipt if done else None,
                "problem": done.problem if done else None,
            }
        )
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "files": [{"file": one.file, "kind": one.kind, "rows": one.rows} for one in read],
                "entries": rows,
                "skipped": [{"row": draft.source.row, "entry_id": known} for draft, known in signed.skipped],
                "findings": [finding.as_dict() for finding in findings],
                "warnings": [warning.as_dict() for warning in signed.warnings],
            }
        )
        return
    for finding in findings:
        click.echo(finding.text(language()), err=True)
    for warning in signed.warnings:
        click.echo(tr("Look again: {finding}", finding=warning.text(language())), err=True)
    if rows:
        shown = [
            (r["file"], r["row"], kind_name(r["kind"]), r["entry_id"][:16], STATUS_MESSAGES[r["status"]]) for r in rows
        ]
        cells = [(*cell[:4], tr(cell[4])) for cell in shown]
        print_table(["File", "Row", "Kind", "Entry", "State"], cells, right=[1])
    if signed.skipped:
        click.echo(tr("Rows that are in the ledger already: {count}.", count=len(signed.skipped)))


STATUS_MESSAGES = {
    "good": "good",
    "logged": "logged",
    "duplicate": "in the ledger already",
    "rejected": "logged, but it takes no effect",
    "refused": "refused",
}


@entry.command()
@click.argument("file", type=FILES)
@json_option
@pass_run
def submit(run: Run, file: Path, as_json: bool) -> None:
    """Append entries that were signed elsewhere, with their openings."""
    notes = read_signed(file)
    with run.services() as services, progress("Appending"):
        results = services.ledger.submit(notes)
        write_receipts(services, results)
    show_results([one.to_json() for one in results], as_json=as_json)


def show_results(results: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print what became of entries.

    Raises:
        Failure: some of them were not taken.
    """
    if as_json:
        print_json({"results": results})
    else:
        cells = [
            (
                one["entry_id"][:16],
                "" if one["index"] is None else one["index"],
                tr(STATUS_MESSAGES[one["status"]]),
                translate((one["problem"] or {}).get("detail", "")),
            )
            for one in results
        ]
        print_table(["Entry", "Index", "State", "Why"], cells, right=[1])
    if any(one["status"] in ("rejected", "refused") for one in results):
        raise Failure("" if as_json else tr("Some entries were not taken; see above."), CHECK_FAILED)


def read_signed(file: Path) -> list[tuple[bytes, list[str]]]:
    """Read `{"entries":[{"note","items"}]}`, the body of `POST /api/v1/entries`."""
    advice = tr('{file} is not of the form {{"entries":[{{"note":"...","items":["..."]}}]}}.', file=file)
    try:
        value = json.loads(file.read_bytes())
        entries = [(one["note"].encode("utf-8"), list(one["items"])) for one in value["entries"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Failure(advice) from error
    if not all(isinstance(line, str) for _, lines in entries for line in lines):
        raise Failure(advice)
    return entries


@entry.command()
@click.argument("actor", metavar="ACTOR")
@click.option("--key", "name", default="", help="Key that signs; this home's registrar if left out.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_run
def erase(run: Run, actor: str, name: str, yes: bool, as_json: bool) -> None:
    """Erase all openings of ACTOR everywhere in this home; every proof stays valid."""
    from web.erasure import erase_actor
    from web.setup import registrar_of

    with run.services() as services:
        actor = need_actor(services.ledger.book(), actor)
    if not yes:
        question = tr("Erase every name, quantity and document of {actor}? This cannot be undone.", actor=actor)
        click.confirm(question, abort=True)
    with run.services() as services, progress("Erasing"):
        given = actor_signers(services, (name,)) if name else {}
        signer = next(iter(given.values())) if given else registrar_of(services)
        done = erase_actor(services, actor, signer)
    if as_json:
        print_json(done.to_json())
    else:
        click.echo(
            tr("{count} entries of {actor} are closed for good; {files} files were written again.",
               count=len(done.entries), actor=actor, files=len(done.files))
        )  # fmt: skip
