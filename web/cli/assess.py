"""Assess a lot at the current log size: figures, shares, gaps, what the data are worth, and the calculation itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.cli.apart import show_apart
from web.cli.base import Run, as_lot, json_option, pass_run
from web.cli.names import (
    LOCALE,
    boundary_name,
    bucket_name,
    evidence_name,
    flag_name,
    gap_lines,
    gas_name,
    headline,
    kind_name,
    loser_reason,
    nothing_instead,
    slot_name,
    stage_name,
    tier_name,
)
from web.cli.output import print_json, print_pairs, print_table, progress
from web.cli.quality import show_monte_carlo, show_quality
from web.cli.remarks import show_remarks
from web.cli.words import language, tr, translate

if TYPE_CHECKING:
    from decimal import Decimal

    from iocore.factors import FactorLibrary
    from ledger.book.state import Book
    from passport.assess import Assessment, OwnSeason
    from passport.footprint import BoundaryFootprint, ProductFootprint
    from passport.plausibility import Comparison
    from passport.remarks import Remark
    from passport.sampling import MonteCarlo
    from passport.season import Outcome

#: Types of removals that have conditions.
REMOVALS = ("beccs", "biochar", "soil", "wood")


@click.command()
@click.argument("lot", metavar="[LOT]", required=False, default="", callback=as_lot)
@click.option("--all", "every", is_flag=True, help="Instead of LOT: every lot not used up, one line of JSON each.")
@click.option("--since", type=click.IntRange(0), metavar="SIZE",
              help="With --all: only lots that entries from SIZE on may change.")  # fmt: skip
@click.option("--methodology", default=None, metavar="CODE@V", help="Method; by default that of the product.")
@click.option("--boundary", type=click.Choice(["gate", "delivered"]), default=None, help="Show one boundary only.")
@click.option("--explain", is_flag=True, help="Show the calculation, node by node.")
@click.option("--format", "form", type=click.Choice(["text", "json", "svg"]), default=None,
              help="With --explain: as a text, as JSON, or as an SVG picture of the stages.")  # fmt: skip
@click.option(
    "--monte-carlo",
    "seed",
    type=click.IntRange(min=0),
    default=None,
    metavar="SEED",
    help="Draw the calculation at random, from this seed, to check the interval.",
)
@json_option
@pass_run
def assess(
    run: Run,
    lot: str,
    every: bool,
    since: int | None,
    methodology: str | None,
    boundary: str | None,
    explain: bool,
    form: str | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Compute the footprint of LOT, or of all lots, from what the ledger holds now."""
    if every == bool(lot) or (not every and since is not None) or (every and (explain or seed is not None)):
        raise click.UsageError(
            tr("Give either LOT or --all; --since goes with --all, --explain and --monte-carlo with LOT.")
        )
    if form and not explain:
        raise click.UsageError(tr("--format goes with --explain."))
    boundaries = [boundary] if boundary else ["gate", "delivered"]
    if every:
        _assess_all(run, methodology, boundaries, since or 0)
        return
    found, plausible, remarks, refused, library = _assessed(run, lot, methodology)
    drawn = _drawn(found, boundaries, seed)
    from passport.footprint import plain

    if form == "svg":
        click.echo(_picture(found, boundaries[-1]), nl=False)
    elif as_json or form == "json":
        told = {"plausibility": plain(plausible), "remarks": [remark.to_json() for remark in remarks]}
        print_json({**_json(found, boundaries, drawn, library, explain=explain), **told, "rejected": refused})
    else:
        _show_one(found, boundaries, drawn, explain=explain)
        if explain:
            _show_choices(found, library)
        show_remarks(remarks)
        _show_refused(refused)


def _assess_all(run: Run, methodology: str | None, boundaries: list[str], since: int) -> None:
    from passport.lineage import LedgerSource
    from passport.season import assess_all

    with run.services() as services, progress("Assessing") as step:
        size = services.ledger.size
        source = LedgerSource(services.ledger, size, lambda done: step("Reading the log", done, size))
        found = assess_all(source, library=services.library, methodology=methodology, since=since)
        for count, outcome in enumerate(found, 1):
            step("Assessing", count, 0)
            print_json(_line(outcome, size, boundaries), line=True)


