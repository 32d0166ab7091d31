"""Assess a lot at the current log size: figures, shares, gaps, and the calculation itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from web.cli.base import Run, json_option, pass_run
from web.cli.names import bucket_name, flag_name, slot_name, stage_name
from web.cli.output import print_json, print_pairs, print_table, progress
from web.cli.words import tr, translate

if TYPE_CHECKING:
    from passport.assess import Assessment
    from passport.footprint import BoundaryFootprint

METHODOLOGY = "lychee-fresh@1"


@click.command()
@click.argument("lot", metavar="LOT")
@click.option("--methodology", default=METHODOLOGY, help="Method and version.")
@click.option("--boundary", type=click.Choice(["gate", "delivered"]), default=None, help="Show one boundary only.")
@click.option("--explain", is_flag=True, help="Show the calculation, node by node.")
@json_option
@pass_run
def assess(run: Run, lot: str, methodology: str, boundary: str | None, explain: bool, as_json: bool) -> None:
    """Compute the footprint of LOT from what the ledger holds now."""
    from passport.assess import assess as compute
    from passport.assess import earlier_sizes
    from passport.explain import explain_text

    with run.services() as services, progress("Assessing"):
        book = services.ledger.book()
        earlier = [services.ledger.book(size) for size in earlier_sizes(book, lot)] if book.has_lot(lot) else []
        found = compute(
            book, lot, library=services.library, methodology=methodology, tree_size=book.size, earlier=earlier
        )
    boundaries = [boundary] if boundary else ["gate", "delivered"]
    if as_json:
        print_json(_json(found, boundaries, explain=explain))
        return
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
    _show_rest(found)
    if explain:
        for name in boundaries:
            click.echo()
            click.echo(explain_text(found.tree, boundary=name, names=display_names(found)), nl=False)


def display_names(found: Assessment) -> dict[str, str]:
    """Name the codes of a calculation in the language of this run."""
    slots = found.footprint.delivered.slots
    return {
        **{slot.slot: slot_name(slot.slot) for slot in slots},
        **{slot.bucket: bucket_name(slot.bucket) for slot in slots},
        **{slot.stage: stage_name(slot.stage) for slot in slots},
        "gate": tr("to the port or airport of exit"),
        "delivered": tr("delivered"),
    }


def _json(found: Assessment, boundaries: list[str], *, explain: bool) -> dict[str, Any]:
    from passport.explain import explain_json

    value = found.footprint.to_json()
    for name in {"gate", "delivered"} - set(boundaries):
        del value[name]
    answer: dict[str, Any] = {**value, "flags": list(found.flags), "factors": sorted(found.used_rows)}
    if explain:
        answer["calculation"] = explain_json(found.tree)
    return answer


def _show(figures: BoundaryFootprint) -> None:
    click.echo()
    words = {"gate": tr("to the port or airport of exit"), "delivered": tr("delivered")}
    click.echo(
        tr(
            "{boundary}: {figure} kg CO2e/kg ({total} kg CO2e, {mass} kg)",
            boundary=words[figures.boundary],
            figure=figures.kgco2e_per_kg,
            total=figures.total_kgco2e,
            mass=figures.mass_kg,
        )
    )
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


def _show_rest(found: Assessment) -> None:
    footprint = found.footprint
    apart = [
        (tr("Aircraft"), footprint.aircraft_kgco2e),
        (tr("Aircraft forcing, apart"), footprint.aircraft_forcing_kgco2e),
        (tr("Biogenic CO2, apart"), footprint.biogenic_co2_kgco2e),
        (tr("Biogenic uptake, apart"), footprint.biogenic_uptake_kgco2e),
        (tr("Removals, apart"), footprint.removals_kgco2e),
    ]
    click.echo()
    for name, value in apart:
        if value:
            print_pairs([(name, f"{value} kg CO2e")])
    for gap in footprint.missing:
        place = f"{stage_name(gap.stage)} / {slot_name(gap.slot)}"
        filled = translate(gap.filled) or tr("nothing was put in its place")
        click.echo(tr("Not reported: {place}; {filled}", place=place, filled=filled))
    for estimate in footprint.superseded:
        place = f"{stage_name(estimate.stage)} / {slot_name(estimate.slot)}"
        reason = translate(estimate.reason)
        click.echo(tr("Not counted: {place} ({tier}): {reason}", place=place, tier=estimate.tier, reason=reason))
    for pool in footprint.open_pools:
        click.echo(tr("Still open: {pool}", pool=pool))
