"""Carbon in double entry: what every lot and every actor took over, produced, handed on and holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from web.cli.base import Run, json_option, need_actor, pass_run
from web.cli.failures import CHECK_FAILED, Failure
from web.cli.names import bucket_name, gas_name, slot_name
from web.cli.output import print_json, print_table, progress
from web.cli.words import language, tr

if TYPE_CHECKING:
    from iocore.factors import FactorLibrary
    from ledger.book.state import Book
    from passport.journal import Journal
    from passport.methodology import Methodology

Row = dict[str, Any]
LOT_TERMS = ("acquired", "produced", "transferred", "stock", "written_off")
TERMS = ("opening", "produced", "imported", "delivered", "stock", "written_off")


@click.command()
@click.argument("actor", metavar="[ACTOR]", default="")
@click.option("--since", type=click.IntRange(0), default=0, help="Log size at which the statement opens.")
@click.option("--methodology", default=None, metavar="CODE@V", help="Method; by default that of lots of no product.")
@json_option
@pass_run
def balance(run: Run, actor: str, since: int, methodology: str | None, as_json: bool) -> None:
    """State the carbon account of ACTOR, or of all: opening + produced + imported = delivered + stock + written off."""
    from ledger.book.product import OTHER, products
    from passport.bench import Bench
    from passport.calculation import Builder
    from passport.journal import journal_of_actors
    from passport.methodology import methodology as find_methodology
    from passport.quantities import Desk

    method = find_methodology(methodology or products()[OTHER].methodology)
    with run.services() as services, progress("Balancing"):
        book = services.ledger.book()
        actor = need_actor(book, actor) if actor else ""
        library = services.library
        desk = Desk(Bench(Builder(), library, method))
        kept = journal_of_actors(book, actor, method=method, library=library, desk=desk)
        before = None
        if since:
            earlier = services.ledger.book(since)
            before = journal_of_actors(earlier, actor, method=method, library=library, desk=desk)
    answer: Row = {
        "size": book.size,
        "since": since,
        "methodology": method.code,
        **_books(book, kept, before, actor=actor),
    }
    if as_json:
        print_json(answer)
    else:
        _show_statement(answer["actors"])
        _show_losses(answer["losses"])
        _show_reserves(answer["reserves"], answer["restated"])
    refuse_unbalanced(answer)


def carbon_of_lot(library: FactorLibrary, book: Book, name: str, lineage: Sequence[str], asked: str | None) -> Row:
    """Describe the accounts of a lot's lineage and of the actors behind it, in kg CO2e.

    All lots that share something with the lineage are booked and checked, and those of the lineage are shown.
    """
    from passport.account import Accounts
    from passport.choice import method_of
    from passport.descent import within
    from passport.journal import headline, journal_of_lot

    method = method_of(book, name, asked)
    kept = journal_of_lot(book, name, method=method, library=library)
    figure = headline(Accounts(book, name, method=method, library=library))
    lots = kept.lots()
    rows = [
        {
            "lot": one,
            **{term: _kilograms(getattr(lots[one], term) if one in lots else 0) for term in LOT_TERMS},
            "balanced": one not in lots or lots[one].balanced,
        }
        for one in lineage
    ]
    booked = lots[name].acquired + lots[name].produced if name in lots else 0
    return {
        "methodology": method.code,
        "carbon": rows,
        **_books(book, within(kept, lineage), faults=kept),
        "assessed": _kilograms(figure),
        "not_booked": _kilograms(figure - booked),
    }


def show_carbon(answer: Row) -> None:
    """Print the accounts of a lot's lineage and of the actors behind it."""
    cells = [(row["lot"], *(row[term] for term in LOT_TERMS)) for row in answer["carbon"]]
    columns = range(1, 1 + len(LOT_TERMS))
    print_table(["Lot", "Acquired kg CO2e", "Produced", "Transferred", "Stock", "Written off"], cells, right=columns)
    if answer["not_booked"] != _kilograms(0):
        click.echo(
            tr(
                "The assessment states {figure} kg CO2e: {more} kg more than is booked, by estimates for what nobody "
                "reported and by open pools, which it charges to the lots of one lineage alone.",
                figure=answer["assessed"],
                more=answer["not_booked"],
            )
        )
    click.echo()
    _show_statement(answer["actors"])
    _show_losses(answer["losses"])
    _show_reserves(answer["reserves"], answer["restated"])


