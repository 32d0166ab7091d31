// What the vector files can ask of the browser modules; used under node and in Chromium.

export async function operations(load) {
  const bytes = await load("bytes.mjs");
  const canonical = await load("canonical.mjs");
  const ed25519 = await load("ed25519.mjs");
  const growth = await load("growth.mjs");
  const merkle = await load("merkle.mjs");
  const note = await load("note.mjs");
  const fraction = await load("fraction.mjs");
  const calculation = await load("calculation.mjs");
  const credential = await load("credential.mjs");
  const verify = await load("verify.mjs");
  const text = (hexadecimal) => bytes.fromUtf8(bytes.fromHex(hexadecimal));
  const show = (value) => (value === null ? null : `${value.n}/${value.d}`);
  return {
    "base64.decode": (input) => bytes.hex(bytes.fromBase64(input)),
    "base64url.decode": (input) => bytes.hex(bytes.fromBase64url(input)),
    "canonical.decode": (input, ascii) => canonical.encode(canonical.decode(text(input), { ascii })),
    "jcs.encode": (input) => bytes.hex(bytes.utf8(canonical.jcs(canonical.parse(text(input))))),
    "jcs.decode": (input) => canonical.decodeJcs(text(input)),
    "ed25519.check_key": (key) => ed25519.checkKey(bytes.fromHex(key)),
    "ed25519.verify": (key, message, signature) =>
      ed25519.verify(bytes.fromHex(key), bytes.fromHex(message), bytes.fromHex(signature)),
    "ed25519.holds": (key, message, signature) =>
      ed25519.holds(bytes.fromHex(key), bytes.fromHex(message), bytes.fromHex(signature)),
    "ed25519.holds_with_noble": (key, message, signature) =>
      ed25519.holdsWithNoble(bytes.fromHex(key), bytes.fromHex(message), bytes.fromHex(signature)),
    "merkle.check_inclusion": (leaf, index, size, proof, root) =>
      merkle.checkInclusion(bytes.fromHex(leaf), index, size, proof.map(bytes.fromHex), bytes.fromHex(root)),
    "merkle.check_consistency": (old, size, proof, oldRoot, root) =>
      merkle.checkConsistency(old, size, proof.map(bytes.fromHex), bytes.fromHex(oldRoot), bytes.fromHex(root)),
    "growth.build": async (old, size, tiles) =>
      (await growth.buildProof(old, size, async (path) => bytes.fromHex(tiles[path]))).map(bytes.hex),
    "note.parse": (input) => note.parseNote(bytes.fromHex(input)).signatures.map((one) => one.name),
    "note.check": async (input, vkey) => {
      const read = note.parseNote(bytes.fromHex(input));
      await note.checkSignature(read, note.parseVerifierKey(vkey));
      return read.text;
    },
    "merkle.leaf_hash": (data) => bytes.hex(merkle.leafHash(bytes.fromHex(data))),
    "note.vkey": (input) => note.parseVerifierKey(input).name,
    "checkpoint.open": async (input, vkey) => {
      const { origin, size, root } = await note.openCheckpoint(bytes.fromHex(input), note.parseVerifierKey(vkey));
      return [origin, size, bytes.hex(root)];
    },
    "number.parse": (input) => show(fraction.parseDecimal(input)),
    "number.round": (input) => show(fraction.roundQuantum(fraction.parseConstant(input))),
    "number.share": (total, weights) =>
      fraction.largestRemainder(fraction.parseDecimal(total), weights.map(fraction.parseConstant)).map(show),
    "calculation.read": (json) => {
      const read = calculation.readCalculation(json);
      const results = Object.fromEntries([...read.results].map(([name, value]) => [name, show(value)]));
      return { root: read.rootDigest, results };
    },
    "bundle.verify": async (document, trust, now, older = null, proof = null) => {
      const report = { checks: {}, details: {} };
      const checks = verify.verifyBundle(bytes.utf8(document), {
        trust: trust === null ? null : bytes.utf8(trust),
        now: new Date(now),
        older: older && {
          checkpoint: bytes.utf8(older),
          prove: () => (proof === null ? null : growth.readProof(bytes.utf8(proof))),
        },
      });
      let step = await checks.next();
      for (; !step.done; step = await checks.next()) {
        report.checks[step.value.name] = step.value.outcome;
        report.details[step.value.name] = step.value.detail;
      }
      return { ...report, ...step.value };
    },
    "credential.check": (document, did) => credential.checkProof(document, credential.readDid(did).keys),
  };
}
