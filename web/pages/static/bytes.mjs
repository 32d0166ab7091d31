// Bytes, text and base64, read strictly: one spelling only is accepted.
import { sha256 as nobleSha256 } from "./vendor/noble.mjs";

/** Refuse an input: `code` is stable, `message` is for people who read English. */
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Throw `Refused(code)` unless the condition holds. */
export function must(condition, code, message) {
  if (!condition) throw new Refused(code, message);
}

export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** Decode UTF-8 and refuse malformed bytes; a byte order mark is kept as a character. */
export function fromUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused("malformed-utf8", "the bytes are not UTF-8");
  }
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(left, right) {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text) {
  must(typeof text === "string" && /^([0-9a-f]{2})*$/.test(text), "malformed-hex", "not lower-case hexadecimal");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function base64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Decode standard base64, encode it again and compare. */
export function fromBase64(text) {
  must(typeof text === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(text), "malformed-base64", "not base64");
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw new Refused("malformed-base64", "not base64");
  }
  must(btoa(binary) === text, "malformed-base64", "not the one spelling of these bytes in base64");
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export function base64url(bytes) {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Decode base64url without padding, encode it again and compare. */
export function fromBase64url(text) {
  must(typeof text === "string" && /^[A-Za-z0-9_-]*$/.test(text), "malformed-base64", "not base64url");
  const padded = text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return fromBase64(padded);
}

export function sha256(bytes) {
  return nobleSha256(bytes);
}

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Decode multibase base58btc (`z...`), as keys and proofs of credentials are written. */
export function fromMultibase58(text) {
  must(typeof text === "string" && text.startsWith("z") && text.length <= 200, "malformed-multibase", "not base58btc");
  let number = 0n;
  for (const character of text.slice(1)) {
    const digit = BASE58.indexOf(character);
    must(digit >= 0, "malformed-multibase", "not base58btc");
    number = number * 58n + BigInt(digit);
  }
  const bytes = [];
  for (; number > 0n; number >>= 8n) bytes.unshift(Number(number & 255n));
  for (let at = 1; text[at] === "1"; at += 1) bytes.unshift(0);
  return Uint8Array.from(bytes);
}

/** Write multibase base58btc. */
export function multibase58(bytes) {
  let number = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let text = "";
  for (; number > 0n; number /= 58n) text = BASE58[Number(number % 58n)] + text;
  for (let at = 0; at < bytes.length && bytes[at] === 0; at += 1) text = `1${text}`;
  return `z${text}`;
}
