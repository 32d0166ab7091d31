"""Check the figures: factor rows, the calculation and its leaves, totals and stages, and the derivation anew."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from iocore.factors import FactorLibrary, FactorRow, FactorSet
from iocore.sources import load_all
from ledger.book.product import products
from ledger.book.state import RECORDED, Book
from ledger.book.violation import errors_of
from passport.assess import assess, earlier_sizes
from passport.calculation import Calculation
from passport.checks.case import Case, found
from passport.disclosure import Disclosure, apart_figures, bucket_figures, figures_part, number, per_unit_shares
from passport.document import category, claim_name, product_part
from passport.factor_proof import factor_set_digest, read_proof, verify_row
from passport.facts import facts_of
from passport.methodology import methodologies
from passport.nodes import six
from passport.report import CheckFailed, NotChecked, Notebook


def factors_match(case: Case, notebook: Notebook) -> None:
    """Check that the factor sets are those of the passport, and that every row is in its set."""
    with notebook.check("factors_match") as say:
        bundle = case.the_bundle()
        notebook.need("credential_form")
        claimed = found(case.disclosure, "credential_form").factor_set
        if [(one.id, one.digest, one.size) for one in bundle.factor_sets] != [
            (one.id, one.digest, one.size) for one in claimed
        ]:
            raise CheckFailed("the bundle names other factor sets than the passport")
        sets = {one.id: one for one in bundle.factor_sets}
        rows: dict[str, FactorRow] = {}
        order = [(one.set, one.index) for one in bundle.factors]
        if order != sorted(set(order)) or len(sets) != len(bundle.factor_sets):
            raise CheckFailed("factor rows or sets stand twice or in another order")
        for one in bundle.factors:
            known = sets.get(one.set)
            if known is None or known.size != one.size:
                raise CheckFailed("a factor row is of a set that the passport does not name", set=one.set)
            row = verify_row(one.row, one.index, one.size, read_proof(one.proof), known.digest)
            rows[f"{one.set}:{row.key}"] = row
        for set_id, stated in sets.items():
            if set_id in _published() and _published()[set_id][1] != stated.digest:
                raise CheckFailed("a factor set is not the published one of its name", set=set_id)
        case.rows = rows
        say(f"{len(rows)} rows of {len(sets)} sets")


def calculation_digest(case: Case, notebook: Notebook) -> None:
    """Check that the calculation is the one that the passport signs."""
    with notebook.check("calculation_digest") as say:
        bundle = case.the_bundle()
        notebook.need("credential_form")
        calculation = Calculation.from_json(bundle.calculation)
        if not calculation.nodes[-1].salt:
            raise CheckFailed("the calculation has no salts")
        if calculation.root_digest != found(case.disclosure, "credential_form").calculation_digest:
            raise CheckFailed("the passport signs another calculation", digest=calculation.root_digest)
        case.calculation = calculation
        sealed = sum(node.op == "sealed" for node in calculation.nodes)
        say(f"{len(calculation.nodes)} nodes, {sealed} of them sealed")


def calculation_items(case: Case, notebook: Notebook) -> None:
    """Check that every number at a leaf of the calculation is that of an opened item or of a factor row."""
    with notebook.check("calculation_items") as say:
        case.the_bundle()
        notebook.need("calculation_digest", "openings_match", "factors_match")
        calculation = found(case.calculation, "calculation_digest")
        cited: set[str] = set()
        leaves = 0
        for node in calculation.nodes:
            if node.op == "item":
                item = case.items.get((node.text("entry"), node.text("item")))
                if item is None:
                    raise CheckFailed("the calculation cites an item that is not opened", item=node.text("item"))
                if item.value.get(node.text("field")) != node.text("value"):
                    raise CheckFailed("the calculation cites another value than the item's", item=item.digest)
                leaves += 1
            elif node.op == "factor":
                row = case.rows.get(node.text("row"))
                if row is None or row.value != node.text("value"):
                    raise CheckFailed(
                        "the calculation cites a factor that the bundle does not hold", row=node.text("row")
                    )
                cited.add(node.text("row"))
        idle = sorted(set(case.rows) - cited)
        if idle:
            raise CheckFailed("the bundle holds a factor row that the calculation does not cite", rows=idle[:20])
        say(f"{leaves} items, {len(cited)} factors")


def calculation_total(case: Case, notebook: Notebook) -> None:
    """Check that evaluating the calculation gives the passport's totals, to 0.000001 kg."""
    with notebook.check("calculation_total") as say:
        case.the_bundle()
        notebook.need("calculation_digest")
        calculation = found(case.calculation, "calculation_digest")
        disclosure = found(case.disclosure, "credential_form")
        results, labels = calculation.results(), calculation.labels()
        for boundary in ("gate", "delivered"):
            figure = disclosure.figure(boundary)
            _same(f"{boundary} lotKgCO2e", figure.lot_kgco2e, results[boundary])
            _same(f"{boundary} mass", figure.mass, results[f"{boundary}_mass"])
            _same(f"{boundary} kgCO2e", figure.kgco2e, results[f"{boundary}_per_kg"])
            rounded = _round(results[boundary] / results[f"{boundary}_mass"])
            _same(f"{boundary} kgCO2e, divided anew", figure.kgco2e, rounded)
        if results["delivered"] != results["gate"] + labels.get(("after",), Fraction(0)):
            raise CheckFailed("delivered is not gate plus what comes after")
        for name, stated in apart_figures(results, disclosure.boundary).items():
            _same(name, getattr(disclosure, name), number(stated))
        case.recomputed = {name: six(value) for name, value in results.items() if _is_six(value)}
        say(f"gate {case.recomputed['gate']}, delivered {case.recomputed['delivered']} kg CO2e")


