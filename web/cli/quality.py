"""Show what the data of an assessment are worth: ratings, evidence, sources of uncertainty, bounds, what to measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from web.cli.names import evidence_name, gas_name, slot_name, stage_name
from web.cli.output import print_pairs, print_table
from web.cli.words import tr

if TYPE_CHECKING:
    from passport.quality import Quality, Shift
    from passport.sampling import MonteCarlo

DIMENSION_MESSAGES = {
    "technology": "technology",
    "geography": "geography",
    "time": "time",
    "activity": "activity",
}
#: How many slots the text names as sources of uncertainty; JSON has all of them.
NAMED = 5


def show_quality(quality: Quality) -> None:
    """Print what the data of one boundary are worth."""
    if quality.dqr:
        ratings = tr(", ").join(f"{tr(DIMENSION_MESSAGES[name])} {rating}" for name, rating in quality.dqr.items())
        scale = tr("our reading of the PACT scale, {table}", table=quality.table)
        print_pairs([("Data quality, 1 is best and 5 worst", tr("{name} ({code})", name=ratings, code=scale))])
    if quality.evidence:
        kinds = tr(", ").join(f"{evidence_name(one.evidence)} {one.share} %" for one in quality.evidence)
        print_pairs([("Evidence by emissions", kinds)])
    if quality.matched:
        one = quality.matched
        print_pairs([("Matched by moments", f"{one.low} - {one.high} kg CO2e/kg{tr(', ')}{tr('mean')} {one.mean}")])
    if quality.contributors:
        named = tr(", ").join(f"{_place(one.stage, one.slot)} {one.share} %" for one in quality.contributors[:NAMED])
        print_pairs([("Variance by slot", named)])
    for shift in quality.shifts:
        click.echo(_shift(shift))
    if quality.improvements:
        click.echo(tr("Measuring one of these slots, with the supplier's own factor, would narrow the interval most:"))
        rows = [
            (
                _place(one.stage, one.slot),
                f"{one.interval.low} - {one.interval.high}",
                f"{one.measured_activity_share} %",
                f"{one.primary_data_share} %",
            )
            for one in quality.improvements
        ]
        print_table(["Slot", "Interval", "Measured activity", "Primary data"], rows, right=(1, 2, 3))


def show_monte_carlo(drawn: MonteCarlo) -> None:
    """Print what sampling gave beside the intervals in closed form."""
    text = tr(
        "{low} - {high} kg CO2e/kg, median {median}, mean {mean} ({draws} draws, seed {seed})",
        low=drawn.low,
        high=drawn.high,
        median=drawn.median,
        mean=drawn.mean,
        draws=drawn.draws,
        seed=drawn.seed,
    )
    print_pairs([("Monte Carlo", text)])
    verdicts = {True: tr("within the band"), False: tr("more than the band allows: rely on the draws")}
    low, high = drawn.stated_gaps
    click.echo(tr("The interval of a passport differs from the draws by {low} % and {high} %, {verdict}.",
                  low=low, high=high, verdict=verdicts[drawn.stated_agrees]))  # fmt: skip
    low, high = drawn.matched_gaps
    click.echo(tr("The one matched by moments differs from them by {low} % and {high} %, {verdict}.",
                  low=low, high=high, verdict=verdicts[drawn.agrees]))  # fmt: skip


def _place(stage: str, slot: str) -> str:
    return f"{stage_name(stage)} / {slot_name(slot)}" if stage else tr("sharing among lots")


def _shift(shift: Shift) -> str:
    gas = tr("CO2 alone") if shift.gas == "CO2" else gas_name(shift.gas)
    if shift.at_most_kgco2e is None:
        slots = tr(", ").join(_place(*slot.split("/")) for slot in shift.unbounded_slots)
        return tr("Booked as {gas}: {amount} kg CO2e; what that leaves out has no known bound ({slots})",
                  gas=gas, amount=shift.total_kgco2e, slots=slots)  # fmt: skip
    return tr("Booked as {gas}: {amount} kg CO2e; at worst that is off by {shift} kg CO2e ({share} % of the total)",
              gas=gas, amount=shift.total_kgco2e, shift=shift.at_most_kgco2e, share=shift.share)  # fmt: skip
