// Check a bundle: the same named checks and three verdicts as the Python verifier. Nothing passes by default.
import { Refused, equal, fromUtf8, must, utf8 } from "./bytes.mjs";
import {
  checkChains,
  checkEntriesIncluded,
  checkOpenings,
  checkSignatures,
  entryKeys,
  lineageDigest,
  parseEntry,
} from "./book.mjs";
import { decodeJcs, jcs } from "./canonical.mjs";
import { checkProof, credentialDigest, readDid } from "./credential.mjs";
import { calculationDigest, calculationItems, calculationTotal, factorsMatch, stageFigures } from "./figures.mjs";
import { readCredential } from "./form.mjs";
import { checkConsistency } from "./merkle.mjs";
import { openCheckpoint, parseVerifierKey } from "./note.mjs";
import { checkStatus, readStatusList } from "./status.mjs";
import { readTrust } from "./trust.mjs";

const FIELDS =
  "audience calculation checkpoint credential did entries erased factor_sets factors log_key methodology openings " +
  "passport_entry status type";
const OPTIONAL = ["derivation"];
const KEY_KINDS = ["register_actor", "register_key", "revoke_key"];
const ISSUING = ["issuer", "operator", "registrar"];

class NotChecked extends Error {
  constructor(reason, message) {
    super(message);
    this.reason = reason;
  }
}

/** Every check in its order: name, verdict, what must have passed before, and how it is made. */
const CHECKS = [
  ["document_form", "consistent", [], documentForm],
  ["credential_form", "consistent", ["document_form"], credentialForm],
  ["issuer_key", "consistent", ["credential_form"], issuerKey],
  ["credential_proof", "consistent", ["issuer_key"], (box) => checkProof(box.credential, box.issuerKeys)],
  ["status_proof", "consistent", ["issuer_key"], statusProof],
  ["checkpoint_signature", "consistent", ["document_form"], checkpointSignature],
  ["log_growth", "consistent", ["checkpoint_signature"], logGrowth],
  ["entry_form", "consistent", ["document_form"], entryForm],
  ["inclusion", "consistent", ["checkpoint_signature", "entry_form"], inclusion],
  ["entry_keys", "consistent", ["entry_form"], keysOfEntries],
  ["entry_signatures", "consistent", ["entry_keys"], (box) => checkSignatures(box.all, box.signers)],
  ["chains", "consistent", ["entry_form"], chains],
  ["openings_match", "consistent", ["entry_form"], openingsMatch],
  ["lineage_digest", "consistent", ["credential_form", "entry_form"], lineage],
  ["passport_logged", "consistent", ["credential_form", "entry_form", "inclusion", "entry_signatures"], passportLogged],
  ["factors_match", "consistent", ["credential_form"], factorsMatch],
  ["calculation_digest", "consistent", ["credential_form"], calculationDigest],
  ["calculation_items", "consistent", ["calculation_digest", "openings_match", "factors_match"], calculationItems],
  ["calculation_total", "consistent", ["calculation_digest"], calculationTotal],
  ["stage_figures", "consistent", ["calculation_total"], stageFigures],
  ["page_figures", "consistent", ["credential_form"], pageFigures],
  ["derivation", "consistent", [], () => skip("derivation", "left to the command line")],
  ["log_trusted", "trusted", ["checkpoint_signature"], logTrusted],
  ["witnesses", "trusted", ["log_trusted"], witnesses],
  ["registrar_trusted", "trusted", ["entry_signatures"], registrarTrusted],
  ["issuer_trusted", "trusted", ["credential_proof"], issuerTrusted],
  ["validity", "trusted", ["credential_form"], validity],
  ["status", "trusted", ["status_proof"], status],
  ["log_copy", "complete", [], () => skip("log", "needs a copy of the log")],
  ["lineage_complete", "complete", [], () => skip("log", "needs a copy of the log")],
  ["keys_unrevoked", "complete", [], () => skip("log", "needs a copy of the log")],
];

/**
 * Yield `{name, part, outcome, detail}` for each check; return verdicts (true, false or null) and figures.
 * `trust` is the bytes of a trust file or null; `shown` is what a page printed, or null; `older` is null or
 * `{checkpoint, prove}`: a saved checkpoint's bytes, and `prove(old, size)`, which gives a proof's hashes or null.
 */
export async function* verifyBundle(bytes, { trust = null, shown = null, older = null, now }) {
  const box = { bytes, trust, shown, older, now };
  const checks = [];
  for (const [name, part, needs, make] of CHECKS) {
    if ((name === "page_figures" && shown === null) || (name === "log_growth" && older === null)) continue;
    const check = { name, part, ...(await run(box, checks, needs, make)) };
    checks.push(check);
    yield check;
  }
  const verdicts = {};
  for (const part of ["consistent", "trusted", "complete"]) {
    const own = checks.filter((one) => one.part === part && !OPTIONAL.includes(one.name));
    const whole = own.every((one) => one.outcome === "passed") ? "passed" : "not_checked";
    verdicts[part] = checks.some((one) => one.part === part && one.outcome === "failed") ? "failed" : whole;
  }
  const { recomputed = {}, disputed = [], facts } = box;
  return { verdicts, recomputed, disputed, lot: facts?.lot ?? "" };
}

