"""Write the study of a product and season as a report and a workbook."""

from __future__ import annotations

from pathlib import Path

import click

from web.cli.base import Run, json_option, pass_run
from web.cli.failures import Failure
from web.cli.names import headline
from web.cli.output import print_json, progress
from web.cli.words import language, tr, translate

SEED = 1


@click.command()
@click.argument("product")
@click.option("--season", required=True, metavar="YEAR", help="Year of harvest.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default=None, help="Language of the study.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write to.")
@click.option("--methodology", default=None, metavar="CODE@V", help="Method; by default that of the product.")
@click.option("--seed", type=click.IntRange(min=0), default=SEED, help="Start of the random draws.")
@json_option
@pass_run
def study(
    run: Run, product: str, season: str, lang: str | None, out: Path, methodology: str | None, seed: int, as_json: bool
) -> None:
    """Write the footprint study of a PRODUCT (GTIN, or a kind such as fresh) and season: study.html and study.xlsx."""
    from web.home import write_changed
    from web.study.build import make_study
    from web.study.html import to_pages
    from web.study.xlsx import to_xlsx

    with run.services() as services, progress("Assessing") as step:
        made = make_study(
            services,
            product,
            season,
            methodology=methodology,
            seed=seed,
            step=lambda done, total: step("Assessing", done, total),
        )
    if made is None:
        raise Failure(tr("No lot of {product} picked in {season} can be assessed.", product=product, season=season))
    found, frame = made
    chosen = lang or language()
    files = {name: text.encode("utf-8") for name, text in to_pages(found, frame, chosen).items()}
    files["study.xlsx"] = to_xlsx(found, frame, chosen)
    for name, content in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        write_changed(out / name, content)
    for stale in {out / "sources.html", *out.glob("lots/lot*.html")} - {out / name for name in files}:
        stale.unlink(missing_ok=True)
    if as_json:
        means = {name: str(mean.per_kg) for name, mean in found.means.items()}
        print_json({"lots": len(found.lots), "kgco2e_per_kg": means, "files": [str(out / name) for name in files]})
        return
    for name, mean in found.means.items():
        click.echo(headline(name, figure=mean.per_kg, total=mean.total, mass=mean.mass))
    for lot, reason in found.refused.items():
        click.echo(tr("Left out: {lot}: {reason}", lot=lot, reason=translate(reason) or tr("written off")))
    for name in dict.fromkeys(name.partition("/")[0] for name in files):
        click.echo(str(out / name))
