"""Decide whether a witness may cosign a tree head; pure, so that a test can ask it anything.

Source: C2SP tlog-witness (add-checkpoint).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.errors import (
    KeyUntrusted,
    LogForked,
    LogUnknown,
    MalformedNote,
    MalformedProof,
    ProofUntrusted,
    SizeConflict,
)
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import SignedNote, VerifierKey, b64decode_strict, b64encode
from ledger.log.signer import verify_note

MAX_BODY: Final = 128 * 1024
MAX_PROOF: Final = 63
_OLD: Final = re.compile(rb"old (0|[1-9][0-9]{0,18})\Z")


@dataclass(frozen=True, slots=True)
class Head:
    """Hold size and root of the largest tree that a witness has cosigned for a log, and the last time it stated."""

    size: int = 0
    root: bytes = merkle.EMPTY_ROOT
    time: int = 0


@dataclass(frozen=True, slots=True)
class Submission:
    """Hold the body of a request to cosign: the size to extend, the proof and the signed checkpoint.

    Args:
        old: the tree size that the witness should hold.
        proof: consistency proof from that size to the checkpoint's.
        checkpoint: the signed note, byte for byte.
    """

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    @classmethod
    def parse(cls, body: bytes) -> Submission:
        """Read a request body.

        Raises:
            MalformedProof: the lines before the checkpoint are not those of a submission.
        """
        head, blank, checkpoint = body.partition(b"\n\n")
        first, *lines = head.split(b"\n")
        found = _OLD.match(first)
        if not blank or found is None or int(found[1]) > merkle.MAX_SIZE:
            raise MalformedProof("a submission does not start with its old size line")
        if len(lines) > MAX_PROOF:
            raise MalformedProof("a consistency proof is too long")
        try:
            proof = tuple(b64decode_strict(line) for line in lines)
        except MalformedNote:
            raise MalformedProof("a line of a consistency proof is not base64") from None
        if any(len(digest) != merkle.HASH_SIZE for digest in proof):
            raise MalformedProof("a hash of a consistency proof is not 32 bytes long")
        return cls(int(found[1]), proof, checkpoint)

    def encode(self) -> bytes:
        """Return the bytes of the request body."""
        lines = [f"old {self.old}", *(b64encode(digest) for digest in self.proof)]
        return "\n".join(lines).encode("ascii") + b"\n\n" + self.checkpoint


def check_signed(note: SignedNote, origin: str, keys: Sequence[VerifierKey]) -> None:
    """Check that a log that the witness follows signed a checkpoint; signatures of unknown keys are ignored.

    Args:
        note: the checkpoint.
        origin: the log's name in it.
        keys: the keys that the witness trusts for this origin.

    Raises:
        LogUnknown: the witness follows no log of this name.
        KeyUntrusted, SignatureUntrusted: no trusted key signed it, or the signature does not verify.
    """
    if not keys:
        raise LogUnknown("this witness does not follow the log", origin=origin)
    signed = [key for key in keys if any(line.is_by(key) for line in note.signatures)]
    if not signed:
        raise KeyUntrusted("the checkpoint is not signed by a key that this witness knows", origin=origin)
    for key in signed:
        verify_note(note, key)


def judge(held: Head, old: int, proof: Sequence[bytes], new: Checkpoint) -> None:
    """Refuse a tree head unless it extends what the witness holds.

    Args:
        held: what the witness holds for this log.
        old: the size that the request claims to extend.
        proof: consistency proof from there.
        new: the head, its signature already checked.

    Raises:
        MalformedProof: the old size is beyond the new tree.
        SizeConflict: the witness holds another size; it is in the error.
        ProofUntrusted: the proof does not hold.
        LogForked: a tree of the same size has another root.
    """
    if old > new.size:
        raise MalformedProof("the old size is larger than the tree", old=old, size=new.size)
    if old != held.size:
        raise SizeConflict("the witness holds another size of this log", size=held.size, old=old)
    if proof and old in (0, new.size):
        raise ProofUntrusted("between these sizes the consistency proof is empty", old=old, new=new.size)
    if old == new.size:
        if new.root != held.root:
            raise LogForked("the log has signed another tree of this size", origin=new.origin, size=new.size)
    elif old > 0:
        merkle.verify_consistency(old, new.size, proof, held.root, new.root)
