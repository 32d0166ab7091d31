"""Turn a stored passport into what the scan page prints: every figure rounded once, parts that add up to their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from passport.display import figure
from passport.i18n import Catalogue
from web.pages.stages import StageRow, stage_rows
from web.pages.words import Words

BRANDS: Final = ("双碳", "雙碳")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Name one version of a passport in the history list; the address is empty for the page itself."""

    href: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Hold what the page says beside the credential: names from the book, state, history and evidence.

    Args:
        uuid: identifier of this version.
        path: path of the lot's address.
        link: the lot's whole address.
        status: `active`, `superseded`, `revoked` or `expired`.
        reason: why it was revoked, or empty.
        revoked_on: day of revocation, or empty.
        newest: path of the newest version, or empty for the newest itself.
        names: the product's name by locale (`zh`, `en`).
        versions: uuid, phase and first day of every version, oldest first.
        labels: what each stage rests on, by (part, stage); see `web.pages.evidence`.
        contact: whom to ask, or empty.
        disputed: how many of the entries behind it lie in the disputed window of their key.
        demo: whether the address is one that exists for examples only.
    """

    uuid: str
    path: str
    link: str
    status: str
    reason: str
    revoked_on: str
    newest: str
    names: Mapping[str, str]
    versions: Sequence[tuple[str, str, str]]
    labels: Mapping[tuple[str, str], str]
    contact: str
    disputed: int = 0
    demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanView:
    """Hold everything that the scan page prints, in the reader's language."""

    uuid: str
    path: str
    link: str
    name: str
    lot: str
    facts: tuple[tuple[str, str], ...]
    boundary: str
    scope: str
    exact: str
    headline: str
    interval: str
    boundaries: tuple[tuple[str, str], ...]
    measured: int
    others: int
    defaults: int
    status: str
    phase: str
    revoked: bool
    banner: str
    banner_detail: str
    disputed: str
    legs: str
    newest: str
    stages: tuple[StageRow, ...]
    after: bool
    aircraft: tuple[tuple[str, str], ...]
    apart: tuple[tuple[str, str], ...]
    method: tuple[str, ...]
    history: tuple[Version, ...]
    issued: str
    ledger: str
    contact: str
    demo: bool


def build_view(credential: Mapping[str, Any], around: Circumstances, catalogue: Catalogue) -> ScanView:
    """Build the page's content.

    Args:
        credential: the passport, as signed.
        around: what stands beside it.
        catalogue: texts of the reader's language.
    """
    words = Words(catalogue)
    subject = credential["credentialSubject"]
    facts = subject["characteristics"]
    headline, rows = stage_rows(facts, around.labels, words)
    measured, others, defaults = _shares(facts)
    name = _name(subject["name"], around.names, words)
    banner, detail = _banner(around, words)
    return ScanView(
        uuid=around.uuid,
        path=around.path,
        link=around.link,
        name=name,
        lot=str(subject["batchNumber"]),
        facts=(
            (words.text("scan.place"), words.name("region", facts["origin"])),
            (words.text("scan.picked"), words.days(facts["harvested"]["start"], facts["harvested"]["end"])),
            (words.text("scan.lot"), str(subject["batchNumber"])),
        ),
        boundary=facts["boundary"],
        scope=_scope(facts["boundary"], subject, words),
        exact=facts["total"],
        headline=headline,
        interval=_interval(facts, words),
        boundaries=tuple(
            (_scope(one["boundary"], subject, words), _boundary_figure(one, facts, headline, rows, words))
            for one in facts["figures"]
        ),
        measured=measured,
        others=others,
        defaults=defaults,
        status=around.status,
        phase=facts["phase"],
        revoked=around.status == "revoked",
        banner=banner,
        banner_detail=detail,
        disputed=words.text("scan.disputed", count=around.disputed) if around.disputed else "",
        legs=_legs(facts, words),
        newest=around.newest,
        stages=rows,
        after=any(row.after for row in rows),
        aircraft=_aircraft(facts, words),
        apart=_apart(facts, words),
        method=_method(facts, name, words),
        history=_history(around, words),
        issued=words.text("scan.issued", issuer=_issuer(credential), date=words.day(credential["validFrom"][:10])),
        ledger=words.text("scan.lineage", count=facts["lineage"]["count"], size=facts["lineage"]["tree_size"]),
        contact=words.text("scan.contact", contact=around.contact) if around.contact else "",
        demo=around.demo,
    )


def _legs(facts: Mapping[str, Any], words: Words) -> str:
    """Say by what a lot was carried of which nothing counts."""
    open_legs = [gap["stage"] for gap in facts["missing"] if gap["slot"] == "work" and not gap["filled"]]
    return (
        words.text("scan.missing_leg", stages=words.listed("stage", list(dict.fromkeys(open_legs))))
        if open_legs
        else ""
    )


