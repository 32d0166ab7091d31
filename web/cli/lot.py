"""Lots: what there is, where it comes from, and whether its masses and its carbon add up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.cli.base import Run, as_lot, json_option, pass_run
from web.cli.carbon import carbon_of_lot, refuse_unbalanced, show_carbon
from web.cli.failures import CHECK_FAILED, Failure
from web.cli.names import kind_name, stage_name, variety_name
from web.cli.output import print_json, print_table, progress
from web.cli.words import language, tr

if TYPE_CHECKING:
    from fractions import Fraction

    from ledger.book.model import Effective
    from ledger.book.state import Book


@click.group()
def lot() -> None:
    """Look at lots."""


@lot.command("list")
@click.option("--all/--live", "everything", default=True, help="Also lots that were used up or written off.")
@json_option
@pass_run
def list_lots(run: Run, everything: bool, as_json: bool) -> None:
    """List all lots with their masses."""
    with run.services() as services:
        book = services.ledger.book()
    rows = [lot_row(book, name) for name in book.lots]
    rows = [row for row in rows if everything or not (row["used_up_by"] or row["written_off_by"])]
    if as_json:
        print_json(rows)
        return
    cells = [
        (
            row["lot"],
            row["mass_kg"],
            variety_name(row["variety"]),
            row["product_name"],
            kind_name(row["made_by"]),
            tr("written off") if row["written_off_by"] else "" if row["used_up_by"] else tr("yes"),
        )
        for row in rows
    ]
    print_table(["Lot", "kg", "Variety", "Product", "Made by", "Live"], cells, right=[1])


def lot_row(book: Book, name: str) -> dict[str, Any]:
    """Describe one lot as the book sees it."""
    found = book.lots[name]
    mass = book.lot_mass(name)
    consumer = found.consumed_by
    return {
        "lot": name,
        "mass_kg": "" if mass is None else decimal(mass.mass_kg),
        "product": found.product_gtin,
        "product_name": product_name(book, found.product_gtin),
        "variety": found.variety,
        "attributes": sorted(book.attributes_of(name) or ()),
        "made_by": found.origin.kind,
        "made_in": found.origin.entry_id,
        "from": list(found.origin.ins),
        "used_up_by": consumer.entry_id if consumer else "",
        "written_off_by": found.written_off_by.entry_id if found.written_off_by else "",
        "custodian": found.custodian,
    }


def product_name(book: Book, gtin: str) -> str:
    """Name a product in the language of this run; an English reader gets the neutral name."""
    if not gtin:
        return ""
    name = book.name_of(gtin, "zh") if language() == "zh" else book.name_of(gtin, "en", item="name_eu")
    return name or book.name_of(gtin) or gtin


def decimal(value: Fraction) -> str:
    """Write an exact mass as a decimal."""
    from iocore.units import format_decimal, round_quantum

    return format_decimal(round_quantum(value))


@lot.command()
@click.argument("name", metavar="LOT", callback=as_lot)
@click.option("--balance", is_flag=True, help="Also mass balances, and carbon balances of every lot on the way.")
@click.option("--methodology", default=None, metavar="CODE@V", help="Method; by default that of the product.")
@json_option
@pass_run
def trace(run: Run, name: str, balance: bool, methodology: str | None, as_json: bool) -> None:
    """Show where LOT comes from and what happened to it."""
    with run.services() as services, progress("Tracing"):
        book = services.ledger.book()
        if name not in book.lots:
            raise Failure(tr("There is no lot {name}; `ecarbon lot list` shows all.", name=name))
        lineage = sorted(book.ancestors(name), key=lambda one: (book.lots[one].origin.index, one))
        answer: dict[str, Any] = {"lot": name, "lineage": [_history(book, one) for one in lineage]}
        if balance:
            answer["masses"] = _masses(book, lineage)
            answer |= carbon_of_lot(services.library, book, name, lineage, methodology)
    if as_json:
        print_json(answer)
    else:
        _show(answer)
    bad = [row for row in answer.get("masses", []) if row["verdict"] in ("oversold", "unbalanced")]
    if bad:
        raise Failure(tr("Balances that do not add up: {count}.", count=len(bad)), CHECK_FAILED)
    if balance:
        refuse_unbalanced(answer)


def _history(book: Book, name: str) -> dict[str, Any]:
    found = book.lots[name]
    entries: list[Effective] = [found.origin, *found.events, *([found.consumed_by] if found.consumed_by else [])]
    events = [
        {
            "index": one.index,
            "time": one.event_time.isoformat().replace("+00:00", "Z"),
            "kind": one.kind,
            "stage": one.stage,
            "actor": one.actor,
            "actor_name": book.name_of(one.actor, "zh" if language() == "zh" else "en") or "",
            "entry_id": one.entry_id,
            "amended": one.amended,
        }
        for one in entries
    ]
    return {**lot_row(book, name), "events": events}


def _masses(book: Book, lineage: list[str]) -> list[dict[str, Any]]:
    from ledger.book.balance import balance_of

    rows, seen = [], set()
    for name in lineage:
        origin = book.lots[name].origin
        found = None if origin.entry_id in seen else balance_of(book, origin)
        seen.add(origin.entry_id)
        if found is not None:
            rows.append(
                {
                    "entry_id": origin.entry_id,
                    "kind": origin.kind,
                    "in_kg": decimal(found.in_kg),
                    "out_kg": decimal(found.out_kg),
                    "loss_kg": decimal(found.loss_kg),
                    "difference_kg": decimal(found.difference_kg),
                    "verdict": found.verdict,
                }
            )
    return rows


BALANCE_MESSAGES = {
    "balanced": "balanced",
    "warning": "balanced, with a remark",
    "unbalanced": "NOT balanced",
    "oversold": "MORE out than in",
}


def _show(answer: dict[str, Any]) -> None:
    from rich.cells import set_cell_size

    for found in answer["lineage"]:
        source = ", ".join(found["from"])
        arrow = f"  <- {source}" if source else ""
        gone = f"  {tr('written off')}" if found["written_off_by"] else ""
        certified = f"  [{' '.join(found['attributes'])}]" if found["attributes"] else ""
        click.echo(f"{found['lot']}  {found['mass_kg']} kg  {found['product_name']}{certified}{arrow}{gone}")
        for event in found["events"]:
            mark = " *" if event["amended"] else ""
            place = stage_name(event["stage"]) if event["stage"] else ""
            who = event["actor_name"] or event["actor"]
            kind = set_cell_size(kind_name(event["kind"]), 14)
            click.echo(f"    {event['time']}  {kind}  {place}  {who}{mark}")
    if "masses" in answer:
        click.echo()
        names = ("in_kg", "out_kg", "loss_kg", "difference_kg")
        cells = [
            (kind_name(row["kind"]), *(row[name] for name in names), tr(BALANCE_MESSAGES[row["verdict"]]))
            for row in answer["masses"]
        ]
        print_table(["Process", "In kg", "Out kg", "Loss kg", "Difference kg", "Verdict"], cells, right=[1, 2, 3, 4])
        click.echo()
        show_carbon(answer)
