"""Hash leaves and nodes, and build and check Merkle proofs.

Source: RFC 6962 section 2.1, RFC 9162 sections 2.1.3.2 and 2.1.4.2 (verification).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final

from ledger.errors import ProofUntrusted

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
MAX_SIZE: Final = 2**63 - 1

NodeReader = Callable[[int, int], bytes]
"""Return the hash of the complete subtree ``(level, index)``: leaves ``[index << level, (index + 1) << level)``."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf's data."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def chain_hash(previous: bytes, leaf: bytes) -> bytes:
    """Return the next value of the linear chain beside the tree."""
    return sha256(previous + leaf).digest()


def leaf_hashes(notes: Iterable[bytes]) -> list[bytes]:
    """Return the leaf hash of each of many notes."""
    return [sha256(b"\x00" + note).digest() for note in notes]


def chain_hashes(before: Iterable[bytes], leaves: Iterable[bytes]) -> list[bytes]:
    """Return the values of the linear chain that follow each from the value before it and a leaf hash."""
    return [sha256(previous + leaf).digest() for previous, leaf in zip(before, leaves, strict=False)]


def node_hashes(below: Sequence[bytes]) -> list[bytes]:
    """Return the hashes above a row of hashes, two by two; an odd last one has none."""
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(below[::2], below[1::2], strict=False)]


def list_reader(leaf_hashes: Sequence[bytes]) -> NodeReader:
    """Read nodes from leaf hashes in memory."""
    levels: list[list[bytes]] = [list(leaf_hashes)]

    def read(level: int, index: int) -> bytes:
        while len(levels) <= level:
            levels.append(node_hashes(levels[-1]))
        return levels[level][index]

    return read


def range_root(read: NodeReader, start: int, end: int) -> bytes:
    """Return the hash of the subtree over leaves ``[start, end)``.

    Args:
        read: gives complete subtrees.
        start: first leaf; a multiple of the smallest power of two not below the width.
        end: leaf after the last.
    """
    width = end - start
    if width <= 0:
        return EMPTY_ROOT
    level = width.bit_length() - 1
    if width == 1 << level:
        return read(level, start >> level)
    middle = start + (1 << level)
    return node_hash(read(level, start >> level), range_root(read, middle, end))


def read_inclusion(read: NodeReader, index: int, size: int) -> tuple[bytes, ...]:
    """Build the inclusion proof of a leaf in the tree of a size, sibling of the leaf first.

    Raises:
        ProofUntrusted: the index is not inside the tree.
    """
    if not 0 <= index < size:
        raise ProofUntrusted("the index is not inside the tree", index=index, size=size)
    return read_inclusions(read, index, index + 1, size)[0]


def read_inclusions(read: NodeReader, start: int, end: int, size: int) -> list[tuple[bytes, ...]]:
    """Build the inclusion proofs of neighbouring leaves ``[start, end)``; what lies above them is built once.

    Raises:
        ProofUntrusted: an index is not inside the tree.
    """
    if not 0 <= start <= end <= size:
        raise ProofUntrusted("the index is not inside the tree", index=end - 1, size=size)
    found: list[tuple[bytes, ...]] = []

    def descend(low: int, high: int, above: tuple[bytes, ...]) -> None:
        if high - low == 1:
            found.append(above)
            return
        middle = low + _split(high - low)
        if start < middle:
            descend(low, middle, (range_root(read, middle, high), *above))
        if end > middle:
            descend(middle, high, (range_root(read, low, middle), *above))

    if start < end:
        descend(0, size, ())
    return found


