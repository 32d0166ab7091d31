"""Show what stands beside the headline: emissions and removals together, and what does not count and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from web.cli.names import boundary_name, slot_name, stage_name
from web.cli.words import tr, translate

if TYPE_CHECKING:
    from passport.footprint import ProductFootprint


def show_apart(footprint: ProductFootprint) -> None:
    """Show the second line of each boundary where it differs from the headline, and what does not count and why."""
    for name, line in footprint.apart.emissions_and_removals.items():
        if line.total_kgco2e != line.headline_kgco2e:
            click.echo(
                tr(
                    "Emissions and removals, {boundary}, beside the headline: {figure} kg CO2e/kg ({total} kg CO2e)",
                    boundary=boundary_name(name),
                    figure=line.kgco2e_per_kg,
                    total=line.total_kgco2e,
                )
            )
    for credit in footprint.apart.credited:
        place = f"{stage_name(credit.stage)} / {slot_name(credit.slot)}"
        owner = credit.owner or tr("not stated")
        message = tr("Credited: {place}: {serial}, owner {owner}", place=place, serial=credit.serial, owner=owner)
        click.echo(message)
    for project in footprint.apart.avoided:
        click.echo(
            tr(
                "Stated as avoided, in no sum: {amount} kg CO2e by {owner}, against: {baseline}",
                amount=project.kgco2e,
                owner=project.owner,
                baseline=project.baseline,
            )
        )
    for one in footprint.apart.uncounted:
        what = slot_name(one.slot)
        click.echo(tr("Not counted beside the headline: {what}: {reason}", what=what, reason=translate(one.reason)))
