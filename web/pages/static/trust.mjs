// Trust files: whom the reader trusts. Witnesses' quorums and monitors are left to the command line.
import { fromMultibase58, fromUtf8, must } from "./bytes.mjs";
import { parse } from "./canonical.mjs";
import { checkKey } from "./ed25519.mjs";
import { parseVerifierKey } from "./note.mjs";

/** Read `{"policy", "registrars", "issuers", "max_status_age_s"}`. */
export function readTrust(bytes) {
  const value = parse(fromUtf8(bytes));
  const { monitors: _, ...own } = value ?? {};
  const fields = Object.keys(own).sort().join(" ");
  must(fields === "issuers max_status_age_s policy registrars", "malformed-trust", "not a trust file");
  const lines = value.policy.split("\n").map((line) => line.split("#")[0].trim().split(/\s+/));
  const logs = lines.filter(([word]) => word === "log").map(([, key]) => parseVerifierKey(key));
  const quorum = lines.find(([word]) => word === "quorum")?.[1];
  must(logs.length > 0 && quorum, "malformed-trust", "the policy names no log or no quorum");
  return {
    logs,
    quorum,
    registrars: value.registrars.map(parseVerifierKey),
    issuers: new Map(value.issuers.map(({ did, keys }) => [did, keys.map(readMultikey)])),
    maxStatusAge: value.max_status_age_s,
  };
}

function readMultikey(text) {
  const bytes = fromMultibase58(text);
  must(bytes.length === 34 && bytes[0] === 0xed && bytes[1] === 1, "malformed-trust", "not an Ed25519 Multikey");
  checkKey(bytes.subarray(2));
  return bytes.subarray(2);
}
