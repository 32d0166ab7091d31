"""Name every way in which assessing, issuing and reading passports can fail."""

from __future__ import annotations

from iocore.errors import CodedError


class PassportError(CodedError):
    """Be the base of every error that this package raises."""

    code = "passport-error"


class MalformedCalculation(PassportError):
    """Report a calculation tree that cannot be read or has no value."""

    code = "malformed-calculation"


class CalculationSealed(PassportError):
    """Report a question that a tree with sealed parts cannot answer."""

    code = "calculation-sealed"


class AssessmentRefused(PassportError):
    """Report a lot that cannot be assessed from what is recorded and opened."""

    code = "assessment-refused"


class LotNotFound(PassportError):
    """Report a lot that no entry creates."""

    code = "lot-not-found"


class MethodologyNotFound(PassportError):
    """Report a methodology that is not installed."""

    code = "methodology-not-found"


class MalformedFactorProof(PassportError):
    """Report a proof of a factor row that cannot be read."""

    code = "malformed-factor-proof"


class FactorUntrusted(PassportError):
    """Report a factor row that is not in the set of the stated digest."""

    code = "factor-untrusted"


class MalformedPassport(PassportError):
    """Report a credential that cannot be read."""

    code = "malformed-passport"


class MalformedBundle(PassportError):
    """Report a bundle that cannot be read."""

    code = "malformed-bundle"


class MalformedLink(PassportError):
    """Report a Digital Link, a GTIN or a passport code that cannot be read."""

    code = "malformed-link"


class MalformedTrust(PassportError):
    """Report a trust file that cannot be read."""

    code = "malformed-trust"


class PassportNotFound(PassportError):
    """Report a passport that was never issued here."""

    code = "passport-not-found"


class PassportConflict(PassportError):
    """Report an act that the passport's state does not allow."""

    code = "passport-conflict"


class ClaimRefused(PassportError):
    """Report wording that the market of the passport does not allow."""

    code = "claim-refused"


class MalformedMultibase(PassportError):
    """Report text that is not in its one multibase or base64url spelling."""

    code = "malformed-multibase"


class MalformedDid(PassportError):
    """Report a DID or a DID document that does not have our one form."""

    code = "malformed-did"


class MalformedSignature(PassportError):
    """Report a data integrity proof or a compact JWS that cannot be read."""

    code = "malformed-signature"


class SignatureUntrusted(PassportError):
    """Report a credential or token whose signature does not hold."""

    code = "signature-untrusted"


class MalformedStatus(PassportError):
    """Report a status list or a status entry that cannot be read."""

    code = "malformed-status"


class QrRefused(PassportError):
    """Report text that does not belong into a printed code."""

    code = "qr-refused"


class IssueRefused(PassportError):
    """Report a lot that cannot have a passport as it stands, with what is missing."""

    code = "issue-refused"
