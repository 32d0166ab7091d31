// Bitstring status lists as a bundle carries them; what they say is as old as the list.
import { fromBase64url, must } from "./bytes.mjs";

const LIST_BYTES = 16384;

/** Refuse a credential whose bit is set; give the age of the list in words of numbers. */
export async function checkStatus(credential, list, now, policy) {
  const { credentialStatus: entry } = credential;
  const subject = list.credentialSubject;
  const revocation = entry.statusPurpose === "revocation" && subject.statusPurpose === "revocation";
  must(revocation && Number.isSafeInteger(entry.statusListIndex), "malformed-status", "not a revocation entry");
  must(subject.encodedList.startsWith("u"), "malformed-status", "an encoded list starts with u");
  const bits = await unzip(fromBase64url(subject.encodedList.slice(1)));
  const place = entry.statusListIndex;
  must(bits.length >= LIST_BYTES && place >= 0 && place < bits.length * 8, "malformed-status", "no such index");
  const set = (bits[place >> 3] & (0x80 >> place % 8)) !== 0;
  must(!set, "status", "the passport was revoked");
  const age = Math.floor((now.getTime() - Date.parse(list.validFrom)) / 1000);
  must(now.getTime() < Date.parse(list.validUntil), "status", "the status list has expired");
  if (policy !== null) must(age <= policy.maxStatusAge, "status", `the status list is ${age} s old`);
  return `${list.validFrom}`;
}

async function unzip(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
