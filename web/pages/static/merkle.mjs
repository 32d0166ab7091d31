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
