"""Run the demo season and show what came of it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import click

from web.cli.base import Run, json_option, pass_run
from web.cli.names import gap_lines, kind_name, stage_name, variety_name
from web.cli.output import print_json, print_table, progress
from web.cli.words import tr


@click.command()
@click.option("--home", "folder", type=click.Path(path_type=Path, file_okay=False), default=None, help="Home folder.")
@click.option("--serve/--no-serve", default=False, help="Serve the result until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port to serve on.")
@click.option("--store", metavar="URL", default=None, help="Database address, instead of a file in the home.")
@json_option
@pass_run
def demo(run: Run, folder: Path | None, serve: bool, port: int | None, store: str | None, as_json: bool) -> None:
    """Play the 2026 lychee season from diary to QR, check every bundle, and print the report."""
    from web.demo_run import play

    home = folder or run.home or run.config().home
    with progress("Playing the season") as step:
        report = play(home, overrides={"database_url": store}, step=step)
    config = Run(run.environ, home).config(port=port, database_url=store)
    if as_json:
        print_json(report)
    else:
        show(report, home, f"http://{config.host}:{config.port}")
    if serve:
        from web.cli.serve import start

        start(config)


def show(report: dict[str, Any], home: Path, address: str) -> None:
    """Print the report for people: lots, figures by stage, checks, links."""
    click.echo(tr("DEMO: the activity data are illustrative and the keys are public. Nothing here is real."))
    click.echo(tr("What carbon each lot carries, what of it was measured, and how anyone recomputes it offline."))
    click.echo()
    counts = report["counts"]
    click.echo(
        tr("{entries} signed entries of {actors} parties; {lots} lots; {passports} passports.",
           entries=counts["entries"], actors=counts["actors"], lots=counts["lots"], passports=counts["passports"])
    )  # fmt: skip
    log = report["log"]
    root = log["root"][:16]
    click.echo(tr("Log {origin}: size {size}, root {root}", origin=log["origin"], size=log["size"], root=root))
    click.echo()
    rows = [
        (
            one["lot"],
            one["mass_kg"],
            variety_name(one["variety"]),
            kind_name(one["made_by"]),
            ", ".join(one["from"]),
        )
        for one in report["lots"]
    ]
    print_table(["Lot", "kg", "Variety", "Made by", "From"], rows, right=[1])
    current = [one for one in report["footprints"] if one["status"] == "active"]
    click.echo()
    print_table(
        ["Passport of lot", "Market", "Gate kg CO2e/kg", "Delivered kg CO2e/kg", "Interval", "Measured %", "Primary %"],
        [_figures(one) for one in current],
        right=[2, 3, 5, 6],
    )
    for one in current:
        click.echo()
        _show_stages(one)
    _show_checks(report)
    _show_links(report, current, home, address)


def program() -> str:
    """Name this program so that a reader can copy the line: by its name where the path finds it, else by its place."""
    return "ecarbon" if shutil.which("ecarbon") or not sys.argv[0].endswith("ecarbon") else sys.argv[0]


def _figures(one: dict[str, Any]) -> tuple[object, ...]:
    by_boundary = {figure["boundary"]: figure["kgCO2e"] for figure in one["figures"]}
    interval = one["uncertainty"]
    return (
        one["lot"],
        one["market"],
        by_boundary["gate"],
        by_boundary["delivered"] if one["boundary"] == "delivered" else "",
        f"{interval['low']} - {interval['high']}",
        one["measuredActivityShare"],
        one["primaryDataShare"],
    )


def _show_stages(one: dict[str, Any]) -> None:
    click.echo(f"{one['name']}  {one['lot']}")
    parts = {"gate": tr("to the gate"), "after": tr("beyond")}
    rows = [
        (stage_name(stage["name"]), parts[stage["part"]], stage["lotKgCO2e"], stage["kgCO2e"]) for stage in one["stage"]
    ]
    print_table(["Stage", "Part", "kg CO2e", "kg CO2e/kg"], rows, right=[2, 3])
    for line in gap_lines((gap["stage"], gap["slot"], gap["filled"]) for gap in one["missing"]):
        click.echo(line)
    if float(one["aircraft"]):
        click.echo(
            tr("Aircraft {aircraft} kg CO2e, in the figure; forcing {forcing} kg CO2e, apart.",
               aircraft=one["aircraft"], forcing=one["aircraftForcing"])
        )  # fmt: skip


def _show_checks(report: dict[str, Any]) -> None:
    checks = report["checks"]
    fine = [row for row in checks if row["consistent"] and row["trusted"] and row["complete"]]
    click.echo()
    click.echo(
        tr(
            "Checked offline: {fine} of {all} bundles are consistent, trusted and complete.",
            fine=len(fine),
            all=len(checks),
        )
    )
    for row in checks:
        if row not in fine:
            names = ", ".join(row["failed"] + row["not_checked"])
            click.echo(tr("  {file}: failed or not checked: {names}", file=row["file"], names=names))


def _show_links(report: dict[str, Any], current: list[dict[str, Any]], home: Path, address: str) -> None:
    click.echo()
    click.echo(tr("Files in {home}; `{program} --home {home} serve` shows them:", home=home, program=program()))
    rows = [(one["lot"], address + one["link"].partition("https://passport.example")[2]) for one in current]
    rows.append((tr("Log"), f"{address}/log"))
    print_table(["Lot", "Local link"], rows)
    first = report["checks"][-1]["file"] if report["checks"] else ""
    click.echo()
    click.echo(tr("Check one yourself:"))
    click.echo(
        f"  {program()} passport verify {home / first} --trust {home / 'trust.json'} --log {home / 'log'} --offline"
    )
    click.echo()
    click.echo(tr("Took {seconds} s.", seconds=round(sum(report["timings"].values()), 1)))
