"""Name every way in which input-output arithmetic and its inputs can fail."""

from __future__ import annotations

from typing import Any, ClassVar


class CodedError(Exception):
    """Carry a stable code, a message for people and keyword context for programs; each family has a base of its own."""

    code: ClassVar[str]

    def __init__(self, message: str, **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.context: dict[str, Any] = context

    def __str__(self) -> str:
        if not self.context:
            return self.message
        details = ", ".join(f"{key}={value!r}" for key, value in sorted(self.context.items()))
        return f"{self.message} ({details})"


class IOCoreError(CodedError):
    """Be the base of every error that this package raises."""

    code = "iocore-error"


class MalformedNumber(IOCoreError):
    """Report text or a value that is not a number in the strict decimal grammar."""

    code = "malformed-number"


class MalformedTime(IOCoreError):
    """Report text or a value that is not a UTC instant in the strict time grammar."""

    code = "malformed-time"


class MalformedTable(IOCoreError):
    """Report a file or table whose shape, labels or cells cannot be read."""

    code = "malformed-table"


class UnknownUnit(IOCoreError):
    """Report a unit code that the unit table does not hold."""

    code = "unknown-unit"


class UnitMismatch(IOCoreError):
    """Report two units of different dimensions where one was expected."""

    code = "unit-mismatch"


class ShapeMismatch(IOCoreError):
    """Report arrays or sequences whose lengths do not fit together."""

    code = "shape-mismatch"


class SingularTable(IOCoreError):
    """Report a matrix that has no inverse."""

    code = "singular-table"


class NonFinite(IOCoreError):
    """Report an infinity or a NaN."""

    code = "non-finite"


class FactorNotFound(IOCoreError):
    """Report that no factor answers a question."""

    code = "factor-not-found"


class FactorConflict(IOCoreError):
    """Report two factors of one rank."""

    code = "factor-conflict"


class RegistryConflict(IOCoreError):
    """Report two plug-ins that claim one code, or a plug-in without its export."""

    code = "registry-conflict"
