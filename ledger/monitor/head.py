"""Check a tree head against the one seen before, and put a fork on record so that anyone can check it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import KeyUntrusted, LedgerCorrupt, LogForked, ProofUntrusted, QuorumMissing, SignatureUntrusted
from ledger.export import write_if_changed
from ledger.log import merkle
from ledger.log.canonical import jcs
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import VerifierKey, b64encode
from ledger.log.witness import Policy


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold what shows that a log forked or took entries back.

    Args:
        log: its verifier key.
        before, after: the two signed tree heads.
        root: root of the first entries of the later tree, as many as the earlier tree has; empty where it is smaller.
        proof: leads from that root to the later tree, so that nobody has to believe who found it.
    """

    log: VerifierKey
    before: bytes
    after: bytes
    root: bytes = b""
    proof: Sequence[bytes] = ()

    def keep(self, beside: Path) -> Path:
        """Write the evidence beside a file, under a name of its own; return its path."""
        head = open_checkpoint(self.after, self.log)
        path = beside.with_name(f"{beside.name}.fork-{head.size}-{head.root.hex()[:12]}.json")
        value = {
            "log": self.log.encode(),
            "before": self.before.decode("utf-8"),
            "after": self.after.decode("utf-8"),
            "root": b64encode(self.root),
            "proof": [b64encode(one) for one in self.proof],
        }
        write_if_changed(path, jcs(value) + b"\n")
        return path


def check_head(checkpoint: bytes, log: VerifierKey, policy: Policy | None) -> tuple[Checkpoint, tuple[str, ...]]:
    """Check the signatures of a tree head before anything below it is read; return it and the names of its witnesses.

    Raises:
        MalformedNote, MalformedCheckpoint: it cannot be read.
        KeyUntrusted, SignatureUntrusted: another log, no log of the policy, or a bad signature or cosignature.
        QuorumMissing: too few witnesses have cosigned it.
    """
    head = open_checkpoint(checkpoint, log)
    if policy is None:
        return head, ()
    found = policy.check(checkpoint)
    if found.log != log:
        raise KeyUntrusted("the policy names another key for this log", name=log.name)
    if found.failures:
        raise SignatureUntrusted("a cosignature of a trusted witness does not hold", witnesses=sorted(found.failures))
    if not found.satisfied:
        raise QuorumMissing("too few witnesses cosigned the tree head", quorum=policy.quorum, size=head.size)
    return head, tuple(sorted(found.witnessed))


def check_growth(log: VerifierKey, before: bytes, after: bytes, nodes: merkle.NodeReader, beside: Path) -> None:
    """Check that a log has only grown between two of its signed tree heads.

    Args:
        log: the log's key.
        before, after: the tree heads, their signatures already checked.
        nodes: reads the nodes of the later tree.
        beside: evidence of a fork is kept beside this file.

    Raises:
        LogForked: it has not; the error says where the evidence is.
        LedgerCorrupt: the nodes are not those of the later tree.
    """
    old, new = open_checkpoint(before, log), open_checkpoint(after, log)
    if new.size < old.size:
        path = Evidence(log, before, after).keep(beside)
        raise LogForked("the log shows fewer entries than before", size=new.size, before=old.size, evidence=str(path))
    if new.size == old.size or old.size == 0:
        if new.size == old.size and new.root != old.root:
            path = Evidence(log, before, after, new.root).keep(beside)
            raise LogForked("the log has signed another tree of this size", size=new.size, evidence=str(path))
        return
    proof = merkle.read_consistency(nodes, old.size, new.size)
    try:
        merkle.verify_consistency(old.size, new.size, proof, old.root, new.root)
    except ProofUntrusted:
        root = merkle.range_root(nodes, 0, old.size)
        check_prefix(old.size, root, new, proof)
        path = Evidence(log, before, after, root, proof).keep(beside)
        raise LogForked(
            "the log does not extend the tree that it showed before",
            size=new.size,
            before=old.size,
            evidence=str(path),
        ) from None


def check_prefix(size: int, root: bytes, head: Checkpoint, proof: Sequence[bytes]) -> None:
    """Check that a tree is the beginning of the tree of a signed head.

    Raises:
        LedgerCorrupt: it is not.
    """
    try:
        merkle.verify_consistency(size, head.size, proof, root, head.root)
    except ProofUntrusted:
        raise LedgerCorrupt("what the log serves is not the tree of its signed head", size=head.size) from None
