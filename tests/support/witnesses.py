"""Build logs that fork, and requests to cosign their heads, for tests of witnesses and monitors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint
from ledger.log.signer import Signer
from ledger.witness.judge import Submission


@dataclass(frozen=True)
class Branch:
    """Hold one view of a log: its leaves, and the key that signs every view."""

    signer: Signer
    leaves: tuple[bytes, ...]

    def head(self, size: int) -> Checkpoint:
        """Give the head of the first leaves."""
        return Checkpoint(self.signer.name, size, merkle.root(self.leaves[:size]))

    def signed(self, size: int) -> bytes:
        """Give the signed head."""
        return self.signer.sign_note(self.head(size).text())

    def request(self, old: int, size: int) -> Submission:
        """Give an honest request to extend a size."""
        proof = merkle.consistency_proof(self.leaves[:size], old) if old <= size else ()
        return Submission(old, proof, self.signed(size))


def branches(name: str, size: int, forks: Sequence[int]) -> list[Branch]:
    """Give views of one log: the first, and one for each size at which another leaves it."""
    signer = Signer.from_seed(name, sha256(name.encode()).digest())

    def leaves(view: int, start: int) -> tuple[bytes, ...]:
        return tuple(merkle.leaf_hash(f"{view}/{index}".encode()) for index in range(start, size))

    first = leaves(0, 0)
    return [Branch(signer, first), *(Branch(signer, first[:at] + leaves(at + 1, at)) for at in forks)]
