// Entries, items, keys and factor rows as a bundle carries them.
import { base64url, fromBase64, fromBase64url, fromHex, hex, must, sha256, utf8 } from "./bytes.mjs";
import { decode, encode } from "./canonical.mjs";
import { verify } from "./ed25519.mjs";
import { checkInclusion, leafHash } from "./merkle.mjs";
import { checkSignature, parseNote, parseVerifierKey } from "./note.mjs";

const FIRST_LINE = "ecarbon/entry@v1\n";
const FIELDS = "actor data event_time facility items kind lots prev recorded_by refs seq stage";
const KEY_NAME = /^a_[a-z2-7]{16}\/[a-z0-9][a-z0-9-]{0,31}$/;
const NO_ENTRY = "0".repeat(64);
const AUDIENCES = ["public", "partner", "full"];
const MAX_NOTE = 16384;

/** Read one entry's note strictly. */
export function parseEntry(text) {
  const bytes = utf8(text);
  must(bytes.length <= MAX_NOTE, "malformed-entry", "the note is larger than 16 KiB");
  const note = parseNote(bytes);
  must(note.signatures.length === 1, "malformed-entry", "an entry has exactly one signature");
  const [signature] = note.signatures;
  const signed = KEY_NAME.test(signature.name) && signature.blob.length === 64;
  must(signed, "malformed-entry", "not the signature of an actor");
  const lines = note.text.startsWith(FIRST_LINE) && note.text.indexOf("\n", FIRST_LINE.length) === note.text.length - 1;
  must(lines, "malformed-entry", "an entry has two lines");
  const fields = decode(note.text.slice(FIRST_LINE.length, -1), { ascii: true });
  must(Object.keys(fields ?? {}).join(" ") === FIELDS, "malformed-entry", "an entry has exactly twelve fields");
  return { id: hex(sha256(utf8(note.text))), note, fields, leaf: leafHash(bytes), signature };
}

/** Read one item line and compute its digest. */
export function parseItem(line) {
  const value = decode(line);
  const whole = Array.isArray(value) && value.length === 3 && typeof value[1] === "string";
  must(whole, "malformed-item", "an item is [salt, name, value]");
  must(fromBase64url(value[0]).length === 16, "malformed-item", "a salt has 16 bytes");
  const object = value[2] !== null && typeof value[2] === "object" && !Array.isArray(value[2]);
  must(object, "malformed-item", "an item's value is an object");
  return { digest: base64url(sha256(utf8(line))), name: value[1], value: value[2] };
}

/**
 * Follow registrations, revocations and reattestations in log order; give the key of every entry, and the ids of those
 * that lie in the disputed window of their key while nobody undisputed stands by them. Nothing is verified yet.
 * `rejected` lists the entries that the passport states to have no effect.
 */
export async function entryKeys(entries, rejected = []) {
  const book = { keys: new Map(), keepers: new Map(), signed: new Map(), vouchers: new Map() };
  const signers = [];
  for (const { entry, index } of entries) {
    const { kind, data, actor, recorded_by: recorder } = entry.fields;
    const added = kind === "register_key" ? await readRegistration(actor, data) : null;
    const name = entry.signature.name;
    const first = index === 0 && added?.name === name ? added : null;
    const known = book.keys.get(name) ?? first;
    must(known, "key-untrusted", `no registration of ${name} comes before its entry`);
    must(!known.revoked, "key-untrusted", `${name} was revoked before this entry`);
    must(known.actor === recorder, "key-untrusted", `${name} does not belong to the recorder`);
    signers.push(known);
    book.signed.set(entry.id, { index, name });
    const registrar = known.roles.includes("registrar");
    if (added && registrar && !book.keys.has(added.name)) {
      book.keys.set(added.name, { ...added, registrar: known });
      if (data.keeper) book.keepers.set(actor, data.keeper);
    }
    if (kind === "register_actor" && registrar) book.keepers.set(actor, data.keeper);
    const own = recorder === actor || book.keepers.get(actor) === recorder;
    if (kind === "revoke_key" && (own || registrar)) revoke(book, entry, index);
    if (kind === "reattest" && own && !rejected.includes(entry.id)) standBy(book, entry);
  }
  const disputed = entries.map(({ entry }) => entry.id).filter((id) => isDisputed(book, id));
  return { keys: book.keys, signers, disputed };
}

/** Note a revocation, unless a rule on envelopes leaves it without effect. */
function revoke({ keys }, { fields: { data, actor, refs } }, index) {
  const named = [...keys.values()].find((one) => one.vkey === data.vkey && one.actor === actor);
  const whole = /^(|0|[1-9][0-9]{0,15})$/.test(data.disputed_from) && Number(data.disputed_from) <= index;
  if (!named || named.revoked || !whole || refs.length > 0) return;
  named.revoked = true;
  named.disputedFrom = data.disputed_from === "" ? Infinity : Number(data.disputed_from);
}

