// Credentials: the eddsa-jcs-2022 proof and the DID document that names its key.
import { concat, fromMultibase58, hex, must, sha256, utf8 } from "./bytes.mjs";
import { jcs } from "./canonical.mjs";
import { verify } from "./ed25519.mjs";

/** Give a copy of the credential without its proof. */
export function unproved(credential) {
  const { proof: _, ...rest } = credential;
  return rest;
}

/** Give the digest that the log holds: SHA-256 of the JCS bytes without the proof. */
export function credentialDigest(credential) {
  return hex(sha256(utf8(jcs(unproved(credential)))));
}

/** Find the Ed25519 key of a verification method that the document allows for assertions. */
export function assertionKey(did, methodId) {
  const allowed = (did.assertionMethod ?? []).some((one) => one === methodId || one?.id === methodId);
  must(allowed, "key-untrusted", "the DID document does not allow this key for assertions");
  const methods = [...(did.verificationMethod ?? []), ...(did.assertionMethod ?? [])];
  const method = methods.find((one) => one?.id === methodId);
  must(method?.type === "Multikey" && method.controller === did.id, "key-untrusted", "not a Multikey of this issuer");
  const bytes = fromMultibase58(method.publicKeyMultibase);
  must(bytes.length === 34 && bytes[0] === 0xed && bytes[1] === 1, "malformed-key", "not an Ed25519 Multikey");
  return bytes.subarray(2);
}

/** Refuse a credential whose `eddsa-jcs-2022` proof does not hold under the issuer's document. */
export async function checkCredentialProof(credential, did) {
  const issuer = typeof credential.issuer === "string" ? credential.issuer : credential.issuer?.id;
  must(did?.id === issuer, "key-untrusted", "the DID document is not the issuer's");
  const proof = credential.proof;
  must(proof !== null && typeof proof === "object" && !Array.isArray(proof), "proof-untrusted", "there is no proof");
  const form = proof.type === "DataIntegrityProof" && proof.cryptosuite === "eddsa-jcs-2022";
  must(form && proof.proofPurpose === "assertionMethod", "proof-untrusted", "not an eddsa-jcs-2022 proof");
  must(jcs(proof["@context"]) === jcs(credential["@context"]), "proof-untrusted", "the proof has another context");
  const key = assertionKey(did, proof.verificationMethod);
  const { proofValue, ...options } = proof;
  const hash = concat(sha256(utf8(jcs(options))), sha256(utf8(jcs(unproved(credential)))));
  const holds = await verify(key, hash, fromMultibase58(proofValue));
  must(holds, "signature-untrusted", "the issuer's signature does not hold");
}