def _name(signed: str, names: Mapping[str, str], words: Words) -> str:
    """Return the trade name on Chinese pages and the neutral name on others."""
    if words.chinese:
        return names.get("zh") or signed
    return names.get("en") or signed


def _issuer(credential: Mapping[str, Any]) -> str:
    return str(credential["issuer"].get("name") or credential["issuer"]["id"])


def _scope(boundary: str, subject: Mapping[str, Any], words: Words) -> str:
    """Say from where to where a figure reaches; a product that is not grown in an orchard brings words of its own."""
    origin = subject["performanceClaim"][0]["name"].partition(", ")[2].partition(" to the ")[0]
    return words.find(f"boundary.{boundary}.{origin}") or words.text(f"boundary.{boundary}")


def _boundary_figure(
    one: Mapping[str, Any], facts: Mapping[str, Any], headline: str, rows: Sequence[StageRow], words: Words
) -> str:
    if one["boundary"] == facts["boundary"]:
        return headline
    if one["boundary"] == "delivered" and not any(stage["part"] == "after" for stage in facts["stage"]):
        return words.text("scan.not_delivered")
    return figure(one["kgCO2e"])


def _interval(facts: Mapping[str, Any], words: Words) -> str:
    interval = facts["uncertainty"]
    return words.text("scan.interval", low=interval["low"], high=interval["high"], level=interval["level"])


def _shares(facts: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return whole percents: measured, recorded otherwise, defaults; what is not nothing shows as at least one."""
    measured = _percent(Decimal(facts["measuredActivityShare"]))
    defaults = _percent(sum((Decimal(value) for value in facts["defaultShare"].values()), Decimal(0)))
    return measured, max(0, 100 - measured - defaults), defaults


def _percent(share: Decimal) -> int:
    whole = int(share.quantize(Decimal(1)))
    return min(max(whole, 1 if share > 0 else 0), 100 if share >= 100 else 99)


def _aircraft(facts: Mapping[str, Any], words: Words) -> tuple[tuple[str, str], ...]:
    """Show aircraft emissions per kilogram delivered, apart, and their forcing outside the headline."""
    rows = []
    for name, field in (("scan.aircraft", "aircraft"), ("scan.forcing", "aircraftForcing")):
        amount = Decimal(facts[field])
        if amount:
            rows.append((words.text(name), f"{figure(facts[field])} {words.text('scan.unit_short')}"))
    return tuple(rows)


def _apart(facts: Mapping[str, Any], words: Words) -> tuple[tuple[str, str], ...]:
    """Show removals and biogenic flows beside the headline."""
    unit = words.text("scan.unit_short")
    rows = []
    fields = {"removals": "removals", "biogenic_co2": "biogenicCO2", "biogenic_uptake": "biogenicUptake"}
    for name, field in fields.items():
        amount = Decimal(facts[field])
        shown = f"{figure(facts[field])} {unit}" if amount else words.text("scan.none")
        rows.append((words.text(f"scan.{name}"), shown))
    return tuple(rows)


def _method(facts: Mapping[str, Any], name: str, words: Words) -> tuple[str, ...]:
    sets = words.listed("gwp", facts["gwpSetsUsed"] or [facts["gwpSet"]])
    lines = [words.text("scan.method_text", method=facts["methodology"], gwp=sets)]
    flagged = {flag["code"]: flag["share"] for flag in facts["flagged"] if Decimal(flag["share"])}
    for code, share in flagged.items():
        if ":" not in code:
            parts_of = [other.partition(":")[2] for other in flagged if other.startswith(f"{code}:")]
            what = words.name("flag", code) + (
                words.text("scan.aside", text=words.listed("gwp", parts_of)) if parts_of else ""
            )
            lines.append(words.text("scan.flag", what=what, share=share))
    if words.chinese and any(word in name for word in BRANDS):
        lines.append(words.text("scan.brand_note"))
    return tuple(lines)


def _banner(around: Circumstances, words: Words) -> tuple[str, str]:
    if around.status == "active":
        return "", ""
    banner = words.text(f"scan.{around.status}_banner")
    if around.status != "revoked":
        return banner, ""
    day = words.day(around.revoked_on) if around.revoked_on else ""
    return banner, words.text("scan.revoked_reason", date=day, reason=around.reason or words.text("scan.none"))


def _history(around: Circumstances, words: Words) -> tuple[Version, ...]:
    return tuple(
        Version(
            href="" if uuid == around.uuid else f"/passports/{uuid}",
            text=f"{words.day(day)} · {words.text(f'phase.{phase}')}",
        )
        for uuid, phase, day in reversed(around.versions)
    )