def _line(outcome: Outcome, size: int, boundaries: list[str]) -> dict[str, Any]:
    found = outcome.result
    if isinstance(found, Exception):
        problem = {"code": found.code, "detail": translate(str(found))}
        return {"lot": outcome.lot, "tree_size": size, "problem": problem}
    footprint = found.footprint
    return {
        "lot": outcome.lot,
        "tree_size": size,
        "methodology": footprint.methodology,
        **{name: _figures(footprint.boundary(name)) for name in boundaries},
        "coverage": str(footprint.coverage),
        "flags": list(found.flags),
        "calculation": found.tree.unsalted_digest(),
    }


def _figures(figures: BoundaryFootprint) -> dict[str, str]:
    return {
        "kgco2e_per_kg": str(figures.kgco2e_per_kg),
        "total_kgco2e": str(figures.total_kgco2e),
        "mass_kg": str(figures.mass_kg),
        "measured_activity_share": str(figures.measured_activity_share),
        "primary_data_share": str(figures.primary_data_share),
    }


def _assessed(
    run: Run, lot: str, methodology: str | None
) -> tuple[Assessment, tuple[Comparison, ...], tuple[Remark, ...], list[dict[str, Any]], FactorLibrary]:
    from passport.assess import assess as compute
    from passport.assess import earlier_sizes
    from passport.plausibility import compare
    from passport.weights import in_kilograms, remarks_on

    with run.services() as services, progress("Assessing"):
        book = services.ledger.book()
        earlier = [services.ledger.book(size) for size in earlier_sizes(book, lot)] if book.has_lot(lot) else []
        found = compute(
            book,
            lot,
            library=services.library,
            methodology=methodology,
            tree_size=book.size,
            earlier=earlier,
            judged=True,
        )
        remarks = in_kilograms(found.tree, remarks_on(book, [lot]))
        return found, compare(book, lot, found.tree), remarks, _refused(book, lot), services.library


def _refused(book: Book, lot: str) -> list[dict[str, Any]]:
    """List the entries about a lot, or about one that went into it, that the log rejected."""
    lots, statements = set(book.ancestors(lot)), book.authority.facts.statements
    return [
        {"entry_id": entry_id, "kind": statements[entry_id].kind, "reasons": [one.to_json() for one in reasons]}
        for entry_id, reasons in book.rejected.items()
        if statements[entry_id].named & lots
    ]


def _show_refused(refused: list[dict[str, Any]]) -> None:
    for one in refused:
        click.echo(
            tr(
                "Not counted, the log rejected it: {entry_id} ({kind}): {reason}",
                entry_id=one["entry_id"],
                kind=kind_name(one["kind"]),
                reason=translate(one["reasons"][0]["message"]),
            )
        )


def _show_one(found: Assessment, boundaries: list[str], drawn: dict[str, MonteCarlo], *, explain: bool) -> None:
    from passport.explain import explain_text

    footprint = found.footprint
    print_pairs(
        [
            ("Lot", footprint.lot),
            ("Method", footprint.methodology),
            ("Log size", footprint.tree_size),
            ("Coverage of slots", f"{footprint.coverage} %"),
        ]
    )
    for name in boundaries:
        _show(footprint.boundary(name))
        _show_own_season(found.own_season.get(name))
        show_quality(found.quality[name])
        if name in drawn:
            show_monte_carlo(drawn[name])
    _show_rest(found)
    if explain:
        for name in boundaries:
            click.echo()
            click.echo(explain_text(found.tree, boundary=name, names=display_names(found)), nl=False)


def _picture(found: Assessment, boundary: str) -> str:
    """Draw the stages of one boundary as a waterfall."""
    from passport.explain import waterfall
    from passport.waterfall import Words, draw

    figures = found.footprint.boundary(boundary)
    words = Words(
        lang=LOCALE[language()],
        title=tr("Where the emissions of lot {lot} arise", lot=found.footprint.lot),
        headline=_headline(figures),
        phases={"gate": boundary_name("gate"), "after": tr("beyond")},
        total=tr("Total"),
        apart=tr("Apart, no part of the total"),
        unit="kg CO2e",
        names={stage.stage: stage_name(stage.stage) for stage in figures.by_stage},
    )
    return draw(waterfall(found.tree, boundary), words=words, apart=_apart(found.footprint))


