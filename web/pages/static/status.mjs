// Bitstring status lists as a bundle carries them; what they say is as old as the list.
import { fromBase64url, must } from "./bytes.mjs";
import { jcs } from "./canonical.mjs";

const LIST_BYTES = 16384;

/** Unpack a revocation list of our form that has this index. */
export async function readStatusList(list, index) {
  const fields = "@context credentialSubject id issuer proof type validFrom validUntil";
  must(Object.keys(list).sort().join(" ") === fields, "malformed-status", "the status list has other fields");
  const { encodedList } = list.credentialSubject;
  const subject = { id: `${list.id}#list`, type: "BitstringStatusList", statusPurpose: "revocation", encodedList };
  must(jcs(list.credentialSubject) === jcs(subject), "malformed-status", "not a revocation list of our form");
  must(encodedList.startsWith("u"), "malformed-status", "an encoded list starts with u");
  const bits = await unzip(fromBase64url(encodedList.slice(1)));
  must(bits.length >= LIST_BYTES && index < bits.length * 8, "malformed-status", "the status list has no such index");
  return bits;
}

async function unzip(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Refuse a set bit; give the age of the list in seconds. */
export function checkStatus(bits, index, list, now) {
  must((bits[index >> 3] & (0x80 >> index % 8)) === 0, "status", "the passport is revoked");
  return Math.floor((now.getTime() - Date.parse(list.validFrom)) / 1000);
}
