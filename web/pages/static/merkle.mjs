// RFC 6962 hashes and proofs.
import { concat, equal, must, sha256 } from "./bytes.mjs";

export function leafHash(data) {
  return sha256(concat(Uint8Array.of(0), data));
}

export function nodeHash(left, right) {
  return sha256(concat(Uint8Array.of(1), left, right));
}

/** Refuse a proof that does not lead from the leaf at `index` to the root of `size` leaves (RFC 9162, 2.1.3.2). */
export function checkInclusion(leaf, index, size, proof, root) {
  const whole = Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size;
  must(whole, "proof-untrusted", "the index is outside the tree");
  must([leaf, root, ...proof].every((hash) => hash.length === 32), "proof-untrusted", "a hash has 32 bytes");
  let node = BigInt(index);
  let last = BigInt(size - 1);
  let hash = leaf;
  for (const sibling of proof) {
    must(last > 0n, "proof-untrusted", "the proof is too long");
    if ((node & 1n) === 1n || node === last) {
      hash = nodeHash(sibling, hash);
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  must(last === 0n, "proof-untrusted", "the proof is too short");
  must(equal(hash, root), "proof-untrusted", "the proof leads to another root");
}

/** Refuse a proof that the tree of `size` leaves and `root` does not extend that of `old` leaves (RFC 9162, 2.1.4.2). */
export function checkConsistency(old, size, proof, oldRoot, root) {
  const whole = Number.isSafeInteger(old) && Number.isSafeInteger(size) && old > 0 && old <= size;
  must(whole, "proof-untrusted", "the old tree is empty or larger than the new");
  must(proof.every((hash) => hash.length === 32), "proof-untrusted", "a hash has 32 bytes");
  if (old === size) {
    must(proof.length === 0 && equal(oldRoot, root), "proof-untrusted", "two roots of one size differ");
    return;
  }
  let node = BigInt(old - 1);
  let last = BigInt(size - 1);
  while ((node & 1n) === 1n) {
    node >>= 1n;
    last >>= 1n;
  }
  const path = node === 0n ? [oldRoot, ...proof] : proof;
  must(path.length > 0, "proof-untrusted", "the proof is too short");
  let [before, after] = [path[0], path[0]];
  for (const sibling of path.slice(1)) {
    must(last > 0n, "proof-untrusted", "the proof is too long");
    if ((node & 1n) === 1n || node === last) {
      before = nodeHash(sibling, before);
      after = nodeHash(sibling, after);
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      after = nodeHash(after, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  must(last === 0n, "proof-untrusted", "the proof is too short");
  must(equal(before, oldRoot), "proof-untrusted", "the proof leads to another old root");
  must(equal(after, root), "proof-untrusted", "the proof leads to another new root");
}
