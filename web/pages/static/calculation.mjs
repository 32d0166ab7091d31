// The calculation tree: strict reading, exact evaluation, node digests and sealed nodes. Knows no carbon.
import { base64url, must, sha256, utf8 } from "./bytes.mjs";
import { encode } from "./canonical.mjs";
import * as fractions from "./fraction.mjs";

const NODE = "ecarbon/node@v1\n";
const VALUE = "ecarbon/value@v1\n";
const MAX_NODES = 200000;
const MAX_BITS = 8192n;
const MAX_WORK = 200000000;
const LEAVES = ["item", "factor", "constant", "sealed"];
const TEXTS = {
  item: ["entry", "item", "field", "value"],
  factor: ["row", "value"],
  constant: ["value", "source"],
  sum: [],
  product: [],
  ratio: [],
  round: [],
  posting: ["stage", "slot", "bucket", "gas", "evidence", "tier"],
  share: [],
  report: [],
  sealed: ["sealed", "value"],
};
const LISTS = { share: ["keys"], report: ["names"], sum: ["label", "parts"] };
const PATTERNS = {
  entry: /^[0-9a-f]{64}$/,
  item: /^[A-Za-z0-9_-]{43}$/,
  sealed: /^[A-Za-z0-9_-]{43}$/,
  salt: /^[A-Za-z0-9_-]{21}[AQgw]$/,
};

function need(condition, message) {
  must(condition, "malformed-calculation", message);
}

