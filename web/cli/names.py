"""Names of stages, slots, kinds and checks in the language of this run, from the catalogues that the pages use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from passport.i18n import Catalogue, catalogue
from web.cli.words import language, tr, translate

LOCALE = {"zh": "zh-Hans", "en": "en"}


def boundary_name(code: str) -> str:
    """Name a boundary."""
    return tr("to the port or airport of exit") if code == "gate" else tr("delivered")


def headline(boundary: str, *, figure: Decimal, total: Decimal, mass: Decimal) -> str:
    """Say the headline of a boundary."""
    return tr(
        "{boundary}: {figure} kg CO2e/kg ({total} kg CO2e, {mass} kg)",
        boundary=boundary_name(boundary),
        figure=figure,
        total=total,
        mass=mass,
    )


def stage_name(code: str) -> str:
    """Name a stage, or a few stages that stand together."""
    return _name("stage", code)


def slot_name(code: str) -> str:
    """Name a slot."""
    return _name("slot", code)


def kind_name(code: str) -> str:
    """Name a kind of entry."""
    return _name("kind", code)


def variety_name(code: str) -> str:
    """Name a variety."""
    return _name("variety", code)


def bucket_name(code: str) -> str:
    """Name a bucket."""
    return _name("bucket", code)


def gas_name(code: str) -> str:
    """Name a gas; a formula or a trade name stands for itself."""
    return _names().gas(code)


def evidence_name(code: str) -> str:
    """Name a kind of evidence."""
    return _name("evidence", code)


def tier_name(code: str) -> str:
    """Name a kind of estimate."""
    return _name("tier", code)


def flag_name(code: str) -> str:
    """Say what a flag warns of."""
    return _names().flag(code)


def loser_reason(text: str) -> str:
    """Say why an estimate does not count; a slot that answers better goes by its name."""
    slot, found, _ = text.partition(" counts instead")
    return tr("{0} counts instead").replace("{0}", slot_name(slot)) if found else translate(text)


def context_name(code: str) -> str:
    """Name what an error states beside its message; in English the code itself, as in the JSON of the same error."""
    return _name("context", code)


def check_name(code: str) -> str:
    """Name a check of a passport; its code stays, since reports and the specification use it."""
    return code if language() == "en" else f"{code} {_name('check', code)}"


def gap_lines(gaps: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Name the slots that nobody reported: one line for all of a stage that the same estimate filled, or none.

    Args:
        gaps: stage, slot and what it was filled with, empty for nothing.
    """
    together: dict[tuple[str, str], dict[str, None]] = {}
    for stage, slot, filled in gaps:
        together.setdefault((stage, filled), {})[slot_name(slot)] = None
    separator = _names().text("list.and")
    for (stage, filled), slots in together.items():
        place = f"{stage_name(stage)} / {separator.join(slots)}"
        yield tr("Not reported: {place}; {filled}", place=place, filled=translate(filled) or nothing_instead())


def nothing_instead() -> str:
    """Say that no estimate stands where nothing was reported."""
    return tr("nothing was put in instead")


def _name(group: str, code: str) -> str:
    return _names().name(group, code)


def _names() -> Catalogue:
    return catalogue(LOCALE[language()])
