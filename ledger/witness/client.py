"""Ask witnesses to cosign the latest tree head, and keep their cosignatures.

The log goes on without witnesses. Where an answer says that this log has lost or replaced entries that a witness has
seen, nothing that was gathered is kept or released.

Source: C2SP tlog-witness.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from ledger.errors import LedgerError, LogForked, MalformedNote, StoreConflict, StoreUnavailable
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import Signature, SignedNote, VerifierKey
from ledger.log.witness import Policy, PolicyResult, verify_cosignature
from ledger.service import Ledger
from ledger.store.base import CosignatureRow
from ledger.witness.judge import Submission

SIZE_TYPE: Final = "text/x.tlog.size"
MAX_ANSWER: Final = 64 * 1024
_TRIES: Final = 3
_SIZE: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n?\Z")


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what a witness answered: HTTP status, media type without parameters, body."""

    status: int
    media_type: str
    body: bytes


Post = Callable[[str, bytes], Answer]
"""Send a body to an address.

Raises:
    StoreUnavailable: nobody answers in time.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Say what came of asking one witness.

    Args:
        name: its name in the policy.
        outcome: `cosigned`, `held` (cosigned earlier), `no_address`, `unavailable` or `refused`.
        detail: why not.
        line: the verified signature line, if there is one.
    """

    name: str
    outcome: str
    detail: str = ""
    line: Signature | None = None


@dataclass(frozen=True, slots=True)
class Cosigning:
    """Hold the outcome of one round: the tree head, every witness's answer, and what the policy says now."""

    checkpoint: bytes
    asked: tuple[Asked, ...]
    result: PolicyResult


class Client:
    """Gather cosignatures for a log.

    Args:
        ledger: the log.
        policy: its witnesses, with their addresses, and the quorum.
        post: sends a request.
    """

    def __init__(self, ledger: Ledger, policy: Policy, post: Post) -> None:
        self._ledger = ledger
        self._policy = replace(policy, logs=(ledger.log_key,))
        self._post = post

    def cosign(self) -> Cosigning:
        """Ask every witness that has not cosigned the latest tree head yet, all at once.

        Raises:
            LogRolledBack: the rollback guard knows of a later tree; nobody was asked.
            LogForked: a witness has seen a tree that this log does not extend; nothing was kept.
            StoreUnavailable: the answers cannot be stored now.
        """
        fault = self._ledger.fault()
        if fault is not None:
            raise fault
        with self._ledger.store.read() as reader:
            sizes = reader.last_cosigned()
        note = self._ledger.checkpoint()
        head = open_checkpoint(note, self._ledger.log_key)
        if max(sizes.values(), default=0) > head.size:
            raise LogForked("witnesses have cosigned a larger tree than this log holds", size=head.size)
        held = self._policy.check(note).witnessed
        with ThreadPoolExecutor(max(1, len(self._policy.witnesses))) as pool:
            asked = tuple(
                pool.map(
                    lambda name: Asked(name, "held") if name in held else self._ask(name, note, head, sizes),
                    self._policy.witnesses,
                )
            )
        self._keep(note, head, asked)
        cosigned = self._ledger.checkpoint() if head.size == self._ledger.size else _with(note, asked)
        return Cosigning(cosigned, asked, self._policy.check(cosigned))

    def _ask(self, name: str, note: bytes, head: Checkpoint, sizes: dict[str, int]) -> Asked:
        key, url = self._policy.witnesses[name], self._policy.urls.get(name)
        if url is None:
            return Asked(name, "no_address")
        old = sizes.get(key.encode(), 0)
        try:
            for _ in range(_TRIES):
                proof = self._ledger.consistency(old, head.size)
                answer = self._post(f"{url.rstrip('/')}/add-checkpoint", Submission(old, proof, note).encode())
                if answer.status != 409 or answer.media_type != SIZE_TYPE:
                    return self._read(name, key, note, head, answer)
                old = _size(answer.body)
                if old > head.size:
                    raise LogForked("a witness has cosigned a larger tree than this log holds", witness=name, held=old)
        except LogForked:
            raise
        except StoreUnavailable as error:
            return Asked(name, "unavailable", error.message)
        except LedgerError as error:
            return Asked(name, "refused", error.message)
        return Asked(name, "unavailable", "the witness is ahead of every question; ask again")

    def _read(self, name: str, key: VerifierKey, note: bytes, head: Checkpoint, answer: Answer) -> Asked:
        if answer.status in (409, 422):
            raise LogForked("a witness holds a tree that this log does not extend", witness=name, size=head.size)
        if answer.status != 200:
            return Asked(name, "unavailable" if answer.status >= 500 else "refused", f"HTTP {answer.status}")
        lines = SignedNote.parse(SignedNote.parse(note).text + b"\n" + answer.body)
        verify_cosignature(lines, key)
        return Asked(name, "cosigned", line=next(line for line in lines.signatures if line.is_by(key)))

    def _keep(self, note: bytes, head: Checkpoint, asked: Sequence[Asked]) -> None:
        rows = [
            CosignatureRow(head.size, self._policy.witnesses[one.name].encode(), one.line.encode())
            for one in asked
            if one.line is not None
        ]
        if not rows:
            return
        with self._ledger.store.write() as writer:
            found = writer.checkpoint_after(head.size - 1)
            if found is None or found[0] != head.size or not note.startswith(found[1]):
                raise StoreConflict("the tree head is gone that the witnesses have cosigned", size=head.size)
            writer.add_cosignatures(rows)


def _with(note: bytes, asked: Sequence[Asked]) -> bytes:
    return note + "".join(f"{one.line.encode()}\n" for one in asked if one.line is not None).encode("utf-8")


def _size(body: bytes) -> int:
    found = _SIZE.match(body)
    if found is None:
        raise MalformedNote("a witness answers with a size that is no number")
    return int(found[1])
