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

/** Refuse a bad key, then tell whether the signature holds; never throws for a wrong one. */
export async function verify(key, message, signature) {
  checkKey(key);
  return holds(key, message, signature);
}

/** Give the cofactorless verdict alone, whatever the key; the browser's own Ed25519 decides where it has one. */
export async function holds(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const subtle = globalThis.crypto?.subtle;
  if (subtle && (await hasNative(subtle))) {
    const name = String(key);
    if (!imported.has(name)) imported.set(name, await subtle.importKey("raw", key, "Ed25519", false, ["verify"]));
    return subtle.verify("Ed25519", imported.get(name), signature, message);
  }
  return holdsWithNoble(key, message, signature);
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

/** Give the verdict without WebCrypto: S below the order, R computed again and compared as bytes. */
export function holdsWithNoble(key, message, signature) {
  if (signature.length !== 64) return false;
  const encodedR = signature.subarray(0, 32);
  const scalar = littleEndian(signature.subarray(32));
  if (scalar >= ORDER) return false;
  const challenge = littleEndian(sha512(concat(encodedR, key, message))) % ORDER;
  const point = pointOf(key);
  if (point === null) return false;
  const computed = Point.BASE.multiply(scalar, false).subtract(point.multiply(challenge, false));
  return equal(computed.toBytes(), encodedR);
}

/** Read a point as OpenSSL and WebCrypto do, spellings that `checkKey` refuses included; null if there is none. */
function pointOf(key) {
  try {
    return Point.fromBytes(key, true);
  } catch {
    return null;
  }
}

function littleEndian(bytes) {
  let number = 0n;
  for (let at = bytes.length - 1; at >= 0; at -= 1) number = (number << 8n) | BigInt(bytes[at]);
  return number;
}
