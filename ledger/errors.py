"""Name everything that can go wrong in the ledger.

Every class carries a stable ``code`` and keyword context, so that callers decide by type or code and never by
message text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class LedgerError(Exception):
    """Be the base of every error that the ledger raises.

    Args:
        message: what happened and where, for people.
        **context: the values concerned, for programs.
    """

    code: ClassVar[str] = "ledger-error"

    def __init__(self, message: str, **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.context: dict[str, Any] = context

    def problem(self) -> dict[str, Any]:
        """Return code, detail and context as one JSON-ready object."""
        return {**self.context, "code": self.code, "detail": self.message}


class Malformed(LedgerError):
    """Say that bytes cannot be read."""

    code = "malformed"


class MalformedJson(Malformed):
    """Say that bytes are not JSON of the profile, or not its canonical spelling."""

    code = "malformed-json"


class MalformedNote(Malformed):
    """Say that bytes are not a signed note."""

    code = "malformed-note"


class MalformedEntry(Malformed):
    """Say that a note is not an entry."""

    code = "malformed-entry"


class MalformedItem(Malformed):
    """Say that a line is not an item."""

    code = "malformed-item"


class MalformedProof(Malformed):
    """Say that a proof or receipt cannot be read."""

    code = "malformed-proof"


class MalformedCheckpoint(Malformed):
    """Say that a note text is not a checkpoint."""

    code = "malformed-checkpoint"


class MalformedKey(Malformed):
    """Say that a key cannot be read, or is not one that anyone should use."""

    code = "malformed-key"


class MalformedPolicy(Malformed):
    """Say that a witness policy cannot be read."""

    code = "malformed-policy"


class MalformedExport(Malformed):
    """Say that a file that hands entries to a partner cannot be read."""

    code = "malformed-export"


class MalformedTile(Malformed):
    """Say that a tile, an entry bundle or its path cannot be read."""

    code = "malformed-tile"


class SignatureUntrusted(LedgerError):
    """Say that a signature does not verify."""

    code = "signature-untrusted"


class KeyUntrusted(LedgerError):
    """Say that a key is unknown, revoked or not the expected one."""

    code = "key-untrusted"


class ProofUntrusted(LedgerError):
    """Say that a proof does not lead to the root it should lead to."""

    code = "proof-untrusted"


class SequenceGap(LedgerError):
    """Say that an entry does not follow its key's previous entry.

    Args:
        message: what happened.
        expected: the sequence number that the key's chain needs next.
        **context: more values, ``expected_prev`` among them where it is known.
    """

    code = "sequence-gap"

    def __init__(self, message: str, *, expected: int, **context: Any) -> None:
        super().__init__(message, expected_seq=expected, **context)
        self.expected = expected


class Equivocation(LedgerError):
    """Say that one key signed two texts for one sequence number."""

    code = "equivocation"


class KeyFrozen(LedgerError):
    """Say that a key equivocated and signs nothing more until its actor reattests with another key."""

    code = "key-frozen"


class EntryRejected(LedgerError):
    """Say that an entry breaks content rules; carries all of them.

    Args:
        message: what happened.
        violations: every broken rule.
        **context: more values.
    """

    code = "entry-rejected"

    def __init__(self, message: str, *, violations: Sequence[Any] = (), **context: Any) -> None:
        super().__init__(message, violations=list(violations), **context)
        self.violations = tuple(violations)


class EntryNotFound(LedgerError):
    """Say that the log holds no such entry, index or size."""

    code = "entry-not-found"


class LogUnknown(LedgerError):
    """Say that a witness does not follow this log."""

    code = "log-unknown"


class SizeConflict(LedgerError):
    """Say that a witness holds another tree size than the one it was asked to extend.

    Args:
        message: what happened.
        size: the tree size that the witness holds.
        **context: more values.
    """

    code = "size-conflict"

    def __init__(self, message: str, *, size: int, **context: Any) -> None:
        super().__init__(message, size=size, **context)
        self.size = size


class QuorumMissing(LedgerError):
    """Say that too few witnesses have cosigned a tree head so far; try later."""

    code = "quorum-unavailable"


class LogForked(LedgerError):
    """Say that a log shows two trees of which neither extends the other, or takes back what it has shown."""

    code = "log-forked"


class OpeningMissing(LedgerError):
    """Say that a digest of an entry came without its opening."""

    code = "opening-missing"


class OpeningMismatch(LedgerError):
    """Say that an opening belongs to no digest of its entry, or cannot be unsealed."""

    code = "opening-mismatch"


class StoreConflict(LedgerError):
    """Say that the store is not the one expected: another log, another key or a foreign file."""

    code = "store-conflict"


class StoreUnavailable(LedgerError):
    """Say that the store cannot answer now; try later."""

    code = "store-unavailable"


class QueueUnavailable(LedgerError):
    """Say that too much is waiting to be appended; try later."""

    code = "queue-unavailable"


class LogRolledBack(LedgerError):
    """Say that the database went back in time: the log has signed more than it holds."""

    code = "log-rolled-back"


class LedgerCorrupt(LedgerError):
    """Say that stored bytes contradict each other; nothing is signed on top of them."""

    code = "ledger-corrupt"