async function run(box, checks, needs, make) {
  const missing = needs.filter((need) => !checks.some((one) => one.name === need && one.outcome === "passed"));
  if (missing.length > 0) return { outcome: "not_checked", reason: "needs", detail: `needs ${missing.join(", ")}` };
  try {
    const said = await make(box);
    if (said?.reason) return { outcome: "passed", ...said };
    return { outcome: "passed", detail: typeof said === "string" ? said : "" };
  } catch (error) {
    if (error instanceof NotChecked) return { outcome: "not_checked", reason: error.reason, detail: error.message };
    const detail = error instanceof Refused ? error.message : `cannot be read here: ${error.message}`;
    return { outcome: "failed", detail };
  }
}

/** Leave a check; `reason` names why, for pages in any language. */
function skip(reason, message) {
  throw new NotChecked(reason, message);
}

function documentForm(box) {
  const bundle = decodeJcs(fromUtf8(box.bytes));
  must(bundle?.type === "ecarbon/bundle@v1", "malformed-bundle", "not a bundle of the form ecarbon/bundle@v1");
  must(Object.keys(bundle).sort().join(" ") === FIELDS, "malformed-bundle", "a field is missing or unknown");
  must(["public", "partner", "full"].includes(bundle.audience), "malformed-bundle", "unknown audience");
  for (const name of ["entries", "erased", "factors", "factor_sets"]) {
    must(Array.isArray(bundle[name]), "malformed-bundle", `${name} is not a list`);
  }
  box.bundle = bundle;
}

function credentialForm(box) {
  const { uuid, facts } = readCredential(box.bundle.credential, box.bundle.methodology);
  Object.assign(box, { credential: box.bundle.credential, facts, uuid });
}

function issuerKey(box) {
  const { did, keys } = readDid(box.bundle.did);
  must(did === box.credential.issuer.id, "key-untrusted", "the DID document is not the issuer's");
  box.issuerKeys = keys;
}

async function statusProof(box) {
  const { status: list } = box.bundle;
  must(list.id === box.credential.credentialStatus.statusListCredential, "malformed-status", "another status list");
  must(list.issuer === box.credential.issuer.id, "malformed-status", "the status list is another issuer's");
  await checkProof(list, box.issuerKeys);
  box.statusBits = await readStatusList(list, box.credential.credentialStatus.statusListIndex);
}

async function checkpointSignature(box) {
  box.logKey = parseVerifierKey(box.bundle.log_key);
  box.checkpoint = await openCheckpoint(utf8(box.bundle.checkpoint), box.logKey);
  return `${box.checkpoint.origin}, ${box.checkpoint.size}`;
}

/** Compare the bundle's tree head with a saved one, which may be the older or the newer of the two. */
async function logGrowth(box) {
  const saved = await openCheckpoint(box.older.checkpoint, box.logKey);
  const [old, young] = saved.size <= box.checkpoint.size ? [saved, box.checkpoint] : [box.checkpoint, saved];
  const proof = old.size > 0 && old.size < young.size ? await box.older.prove(old.size, young.size) : [];
  if (proof === null) skip("proof", "needs a consistency proof");
  checkConsistency(old.size, young.size, proof, old.root, young.root);
  return { reason: "grown", count: `${old.size} \u2192 ${young.size}`, detail: `${old.size}, ${young.size}` };
}

function entryForm(box) {
  const read = ({ index, note, proof }) => ({ index, proof, entry: parseEntry(note) });
  box.entries = box.bundle.entries.map(read);
  box.passportEntry = box.bundle.passport_entry === null ? null : read(box.bundle.passport_entry);
  const more = box.passportEntry === null ? [] : [box.passportEntry];
  box.all = [...box.entries, ...more];
  must(box.entries.length > 0, "malformed-bundle", "the bundle holds no entry");
  const ordered = box.all.every((one, at) => at === 0 || box.all[at - 1].index < one.index);
  must(ordered, "malformed-bundle", "the entries are not in the order of the log");
  must(new Set(box.all.map(({ entry }) => entry.id)).size === box.all.length, "malformed-bundle", "an entry twice");
  return String(box.all.length);
}

function inclusion(box) {
  checkEntriesIncluded(box.all, box.checkpoint);
}

async function keysOfEntries(box) {
  const { keys, signers, disputed } = await entryKeys(box.all, box.facts?.rejected);
  const own = disputed.filter((id) => id !== box.passportEntry?.entry.id);
  Object.assign(box, { keys, signers, disputed: own });
  if (own.length === 0) return String(keys.size);
  return { reason: "disputed", count: own.length, detail: own.join("\n") };
}

function chains(box) {
  return String(checkChains(box.all));
}