/** Note that the owner of a key stands by entries which it signed, with another key. */
function standBy({ signed, vouchers }, { id, fields: { data, actor, recorded_by: recorder, refs }, signature }) {
  if (recorder !== actor || data.key === signature.name || data.key.split("/")[0] !== actor) return;
  for (const ref of refs) {
    if (signed.get(ref)?.name === data.key) vouchers.set(ref, [...(vouchers.get(ref) ?? []), id]);
  }
}

function isDisputed({ keys, signed, vouchers }, id) {
  const waiting = [id];
  for (const one of waiting) {
    const { index, name } = signed.get(one);
    if (!(keys.get(name)?.disputedFrom <= index)) return false;
    waiting.push(...(vouchers.get(one) ?? []).filter((next) => !waiting.includes(next)));
  }
  return true;
}

/** Read a registration; one without proof of possession has no effect. */
async function readRegistration(actor, data) {
  try {
    const key = parseVerifierKey(data.vkey);
    const claim = utf8(`ecarbon/key-proof@v1\n${actor}\n${data.vkey}\n`);
    const proved = key.name.split("/")[0] === actor && (await verify(key.key, claim, fromBase64(data.proof)));
    return proved ? { ...key, vkey: data.vkey, actor, roles: data.roles, revoked: false } : null;
  } catch {
    return null;
  }
}

/** Check the signature of every entry with the key found for it. */
export async function checkSignatures(entries, signers) {
  for (let at = 0; at < entries.length; at += 1) await checkSignature(entries[at].entry.note, signers[at]);
}

/** Check that the entries of one key follow each other where the bundle holds neighbours. */
export function checkChains(entries) {
  const last = new Map();
  let links = 0;
  for (const { entry } of entries) {
    const name = entry.signature.name;
    const { seq, prev } = entry.fields;
    must((seq === 1) === (prev === NO_ENTRY), "sequence-gap", `${name}: only the first entry has no predecessor`);
    const before = last.get(name);
    if (before) must(seq > before.seq, "sequence-gap", `${name}: entry ${seq} comes after entry ${before.seq}`);
    if (before?.seq === seq - 1) {
      must(prev === before.id, "sequence-gap", `${name}: entry ${seq} does not follow entry ${seq - 1}`);
      links += 1;
    }
    last.set(name, { seq, id: entry.id });
  }
  return links;
}

/** Check that every entry lies in the tree of the checkpoint. */
export function checkEntriesIncluded(entries, checkpoint) {
  for (const { entry, index, proof } of entries) {
    checkInclusion(entry.leaf, index, checkpoint.size, proof.map(fromBase64), checkpoint.root);
  }
}

/** Check every opened line against the digests of its entry and the audience; give the items by entry and digest. */
export function checkOpenings(openings, entries, audience) {
  const listed = new Map(entries.map(({ entry }) => [entry.id, entry.fields.items]));
  const opened = new Map();
  for (const [id, lines] of Object.entries(openings)) {
    must(listed.has(id) && lines.length > 0, "opening-mismatch", `openings of no entry of the bundle, or none: ${id}`);
    let last = "";
    for (const line of lines) {
      const item = parseItem(line);
      must(listed.get(id).includes(item.digest), "opening-mismatch", `entry ${id} lists no item ${item.digest}`);
      must(last < item.digest, "opening-mismatch", `openings of ${id} stand twice or in another order`);
      const visible = AUDIENCES.indexOf(item.value.audience ?? "full");
      must(visible >= 0 && visible <= AUDIENCES.indexOf(audience), "opening-mismatch", "not for this audience");
      last = item.digest;
      opened.set(`${id} ${item.digest}`, item);
    }
  }
  return opened;
}

/** Check each factor row against its set's digest; give the rows by `<set>:<key>`. */
export function checkFactors(factors, sets) {
  const digests = new Map(sets.map((set) => [set.id, set]));
  const rows = new Map();
  const order = factors.every((one, at) => at === 0 || before(factors[at - 1], one));
  must(order && digests.size === sets.length, "factors", "factor rows or sets stand twice or in another order");
  for (const { set, index, size, row, proof } of factors) {
    const known = digests.get(set);
    must(known && known.size === size, "factor-not-found", `the factor set ${set} is not listed`);
    const root = fromHex(known.digest);
    checkInclusion(leafHash(utf8(encode(row))), index, size, proof.map(fromBase64), root);
    rows.set(`${set}:${row.key}`, row);
  }
  return rows;
}

function before(left, right) {
  return left.set < right.set || (left.set === right.set && left.index < right.index);
}

/** Give SHA-256 over the sorted entry ids joined by newlines, as the lineage of a credential states it. */
export function lineageDigest(ids) {
  return hex(sha256(utf8([...ids].sort().join("\n"))));
}

