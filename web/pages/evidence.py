"""Find out from a calculation what each stage rests on: measured, the keeper's own records, or defaults.

Only a word leaves this module, never a share: a share of a stage would let readers divide a closed quantity out of it.
"""

from __future__ import annotations

from passport.calculation import Calculation
from passport.footprint import MEASURED_EVIDENCE

MEASURED = "measured"
STATED = "stated"
DEFAULT = "default"
MIXED = "mixed"
PARTLY = "partly"
CLOSED = "closed"
ZERO = "zero"
LABELS = (MEASURED, STATED, DEFAULT, MIXED, PARTLY, CLOSED, ZERO)
_DEFAULT_TIERS = frozenset({"io", "gap_fill"})


def stage_labels(calculation: Calculation) -> dict[tuple[str, str], str]:
    """Return one label for each stage, by (`gate` or `after`, stage); a sealed stage has none.

    Postings of zero do not count. Mixtures are `partly` where a default is among them, else `mixed`.
    """
    values = calculation.evaluate()
    kinds: list[frozenset[str]] = []
    found: dict[tuple[str, str], str] = {}
    for position, node in enumerate(calculation.nodes):
        own: frozenset[str] = frozenset()
        if node.op == "posting" and values[position]:
            own = frozenset({_kind(node.text("evidence"), node.text("tier"))})
        elif node.op == "sum":
            own = own.union(*(kinds[arg] for arg in node.args))
        elif node.op == "share":
            own = kinds[node.args[0]]
        kinds.append(own)
        if len(node.label) == 2 and node.label[0] in ("gate", "after") and own:
            found[node.label[0], node.label[1]] = _label(own)
    return found


def _label(kinds: frozenset[str]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    return PARTLY if DEFAULT in kinds else MIXED


def _kind(evidence: str, tier: str) -> str:
    if tier in _DEFAULT_TIERS or evidence == "estimate":
        return DEFAULT
    return MEASURED if evidence in MEASURED_EVIDENCE else STATED
