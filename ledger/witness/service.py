"""Cosign tree heads: judge, make durable, and only then sign.

Source: C2SP tlog-witness, C2SP tlog-cosignature (Ed25519, cosignature/v1).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from iocore.times import Clock
from ledger.errors import KeyUntrusted, LedgerError, StoreConflict
from ledger.keyfiles import load_signer, save_signer
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import COSIGNATURE, SignedNote, VerifierKey
from ledger.log.signer import SEED_SIZE, Signer, check_public_key
from ledger.log.witness import cosign
from ledger.witness.judge import Submission, check_signed, judge
from ledger.witness.store import Followed, WitnessStore

KEY_FILE: Final = "witness.key"
DATABASE: Final = "witness.db"


class Witness:
    """Follow logs and cosign their tree heads; any number of processes may serve one folder.

    Args:
        store: what the witness must never forget.
        signer: the witness's own key, used for nothing else.
        clock: says what time it is.

    Raises:
        KeyUntrusted: the key makes no cosignatures.
    """

    def __init__(self, store: WitnessStore, signer: Signer, clock: Clock) -> None:
        if signer.public_key.algorithm != COSIGNATURE:
            raise KeyUntrusted("this key makes no cosignatures", name=signer.name)
        self._store = store
        self._signer = signer
        self._clock = clock

    @classmethod
    def create(cls, folder: Path, name: str, clock: Clock) -> Witness:
        """Make a witness in a folder: a new key and an empty database.

        Raises:
            MalformedKey: the name may not name a key.
            StoreConflict: the folder holds a witness already.
        """
        signer = Signer(name, os.urandom(SEED_SIZE), algorithm=COSIGNATURE)
        folder.mkdir(parents=True, exist_ok=True)
        store = WitnessStore(folder / DATABASE)
        try:
            save_signer(folder / KEY_FILE, signer)
        except LedgerError:
            store.close()
            raise
        return cls(store, signer, clock)

    @classmethod
    def open(cls, folder: Path, clock: Clock) -> Witness:
        """Open the witness of a folder; a lost database is not made anew, since it would forget what was signed.

        Raises:
            MalformedKey: there is no key.
            StoreConflict: there is no database.
        """
        signer = load_signer(folder / KEY_FILE)
        if not (folder / DATABASE).exists():
            raise StoreConflict(
                "the witness has lost its database; make a new witness with a new key", path=str(folder)
            )
        return cls(WitnessStore(folder / DATABASE), signer, clock)

    @property
    def public_key(self) -> VerifierKey:
        """Return the witness's public key."""
        return self._signer.public_key

    def follow(self, key: VerifierKey) -> bool:
        """Follow the log of a key; say whether it is new.

        Raises:
            MalformedKey: nobody should use this key.
        """
        check_public_key(key.public)
        return self._store.follow(key)

    def followed(self) -> list[Followed]:
        """Return the logs that the witness follows."""
        return self._store.followed()

    def add_checkpoint(self, body: bytes) -> bytes:
        """Answer a request to cosign with the signature line.

        The new head is on disk before anything is signed. The time is taken while no other process can advance, so that
        the statement "the largest tree that I have seen" is true at that time; it stands still where
        the clock went back.

        Raises:
            MalformedProof, MalformedNote, MalformedCheckpoint: the request cannot be read.
            LogUnknown, KeyUntrusted, SignatureUntrusted: not a head of a log that the witness follows.
            SizeConflict, ProofUntrusted, LogForked: the head does not extend what the witness holds.
        """
        request = Submission.parse(body)
        note = SignedNote.parse(request.checkpoint)
        new = Checkpoint.parse_any(note.text)
        check_signed(note, new.origin, self._store.keys(new.origin))
        refusal: LedgerError | None = None
        with self._store.write() as writer:
            held = writer.head(new.origin)
            time = max(held.time, int(self._clock.now().timestamp()))
            try:
                judge(held, request.old, request.proof, new)
            except LedgerError as error:
                refusal = error
                if new.size == held.size and new.root != held.root:
                    writer.keep_fork(new, request.checkpoint)
            else:
                writer.advance(new, request.checkpoint, time)
        if refusal is not None:
            raise refusal
        return (cosign(note.text, self._signer, time).encode() + "\n").encode("utf-8")

    def close(self) -> None:
        """Close the database."""
        self._store.close()
