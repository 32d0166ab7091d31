// C2SP signed notes, verifier keys and checkpoints.
import { concat, equal, fromBase64, fromUtf8, hex, must, sha256, utf8 } from "./bytes.mjs";
import { checkKey, verify } from "./ed25519.mjs";

const ED25519 = 1;

/** Read `<name>+<key id>+<base64(algorithm || key)>` and check the key id and the point. */
export function parseVerifierKey(text) {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(typeof text === "string" ? text : "");
  must(match, "malformed-key", "not a verifier key");
  const [, name, id, data] = match;
  const bytes = fromBase64(data);
  must(bytes.length === 33 && bytes[0] === ED25519, "malformed-key", "not an Ed25519 key");
  const keyId = sha256(concat(utf8(`${name}\n`), bytes)).subarray(0, 4);
  must(hex(keyId) === id, "malformed-key", "the key id does not belong to the key");
  const key = bytes.subarray(1);
  checkKey(key);
  return { name, keyId, key };
}

/** Split a note into its text and its signatures; every signature line has one spelling. */
export function parseNote(bytes) {
  const whole = fromUtf8(bytes);
  must(!/[\x00-\x09\x0b-\x1f]/.test(whole), "malformed-note", "a note has no control characters");
  const split = whole.lastIndexOf("\n\n");
  must(split >= 0 && whole.endsWith("\n"), "malformed-note", "a note has a text, an empty line and signatures");
  const lines = whole.slice(split + 2, -1).split("\n");
  must(lines.length <= 100, "malformed-note", "a note has at most 100 signatures");
  const signatures = lines.map((line) => {
    const match = /^\u2014 ([^+\s]+) ([A-Za-z0-9+/=]+)$/u.exec(line);
    must(match, "malformed-note", "a signature line is damaged");
    const data = fromBase64(match[2]);
    must(data.length > 4, "malformed-note", "a signature is too short");
    return { name: match[1], keyId: data.subarray(0, 4), blob: data.subarray(4) };
  });
  return { text: whole.slice(0, split + 1), signatures };
}

/** Refuse a note that the key did not sign. */
export async function checkSignature(note, { name, keyId, key }) {
  const found = note.signatures.filter((one) => one.name === name && equal(one.keyId, keyId));
  must(found.length > 0, "key-untrusted", `the note carries no signature of ${name}`);
  for (const one of found) {
    const holds = await verify(key, utf8(note.text), one.blob);
    must(holds, "signature-untrusted", `the signature of ${name} does not hold`);
  }
}

/** Read a checkpoint: origin, size, root, no extension lines. */
export function parseCheckpoint(text) {
  const match = /^([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/=]+)\n$/.exec(text);
  must(match, "malformed-checkpoint", "not a checkpoint");
  const size = Number(match[2]);
  const root = fromBase64(match[3]);
  must(Number.isSafeInteger(size) && root.length === 32, "malformed-checkpoint", "not a checkpoint");
  return { origin: match[1], size, root };
}

/** Open a checkpoint with the log's key; the key's name is the origin. */
export async function openCheckpoint(bytes, key) {
  const note = parseNote(bytes);
  const checkpoint = parseCheckpoint(note.text);
  must(checkpoint.origin === key.name, "malformed-checkpoint", "the origin is not the name of the log's key");
  await checkSignature(note, key);
  return checkpoint;
}
