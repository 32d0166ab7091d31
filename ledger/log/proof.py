"""Read, write and check receipts: index, inclusion proof and checkpoint in one text.

Source: C2SP tlog-proof.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec

from ledger.errors import MalformedNote, MalformedProof
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.merkle import HASH_SIZE, MAX_SIZE, leaf_hash, verify_inclusion
from ledger.log.note import SignedNote, VerifierKey, b64decode_strict, b64encode

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_PATH: Final = 63
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})\Z", re.ASCII)


class Receipt(msgspec.Struct, frozen=True):
    """Hold what an offline checker needs beside the leaf and the log's key.

    Args:
        index: place of the leaf in the log.
        proof: inclusion proof, sibling of the leaf first.
        checkpoint: the whole signed note of the tree head.
        extra: bytes that nothing authenticates; this ledger writes none.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def encode(self) -> bytes:
        """Return the bytes of the receipt."""
        lines = [HEADER]
        if self.extra:
            lines.append(f"extra {b64encode(self.extra)}")
        lines.append(f"index {self.index}")
        lines.extend(map(_line, self.proof))
        return "\n".join(lines).encode("ascii") + b"\n\n" + self.checkpoint

    @classmethod
    def parse(cls, data: str | bytes) -> Receipt:
        """Read a receipt.

        Raises:
            MalformedProof: not a receipt in its only spelling.
        """
        try:
            text = (data if isinstance(data, bytes) else data.encode("utf-8")).decode("utf-8")
        except UnicodeError:
            raise MalformedProof("a receipt is not UTF-8") from None
        head, blank, tail = text.partition("\n\n")
        lines = head.split("\n")
        if not blank or lines.pop(0) != HEADER:
            raise MalformedProof("a receipt does not start with its header line")
        extra = b""
        if lines and lines[0].startswith("extra "):
            extra = _decode(lines.pop(0)[len("extra ") :])
            if not extra:
                raise MalformedProof("the extra line of a receipt is empty")
        found = _INDEX.match(lines.pop(0)) if lines else None
        if found is None or int(found[1]) > MAX_SIZE:
            raise MalformedProof("a receipt has no valid index line")
        if len(lines) > MAX_PATH:
            raise MalformedProof("an inclusion proof is too long")
        proof = tuple(_decode(line) for line in lines)
        if any(len(digest) != HASH_SIZE for digest in proof):
            raise MalformedProof("a hash of an inclusion proof is not 32 bytes long")
        checkpoint = tail.encode("utf-8")
        try:
            SignedNote.parse(checkpoint)
        except MalformedNote as error:
            raise MalformedProof("the checkpoint of a receipt is not a signed note", reason=error.message) from None
        return cls(int(found[1]), proof, checkpoint, extra)

    def verify(self, leaf: bytes, log_key: VerifierKey) -> Checkpoint:
        """Check that a leaf is in the log of a key; return the tree head that says so.

        Args:
            leaf: the leaf data, for an entry its whole note.
            log_key: the log's key.

        Raises:
            MalformedNote, MalformedCheckpoint, KeyUntrusted, SignatureUntrusted, ProofUntrusted: it is not shown.
        """
        checkpoint = open_checkpoint(self.checkpoint, log_key)
        verify_inclusion(leaf_hash(leaf), self.index, checkpoint.size, self.proof, checkpoint.root)
        return checkpoint


@lru_cache(maxsize=4096)
def _line(digest: bytes) -> str:
    """Write a hash; the receipts of one batch share most of theirs."""
    return b64encode(digest)


def _decode(line: str) -> bytes:
    try:
        return b64decode_strict(line)
    except MalformedNote:
        raise MalformedProof("a line of a receipt is not base64") from None