function openingsMatch(box) {
  const { openings, audience, erased } = box.bundle;
  box.opened = checkOpenings(openings, box.entries, audience);
  const closed = (entry) => entry.fields.items.some((item) => !box.opened.has(`${entry.id} ${item}`));
  const missing = box.entries.map(({ entry }) => entry).filter(closed);
  const expected = audience === "full" ? missing.map(({ id }) => id).sort() : [];
  must(String(erased) === String(expected), "opening-mismatch", "the entries without openings are other ones");
}

function lineage(box) {
  const { lineage: stated } = box.facts;
  const ids = box.entries.map(({ entry }) => entry.id);
  must(stated.count === ids.length && new Set(ids).size === ids.length, "lineage", "another number of entries");
  must(stated.digest === lineageDigest(ids), "lineage", "the entries are not those of the passport");
  must(box.entries.every(({ index }) => index < stated.tree_size), "lineage", "an entry is later than the assessment");
  return verdicts(box);
}

/** Say which entries count, or do not, because the passport states how the log decided. */
function verdicts({ entries, facts: { inForce = [], rejected = [] } }) {
  const ids = [...rejected, ...inForce];
  if (ids.length === 0) return "";
  const kinds = new Map(entries.map(({ entry }) => [entry.id, entry.fields.kind]));
  must(ids.every((id) => kinds.has(id)), "lineage", "a verdict about an entry that the passport does not rest on");
  must(!ids.some((id) => KEY_KINDS.includes(kinds.get(id))), "lineage", "a verdict about who may sign what");
  const reason = inForce.length === 0 ? "rejected" : rejected.length === 0 ? "in_force" : "verdicts";
  return { reason, count: ids.length, detail: ids.join("\n") };
}

function passportLogged(box) {
  must(box.passportEntry !== null, "passport", "the passport was never logged");
  const { kind, data, lots } = box.passportEntry.entry.fields;
  must(kind === "passport" && String(lots) === box.facts.lot, "passport", "not a passport entry of this lot");
  const { lineage: claim, phase } = box.facts;
  const expected = { credential: credentialDigest(box.credential), lineage: claim, passport: box.uuid, phase };
  must(jcs(data) === jcs(expected), "passport", "the log holds another passport");
  const { roles } = box.signers[box.signers.length - 1];
  must(ISSUING.some((role) => roles.includes(role)), "key-untrusted", "the key that logged it may not issue");
  must(box.passportEntry.index >= claim.tree_size, "passport", "logged before the entries that it rests on");
}

function pageFigures(box) {
  const { boundary, value } = box.shown;
  const whole = boundary === box.facts.boundary && value === box.facts.total;
  must(whole, "page", `${value} (${boundary}), ${box.facts.total} (${box.facts.boundary})`);
}

function trusted(box) {
  if (box.trust === null) skip("trust", "no trust file");
  box.policy ??= readTrust(box.trust);
  return box.policy;
}

function logTrusted(box) {
  const { logs } = trusted(box);
  const found = logs.some((key) => key.name === box.logKey.name && equal(key.key, box.logKey.key));
  must(found, "trust", "the log is not in the trust file");
}

function witnesses(box) {
  if (trusted(box).quorum !== "none") skip("witnesses", "left to the command line");
}

function registrarTrusted(box) {
  const { registrars } = trusted(box);
  const listed = (key) => registrars.some((one) => one.name === key.name && equal(one.key, key.key));
  must(box.signers.every((key) => listed(key.registrar ?? key)), "trust", "a registrar is not in the trust file");
}

function issuerTrusted(box) {
  trusted(box);
  must(isListed(box, box.credential), "trust", "the issuer is not in the trust file");
}

/** Tell whether the trust file lists the key that signed a document of the issuer. */
function isListed(box, { proof }) {
  const listed = trusted(box).issuers.get(box.credential.issuer.id) ?? [];
  const key = box.issuerKeys.get(proof.verificationMethod);
  return listed.some((one) => equal(one, key));
}

function validity(box) {
  const [from, until] = [Date.parse(box.credential.validFrom), Date.parse(box.credential.validUntil)];
  must(from <= box.now.getTime() && box.now.getTime() < until, "validity", "outside the period of validity");
}

function status(box) {
  if (box.trust !== null) {
    if (!isListed(box, box.credential)) skip("trust", "needs issuer_trusted");
    must(isListed(box, box.bundle.status), "trust", "the key of the status list is not in the trust file");
  }
  const age = checkStatus(box.statusBits, box.credential.credentialStatus.statusListIndex, box.bundle.status, box.now);
  if (age < 0) skip("status", "the status list is from the future; the clock or the list is wrong");
  const expired = box.now.getTime() >= Date.parse(box.bundle.status.validUntil);
  if (expired) skip("status", `the status list expired; it is ${age} s old`);
  if (box.trust !== null && age > trusted(box).maxStatusAge) skip("status", `the status list is ${age} s old`);
  return `${age} s`;
}