def display_names(found: Assessment) -> dict[str, str]:
    """Name the codes of a calculation in the language of this run."""
    from passport.footprint import APART_BUCKETS, PHASES_OF

    slots = found.footprint.delivered.slots
    return {
        **{slot.slot: slot_name(slot.slot) for slot in slots},
        **{slot.bucket: bucket_name(slot.bucket) for slot in slots},
        **{slot.stage: stage_name(slot.stage) for slot in slots},
        **{slot.gas: gas_name(slot.gas) for slot in slots},
        **{slot: slot_name(slot) for slot in ("carbon", *(f"removal_{kind}" for kind in REMOVALS))},
        **{result: bucket_name(bucket) for bucket, result in APART_BUCKETS.items()},
        **{slot.evidence: evidence_name(slot.evidence) for slot in slots},
        **{slot.tier: tier_name(slot.tier) for slot in slots},
        "explain.head": tr("{name}: {total} kg CO2e / {mass} kg = {figure} kg CO2e per kg"),
        "explain.line": tr("{name}: {value}"),
        "explain.share": tr("share of {lot}: {part} of {whole}, weight {weight} of {total}"),
        "apart": tr("Apart, in no sum above"),
        **{name: boundary_name(name) for name in PHASES_OF},
    }


def _drawn(found: Assessment, boundaries: list[str], seed: int | None) -> dict[str, MonteCarlo]:
    if seed is None:
        return {}
    from passport.sampling import draw

    drawn = {name: draw(found, name, seed=seed) for name in boundaries}
    return {name: one for name, one in drawn.items() if one is not None}


def _json(
    found: Assessment, boundaries: list[str], drawn: dict[str, MonteCarlo], library: FactorLibrary, *, explain: bool
) -> dict[str, Any]:
    from iocore.published import published
    from passport.explain import explain_json
    from passport.footprint import plain
    from passport.rivals import rivals

    value = found.footprint.to_json()
    for name in {"gate", "delivered"} - set(boundaries):
        del value[name]
    choices = [
        {
            "row": match.row_id,
            "valid_for": match.row.year or None,
            "published": published(match.row) or None,
            "places": list(match.asked),
            "place_rank": match.place_rank,
            "year_gap": match.year_gap,
            "flags": list(match.flags),
            "rejected": [
                {"row": one.row_id, "value": one.row.value, "unit": one.row.unit, "reason": one.reason}
                for one in rivals(library, match)
            ],
        }
        for match in found.choices
    ]
    flags = list(found.flags)
    answer: dict[str, Any] = {**value, "flags": flags, "factors": sorted(found.used_rows), "choices": choices}
    answer["quality"] = plain({name: found.quality[name] for name in boundaries})
    answer["own_season"] = plain({name: found.own_season[name] for name in boundaries if name in found.own_season})
    if drawn:
        answer["monte_carlo"] = plain(drawn)
    if explain:
        answer["calculation"] = explain_json(found.tree)
    return answer


def _show_own_season(alone: OwnSeason | None) -> None:
    if alone is not None:
        click.echo(
            tr(
                "The figure averages or spreads {seasons}; its own season alone: {figure} kg CO2e/kg ({total} kg CO2e)",
                seasons=tr(", ").join(tr("establishment") if one == "establishment" else one for one in alone.seasons),
                figure=alone.kgco2e_per_kg,
                total=alone.total_kgco2e,
            )
        )


