"""Look at factor sets, read published tables, and compute a shipped set again from its sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iocore.errors import FactorNotFound
from web.cli.base import Run, json_option, pass_run
from web.cli.failures import CHECK_FAILED, Failure
from web.cli.output import print_json, print_pairs, print_table, progress
from web.cli.words import language, tr

if TYPE_CHECKING:
    from iocore.factors import FactorSet

IMPORTABLE = ("us-epa",)
RECOMPUTABLE = ("cn-io-2017",)
FOLDER = "factors"
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def factors() -> None:
    """Look at factor sets and where their figures come from."""


@factors.command("list")
@json_option
@pass_run
def list_sets(run: Run, as_json: bool) -> None:
    """List the factor sets with source, licence and digest."""
    from passport.factor_proof import factor_set_digest

    rows: list[dict[str, Any]] = []
    for one, shipped in _sets(run):
        rows.append(
            {
                "set": one.id,
                "title": one.title,
                "rows": len(one),
                "licence": one.licence,
                "may_publish": one.may_publish,
                "digest": factor_set_digest(one),
                "shipped": shipped,
                "provenance": dict(one.provenance),
            }
        )
    if as_json:
        print_json(rows)
        return
    table = [(row["set"], row["rows"], row["digest"][:16], row["title"], row["licence"]) for row in rows]
    print_table(["Set", "Rows", "Digest", "Title", "Licence"], table, right=[1])


@factors.command("show")
@click.argument("set_id", metavar="SET")
@click.option("--key", default="", help="Show only keys that contain this text.")
@json_option
@pass_run
def show(run: Run, set_id: str, key: str, as_json: bool) -> None:
    """Show the rows of a set, with the source of each."""
    chosen = _one(run, set_id)
    rows = [row for row in chosen if key.lower() in row.key.lower()]
    if not rows:
        raise FactorNotFound("no key of the set contains this text", set=chosen.id, key=key)
    if as_json:
        about = {"set": chosen.id, "title": chosen.title, "licence": chosen.licence}
        print_json({**about, "provenance": dict(chosen.provenance), "rows": [row.as_dict() for row in rows]})
        return
    print_pairs([("Set", chosen.id), ("Title", chosen.title), ("Licence", chosen.licence)])
    chinese = language() == "zh"
    names = [(chinese and row.name_zh) or row.name_en for row in rows]
    cells = [
        (row.key, row.value, row.unit, row.gas, row.published or "", name, row.source)
        for row, name in zip(rows, names, strict=True)
    ]
    print_table(["Factor", "Value", "Unit", "Gas", "Published", "Name", "Source"], cells, right=[1])


@factors.command("import")
@click.argument("source", type=click.Choice(IMPORTABLE))
@click.argument("file", type=FILE)
@json_option
@pass_run
def import_set(run: Run, source: str, file: Path, as_json: bool) -> None:
    """Read a whole published factor table into the home, as a set of its own."""
    from ledger.log.canonical import encode
    from passport.factor_proof import factor_set_digest
    from web.home import write_changed

    with progress("Reading factors"):
        factor_set = _read(source, file)
    folder = run.config().home / FOLDER
    target = folder / f"{factor_set.source}-{factor_set.version}.jsonl"
    head = {
        "licence": factor_set.licence,
        "may_publish": factor_set.may_publish,
        "provenance": dict(factor_set.provenance),
        "source": factor_set.source,
        "title": factor_set.title,
        "version": factor_set.version,
    }
    lines = [encode(head), *(encode(row.as_dict()) for row in factor_set)]
    changed = write_changed(target, b"".join(line + b"\n" for line in lines))
    digest = factor_set_digest(factor_set)
    if as_json:
        answer = {"set": factor_set.id, "rows": len(factor_set), "digest": digest}
        print_json({**answer, "file": str(target), "changed": changed})
        return
    print_pairs([("Set", factor_set.id), ("Rows", len(factor_set)), ("Digest", digest), ("File", target)])
    click.echo(tr("It can be looked up; an assessment uses it once a methodology names it."))


@factors.command("recompute")
@click.argument("source", metavar="SET", type=click.Choice(RECOMPUTABLE))
@click.option("--table", required=True, type=FILE, help="Input-output table, CSV or gzip.")
@click.option("--inventory", required=True, type=FILE, help="CO2 inventory, XLSX.")
@json_option
def recompute(source: str, table: Path, inventory: Path, as_json: bool) -> None:
    """Compute a shipped set again from its two source files and compare every figure."""
    from iocore.sources import cn_io_2017

    with progress("Computing multipliers"):
        rows = cn_io_2017.recompute(table, inventory)
    different = [row for row in rows if row.verdict == "different"]
    if as_json:
        cells = [{"key": r.key, "shipped": r.shipped, "computed": r.computed, "verdict": r.verdict} for r in rows]
        print_json({"set": source, "rows": cells, "different": len(different)})
    else:
        print_table(
            ["Sector", "Shipped", "Computed", "Verdict"],
            [(row.key, row.shipped, row.computed, tr(VERDICT_MESSAGES[row.verdict])) for row in rows],
            right=[1, 2],
        )
    if different:
        raise Failure(tr("Figures that differ from the shipped ones: {count}.", count=len(different)), CHECK_FAILED)


VERDICT_MESSAGES = {
    "same": "same",
    "within_rounding": "same within the last digit",
    "different": "DIFFERENT",
}


def _read(source: str, file: Path) -> FactorSet:
    from iocore.sources import us_epa_2021

    return {"us-epa": us_epa_2021.import_csv}[source](file)


def _sets(run: Run) -> Iterator[tuple[FactorSet, bool]]:
    from iocore.sources import load_all

    for one in load_all().sets:
        yield one, True
    for path in sorted((run.config().home / FOLDER).glob("*.jsonl")):
        yield _load(path), False


def _one(run: Run, set_id: str) -> FactorSet:
    for one, _ in _sets(run):
        if set_id in (one.id, one.source):
            return one
    raise Failure(tr("There is no factor set {name}; `ecarbon factors list` shows all.", name=set_id))


def _load(path: Path) -> FactorSet:
    """Read an imported set back, as strictly as anything else that lies in a file."""
    from iocore.factors import FactorRow, FactorSet
    from ledger.errors import MalformedJson
    from ledger.log.canonical import decode

    try:
        head, *rows = [decode(line) for line in path.read_bytes().splitlines()]
        return FactorSet(
            source=head["source"],
            version=head["version"],
            title=head["title"],
            licence=head["licence"],
            may_publish=head["may_publish"],
            provenance=head["provenance"],
            rows=tuple(FactorRow.from_dict(row) for row in rows),
        )
    except (MalformedJson, KeyError, TypeError, ValueError) as error:
        raise Failure(tr("{file} cannot be read; import the published table again.", file=path)) from error
