// Check a bundle: the same named checks and three verdicts as the Python verifier. Nothing passes by default.
import { Refused, equal, fromUtf8, must, utf8 } from "./bytes.mjs";
import {
  checkChains,
  checkEntriesIncluded,
  checkFactors,
  checkOpenings,
  checkSignatures,
  entryKeys,
  lineageDigest,
  parseEntry,
} from "./book.mjs";
import { readCalculation } from "./calculation.mjs";
import { decodeJcs, jcs } from "./canonical.mjs";
import { checkProof, credentialDigest, readDid } from "./credential.mjs";
import { add, parseDecimal, same, toFixed } from "./fraction.mjs";
import { openCheckpoint, parseVerifierKey } from "./note.mjs";
import { checkStatus } from "./status.mjs";
import { readTrust } from "./trust.mjs";

const FIELDS =
  "audience calculation checkpoint credential did entries erased factor_sets factors log_key methodology openings " +
  "passport_entry status type";
const OPTIONAL = ["derivation"];

class NotChecked extends Error {}

/** Every check in its order: name, verdict, what must have passed before, and how it is made. */
const CHECKS = [
  ["document_form", "consistent", [], documentForm],
  ["credential_form", "consistent", ["document_form"], credentialForm],
  ["issuer_key", "consistent", ["credential_form"], issuerKey],
  ["credential_proof", "consistent", ["issuer_key"], (box) => checkProof(box.credential, box.issuerKeys)],
  ["status_proof", "consistent", ["issuer_key"], statusProof],
  ["checkpoint_signature", "consistent", ["document_form"], checkpointSignature],
  ["entry_form", "consistent", ["document_form"], entryForm],
  ["inclusion", "consistent", ["checkpoint_signature", "entry_form"], inclusion],
  ["entry_keys", "consistent", ["entry_form"], keysOfEntries],
  ["entry_signatures", "consistent", ["entry_keys"], (box) => checkSignatures(box.all, box.signers)],
  ["chains", "consistent", ["entry_form"], chains],
  ["openings_match", "consistent", ["entry_form"], openingsMatch],
  ["lineage_digest", "consistent", ["credential_form", "entry_form"], lineage],
  ["passport_logged", "consistent", ["credential_form", "entry_form", "inclusion"], passportLogged],
  ["factors_match", "consistent", ["credential_form"], factorsMatch],
  ["calculation_digest", "consistent", ["credential_form"], calculationDigest],
  ["calculation_items", "consistent", ["calculation_digest", "openings_match", "factors_match"], calculationItems],
  ["calculation_total", "consistent", ["calculation_digest"], calculationTotal],
  ["stage_figures", "consistent", ["calculation_digest"], stageFigures],
  ["page_figures", "consistent", ["credential_form"], pageFigures],
  ["derivation", "consistent", [], () => skip("the browser does not derive the tree anew; the command line does")],
  ["log_trusted", "trusted", ["checkpoint_signature"], logTrusted],
  ["witnesses", "trusted", ["checkpoint_signature"], witnesses],
  ["registrar_trusted", "trusted", ["entry_keys"], registrarTrusted],
  ["issuer_trusted", "trusted", ["issuer_key"], issuerTrusted],
  ["validity", "trusted", ["credential_form"], validity],
  ["status", "trusted", ["status_proof"], status],
  ["log_copy", "complete", [], () => skip("needs a copy of the log")],
  ["lineage_complete", "complete", [], () => skip("needs a copy of the log")],
  ["keys_unrevoked", "complete", [], () => skip("needs a copy of the log")],
];

/**
 * Yield `{name, part, outcome, detail}` for each check; return verdicts (true, false or null) and figures.
 * `trust` is the bytes of a trust file or null; `shown` is what a page printed, or null.
 */
