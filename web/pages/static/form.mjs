// The form of a credential: the fields that have one possible value, and the parts that repeat each other.
import { must } from "./bytes.mjs";
import { jcs } from "./canonical.mjs";

const FIELDS =
  "@context credentialStatus credentialSubject id issuer issuingSoftware name proof type validFrom validUntil";
const SUBJECT =
  "batchNumber characteristics countryOfProduction dimensions id idGranularity idScheme name performanceClaim " +
  "producedAtFacility productCategory productionDate type";
const DISCLOSURE =
  "aircraft aircraftForcing allocation biogenicCO2 biogenicNonCO2 biogenicUptake boundary calculationDigest comparable " +
  "coverage declaredAmount declaredUnit defaultShare exemptedPercent factorSet figures flagged fossil gwpSet " +
  "gwpSetsUsed harvested keptBy landManagement landUseChange lineage lot market measuredActivityShare methodology " +
  "missing netMass offsets openPools origin pcr phase primaryDataShare removals stage total type uncertainty " +
  "undivided variety verification";
const VERDICTS = ["inForce", "rejected"];
const CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://vocabulary.uncefact.org/untp/0.7.0/context/"];
const CLAIMS = {
  gate: /^Partial product carbon footprint, [a-z]+(?: [a-z]+)* to the port or airport of exit$/,
  delivered: /^Partial product carbon footprint, [a-z]+(?: [a-z]+)* to the receiving shop$/,
};
const ID = /^(https:\/\/[a-z0-9.-]+(?::[0-9]{1,5})?)\/passports\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const HEX = /^[0-9a-f]{64}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function fields(value, expected, what) {
  const names = Object.keys(value ?? {}).sort().join(" ");
  must(names === expected, "malformed-passport", `${what} has other fields`);
}

function fits(value, expected, what) {
  must(jcs(value ?? null) === jcs(expected), "malformed-passport", `${what} does not fit the others`);
}

/** Check a credential and give its id's parts and its carbon disclosure. */
export function readCredential(credential, methodology) {
  fields(credential, FIELDS, "the credential");
  const match = ID.exec(credential.id);
  must(match, "malformed-passport", "the id is not https://<host>/passports/<uuid>");
  const [, base, uuid] = match;
  fits(credential["@context"], [...CONTEXTS, `${base}/ns/carbon/v1`], "@context");
  fits(credential.type, ["DigitalProductPassport", "VerifiableCredential"], "type");
  const { relatedDocument: _, ...subject } = credential.credentialSubject;
  fields(subject, SUBJECT, "the subject");
  const facts = subject.characteristics;
  const rest = Object.fromEntries(Object.entries(facts).filter(([name]) => !VERDICTS.includes(name)));
  fields(rest, DISCLOSURE, "the disclosure");
  checkVerdicts(facts);
  fits(facts.type, ["CarbonDisclosure"], "type of characteristics");
  fits(facts.comparable, false, "comparable");
  fits(facts.verification, { status: "self-declared" }, "verification");
  fits(subject.id, base + pathOf(facts.lot), "credentialSubject.id");
  fits(subject.dimensions, { weight: { value: Number(facts.netMass), unit: "KGM" } }, "dimensions");
  fits(facts.total, figure(facts, facts.boundary).kgCO2e, "total");
  fits(facts.methodology, methodology, "methodology of the bundle");
  checkClaim(subject.performanceClaim, facts, credential.id);
  const timed = TIME.test(credential.validFrom) && TIME.test(credential.validUntil);
  must(timed && credential.validFrom < credential.validUntil, "malformed-passport", "not a period of validity");
  checkStatusEntry(credential.credentialStatus);
  return { uuid, facts };
}

/** Give the figures of a boundary, which stand in the disclosure once. */
export function figure(facts, boundary) {
  const found = facts.figures.filter((one) => one.boundary === boundary);
  must(found.length === 1, "malformed-passport", "each boundary has its figures once");
  return found[0];
}

/** Check the lists of entries that the log decided about, each absent or not empty, sorted, and none in both. */
function checkVerdicts(facts) {
  const named = new Set();
  for (const name of VERDICTS.filter((one) => one in facts)) {
    const ids = facts[name];
    const listed = Array.isArray(ids) && ids.length > 0 && ids.every((id) => typeof id === "string" && HEX.test(id));
    const once = listed && ids.every((id, at) => !named.has(id) && (at === 0 || ids[at - 1] < id));
    must(once, "malformed-passport", `${name} has another form`);
    for (const id of ids) named.add(id);
  }
}

function pathOf(lot) {
  if (lot.startsWith("p:")) return `/p/${lot.slice(2)}`;
  must(lot.startsWith("gs1:"), "malformed-passport", "not a lot id");
  return `/${lot.slice(4)}`;
}

function checkClaim(claims, facts, url) {
  must(Array.isArray(claims) && claims.length === 1, "malformed-passport", "the subject has one performance claim");
  const [claim] = claims;
  fits(claim.id, `${url}#pcf`, "id of the claim");
  fits(CLAIMS[facts.boundary]?.test(claim.name) && typeof claim.name === "string", true, "name of the claim");
  const { measure } = claim.claimedPerformance[0];
  fits(measure, { value: Number(facts.total), unit: "KGM" }, "measure of the claim");
  fits(claim.referenceCriteria[0].name, facts.methodology, "criterion of the claim");
}

function checkStatusEntry(entry) {
  const { statusListCredential: url, statusListIndex: index } = entry;
  must(Number.isSafeInteger(index) && index >= 0, "malformed-status", "the index is a whole number");
  const expected = {
    id: `${url}#${index}`,
    type: "BitstringStatusListEntry",
    statusPurpose: "revocation",
    statusListIndex: index,
    statusListCredential: url,
  };
  fits(entry, expected, "credentialStatus");
}
