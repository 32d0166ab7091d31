// Ed25519 with one verdict everywhere: keys of the prime-order subgroup only, signatures cofactorless.
import { concat, equal, must } from "./bytes.mjs";
import { Point, sha512 } from "./vendor/noble.mjs";

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const known = new Map();
const imported = new Map();

/** Refuse a key that is not a canonical point of the prime-order subgroup. */
export function checkKey(key) {
  must(key.length === 32, "key-untrusted", "a key has 32 bytes");
  const name = String(key);
  if (!known.has(name)) known.set(name, isValidPoint(key));
  must(known.get(name), "key-untrusted", "the key is not a canonical point of the prime-order subgroup");
}

function isValidPoint(key) {
  try {
    const point = Point.fromBytes(key, false);
    return !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}

/** Tell whether the signature holds; never throws for a wrong one. */
export async function verify(key, message, signature) {
  checkKey(key);
  if (signature.length !== 64) return false;
  const subtle = globalThis.crypto?.subtle;
  if (subtle && (await hasNative(subtle))) {
    const name = String(key);
    if (!imported.has(name)) imported.set(name, await subtle.importKey("raw", key, "Ed25519", false, ["verify"]));
    return subtle.verify("Ed25519", imported.get(name), signature, message);
  }
  return verifyWithNoble(key, message, signature);
}

let native = null;

async function hasNative(subtle) {
  if (native === null) {
    const probe = Point.BASE.toBytes();
    native = await subtle.importKey("raw", probe, "Ed25519", false, ["verify"]).then(
      () => true,
      () => false,
    );
  }
  return native;
}

/** Verify without WebCrypto: S below the order, R computed again and compared as bytes. */
export function verifyWithNoble(key, message, signature) {
  checkKey(key);
  if (signature.length !== 64) return false;
  const encodedR = signature.subarray(0, 32);
  const scalar = littleEndian(signature.subarray(32));
  if (scalar >= ORDER) return false;
  const challenge = littleEndian(sha512(concat(encodedR, key, message))) % ORDER;
  const computed = Point.BASE.multiply(scalar, false).subtract(Point.fromBytes(key, false).multiply(challenge, false));
  return equal(computed.toBytes(), encodedR);
}

function littleEndian(bytes) {
  let number = 0n;
  for (let at = bytes.length - 1; at >= 0; at -= 1) number = (number << 8n) | BigInt(bytes[at]);
  return number;
}
