"""Canonical bytes, signed notes, the Merkle tree and its proofs: pure, and without knowledge of carbon."""
