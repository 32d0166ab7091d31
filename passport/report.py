"""Collect what was checked, and draw three verdicts that are never merged into one.

A verdict is yes only when every check that it needs has passed; a failed check makes it no; anything not checked
leaves it unknown. Nothing passes by default, and no exception leaves a check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from iocore.errors import IOCoreError
from ledger.errors import LedgerError
from passport.errors import PassportError
from passport.remarks import Remark

Part = Literal["consistent", "trusted", "complete"]
Outcome = Literal["passed", "failed", "not_checked"]
PARTS: tuple[Part, ...] = ("consistent", "trusted", "complete")

# Every check there is, in the order of passport/SPEC.md, with the verdict that it belongs to. Optional ones may stay
# unchecked without leaving the verdict unknown: what is sealed or erased cannot be derived anew.
CHECKS: Mapping[str, Part] = {
    "document_form": "consistent",
    "credential_form": "consistent",
    "issuer_key": "consistent",
    "credential_proof": "consistent",
    "status_proof": "consistent",
    "checkpoint_signature": "consistent",
    "entry_form": "consistent",
    "inclusion": "consistent",
    "entry_keys": "consistent",
    "entry_signatures": "consistent",
    "chains": "consistent",
    "openings_match": "consistent",
    "lineage_digest": "consistent",
    "passport_logged": "consistent",
    "factors_match": "consistent",
    "calculation_digest": "consistent",
    "calculation_items": "consistent",
    "calculation_total": "consistent",
    "stage_figures": "consistent",
    "derivation": "consistent",
    "log_trusted": "trusted",
    "witnesses": "trusted",
    "registrar_trusted": "trusted",
    "issuer_trusted": "trusted",
    "validity": "trusted",
    "status": "trusted",
    "log_copy": "complete",
    "lineage_complete": "complete",
    "keys_unrevoked": "complete",
}
OPTIONAL = frozenset({"derivation"})


class CheckFailed(PassportError):
    """Report inside a check why it fails."""

    code = "check-failed"


class NotChecked(PassportError):
    """Report inside a check why it cannot be made."""

    code = "not-checked"


@dataclass(frozen=True, slots=True)
class Check:
    """Hold the outcome of one named check."""

    name: str
    part: Part
    outcome: Outcome
    detail: str

    def to_json(self) -> dict[str, str]:
        """Return plain JSON values."""
        return {"name": self.name, "verdict": self.part, "outcome": self.outcome, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """Hold all checks of one document, the three verdicts and the recomputed figures.

    Args:
        kind: `bundle`, `credential`, `jwt` or `unknown`.
        checks: one for each name of the list, in its order.
        passport: address of the passport, as the document claims it.
        lot: its lot, as the document claims it.
        recomputed: figures found by evaluating the calculation, as decimal strings.
        disputed: ids of entries in the disputed window of their key, as far as bundle and copy of the log tell.
        remarks: what asks for a second look in what the lot shares, as far as it is opened; no verdict rests on it.
        rejected: ids of entries that the passport states to have no effect, since the log rejected them.
        in_force: ids of entries that it states to count, since the log admitted them, against what they show alone.
    """

    kind: str
    checks: tuple[Check, ...]
    passport: str = ""
    lot: str = ""
    recomputed: Mapping[str, str] = field(default_factory=dict)
    disputed: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    rejected: tuple[str, ...] = ()
    in_force: tuple[str, ...] = ()

    def verdict(self, part: Part) -> bool | None:
        """Return True (shown), False (a check failed) or None (not checked)."""
        own = [check for check in self.checks if check.part == part]
        if any(check.outcome == "failed" for check in own):
            return False
        needed = [check for check in own if check.name not in OPTIONAL]
        return True if needed and all(check.outcome == "passed" for check in needed) else None

    @property
    def consistent(self) -> bool | None:
        """Tell whether signatures, digests, proofs and totals hold."""
        return self.verdict("consistent")

    @property
    def trusted(self) -> bool | None:
        """Tell whether log, registrar, issuer and witnesses are those of the trust file."""
        return self.verdict("trusted")

    @property
    def complete(self) -> bool | None:
        """Tell whether nothing was left out, as far as the log copy goes."""
        return self.verdict("complete")

    @property
    def failed(self) -> tuple[Check, ...]:
        """Return the failed checks."""
        return tuple(check for check in self.checks if check.outcome == "failed")

    def check(self, name: str) -> Check:
        """Return the check of a name."""
        return next(check for check in self.checks if check.name == name)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "kind": self.kind,
            "passport": self.passport,
            "lot": self.lot,
            "verdicts": {part: self.verdict(part) for part in PARTS},
            "checks": [check.to_json() for check in self.checks],
            "recomputed": dict(self.recomputed),
            "disputed": list(self.disputed),
            "remarks": [remark.to_json() for remark in self.remarks],
            "rejected": list(self.rejected),
            "in_force": list(self.in_force),
        }


class Notebook:
    """Write down outcomes while a document is checked; every name gets exactly one."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[str, Check] = {}

    @contextmanager
    def check(self, name: str) -> Iterator[Callable[[str], None]]:
        """Run one check: it passes when the block ends, and fails with whatever the block raises.

        Yields:
            a function that sets what to say when the check passes.
        """
        said: list[str] = []
        try:
            yield said.append
        except NotChecked as error:
            self._write(name, "not_checked", str(error))
        except (PassportError, LedgerError, IOCoreError) as error:
            self._write(name, "failed", str(error))
        except Exception as error:  # whatever a document does to a check, the check fails and the others go on
            self._write(name, "failed", f"the document cannot be read here: {type(error).__name__}: {error}"[:300])
        else:
            self._write(name, "passed", said[-1] if said else "")

    def passed(self, *names: str) -> bool:
        """Tell whether all these checks have passed."""
        return all(name in self._found and self._found[name].outcome == "passed" for name in names)

    def need(self, *names: str) -> None:
        """Leave a check that makes no sense before these have passed.

        Raises:
            NotChecked: one of them has not.
        """
        missing = [name for name in names if not self.passed(name)]
        if missing:
            raise NotChecked(f"needs {', '.join(missing)}")

    def checks(self) -> tuple[Check, ...]:
        """Return one outcome for each name; what was never reached is not checked."""
        return tuple(
            self._found.get(name, Check(name, part, "not_checked", "not reached")) for name, part in CHECKS.items()
        )

    def _write(self, name: str, outcome: Outcome, detail: str) -> None:
        self._found[name] = Check(name, CHECKS[name], outcome, detail)
