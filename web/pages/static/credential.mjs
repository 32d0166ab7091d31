// Credentials: the eddsa-jcs-2022 proof and the DID document that names its key.
import { base64url, concat, fromMultibase58, hex, multibase58, must, sha256, utf8 } from "./bytes.mjs";
import { jcs } from "./canonical.mjs";
import { checkKey, verify } from "./ed25519.mjs";

/** Give a copy of the credential without its proof. */
export function unproved(credential) {
  const { proof: _, ...rest } = credential;
  return rest;
}

/** Give the digest that the log holds: SHA-256 of the JCS bytes without the proof. */
export function credentialDigest(credential) {
  return hex(sha256(utf8(jcs(unproved(credential)))));
}

/** Read a DID document by building it again from its keys; give the keys by DID URL. */
export function readDid(document) {
  const did = document?.id;
  must(typeof did === "string" && /^did:web:[A-Za-z0-9.%:_-]+$/.test(did), "malformed-did", "not a did:web");
  must(Array.isArray(document.verificationMethod), "malformed-did", "no verification methods");
  const publics = document.verificationMethod.filter((one) => one?.type === "Multikey").map(readMultikey);
  must(publics.length > 0 && publics.length <= 32, "malformed-did", "a DID document lists 1 to 32 keys");
  const rebuilt = writeDid(did, publics);
  must(jcs(rebuilt) === jcs(document), "malformed-did", "the DID document does not have its one form");
  return { did, keys: new Map(publics.map((key, at) => [`${did}#key-${at + 1}`, key])) };
}

function readMultikey(method) {
  const bytes = fromMultibase58(method.publicKeyMultibase);
  must(bytes.length === 34 && bytes[0] === 0xed && bytes[1] === 1, "malformed-key", "not an Ed25519 Multikey");
  checkKey(bytes.subarray(2));
  return bytes.subarray(2);
}

function writeDid(did, publics) {
  const methods = publics.flatMap((key, at) => [
    {
      id: `${did}#key-${at + 1}`,
      type: "Multikey",
      controller: did,
      publicKeyMultibase: multibase58(concat(Uint8Array.of(0xed, 1), key)),
    },
    {
      id: `${did}#key-${at + 1}-jwk`,
      type: "JsonWebKey",
      controller: did,
      publicKeyJwk: { kty: "OKP", crv: "Ed25519", x: base64url(key) },
    },
  ]);
  return {
    "@context": [
      "https://www.w3.org/ns/did/v1",
      "https://w3id.org/security/multikey/v1",
      "https://w3id.org/security/jwk/v1",
    ],
    id: did,
    verificationMethod: methods,
    assertionMethod: methods.map((one) => one.id),
  };
}

const PROOF_FIELDS = "@context created cryptosuite proofPurpose proofValue type verificationMethod";

/** Refuse a credential whose `eddsa-jcs-2022` proof does not hold under one of the keys. */
export async function checkProof(credential, keys) {
  const { proof } = credential;
  const whole = proof !== null && typeof proof === "object" && Object.keys(proof).sort().join(" ") === PROOF_FIELDS;
  must(whole, "malformed-signature", "there is no proof with exactly the seven fields of eddsa-jcs-2022");
  const form = proof.type === "DataIntegrityProof" && proof.cryptosuite === "eddsa-jcs-2022";
  must(form && proof.proofPurpose === "assertionMethod", "malformed-signature", "not an eddsa-jcs-2022 proof");
  must(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(proof.created), "malformed-signature", "no time of signing");
  must(jcs(proof["@context"]) === jcs(credential["@context"]), "malformed-signature", "the proof has another context");
  const key = keys.get(proof.verificationMethod);
  must(key, "signature-untrusted", "the proof names a key that its issuer does not list");
  const { proofValue, ...options } = proof;
  const signature = fromMultibase58(proofValue);
  must(multibase58(signature) === proofValue, "malformed-multibase", "the proof value is not in its one spelling");
  const hash = concat(sha256(utf8(jcs(options))), sha256(utf8(jcs(unproved(credential)))));
  must(await verify(key, hash, signature), "signature-untrusted", "the issuer's signature does not hold");
}
