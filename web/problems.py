"""Turn every error into one HTTP answer: `application/problem+json` of RFC 9457.

The table maps an error class to a status; the most specific class wins. The problem type is the error's stable code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

from iocore import errors as iocore
from ledger import errors as ledger
from passport import errors as passport
from web.config import ConfigError
from web.sentences import in_chinese

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:ecarbon:problem:"
RETRY_AFTER_S: Final = 5

STATUS: Final[Mapping[type[Exception], HTTPStatus]] = {
    ConfigError: HTTPStatus.SERVICE_UNAVAILABLE,
    iocore.IOCoreError: HTTPStatus.BAD_REQUEST,
    iocore.FactorNotFound: HTTPStatus.NOT_FOUND,
    iocore.FactorConflict: HTTPStatus.CONFLICT,
    ledger.LedgerError: HTTPStatus.BAD_REQUEST,
    ledger.SignatureUntrusted: HTTPStatus.FORBIDDEN,
    ledger.KeyUntrusted: HTTPStatus.FORBIDDEN,
    ledger.ProofUntrusted: HTTPStatus.UNPROCESSABLE_ENTITY,
    ledger.SequenceGap: HTTPStatus.CONFLICT,
    ledger.Equivocation: HTTPStatus.CONFLICT,
    ledger.KeyFrozen: HTTPStatus.CONFLICT,
    ledger.EntryRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    ledger.EntryNotFound: HTTPStatus.NOT_FOUND,
    ledger.LogUnknown: HTTPStatus.NOT_FOUND,
    ledger.SizeConflict: HTTPStatus.CONFLICT,
    ledger.LogForked: HTTPStatus.CONFLICT,
    ledger.QuorumMissing: HTTPStatus.SERVICE_UNAVAILABLE,
    ledger.OpeningMissing: HTTPStatus.UNPROCESSABLE_ENTITY,
    ledger.OpeningMismatch: HTTPStatus.UNPROCESSABLE_ENTITY,
    ledger.StoreConflict: HTTPStatus.SERVICE_UNAVAILABLE,
    ledger.StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    ledger.QueueUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    ledger.LogRolledBack: HTTPStatus.SERVICE_UNAVAILABLE,
    ledger.LedgerCorrupt: HTTPStatus.SERVICE_UNAVAILABLE,
    passport.PassportError: HTTPStatus.BAD_REQUEST,
    passport.SignatureUntrusted: HTTPStatus.UNPROCESSABLE_ENTITY,
    passport.FactorUntrusted: HTTPStatus.UNPROCESSABLE_ENTITY,
    passport.LotNotFound: HTTPStatus.NOT_FOUND,
    passport.MethodologyNotFound: HTTPStatus.NOT_FOUND,
    passport.AssessmentRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    passport.ClaimRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    passport.IssueRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    passport.PassportNotFound: HTTPStatus.NOT_FOUND,
    passport.PassportConflict: HTTPStatus.CONFLICT,
}
#: What HTTP itself refuses, by status; any other status says its phrase.
STATUS_MESSAGES: Final[Mapping[int, str]] = {
    400: "the request cannot be read; check how it was made",
    404: "there is nothing at this address",
    405: "this address does not take this method",
    413: "the body is too large; send fewer entries at once",
    414: "the address is too long",
    415: "this media type is not read here",
    417: "this expectation cannot be met",
    431: "the header fields are too large",
    500: "a fault of this service; please report it",
    501: "this transfer coding is not supported; send the body as it is",
}
FAMILIES: Final = (iocore.IOCoreError, ledger.LedgerError, passport.PassportError, ConfigError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Hold what an error answer says.

    Args:
        status: HTTP status.
        code: stable code; the end of the problem's type.
        title: the status in words.
        detail: what happened and what to do, for people.
        context: the values concerned, for programs.
        retry_after: seconds after which the same request may do better, where that is known.
    """

    status: int
    code: str
    title: str
    detail: str
    context: Mapping[str, Any] = field(default_factory=dict)
    retry_after: int = RETRY_AFTER_S

    def body(self) -> bytes:
        """Return the JSON body; context never hides the fixed members."""
        members = {str(key): _plain(value) for key, value in self.context.items()}
        fixed = {
            "type": TYPE_PREFIX + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        return json.dumps({**members, **fixed}, ensure_ascii=True, sort_keys=True).encode("ascii") + b"\n"

    def in_chinese(self) -> Problem:
        """Say the detail in Chinese, where the catalogue has it."""
        return replace(self, detail=in_chinese(self.detail))

    def headers(self) -> dict[str, str]:
        """Return the headers that belong to the answer."""
        headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"}
        if self.status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            headers["Retry-After"] = str(self.retry_after)
        return headers


class Refusal(Exception):
    """Refuse a request for a reason that belongs to HTTP itself."""

    def __init__(
        self, status: HTTPStatus, code: str, detail: str, retry_after: int = RETRY_AFTER_S, **context: Any
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(
            status=status, code=code, title=status.phrase, detail=detail, context=context, retry_after=retry_after
        )


def of_status(status: HTTPStatus) -> Problem:
    """Describe what HTTP itself refuses."""
    code = status.phrase.lower().replace(" ", "-").replace("'", "")
    detail = STATUS_MESSAGES.get(status, status.phrase)
    return Problem(status=status, code=code, title=status.phrase, detail=detail)


def problem_of(error: Exception) -> Problem:
    """Describe an error of one of our families.

    Raises:
        TypeError: the error belongs to none of them.
    """
    if isinstance(error, Refusal):
        return error.problem
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)
    if status is None or not isinstance(error, FAMILIES):
        raise TypeError(f"no problem describes {type(error).__name__}")
    detail = str(getattr(error, "message", "") or error)
    return Problem(status=status, code=error.code, title=status.phrase, detail=detail, context=error.context)


def status_of(code: str) -> int:
    """Return the HTTP status that goes with an error's code, for problems inside an answer."""
    return next((int(status) for kind, status in STATUS.items() if getattr(kind, "code", "") == code), 400)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return str(value)