def refuse_unbalanced(answer: Row) -> None:
    """End with exit code 1 where a line or an account does not add up.

    Raises:
        Failure: it names the first of them.
    """
    rows = [*answer.get("carbon", []), *answer["actors"]]
    off = [" ".join(row[name] for name in ("lot", "actor", "bucket", "gas") if name in row)
           for row in rows if not row["balanced"]]  # fmt: skip
    off += [" ".join(one.values()) for one in answer["faults"]]
    if off:
        told = tr("Balances that do not add up: {count}.", count=len(off))
        raise Failure("\n  ".join([told, *off[:8]]), CHECK_FAILED)


def _books(
    book: Book, kept: Journal, before: Journal | None = None, *, actor: str = "", faults: Journal | None = None
) -> Row:
    """Describe the statement of one actor or of all, and the accounts that do not add up, there or in wider books."""
    lines = [line for line in kept.statement(before) if actor in ("", line.actor)]
    earlier = before.losses() if before else {}
    spoken = "zh" if language() == "zh" else "en"
    reserves = [one for one in kept.reserves() if actor in ("", one.actor)]
    orchards = {one.name.partition("/")[0] for one in reserves}
    names = {line.actor: book.name_of(line.actor, spoken) or book.name_of(line.actor) or "" for line in lines}
    return {
        "actors": [
            {
                "actor": line.actor,
                "actor_name": names[line.actor],
                "bucket": line.bucket,
                "gas": line.gas,
                **{term: _kilograms(getattr(line, term)) for term in TERMS},
                "balanced": line.balanced,
            }
            for line in lines
        ],
        "losses": [
            {
                "actor": holder,
                "actor_name": names.get(holder, ""),
                "lot": lot,
                "cause": end.data["cause"] if (end := book.lots[lot].written_off_by) else "lost",
                "kgco2e": _kilograms(quanta - earlier.get((holder, lot), 0)),
            }
            for (holder, lot), quanta in kept.losses().items()
            if actor in ("", holder) and quanta != earlier.get((holder, lot), 0)
        ],
        "reserves": [
            {
                "actor": one.actor,
                "holder": one.holder,
                "name": one.name,
                "place": book.name_of(one.name.partition("/")[0], spoken) or one.name,
                "kgco2e": _kilograms(one.quanta),
                "latest_season": _kilograms(one.season),
                "strained": one.strained,
            }
            for one in reserves
        ],
        "restated": [
            {"entry_id": entry_id, **{name: str(text) for name, text in remark.context.items()}}
            for entry_id, remarks in book.warnings.items()
            for remark in remarks
            if remark.code == "season-differs" and book.entries[entry_id].facility in orchards
        ],
        "faults": [
            {"actor": one.actor, "holder": one.holder, "name": one.name, "bucket": one.bucket, "gas": one.gas}
            for one in (faults or kept).faults()
            if actor in ("", one.actor)
        ],
    }


def _show_statement(rows: Sequence[Row]) -> None:
    cells = [
        (
            row["actor_name"] or row["actor"],
            bucket_name(row["bucket"]),
            gas_name(row["gas"]),
            *(row[term] for term in TERMS),
        )
        for row in rows
    ]
    print_table(
        ["Actor", "Bucket", "Gas", "Opening kg CO2e", "Produced", "Imported", "Delivered", "Stock", "Written off"],
        cells,
        right=range(3, 3 + len(TERMS)),
    )


def _show_losses(rows: Sequence[Row]) -> None:
    """Print which lots the carbon went with that was written off."""
    if not rows:
        return
    click.echo()
    cells = [
        (row["actor_name"] or row["actor"], row["lot"], tr(CAUSE_MESSAGES[row["cause"]]), row["kgco2e"]) for row in rows
    ]
    print_table(["Loss account of", "Lot", "Cause", "kg CO2e"], cells, right=[3])


CAUSE_MESSAGES = {
    "spoiled": "spoiled",
    "destroyed": "destroyed",
    "recalled": "recalled",
    "seized": "seized",
    "stolen": "stolen",
    "missing": "missing",
    "lost": "lost bit by bit",
}


