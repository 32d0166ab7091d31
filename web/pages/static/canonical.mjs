// The two canonical forms of JSON: the ledger's strict profile and RFC 8785 (JCS) for credentials.
import { must } from "./bytes.mjs";

const MAX_DEPTH = 8;
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** Parse JSON text; duplicate keys are found later, because the text written again would differ. */
export function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    must(false, "malformed-json", "not JSON");
  }
}

/** Write the ledger's profile: keys `[a-z0-9_]` sorted, whole numbers, NFC strings, depth at most 8. */
export function encode(value, { ascii = false, depth = 0 } = {}) {
  if (value === null || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "string") return string(value, ascii);
  if (typeof value === "number") {
    must(Number.isSafeInteger(value) && !Object.is(value, -0), "malformed-json", "not a whole number below 2^53");
    return String(value);
  }
  must(depth < MAX_DEPTH, "malformed-json", "nested deeper than eight levels");
  const next = { ascii, depth: depth + 1 };
  if (Array.isArray(value)) return `[${value.map((one) => encode(one, next)).join(",")}]`;
  const keys = Object.keys(value).sort();
  for (const key of keys) must(/^[a-z0-9_]+$/.test(key), "malformed-json", "a key has other characters than a-z 0-9 _");
  return `{${keys.map((key) => `"${key}":${encode(value[key], next)}`).join(",")}}`;
}

function string(text, ascii) {
  must(!LONE_SURROGATE.test(text), "malformed-json", "a string has a lone surrogate");
  must(text.normalize("NFC") === text, "malformed-json", "a string is not in NFC");
  must(!ascii || /^[\x00-\x7f]*$/.test(text), "malformed-json", "a string is not ASCII");
  return JSON.stringify(text);
}

/** Read the ledger's profile: decode, encode again, compare. */
export function decode(text, options = {}) {
  const value = parse(text);
  must(encode(value, options) === text, "malformed-json", "not the canonical spelling");
  return value;
}

/** Write RFC 8785: keys by UTF-16 code units, numbers and strings as ECMAScript writes them. */
export function jcs(value) {
  if (typeof value === "number") {
    const honest = !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21;
    must(Number.isFinite(value) && honest, "malformed-json", "not a number that every reader reads alike");
    return JSON.stringify(value);
  }
  if (typeof value === "string") {
    must(!LONE_SURROGATE.test(value), "malformed-json", "a string has a lone surrogate");
    return JSON.stringify(value);
  }
  if (value === null || typeof value === "boolean") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jcs).join(",")}]`;
  must(typeof value === "object", "malformed-json", "not a JSON value");
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${string16(key)}:${jcs(value[key])}`).join(",")}}`;
}

function string16(key) {
  must(!LONE_SURROGATE.test(key), "malformed-json", "a key has a lone surrogate");
  return JSON.stringify(key);
}

/** Read a file that must equal its own JCS bytes. */
export function decodeJcs(text) {
  const value = parse(text);
  must(jcs(value) === text, "malformed-json", "not the canonical spelling (RFC 8785)");
  return value;
}