def read_consistency(read: NodeReader, old: int, new: int) -> tuple[bytes, ...]:
    """Build the proof that the tree of the new size extends the tree of the old size.

    Raises:
        ProofUntrusted: the sizes are not in order.
    """
    if not 0 <= old <= new:
        raise ProofUntrusted("the old tree is larger than the new", old=old, new=new)
    if old in (0, new):
        return ()
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(read, middle, end))
            end = middle
        else:
            path.append(range_root(read, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_root(read, start, end))
    return tuple(reversed(path))


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    return range_root(list_reader(leaf_hashes), 0, len(leaf_hashes))


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Build an inclusion proof from all leaf hashes."""
    return read_inclusion(list_reader(leaf_hashes), index, len(leaf_hashes))


def consistency_proof(leaf_hashes: Sequence[bytes], old: int) -> tuple[bytes, ...]:
    """Build a consistency proof from all leaf hashes of the new tree."""
    return read_consistency(list_reader(leaf_hashes), old, len(leaf_hashes))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> None:
    """Check that a leaf hash is at an index of the tree of a size and root.

    Raises:
        ProofUntrusted: it is not, or the proof has the wrong shape.
    """
    _check_hashes((leaf, *proof))
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofUntrusted("the index is not inside the tree", index=index, size=size)
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(proof) != inner + border:
        raise ProofUntrusted("the inclusion proof has the wrong length", expected=inner + border, found=len(proof))
    computed = _chain_inner(leaf, proof[:inner], index)
    for sibling in proof[inner:]:
        computed = node_hash(sibling, computed)
    if computed != root_hash:
        raise ProofUntrusted("the inclusion proof leads to another root", index=index, size=size)


def prefix_root(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root of the tree that ends with a leaf, from the leaf's inclusion proof in a larger tree.

    The left siblings on a leaf's way to the root are all that stands before it.

    Args:
        leaf: leaf hash.
        index: its place.
        size: size of the larger tree.
        proof: an inclusion proof that has been verified.
    """
    inner = (index ^ (size - 1)).bit_length()
    computed = _chain_inner_right(leaf, proof[:inner], index)
    for sibling in proof[inner:]:
        computed = node_hash(sibling, computed)
    return computed


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of the new size and root extends the tree of the old size and root.

    Raises:
        ProofUntrusted: it does not, or the proof has the wrong shape.
    """
    _check_hashes(proof)
    if not 0 <= old <= new <= MAX_SIZE:
        raise ProofUntrusted("the old tree is larger than the new", old=old, new=new)
    if old == 0:
        raise ProofUntrusted("every tree extends the empty one; that proves nothing", old=old, new=new)
    if old == new:
        if proof or old_root != new_root:
            raise ProofUntrusted("two roots of one size differ, or their proof is not empty", old=old, new=new)
        return
    shift = (old & -old).bit_length() - 1
    inner = ((old - 1) ^ (new - 1)).bit_length() - shift
    border = ((old - 1) >> (inner + shift)).bit_count()
    seeded = old == 1 << shift
    expected = inner + border + (0 if seeded else 1)
    if len(proof) != expected:
        raise ProofUntrusted("the consistency proof has the wrong length", expected=expected, found=len(proof))
    seed, path = (old_root, proof) if seeded else (proof[0], proof[1:])
    mask = (old - 1) >> shift
    from_old = _chain_inner_right(seed, path[:inner], mask)
    from_new = _chain_inner(seed, path[:inner], mask)
    for sibling in path[inner:]:
        from_old = node_hash(sibling, from_old)
        from_new = node_hash(sibling, from_new)
    if from_old != old_root:
        raise ProofUntrusted("the consistency proof leads to another old root", old=old, new=new)
    if from_new != new_root:
        raise ProofUntrusted("the consistency proof leads to another new root", old=old, new=new)


def _split(width: int) -> int:
    """Return the largest power of two below a width of at least two."""
    return 1 << ((width - 1).bit_length() - 1)


def _chain_inner(seed: bytes, proof: Sequence[bytes], index: int) -> bytes:
    for level, sibling in enumerate(proof):
        seed = node_hash(sibling, seed) if index >> level & 1 else node_hash(seed, sibling)
    return seed


def _chain_inner_right(seed: bytes, proof: Sequence[bytes], index: int) -> bytes:
    for level, sibling in enumerate(proof):
        if index >> level & 1:
            seed = node_hash(sibling, seed)
    return seed


def _check_hashes(proof: Sequence[bytes]) -> None:
    if any(len(digest) != HASH_SIZE for digest in proof):
        raise ProofUntrusted("a hash of the proof is not 32 bytes long")