/** Read a tree; compute the digest and the exact value of every node, the named results and the labelled sums. */
export function readCalculation(json) {
  need(isObject(json) && Object.keys(json).join() === "nodes" && Array.isArray(json.nodes), "no nodes");
  const { nodes } = json;
  need(nodes.length > 0 && nodes.length <= MAX_NODES, "a calculation has between one and 200,000 nodes");
  nodes.forEach(checkNode);
  const root = nodes[nodes.length - 1];
  need(root.op === "report" && nodes.filter((node) => node.op === "report").length === 1, "no report at the end");
  need(nodes.every((node) => "sealed" in node || "salt" in node === "salt" in root), "some nodes have no salt");
  need(new Set(nodes.map((node) => encode(node))).size === nodes.length, "a node stands twice");
  need(inOrder(nodes), "the nodes are not in the order of a walk from the root");
  const values = [];
  const digests = [];
  const shares = new Map();
  const sizes = [];
  let work = 0;
  for (const node of nodes) {
    for (const arg of node.args ?? []) work += sizes[arg];
    need(work <= MAX_WORK, "the tree is too large to evaluate");
    const value = bounded(evaluate(node, values, shares));
    values.push(value);
    sizes.push(fractions.bits(value.n) + fractions.bits(value.d));
    digests.push(digest(node, digests, values[values.length - 1]));
  }
  const labels = readLabels(nodes, values);
  const results = new Map(root.names.map((name, at) => [name, values[root.args[at]]]));
  return { nodes, values, rootDigest: digests[digests.length - 1], results, labels };
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function operation(node) {
  return "sealed" in node && !("op" in node) ? "sealed" : node.op;
}

function checkNode(node, place) {
  need(isObject(node), `node ${place} is not an object`);
  const op = operation(node);
  need(Object.hasOwn(TEXTS, op) && (op !== "sealed" || !("op" in node)), `node ${place}: unknown operation`);
  const lists = (LISTS[op] ?? []).filter((name) => op !== "sum" || name in node);
  const expected = new Set([...TEXTS[op], ...lists]);
  if (op !== "sealed") expected.add("op");
  if (!LEAVES.includes(op)) expected.add("args");
  if (op === "share") expected.add("index");
  if ("salt" in node && op !== "sealed") expected.add("salt");
  const names = Object.keys(node);
  need(names.length === expected.size && names.every((name) => expected.has(name)), `node ${place}: other fields`);
  for (const name of [...TEXTS[op], ...(expected.has("salt") ? ["salt"] : [])]) {
    const fits = typeof node[name] === "string" && (PATTERNS[name]?.test(node[name]) ?? true);
    need(fits, `node ${place}: ${name} cannot be read`);
  }
  for (const name of lists) {
    const texts = Array.isArray(node[name]) && node[name].every((one) => typeof one === "string");
    need(texts, `node ${place}: ${name} is a list of texts`);
  }
  const args = node.args ?? [];
  const below = Array.isArray(args) && args.every((arg) => Number.isSafeInteger(arg) && arg >= 0 && arg < place);
  need(below, `node ${place}: arguments are positions of earlier nodes`);
  if (op === "sealed") need(/^-?(0|[1-9][0-9]*)\.[0-9]{6}$/.test(node.value), "a sealed value has six decimals");
  checkCounts(op, node, args.length, place);
}

function checkCounts(op, node, count, place) {
  const fixed = { ratio: 2, round: 1, posting: 1 }[op];
  need(fixed === undefined || fixed === count, `node ${place}: another number of arguments`);
  if (op === "share") {
    const inside = Number.isSafeInteger(node.index) && node.index >= 0 && node.index < node.keys.length;
    need(inside && count === node.keys.length + 1, `node ${place}: a share has one weight for each key`);
    need(String([...new Set(node.keys)].sort(byCodePoint)) === String(node.keys), `node ${place}: keys not sorted`);
  }
  if (op === "report") need(count === node.names.length && new Set(node.names).size === count, "names of the report");
  if (op === "sum" && "label" in node) need(node.label.length > 0, `node ${place}: an empty label`);
  if (op === "sum" && "parts" in node) {
    const whole = "label" in node && count === node.parts.length && new Set(node.parts).size === count;
    need(whole, `node ${place}: parts name each argument once`);
  }
}

function byCodePoint(left, right) {
  const [a, b] = [Array.from(left, (one) => one.codePointAt(0)), Array.from(right, (one) => one.codePointAt(0))];
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

/** Tell whether a depth-first walk from the root (arguments first, each once) meets the nodes in their order. */
function inOrder(nodes) {
  const seen = new Set([nodes.length - 1]);
  const stack = [[nodes.length - 1, 0]];
  let next = 0;
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const args = nodes[top[0]].args ?? [];
    while (top[1] < args.length && seen.has(args[top[1]])) top[1] += 1;
    if (top[1] === args.length) {
      if (top[0] !== next) return false;
      next += 1;
      stack.pop();
    } else {
      seen.add(args[top[1]]);
      stack.push([args[top[1]], 0]);
    }
  }
  return next === nodes.length;
}

function evaluate(node, values, shares) {
  const op = operation(node);
  if (op === "item" || op === "factor" || op === "sealed") return fractions.parseDecimal(node.value);
  if (op === "constant") return fractions.parseConstant(node.value);
  const args = node.args.map((arg) => values[arg]);
  if (op === "sum") return total(args);
  if (op === "product") return args.reduce((a, b) => bounded(fractions.multiply(a, b)), { n: 1n, d: 1n });
  if (op === "ratio") return fractions.divide(args[0], args[1]);
  if (op === "round" || op === "posting") return fractions.roundQuantum(args[0]);
  if (op === "report") return fractions.ZERO;
  const name = String(node.args);
  if (!shares.has(name)) total(args.slice(1));
  if (!shares.has(name)) shares.set(name, fractions.largestRemainder(args[0], args.slice(1)));
  return shares.get(name)[node.index];
}

/** Add values, none of the sums on the way too large. */
function total(values) {
  return values.reduce((a, b) => bounded(fractions.add(a, b)), fractions.ZERO);
}

function bounded(value) {
  const limit = 1n << MAX_BITS;
  need(value.n < limit && value.n > -limit && value.d < limit, "a number of the tree is too large");
  return value;
}

/** Hash a node over the digests of its arguments; a node that can be sealed also binds its value. */
function digest(node, digests, value) {
  let inner = node.sealed;
  if (!("sealed" in node)) {
    const body = "args" in node ? { ...node, args: node.args.map((arg) => digests[arg]) } : node;
    inner = base64url(sha256(utf8(NODE + encode(body))));
    if (!("label" in node)) return inner;
  }
  return base64url(sha256(utf8(VALUE + encode({ sealed: inner, value: six(value) }))));
}

function six(value) {
  need(1000000n % value.d === 0n, "a value that can be sealed is a multiple of 0.000001");
  return fractions.toFixed(value, 6);
}

/** Collect the labelled sums, sealed or not: `["gate","orchard"]` becomes `gate/orchard`. */
function readLabels(nodes, values) {
  const found = new Map();
  const state = (label, place) => {
    const node = nodes[place];
    const fits = "sealed" in node || (node.op === "sum" && (node.label ?? []).join("\n") === label.join("\n"));
    need(fits, `a part has another label than its place: ${label.join(" ")}`);
    found.set(label.join("/"), values[place]);
  };
  nodes.forEach((node, place) => {
    if (!node.label) return;
    (node.parts ?? []).forEach((part, at) => state([...node.label, part], node.args[at]));
    state(node.label, place);
  });
  return found;
}