def stage_figures(case: Case, notebook: Notebook) -> None:
    """Check that the stages are those of the calculation and add up to the headline."""
    with notebook.check("stage_figures") as say:
        case.the_bundle()
        notebook.need("calculation_digest", "calculation_total")
        labels = found(case.calculation, "calculation_digest").labels()
        disclosure = found(case.disclosure, "credential_form")
        stages = {(stage.part, stage.name): stage for stage in disclosure.stage}
        shown = {label for label in labels if len(label) == 2 and label[0] in ("gate", "after")}
        if set(stages) != shown or len(stages) != len(disclosure.stage):
            raise CheckFailed("the passport lists other stages than the calculation")
        hidden = 0
        for (part, name), stage in stages.items():
            _same(f"stage {name}", stage.lot_kgco2e, labels[part, name])
            buckets = {
                label[2]: value for label, value in labels.items() if len(label) == 3 and label[:2] == (part, name)
            }
            if not buckets:
                hidden += bool(stage.lot_bucket)
            elif stage.lot_bucket and set(stage.lot_bucket) != set(buckets):
                raise CheckFailed("the passport lists other buckets than the calculation", stage=name)
            for bucket, amount in stage.lot_bucket.items() if buckets else ():
                _same(f"stage {name}, bucket {bucket}", amount, buckets[bucket])
            summed = sum(map(number, stage.lot_bucket.values()), Fraction(0))
            if stage.lot_bucket and summed != number(stage.lot_kgco2e):
                raise CheckFailed("the buckets of a stage do not add up to it", stage=name)
        _headline(disclosure)
        say(f"{len(stages)} stages" + (f", buckets of {hidden} sealed since" if hidden else ""))


