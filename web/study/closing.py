"""Write the end of a study: interpretation, limitations, versions, review."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from passport.footprint import PHASES_OF, percent
from passport.study import BOUNDARIES, Study
from web.study.blocks import Bullets, Section, Table, row
from web.study.build import Frame
from web.study.scope import boundary_name
from web.study.words import Words

#: Slots that are named as the greatest.
GREATEST: Final = 5


def interpretation(study: Study, frame: Frame, words: Words) -> Section:
    """Name what decides the figures, how firm that is, and what would improve the study."""
    texts = []
    for name in BOUNDARIES:
        mean, title = study.means[name], boundary_name(words, name)
        sums: dict[tuple[str, str], Fraction] = {}
        for one in (one for lot in study.lots for one in lot.postings if one.line.phase in PHASES_OF[name]):
            key = (one.text("stage"), one.text("slot"))
            sums[key] = sums.get(key, Fraction(0)) + one.line.value
        ranked = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:GREATEST]
        total = Fraction(mean.total)
        parts = words.listed(
            f"{words.place(*key)} {words.t('{share} %', share=percent(value, total))}" for key, value in ranked
        )
        share = percent(sum((value for _, value in ranked), Fraction(0)), total)
        texts.append(
            words.t("Greatest, {boundary}: {parts}; together {share} %.", boundary=title, parts=parts, share=share)
        )
        doubts = words.listed(words.place(one.stage, one.slot) for one in mean.quality.contributors[:3])
        if doubts:
            texts.append(words.t("Least certain, {boundary}: {slots}.", boundary=title, slots=doubts))
    delivered = study.means["delivered"]
    change = percent(Fraction(delivered.by_mass) - Fraction(delivered.per_kg), Fraction(delivered.per_kg))
    least = min(lot.found.footprint.coverage for lot in study.lots)
    texts += [
        words.t("Sharing by mass instead of value changes the delivered mean by {change} %.", change=change),
        words.t(
            "In the lot with the least data {share} % of the mandatory slots are closed; what is open is not in the "
            "figures and could only raise them.",
            share=least,
        ),
        words.t(
            "Measured quantities and factors of the suppliers for the slots named here would improve this study most."
        ),
    ]
    if len(study.lots) > 1:
        texts.append(
            words.t(
                "Lots differ by route: between {low} and {high} kg CO2e/kg delivered. The mean stands for this season "
                "alone, not for any of its lots.",
                low=delivered.low,
                high=delivered.high,
            )
        )
    return Section("interpretation", words.t("Interpretation"), (Bullets(tuple((text,) for text in texts)),))


def limitations(study: Study, frame: Frame, words: Words) -> Section:
    """Name what a reader must know before using the figures."""
    mean = study.means["delivered"]
    texts = [
        words.t("The footprint is partial: what happens after each lot's last record is not counted."),
        words.t(
            "The texts of ISO 14067, GB/T 24067 and ISO 14083 were followed as known and "
            "not read again; no conformity is "
            "declared."
        ),
        words.t(
            "Chinese grid and fuel factors were read in reprints of the announcements "
            "(confidence B); rows of confidence C "
            "or D were not read at their source."
        ),
        words.t(
            "Electricity is counted with the national life-cycle factor of its place; "
            "contracts and certificates do not "
            "change it here unless the data say so."
        ),
        words.t("Every emission counts as if released at the beginning of the time studied; none is discounted."),
        words.t(
            "Nitrogen that is not stated as urea brings no CO2 of urea, even where a compound fertiliser holds some."
        ),
    ]
    if "other_gwp" in mean.flags:
        texts.append(
            words.t(
                "{share} % of the delivered total rests on factors in CO2e of another or an unstated set of warming "
                "potentials; the worst case stands under uncertainty.",
                share=mean.flags["other_gwp"][1],
            )
        )
    if "co2_only" in mean.flags:
        texts.append(
            words.t(
                "{share} % of the delivered total rests on factors that know CO2 alone.",
                share=mean.flags["co2_only"][1],
            )
        )
    if "net_mass_travels" in mean.flags:
        texts.append(
            words.t(
                "{share} % of the delivered total are legs that state the product alone: its packaging and ice "
                "travelled, too, and are not counted there.",
                share=mean.flags["net_mass_travels"][1],
            )
        )
    if "empty_return_above_mean" in mean.flags:
        texts.append(
            words.t(
                "{share} % of the delivered total are legs by distance with a longer way back empty than their factor "
                "holds, and no factor of an empty truck is known here.",
                share=mean.flags["empty_return_above_mean"][1],
            )
        )
    texts += [
        words.t(
            "The interval of a passport allows for the skew of its sources to first order: on the demo season its "
            "bounds were found up to 5 % low. The interval matched by moments and the draws stand beside it."
        )
        if study.lots[0].found.methodology.policy.skewed
        else words.t(
            "The interval of a passport adds variances to first order: at its upper bound "
            "it was found up to 29 % low where "
            "one factor is very uncertain. The interval matched by moments and the draws stand beside it."
        ),
        words.t(
            "A pool is shared by the weights of all its lots, so the full bundle of a lot shows the weights of its "
            "neighbours too; a single weight can tell how much a neighbour delivered."
        ),
        words.t("Weights and prices carry an assumed uncertainty, for their items need state no evidence."),
        words.t("The ratings follow our own reading of the PACT scale, whose text was not at hand."),
    ]
    if study.method == "lychee-fresh@1":
        texts.append(
            words.t(
                "This method counts composted waste with a factor of its transport only; CH4 and N2O of composting are "
                "missing there."
            )
        )
        texts.append(words.t("This method carries the mass that a leg states, and no gross mass beside it."))
    return Section("limitations", words.t("Limitations"), (Bullets(tuple((text,) for text in texts)),))


def versions(study: Study, frame: Frame, words: Words) -> Section:
    """Name the versions of everything that the figures follow from."""
    method = study.lots[0].found.methodology
    facts = [
        (words.t("Method"), words.aside(words.titled("method", method.title, method.code), method.code)),
        (words.t("Policy"), method.policy.code),
        (words.t("Warming potentials"), method.gwp_set),
        (words.t("Log"), frame.origin),
        (words.t("Log size"), str(frame.size)),
        (words.t("Root of the checkpoint"), frame.root),
        (words.t("Software"), frame.software),
        (words.t("Seed of the draws"), str(frame.seed)),
    ]
    digests = [
        row(
            one.set_id,
            words.titled("set", one.title, one.set_id.partition(":")[0]),
            words.titled("licence", one.licence, one.set_id.partition(":")[0]),
            str(one.rows),
            one.digest,
        )
        for one in frame.sets
    ]
    calculations = [
        row(words.t("Lot {number}", number=lot.number), lot.found.lot, lot.found.tree.unsalted_digest())
        for lot in study.lots
    ]
    return Section(
        "versions",
        words.t("Versions"),
        (
            Table(
                words.t("What the figures follow from"),
                (words.t("Subject"), words.t("Version")),
                tuple(row(name, text) for name, text in facts),
                anchor="versions-table",
            ),
            Table(
                words.t("Factor sets"),
                (
                    words.t("Set"),
                    words.t("Title"),
                    words.t("Licence"),
                    words.t("Rows used"),
                    words.t("Digest of the set"),
                ),
                tuple(digests),
                frozenset({3}),
            ),
            Table(
                words.t("Calculations without salts"),
                (words.t("No."), words.t("Lot"), words.t("Digest of the calculation")),
                tuple(calculations),
            ),
            words.t("The same log, factor sets, method and software give the same figures and the same report."),
        ),
    )


def review(study: Study, frame: Frame, words: Words) -> Section:
    """State who reviewed the study."""
    return Section(
        "review",
        words.t("Critical review"),
        (words.t("None. No third party has reviewed this study."),),
    )