def _show_choices(found: Assessment, library: FactorLibrary) -> None:
    """List the factors that were chosen among several, with those passed over, best first, and why."""
    from iocore.published import published
    from passport.rivals import rivals

    shown: dict[tuple[str, int], dict[str, str]] = {}
    for match in found.choices:
        told = shown.setdefault((match.row_id, match.year_gap), {})
        for one in rivals(library, match):
            told[one.row_id] = tr(
                "{row} = {value} {unit}: {reason}",
                row=one.row_id,
                value=one.row.value,
                unit=one.row.unit,
                reason=translate(one.reason),
            )
    for (row_id, gap), passed_over in shown.items():
        if not passed_over:
            continue
        click.echo()
        chosen = library.row(row_id)
        if later := published(chosen):
            click.echo(tr("{row} is valid for {year} and was published: {later}.",
                          row=row_id, year=chosen.year, later=later))  # fmt: skip
        click.echo(tr("{row} was chosen, {gap} years before the activity, and passed over were:", row=row_id, gap=gap))
        for line in passed_over.values():
            click.echo(f"  {line}")


def _show(figures: BoundaryFootprint) -> None:
    click.echo()
    click.echo(_headline(figures))
    interval = figures.interval
    print_pairs(
        [
            ("Interval", f"{interval.low} - {interval.high} kg CO2e/kg ({interval.level} %)"),
            ("Measured activity", f"{figures.measured_activity_share} %"),
            ("Primary data", f"{figures.primary_data_share} %"),
        ]
    )
    buckets = list(figures.by_bucket)
    rows = [
        (stage_name(stage.stage), *(stage.by_bucket.get(name, "") for name in buckets), stage.total_kgco2e)
        for stage in figures.by_stage
    ]
    rows.append((tr("Total"), *figures.by_bucket.values(), figures.total_kgco2e))
    columns = ["Stage", *(bucket_name(name) for name in buckets), "kg CO2e"]
    print_table(columns, rows, right=range(1, len(columns)))
    for flag in figures.flags:
        if flag.total_kgco2e:
            click.echo(tr("{share} % ({amount} kg CO2e): {flag}", share=flag.share, amount=flag.total_kgco2e,
                          flag=flag_name(flag.code)))  # fmt: skip


def _headline(figures: BoundaryFootprint) -> str:
    return headline(figures.boundary, figure=figures.kgco2e_per_kg, total=figures.total_kgco2e, mass=figures.mass_kg)


def _apart(footprint: ProductFootprint) -> list[tuple[str, Decimal]]:
    """Name what is no part of the total, whatever it is worth."""
    return [
        (tr("Aircraft forcing, apart"), footprint.aircraft_forcing_kgco2e),
        (tr("Biogenic CO2, apart"), footprint.biogenic_co2_kgco2e),
        (tr("Biogenic uptake, apart"), footprint.biogenic_uptake_kgco2e),
        (tr("Removals, apart"), footprint.removals_kgco2e),
    ]


def _show_rest(found: Assessment) -> None:
    footprint = found.footprint
    click.echo()
    for name, value in [(tr("Aircraft"), footprint.aircraft_kgco2e), *_apart(footprint)]:
        if value:
            print_pairs([(name, f"{value} kg CO2e")])
    show_apart(footprint)
    if "missing_leg" in found.flags:
        click.echo(
            tr("A leg of the way is not reported, so the delivered figure is too low; import it, or state 0 km.")
        )
    unreported = [gap for gap in footprint.missing if gap.reason in ("not reported", "stage not reported")]
    for line in gap_lines((gap.stage, gap.slot, gap.filled) for gap in unreported):
        click.echo(line)
    for gap in footprint.missing:
        if gap not in unreported:
            place = f"{stage_name(gap.stage)} / {slot_name(gap.slot)}"
            filled = translate(gap.filled) or nothing_instead()
            reason = translate(gap.reason)
            click.echo(tr("Not entered: {place}: {reason}; {filled}", place=place, reason=reason, filled=filled))
    for estimate in footprint.superseded:
        place = f"{stage_name(estimate.stage)} / {slot_name(estimate.slot)}"
        reason = loser_reason(estimate.reason)
        click.echo(
            tr(
                "Not counted: {place} ({tier}): {reason}",
                place=place,
                tier=tier_name(estimate.tier),
                reason=reason,
            )
        )
    for pool in footprint.open_pools:
        facility, _, stage = pool.partition("/")
        click.echo(tr("Still open: {pool}", pool=f"{facility}/{stage_name(stage)}"))