export async function* verifyBundle(bytes, { trust = null, shown = null, now }) {
  const box = { bytes, trust, shown, now };
  const checks = [];
  for (const [name, part, needs, make] of CHECKS) {
    if (name === "page_figures" && shown === null) continue;
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
  return { verdicts, recomputed: box.recomputed ?? {}, lot: box.facts?.lot ?? "" };
}

async function run(box, checks, needs, make) {
  const missing = needs.filter((need) => !checks.some((one) => one.name === need && one.outcome === "passed"));
  if (missing.length > 0) return { outcome: "not_checked", detail: `needs ${missing.join(", ")}` };
  try {
    const detail = await make(box);
    return { outcome: "passed", detail: typeof detail === "string" ? detail : "" };
  } catch (error) {
    if (error instanceof NotChecked) return { outcome: "not_checked", detail: error.message };
    const detail = error instanceof Refused ? error.message : `cannot be read here: ${error.message}`;
    return { outcome: "failed", detail };
  }
}

function skip(reason) {
  throw new NotChecked(reason);
}

function documentForm(box) {
  const bundle = decodeJcs(fromUtf8(box.bytes));
  must(bundle?.type === "ecarbon/bundle@v1", "malformed-bundle", "not a bundle of the form ecarbon/bundle@v1");
  must(Object.keys(bundle).sort().join(" ") === FIELDS, "malformed-bundle", "a field is missing or unknown");
  must(["public", "partner", "full"].includes(bundle.audience), "malformed-bundle", "unknown audience");
  for (const name of ["entries", "erased", "factors", "factor_sets"]) {
    must(Array.isArray(bundle[name]), "malformed-bundle", `${name} is not a list`);
  }
  const ordered = bundle.entries.every((one, at) => at === 0 || bundle.entries[at - 1].index < one.index);
  must(ordered, "malformed-bundle", "the entries are not in the order of the log");
  box.bundle = bundle;
}

function credentialForm(box) {
  const { credential } = box.bundle;
  const facts = credential.credentialSubject.characteristics;
  must(facts.type[0] === "CarbonDisclosure", "malformed-passport", "no carbon disclosure");
  must(Array.isArray(facts.figures) && Array.isArray(facts.stage), "malformed-passport", "no figures");
  must(box.bundle.methodology === facts.methodology, "malformed-passport", "another methodology than the bundle's");
  box.credential = credential;
  box.facts = facts;
}

function issuerKey(box) {
  const { did, keys } = readDid(box.bundle.did);
  must(did === box.credential.issuer.id, "key-untrusted", "the DID document is not the issuer's");
  box.issuerKeys = keys;
}

async function statusProof(box) {
  const list = box.bundle.status;
  must(list.issuer === box.credential.issuer.id, "malformed-status", "the status list is another issuer's");
  must(list.id === box.credential.credentialStatus.statusListCredential, "malformed-status", "another status list");
  await checkProof(list, box.issuerKeys);
}

async function checkpointSignature(box) {
  box.logKey = parseVerifierKey(box.bundle.log_key);
  box.checkpoint = await openCheckpoint(utf8(box.bundle.checkpoint), box.logKey);
  return `${box.checkpoint.origin}, ${box.checkpoint.size}`;
}

function entryForm(box) {
  const read = ({ index, note, proof }) => ({ index, proof, entry: parseEntry(note) });
  box.entries = box.bundle.entries.map(read);
  box.passportEntry = box.bundle.passport_entry === null ? null : read(box.bundle.passport_entry);
  const more = box.passportEntry === null ? [] : [box.passportEntry];
  box.all = [...box.entries, ...more].sort((a, b) => a.index - b.index);
  return String(box.all.length);
}

function inclusion(box) {
  checkEntriesIncluded(box.all, box.checkpoint);
}

async function keysOfEntries(box) {
  Object.assign(box, await entryKeys(box.all));
}

function chains(box) {
  return String(checkChains(box.all));
}

function openingsMatch(box) {
  box.opened = checkOpenings(box.bundle.openings, box.entries);
}

function lineage(box) {
  const { lineage: stated } = box.facts;
  const ids = box.entries.map(({ entry }) => entry.id);
  must(stated.count === ids.length && new Set(ids).size === ids.length, "lineage", "another number of entries");
  must(stated.digest === lineageDigest(ids), "lineage", "the entries are not those of the passport");
  must(box.entries.every(({ index }) => index < stated.tree_size), "lineage", "an entry is later than the assessment");
}

function passportLogged(box) {
  if (box.passportEntry === null) must(false, "passport", "the passport was never logged");
  const { kind, data } = box.passportEntry.entry.fields;
  must(kind === "passport", "passport", "the passport's entry is of another kind");
  must(data.credential === credentialDigest(box.credential), "passport", "the log holds another credential");
  must(jcs(data.lineage) === jcs(box.facts.lineage), "passport", "the log holds another lineage");
  must(box.credential.id.endsWith(`/${data.passport}`), "passport", "the log names another passport");
  must(data.phase === box.facts.phase, "passport", "the log names another phase");
  must(box.passportEntry.index >= box.facts.lineage.tree_size, "passport", "the entry is older than the assessment");
}

function factorsMatch(box) {
  must(jcs(box.bundle.factor_sets) === jcs(box.facts.factorSet), "factors", "the passport names other factor sets");
  box.rows = checkFactors(box.bundle.factors, box.bundle.factor_sets);
}

function calculationDigest(box) {
  const calculation = readCalculation(box.bundle.calculation);
  must(calculation.rootDigest === box.facts.calculationDigest, "calculation", "the root is not the passport's");
  box.calculation = calculation;
}

function calculationItems(box) {
  for (const node of box.calculation.nodes) {
    if (node.op === "item") {
      const found = box.opened.get(`${node.entry} ${node.item}`);
      must(found, "calculation", `the item ${node.item} is cited but not opened`);
      must(found.value[node.field] === node.value, "calculation", `the item ${node.item} has another ${node.field}`);
    }
    if (node.op === "factor") {
      const row = box.rows.get(node.row);
      must(row && row.value === node.value, "calculation", `the factor ${node.row} has another value`);
    }
  }
}

function agree(text, value, what) {
  must(value !== undefined && same(parseDecimal(text), value), "calculation", `${what} is not what the tree gives`);
}

function calculationTotal(box) {
  const { results, labels } = box.calculation;
  const names = box.facts.figures.map((figure) => figure.boundary);
  must(String(names) === "gate,delivered", "calculation", "the figures are not gate and delivered");
  for (const figure of box.facts.figures) {
    agree(figure.kgCO2e, results.get(figure.boundary), `the total (${figure.boundary})`);
    agree(figure.mass, results.get(`${figure.boundary}_mass`), `the mass (${figure.boundary})`);
    agree(figure.perKg, results.get(`${figure.boundary}_per_kg`), `the figure per kg (${figure.boundary})`);
  }
  must(same(results.get("delivered"), add(results.get("gate"), labels.get("after"))), "calculation", "gate and after");
  const headline = box.facts.figures.find((figure) => figure.boundary === box.facts.boundary);
  must(headline.perKg === box.facts.total, "calculation", "the headline is not the figure of its boundary");
  box.recomputed = Object.fromEntries([...results].map(([name, value]) => [name, toFixed(value, 6)]));
}

function stageFigures(box) {
  const { labels } = box.calculation;
  const stages = [...labels.keys()].map((label) => label.split("/")).filter(([part]) => part === "gate" || part === "after");
  const named = stages.filter((label) => label.length === 2);
  must(named.length === box.facts.stage.length, "calculation", "the passport lists other stages than the tree");
  for (const stage of box.facts.stage) {
    agree(stage.kgCO2e, labels.get(`${stage.part}/${stage.name}`), stage.name);
    for (const [bucket, value] of Object.entries(stage.bucket)) {
      agree(value, labels.get(`${stage.part}/${stage.name}/${bucket}`), `${stage.name} ${bucket}`);
    }
  }
}

function pageFigures(box) {
  const { boundary, value } = box.shown;
  const whole = boundary === box.facts.boundary && value === box.facts.total;
  must(whole, "page", `${value} (${boundary}), ${box.facts.total} (${box.facts.boundary})`);
}

function trusted(box) {
  if (box.trust === null) skip("no trust file");
  box.policy ??= readTrust(box.trust);
  return box.policy;
}

function logTrusted(box) {
  const { logs } = trusted(box);
  const found = logs.some((key) => key.name === box.logKey.name && equal(key.key, box.logKey.key));
  must(found, "trust", "the log is not in the trust file");
}

function witnesses(box) {
  if (trusted(box).quorum !== "none") skip("the browser does not judge a quorum of witnesses; the command line does");
}

function registrarTrusted(box) {
  const { registrars } = trusted(box);
  const acting = box.signers.filter((key, at) => box.all[at].entry.fields.kind === "register_key");
  must(acting.length > 0, "trust", "no registration is in the bundle");
  const found = acting.every((key) => registrars.some((one) => one.name === key.name && equal(one.key, key.key)));
  must(found, "trust", "a registrar is not in the trust file");
}

function issuerTrusted(box) {
  const { issuers } = trusted(box);
  const listed = issuers.get(box.credential.issuer.id) ?? [];
  const own = [...box.issuerKeys.values()];
  must(own.every((key) => listed.some((one) => equal(one, key))), "trust", "the issuer is not in the trust file");
}

function validity(box) {
  const [from, until] = [Date.parse(box.credential.validFrom), Date.parse(box.credential.validUntil)];
  must(from <= box.now.getTime() && box.now.getTime() < until, "validity", "outside the period of validity");
}

async function status(box) {
  const policy = box.trust === null ? null : trusted(box);
  return checkStatus(box.credential, box.bundle.status, box.now, policy);
}
