"""Check a passport offline: a bundle, a credential or a token, against a trust file and a copy of the log.

Needs neither network nor database; imports nothing but the standard library, `cryptography`, `PyNaCl`, `orjson`,
`msgspec` and `rfc8785`. The numbered steps are in passport/SPEC.md, section 5. No input makes it raise.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ledger.errors import LedgerError
from ledger.log.canonical import jcs, jcs_decode
from passport.bundle import MAX_BUNDLE, TYPE, read_bundle
from passport.checks import completeness, credential, entries, figures
from passport.checks.case import Case, LogSource
from passport.errors import MalformedBundle, MalformedPassport, MalformedSignature
from passport.proof import read_jwt
from passport.remarks import Remark
from passport.report import CHECKS, Check, Notebook, VerificationReport
from passport.trust import TrustPolicy
from passport.weights import in_kilograms, remarks_on

__all__ = ["CHECKS", "Check", "LogSource", "TrustPolicy", "VerificationReport", "verify"]


def verify(
    document: bytes,
    *,
    trust: TrustPolicy | None = None,
    log: LogSource | None = None,
    statement: bytes | None = None,
    now: datetime,
) -> VerificationReport:
    """Check a document and report every check by name.

    Args:
        document: a bundle, a credential (JSON) or a compact `vc+jwt`.
        trust: whom the caller trusts; without it nothing is trusted.
        log: a copy of the log; without it, or a statement, nothing is complete.
        statement: a monitor's completeness statement; counts where no copy of the log is given.
        now: the time at which validity and status are judged.

    Returns:
        The report; three verdicts, each True, False or None where it was not checked.
    """
    notebook = Notebook()
    case = Case(trust=trust, log=log, statement=statement, now=now)
    kind = _read(document, case, notebook)
    if kind != "unknown":
        for check in (
            credential.credential_form,
            credential.issuer_key,
            credential.credential_proof,
            credential.status_proof,
            entries.checkpoint_signature,
            entries.entry_form,
            entries.inclusion,
            entries.entry_keys,
            entries.entry_signatures,
            entries.chains,
            entries.openings_match,
            entries.lineage_digest,
            entries.passport_logged,
            figures.factors_match,
            figures.calculation_digest,
            figures.calculation_items,
            figures.calculation_total,
            figures.stage_figures,
            figures.derivation,
            entries.log_trusted,
            entries.witnesses,
            entries.registrar_trusted,
            credential.issuer_trusted,
            credential.validity,
            credential.status,
            completeness.check_completeness,
        ):
            check(case, notebook)
    return VerificationReport(
        kind=kind,
        checks=notebook.checks(),
        passport=_text(case.credential.get("id")),
        lot=case.disclosure.lot if case.disclosure is not None else "",
        recomputed=case.recomputed,
        disputed=case.disputed,
        remarks=_remarks(case, notebook),
        rejected=tuple(entry_id for entry_id, verdict in case.verdicts.items() if verdict == "rejected"),
        in_force=tuple(entry_id for entry_id, verdict in case.verdicts.items() if verdict == "logged"),
    )


def _remarks(case: Case, notebook: Notebook) -> tuple[Remark, ...]:
    """Look again at what the lot shares; a bundle that fails a check on its entries has worse to tell."""
    if case.book is None or case.disclosure is None or not notebook.passed("entry_signatures", "openings_match"):
        return ()
    remarks = remarks_on(case.book, [case.disclosure.lot])
    if case.calculation is None or not notebook.passed("derivation"):
        return remarks
    return in_kilograms(case.calculation, remarks)


def _read(document: bytes, case: Case, notebook: Notebook) -> str:
    """Find out what the document is, and read it."""
    kind = "unknown"
    with notebook.check("document_form") as say:
        if len(document) > MAX_BUNDLE:
            raise MalformedBundle("the document is larger than 64 MiB", size=len(document))
        if document[:1] == b"{":
            value = _json(document)
            if value.get("type") == TYPE:
                case.bundle = read_bundle(value)
                case.credential = case.bundle.credential
                kind = "bundle"
            else:
                case.credential = value
                kind = "credential"
        else:
            case.jwt = read_jwt(document.strip())
            case.credential = case.jwt.payload
            kind = "jwt"
        say(kind)
    return kind


def _json(document: bytes) -> dict[str, Any]:
    try:
        value = jcs_decode(document)
        exact = jcs(value) == document
    except LedgerError as error:
        raise MalformedSignature("the document is neither strict JSON nor a compact JWS", reason=str(error)) from error
    if not isinstance(value, dict):
        raise MalformedPassport("the document is not a JSON object")
    if not exact:
        raise MalformedPassport("the document is not in its canonical spelling (RFC 8785)")
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
