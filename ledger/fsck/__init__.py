"""Check everything again from the stored bytes, and name table and index of every fault."""

from ledger.fsck.finding import Finding
from ledger.fsck.walk import fsck

__all__ = ["Finding", "fsck"]
