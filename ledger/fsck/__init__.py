"""Check everything again from the stored bytes, and name table and index of every fault."""

from ledger.fsck.finding import Finding
from ledger.fsck.walk import PARALLEL_FROM, Depth, fsck

__all__ = ["PARALLEL_FROM", "Depth", "Finding", "fsck"]