def _show_reserves(rows: Sequence[Row], restated: Sequence[Row]) -> None:
    """Print what lies in stock because lots carry a mean, what has grown beyond a season, and seasons told apart."""
    for row in restated:
        click.echo()
        click.echo(
            tr(
                "Season {season}, {what}: the close {entry_id} states it otherwise than the close {close}.",
                what=slot_name(row["slot"]) if row["slot"] else tr("yield"),
                season=row["season"],
                entry_id=row["entry_id"],
                close=row["close"],
            )
        )
    if not rows:
        return
    click.echo()
    cells = [(row["place"], tr(HOLDER_MESSAGES[row["holder"]]), row["kgco2e"], row["latest_season"]) for row in rows]
    print_table(["Place", "Part of stock", "kg CO2e", "Latest season kg CO2e"], cells, right=[2, 3])
    for row in rows:
        if row["strained"]:
            click.echo(
                tr(
                    "{place}: more than one season lies deferred, or an asset is overdrawn: the means have lost touch "
                    "with what the seasons cause.",
                    place=row["place"],
                )
            )


HOLDER_MESSAGES = {
    "deferral": "deferred between seasons",
    "biological_asset": "biological asset: before the first yield",
}


def _kilograms(quanta: int) -> str:
    from fractions import Fraction

    from iocore.units import QUANTA_PER_UNIT
    from passport.nodes import six

    return six(Fraction(quanta, QUANTA_PER_UNIT))


@click.command()
@click.argument("entry_id", metavar="ENTRY")
@click.option("--methodology", default="", metavar="CODE@V",
              help="Also what each lot carries by this method, before and after.")  # fmt: skip
@json_option
@pass_run
def impact(run: Run, entry_id: str, methodology: str, as_json: bool) -> None:
    """Show which lots and passports ENTRY touched when it came in: an amendment, or a cost that arrived late."""
    from passport.impact import stale_passports, touched
    from passport.methodology import methodology as find_methodology

    with run.services() as services, progress("Comparing"):
        index = services.ledger.entry(entry_id).index
        before, after, now = (services.ledger.book(size) for size in (index, index + 1, None))
        lots = touched(before, after, entry_id)
        stale = stale_passports(now, lots, index)
        figures = {}
        if methodology:
            method = find_methodology(methodology)
            figures = _before_and_after(services.library, method, before, after, lots)
    if as_json:
        print_json(
            {
                "entry_id": entry_id,
                "index": index,
                "lots": [
                    {"lot": one.lot, "reason": one.reason, "by": one.by, **figures.get(one.lot, {})}
                    for one in lots.values()
                ],
                "passports": [
                    {"passport": one.passport, "lot": one.lot, "phase": one.phase, "renewed_by": one.renewed_by}
                    for one in stale
                ],
            }
        )
        return
    if not lots:
        click.echo(tr("This entry touches no lot."))
        return
    cells = [
        (one.lot, tr(REASON_MESSAGES[one.reason]), one.by, *figures.get(one.lot, {}).values()) for one in lots.values()
    ]
    if figures:
        print_table(["Lot", "Why", "By", "Before kg CO2e", "After"], cells, right=[3, 4])
    else:
        print_table(["Lot", "Why", "By"], cells)
    click.echo()
    renewed = [(one.passport, one.lot, one.phase, one.renewed_by or tr("not renewed yet")) for one in stale]
    print_table(["Passport", "Lot", "Phase", "Renewed by"], renewed)


def _before_and_after(
    library: FactorLibrary, method: Methodology, before: Book, after: Book, lots: Iterable[str]
) -> dict[str, Row]:
    """Give what lots carry in two books, in kg CO2e; empty where a book does not tell."""
    from passport.account import Accounts
    from passport.bench import Bench
    from passport.calculation import Builder
    from passport.errors import PassportError
    from passport.journal import headline
    from passport.quantities import Desk

    desk = Desk(Bench(Builder(), library, method))

    def carried(book: Book, lot: str) -> str:
        try:
            return _kilograms(headline(Accounts(book, lot, method=method, library=library, desk=desk)))
        except PassportError:
            return ""

    return {lot: {"before": carried(before, lot), "after": carried(after, lot)} for lot in lots}


REASON_MESSAGES = {
    "named": "the entry names it",
    "shares": "it shares the pool of",
    "place": "it was at",
    "product": "it is of the product",
    "made_from": "it was made from",
}
