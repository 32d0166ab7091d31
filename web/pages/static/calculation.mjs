// The calculation tree: exact evaluation, node digests and sealed nodes. Knows no carbon.
import { base64url, fromBase64url, must, sha256, utf8 } from "./bytes.mjs";
import { encode } from "./canonical.mjs";
import * as fractions from "./fraction.mjs";

const PREFIX = "ecarbon/node@v1\n";
const LEAVES = ["item", "factor", "constant"];
const MAX_NODES = 200000;

/** Read a tree and compute the digest and the exact value of every node. */
export function readCalculation(json) {
  must(Array.isArray(json?.nodes) && json.nodes.length > 0, "malformed-calculation", "no nodes");
  must(json.nodes.length <= MAX_NODES, "malformed-calculation", "too many nodes");
  const digests = [];
  const values = [];
  const shares = new Map();
  json.nodes.forEach((node, place) => {
    must(node !== null && typeof node === "object", "malformed-calculation", `node ${place} is not an object`);
    const args = "args" in node ? node.args : [];
    const below = Array.isArray(args) && args.every((arg) => Number.isSafeInteger(arg) && arg >= 0 && arg < place);
    must(below, "malformed-calculation", `node ${place} refers to a later node`);
    digests.push("sealed" in node ? sealedDigest(node) : nodeDigest(node, digests));
    values.push(evaluate(node, values, shares));
  });
  const root = json.nodes[json.nodes.length - 1];
  must(root.op === "report" && Array.isArray(root.names), "malformed-calculation", "the last node is not the report");
  must(root.names.length === root.args.length, "malformed-calculation", "the report names another number of results");
  return {
    nodes: json.nodes,
    values,
    rootDigest: digests[digests.length - 1],
    results: new Map(root.names.map((name, at) => [name, values[root.args[at]]])),
    labels: labels(json.nodes, values),
  };
}

function sealedDigest(node) {
  must(fromBase64url(node.sealed).length === 32, "malformed-calculation", "a sealed digest has 32 bytes");
  return node.sealed;
}

/** Hash a node with the digests of its children in their place. */
export function nodeDigest(node, digests) {
  const body = "args" in node ? { ...node, args: node.args.map((arg) => digests[arg]) } : node;
  return base64url(sha256(utf8(PREFIX + encode(body))));
}

function evaluate(node, values, shares) {
  if ("sealed" in node) return fractions.parseDecimal(node.value);
  if (LEAVES.includes(node.op)) return fractions.parseConstant(node.value);
  const args = node.args.map((arg) => values[arg]);
  if (node.op === "sum") return fractions.sum(args);
  if (node.op === "product") return args.reduce(fractions.multiply, { n: 1n, d: 1n });
  if (node.op === "ratio") return pair(args, fractions.divide);
  if (node.op === "round" || node.op === "posting") return fractions.roundQuantum(single(args));
  if (node.op === "share") return share(node, args, shares);
  must(node.op === "report", "malformed-calculation", `unknown operation ${node.op}`);
  return null;
}

function single(args) {
  must(args.length === 1 && args[0], "malformed-calculation", "this operation takes one argument");
  return args[0];
}

function pair(args, operation) {
  must(args.length === 2, "malformed-calculation", "a ratio takes two arguments");
  return operation(args[0], args[1]);
}

function share(node, args, shares) {
  const [pool, ...weights] = args;
  const inside = Number.isSafeInteger(node.index) && node.index >= 0 && node.index < weights.length;
  must(inside, "malformed-calculation", "a share names no weight");
  const name = String(node.args);
  if (!shares.has(name)) shares.set(name, fractions.largestRemainder(pool, weights));
  return shares.get(name)[node.index];
}

/** Collect the labelled sums: `["gate","orchard"]` becomes `gate/orchard`. */
function labels(nodes, values) {
  const found = new Map();
  nodes.forEach((node, place) => {
    if (Array.isArray(node.label)) found.set(node.label.join("/"), values[place]);
  });
  return found;
}

/** Give the item and factor leaves that are open. */
export function leaves(calculation, op) {
  return calculation.nodes.filter((node) => node.op === op);
}