def derivation(case: Case, notebook: Notebook) -> None:
    """Derive calculation and figures anew from the entries, and compare."""
    with notebook.check("derivation") as say:
        bundle = case.the_bundle()
        if bundle.audience != "full":
            raise NotChecked(f"the openings of the audience {bundle.audience} do not suffice")
        if bundle.erased:
            raise NotChecked(f"openings of {len(bundle.erased)} entries were erased")
        notebook.need("entry_keys", "openings_match", "factors_match", "calculation_digest", "credential_form")
        calculation = found(case.calculation, "calculation_digest")
        if any(node.op == "sealed" for node in calculation.nodes):
            raise NotChecked("parts of the calculation are sealed")
        absent = sorted({one.id for one in bundle.factor_sets} - set(_published()))
        if absent:
            raise NotChecked(f"these factor sets are not at hand: {', '.join(absent)}")
        disclosure = found(case.disclosure, "credential_form")
        if disclosure.methodology not in methodologies():
            raise NotChecked(f"this method is not at hand: {disclosure.methodology}")
        book = found(case.book, "entry_keys")
        needless = sorted(entry_id for entry_id in case.verdicts if not overruled(book, entry_id))
        if needless:
            raise CheckFailed("the passport states a verdict that its entries tell by themselves", entries=needless)
        anew = assess(
            book,
            disclosure.lot,
            library=FactorLibrary(_published()[one.id][0] for one in bundle.factor_sets),
            methodology=disclosure.methodology,
            tree_size=disclosure.lineage.tree_size,
            earlier=[case.fold(bundle.openings, size) for size in earlier_sizes(book, disclosure.lot)],
        )
        if anew.tree.unsalted_digest() != calculation.unsalted_digest():
            raise CheckFailed("the entries give another calculation than the bundle's")
        facts = facts_of(book, disclosure.lot, market=disclosure.market)
        expected = {
            **figures_part(anew.footprint, boundary=disclosure.boundary, stages=list(disclosure.stage)),
            **product_part(facts),
        }
        for name, value in expected.items():
            if getattr(disclosure, name) != value:
                raise CheckFailed("the entries give another figure than the passport's", field=name)
        subject = case.credential["credentialSubject"]
        stated = {
            "name": facts.name,
            "batchNumber": facts.lot_number,
            "productionDate": facts.produced,
            "productCategory": category(facts.kind),
        }
        for name, text in stated.items():
            if subject[name] != text:
                raise CheckFailed("the entries give another fact than the passport's", field=name)
        if subject["performanceClaim"][0]["name"] != claim_name(disclosure.boundary, products()[facts.kind].origin):
            raise CheckFailed("the entries give another fact than the passport's", field="performanceClaim")
        say(f"{len(anew.entries)} entries, {len(anew.used_rows)} factors, the same calculation")


def overruled(book: Book, entry_id: str) -> bool:
    """Tell whether an entry counts, or does not count, against what the rules find in the book."""
    reasons = book.rejected.get(entry_id)
    return bool(errors_of(book.warnings.get(entry_id, ()))) if reasons is None else reasons == (RECORDED,)


def _headline(disclosure: Disclosure) -> None:
    inside = [stage for stage in disclosure.stage if disclosure.boundary == "delivered" or stage.part == "gate"]
    figure = disclosure.figure(disclosure.boundary)
    if sum((number(stage.lot_kgco2e) for stage in inside), Fraction(0)) != number(figure.lot_kgco2e):
        raise CheckFailed("the stages do not add up to the headline")
    amounts = [number(stage.lot_kgco2e) if stage in inside else Fraction(0) for stage in disclosure.stage]
    for stage, share in zip(disclosure.stage, per_unit_shares(amounts, number(figure.kgco2e)), strict=True):
        _same(f"kgCO2e of stage {stage.name}", stage.kgco2e, share)
    buckets = bucket_figures(list(disclosure.stage), disclosure.boundary, number(disclosure.total))
    for name, stated in buckets.items():
        _same(name, getattr(disclosure, name), number(stated))


@cache
def _published() -> Mapping[str, tuple[FactorSet, str]]:
    """Give the factor sets that the verifier brings itself, with their digests: an issuer picks its own rows."""
    return {one.id: (one, factor_set_digest(one)) for one in load_all().sets}


def _same(name: str, text: str, value: Fraction) -> None:
    if number(text) != value:
        raise CheckFailed("a figure is not what the calculation gives", figure=name, stated=text)


def _round(value: Fraction) -> Fraction:
    return Fraction(round(value * 1_000_000), 1_000_000)


def _is_six(value: Fraction) -> bool:
    return (value * 1_000_000).denominator == 1
