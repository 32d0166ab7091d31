"""Write what the postings of a study cite: weights, data, factors and entries, each with a number to link to."""

from __future__ import annotations

from collections.abc import Container

from iocore.factors import FactorRow
from iocore.published import published
from ledger.book.stage import life_cycle
from passport.explain import plain
from passport.study import CitedFactor, Study
from web.study.annex import arithmetic
from web.study.blocks import Block, Link, Section, Table, row
from web.study.words import Words


def weights(study: Study, words: Words) -> Section:
    """List the weights by which lots share."""
    blocks: list[Block] = []
    stages: dict[int, set[str]] = {}
    for posting in (posting for lot in study.lots for posting in lot.every_posting()):
        for number in posting.weights:
            stages.setdefault(number, set()).add(posting.text("stage"))
    for one in study.weights:
        shared = words.listed(
            words.name("stage", stage.code) for stage in life_cycle() if stage.code in stages[one.number]
        )
        rows = [
            row(weight.key, (*arithmetic(study, weight.tokens, words), f" = {plain(weight.value)}"))
            for weight in one.rows
        ]
        rows.append(row(words.t("Total"), plain(one.total)))
        blocks.append(
            Table(
                words.t("Weights W{number}, by which burdens are shared: {stages}", number=one.number, stages=shared),
                (words.t("Lot"), words.t("Weight")),
                tuple(rows),
                frozenset({1}),
                anchor=f"w{one.number}",
                total=True,
            )
        )
    return Section(
        "weights",
        words.t("Annex: weights of shared burdens"),
        tuple(blocks) or (words.t("No lot shares with another."),),
    )


def data(study: Study, words: Words, only: Container[int] | None = None) -> Section:
    """List the data cited, or some of them by number, with value, unit, evidence and entry."""
    audiences = {"public": words.t("public"), "partner": words.t("partners"), "full": words.t("closed")}
    rows = []
    for one in (one for one in study.data if only is None or one.number in only):
        what = words.name("slot", one.slot) if one.slot else item_name(words, one.name)
        more = {one.field: field_name(words, one.field), "quantity": role_name(words, one.role), "amount": ""}
        what = words.listed(text for text in (what, more[one.field]) if text)
        rows.append(
            row(
                f"D{one.number}",
                what,
                f"{one.value} {words.titled('unit', one.unit)}".strip(),
                words.name("evidence", one.evidence) if one.evidence else "–",
                one.gsd,
                audiences[one.audience],
                Link(f"E{one.entry}", f"e{one.entry}"),
                one.digest,
                anchor=f"d{one.number}",
            )
        )
    return Section(
        "data-annex",
        words.t("Annex: data"),
        (
            Table(
                words.t("Data that the postings cite"),
                (
                    words.t("No."),
                    words.t("What"),
                    words.t("Value"),
                    words.t("Evidence"),
                    words.t("Assumed GSD"),
                    words.t("Who may see it"),
                    words.t("Entry"),
                    words.t("Digest of the item"),
                ),
                tuple(rows),
                frozenset({2, 4}),
            ),
        ),
    )


def field_name(words: Words, code: str) -> str:
    """Name a field of an item beside its quantity."""
    names = {
        "vat": words.t("tax rate"),
        "margin": words.t("trade margin"),
        "load": words.t("load"),
        "teu": "TEU",
        "gross": words.t("with packaging and ice"),
    }
    return names.get(code, code)


def role_name(words: Words, code: str) -> str:
    """Say what a mass is the mass of."""
    names = {
        "in": words.t("used up"),
        "out": words.t("made"),
        "at": words.t("carried or handled"),
        "loss": words.t("lost"),
    }
    return names.get(code, code)


def item_name(words: Words, code: str) -> str:
    """Name a kind of item."""
    names = {
        "mass": words.t("mass"),
        "weight": words.t("weight in a pool"),
        "price": words.t("price"),
        "distance": words.t("distance"),
        "box": words.t("box"),
        "expense": words.t("expense"),
    }
    return names.get(code, code)


def factors(study: Study, words: Words) -> Section:
    """List the factor rows cited, with source, confidence, and what was passed over."""
    rows = []
    for one in study.factors:
        found = one.row
        name = (words.lang == "zh" and found.name_zh) or words.titled("factor", found.name_en)
        source = ", ".join(text for text in (found.source, found.locator) if text)
        remarks = [words.flag(flag) for flag in one.flags]
        rows.append(
            row(
                f"F{one.number}",
                f"{name} {found.key}",
                f"{found.value} {words.titled('unit', found.unit)}",
                words.gas(found.gas)
                if found.gwp_set in ("", "n/a", found.gas.partition("@")[2])
                else words.listed((words.gas(found.gas), words.name("gwp", found.gwp_set))),
                words.listed(text for text in (found.region, str(found.year or ""), _published(found, words)) if text),
                source,
                found.confidence or "–",
                one.gsd,
                words.listed(remarks) or "–",
                (str(len(one.rejected)), f" {words.aside('', _passed_over(one, words)).strip()}")
                if one.rejected
                else "–",
                str(one.postings),
                anchor=f"f{one.number}",
            )
        )
    return Section(
        "factors",
        words.t("Annex: factors"),
        (
            Table(
                words.t("Factor rows that the postings cite, and the rows passed over for them"),
                (
                    words.t("No."),
                    words.t("Factor"),
                    words.t("Value"),
                    words.t("Gas"),
                    words.t("Place, year"),
                    words.t("Source"),
                    words.t("Confidence"),
                    words.t("Assumed GSD"),
                    words.t("Warnings"),
                    words.t("Passed over"),
                    words.t("Postings that cite it"),
                ),
                tuple(rows),
                frozenset({2, 7, 10}),
            ),
        ),
    )


def _passed_over(factor: CitedFactor, words: Words) -> str:
    """Say which rows were passed over and why, those of one reason together."""
    told: dict[str, list[str]] = {}
    for one in factor.rejected:
        told.setdefault(one.reason, []).append(f"{one.row.key} = {one.row.value}")
    return words.t("; ").join(
        words.t("{rows}: {reason}", rows=words.listed(rows), reason=words.said(reason)) for reason, rows in told.items()
    )


def _published(found: FactorRow, words: Words) -> str:
    """Say when a row was published that is valid for another year."""
    when = published(found)
    return words.t("published {year}", year=when) if when and when != str(found.year) else ""


def _named(study: Study, code: str, words: Words) -> str:
    """Name an actor or facility that has a public name, with its id behind it."""
    names = study.called.get(code, {})
    return words.aside(names.get(words.lang) or next(iter(names.values())), code) if names else code


def entries(study: Study, words: Words, only: Container[int] | None = None) -> Section:
    """List the signed entries that the data come from, or some of them by number."""
    rows = [
        row(
            f"E{one.number}",
            words.name("kind", one.kind),
            one.day,
            words.name("stage", one.stage) if one.stage else "–",
            _named(study, one.facility, words) or "–",
            _named(study, one.actor, words),
            one.entry_id,
            anchor=f"e{one.number}",
        )
        for one in study.entries
        if only is None or one.number in only
    ]
    return Section(
        "entries",
        words.t("Annex: entries of the log"),
        (
            Table(
                words.t("Signed entries; the log proves each by its id"),
                (
                    words.t("No."),
                    words.t("Kind"),
                    words.t("Day"),
                    words.t("Stage"),
                    words.t("Facility"),
                    words.t("Actor"),
                    words.t("Id"),
                ),
                tuple(rows),
            ),
        ),
    )
