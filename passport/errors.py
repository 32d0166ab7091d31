"""Name every way in which an assessment or a passport can fail."""

from __future__ import annotations

from typing import Any, ClassVar


class PassportError(Exception):
    """Carry a stable code, a message for people and keyword context for programs."""

    code: ClassVar[str] = "passport-error"

    def __init__(self, message: str, **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.context: dict[str, Any] = context

    def __str__(self) -> str:
        if not self.context:
            return self.message
        details = ", ".join(f"{key}={value!r}" for key, value in sorted(self.context.items()))
        return f"{self.message} ({details})"


class MalformedMultibase(PassportError):
    """Report text that is not in its one multibase or base64url spelling."""

    code = "malformed-multibase"


class MalformedLink(PassportError):
    """Report an address that is neither a Digital Link nor a `/p/` code."""

    code = "malformed-link"


class MalformedDid(PassportError):
    """Report a DID or a DID document that does not have our one form."""

    code = "malformed-did"


class MalformedProof(PassportError):
    """Report a data integrity proof or a compact JWS that cannot be read."""

    code = "malformed-proof"


class ProofUntrusted(PassportError):
    """Report a proof whose signature does not hold."""

    code = "proof-untrusted"


class MalformedStatus(PassportError):
    """Report a status list or a status entry that cannot be read."""

    code = "malformed-status"


class MalformedTrust(PassportError):
    """Report a trust file that cannot be read."""

    code = "malformed-trust"


class MalformedBundle(PassportError):
    """Report a bundle that cannot be read."""

    code = "malformed-bundle"


class MalformedCredential(PassportError):
    """Report a credential that cannot be read."""

    code = "malformed-credential"


class QrTooLarge(PassportError):
    """Report text that does not fit a printed label."""

    code = "qr-too-large"


class ClaimRefused(PassportError):
    """Report a name or text that makes a claim which no passport may carry."""

    code = "claim-refused"


class IssueRefused(PassportError):
    """Report a lot that cannot have a passport yet, with what is missing."""

    code = "issue-refused"


class PassportNotFound(PassportError):
    """Report an identifier that no passport has."""

    code = "passport-not-found"


class PassportConflict(PassportError):
    """Report a change that the state of a passport does not allow."""

    code = "passport-conflict"
