"""Read and write tree heads.

Source: C2SP tlog-checkpoint. This ledger writes no extension lines, and refuses them when it reads its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ledger.errors import KeyUntrusted, MalformedCheckpoint, MalformedNote
from ledger.log.merkle import HASH_SIZE, MAX_SIZE
from ledger.log.note import SignedNote, VerifierKey, b64decode_strict, b64encode
from ledger.log.signer import verify_note

_SIZE: Final = re.compile(r"(0|[1-9][0-9]{0,18})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Hold a tree head: the log's name, its size and its root hash."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """Return the note text that a log signs."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root)}\n".encode()

    @classmethod
    def parse(cls, text: bytes) -> Checkpoint:
        """Read a checkpoint's note text.

        Raises:
            MalformedCheckpoint: not exactly three lines of origin, size and root.
        """
        try:
            lines = text.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            raise MalformedCheckpoint("a checkpoint is not UTF-8") from None
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise MalformedCheckpoint("a checkpoint does not have three lines")
        if not _SIZE.match(lines[1]) or int(lines[1]) > MAX_SIZE:
            raise MalformedCheckpoint("the tree size of a checkpoint is not a number", size=lines[1])
        try:
            root = b64decode_strict(lines[2])
        except MalformedNote:
            raise MalformedCheckpoint("the root hash of a checkpoint is not base64") from None
        if len(root) != HASH_SIZE:
            raise MalformedCheckpoint("the root hash of a checkpoint is not 32 bytes long")
        return cls(lines[0], int(lines[1]), root)

    @classmethod
    def parse_any(cls, text: bytes) -> Checkpoint:
        """Read the first three lines of a checkpoint that may carry extension lines, as other logs write them.

        Raises:
            MalformedCheckpoint: the first three lines are not those of a checkpoint, or a later one is empty.
        """
        parts = text.split(b"\n", 3)
        extensions = parts[3].split(b"\n") if len(parts) == 4 else [b"?"]
        if extensions.pop() or not all(extensions):
            raise MalformedCheckpoint("a checkpoint does not have three lines, or an extension line is empty")
        return cls.parse(b"\n".join(parts[:3]) + b"\n")


def open_checkpoint(note: bytes, key: VerifierKey) -> Checkpoint:
    """Read a signed checkpoint and check that the log of a key signed it.

    Raises:
        MalformedNote, MalformedCheckpoint: the bytes cannot be read.
        KeyUntrusted: another key signed, or the origin is not the key's name.
        SignatureUntrusted: the signature does not verify.
    """
    signed = SignedNote.parse(note)
    verify_note(signed, key)
    checkpoint = Checkpoint.parse(signed.text)
    if checkpoint.origin != key.name:
        raise KeyUntrusted("the checkpoint is of another log", origin=checkpoint.origin, expected=key.name)
    return checkpoint
