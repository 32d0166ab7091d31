// The checks of the figures: factor rows, the calculation and its leaves, totals and stages.
import { checkFactors } from "./book.mjs";
import { must } from "./bytes.mjs";
import { readCalculation } from "./calculation.mjs";
import { jcs } from "./canonical.mjs";
import { figure } from "./form.mjs";
import { ZERO, add, divide, largestRemainder, parseDecimal, roundQuantum, same, sum, toFixed } from "./fraction.mjs";

const APART = {
  aircraft: "aircraft",
  aircraftForcing: "aircraft_forcing",
  biogenicCO2: "biogenic_co2",
  biogenicUptake: "biogenic_uptake",
  removals: "removals",
};
const AFTER_THE_GATE = ["aircraft", "aircraftForcing"];
const BUCKETS = {
  fossil: "fossil",
  luc: "landUseChange",
  land_management: "landManagement",
  biogenic_non_co2: "biogenicNonCO2",
  undivided: "undivided",
};

export function factorsMatch(box) {
  const claimed = box.facts.factorSet.map(({ name, version, ...one }) => ({ ...one, id: `${name}:${version}` }));
  must(jcs(box.bundle.factor_sets) === jcs(claimed), "factors", "the passport names other factor sets");
  box.rows = checkFactors(box.bundle.factors, box.bundle.factor_sets);
}

export function calculationDigest(box) {
  const calculation = readCalculation(box.bundle.calculation);
  must("salt" in calculation.nodes[calculation.nodes.length - 1], "calculation", "the calculation has no salts");
  must(calculation.rootDigest === box.facts.calculationDigest, "calculation", "the root is not the passport's");
  box.calculation = calculation;
}

export function calculationItems(box) {
  const cited = new Set();
  for (const node of box.calculation.nodes) {
    if (node.op === "item") {
      const found = box.opened.get(`${node.entry} ${node.item}`);
      must(found, "calculation", `the item ${node.item} is cited but not opened`);
      must(found.value[node.field] === node.value, "calculation", `the item ${node.item} has another ${node.field}`);
    }
    if (node.op === "factor") {
      const row = box.rows.get(node.row);
      must(row && row.value === node.value, "calculation", `the factor ${node.row} has another value`);
      cited.add(node.row);
    }
  }
  must(cited.size === box.rows.size, "calculation", "the bundle holds a factor row that the calculation does not cite");
}

function agree(text, value, what) {
  must(value !== undefined && same(parseDecimal(text), value), "calculation", `${what} is not what the tree gives`);
}

export function calculationTotal(box) {
  const { results, labels } = box.calculation;
  for (const boundary of ["gate", "delivered"]) {
    const stated = figure(box.facts, boundary);
    const [amount, mass] = [results.get(boundary), results.get(`${boundary}_mass`)];
    agree(stated.lotKgCO2e, amount, `the total (${boundary})`);
    agree(stated.mass, mass, `the mass (${boundary})`);
    agree(stated.kgCO2e, results.get(`${boundary}_per_kg`), `the figure per kg (${boundary})`);
    agree(stated.kgCO2e, roundQuantum(divide(amount, mass)), `the figure per kg (${boundary}), divided anew`);
  }
  const whole = add(results.get("gate"), labels.get("after") ?? ZERO);
  must(same(results.get("delivered"), whole), "calculation", "delivered is not gate plus what comes after");
  const mass = results.get(`${box.facts.boundary}_mass`);
  for (const [field, name] of Object.entries(APART)) {
    const apart = box.facts.boundary === "gate" && AFTER_THE_GATE.includes(field);
    agree(box.facts[field], apart ? ZERO : roundQuantum(divide(results.get(name), mass)), name);
  }
  box.recomputed = Object.fromEntries([...results].map(([name, value]) => [name, toFixed(value, 6)]));
}

export function stageFigures(box) {
  const labels = [...box.calculation.labels].map(([label, value]) => [label.split("/"), value]);
  const shown = labels.filter(([[part, ...rest]]) => rest.length === 1 && (part === "gate" || part === "after"));
  const stages = box.facts.stage;
  const named = new Set(stages.map((stage) => `${stage.part}/${stage.name}`));
  must(named.size === stages.length && shown.length === stages.length, "calculation", "other stages than the tree's");
  for (const stage of stages) {
    const found = shown.find(([[part, name]]) => part === stage.part && name === stage.name);
    agree(stage.lotKgCO2e, found?.[1], stage.name);
    checkBuckets(stage, labels);
  }
  checkHeadline(box.facts);
}

function checkBuckets(stage, labels) {
  const own = labels.filter(([label]) => label.length === 3 && label[0] === stage.part && label[1] === stage.name);
  const stated = Object.entries(stage.lotBucket);
  if (stated.length > 0 && own.length > 0) {
    must(own.length === stated.length, "calculation", `${stage.name}: other buckets than the tree's`);
    for (const [bucket, amount] of stated) agree(amount, own.find(([label]) => label[2] === bucket)?.[1], bucket);
  }
  if (stated.length > 0) agree(stage.lotKgCO2e, sum(stated.map(([, amount]) => parseDecimal(amount))), stage.name);
}

/** Check that the stages add up to the headline, for the lot, per declared unit and by bucket. */
function checkHeadline(facts) {
  const stated = figure(facts, facts.boundary);
  const counted = (stage) => facts.boundary === "delivered" || stage.part === "gate";
  const amounts = facts.stage.map((stage) => (counted(stage) ? parseDecimal(stage.lotKgCO2e) : ZERO));
  agree(stated.lotKgCO2e, sum(amounts), "the sum of the stages");
  const total = parseDecimal(stated.kgCO2e);
  perUnit(total, amounts).forEach((part, at) => agree(facts.stage[at].kgCO2e, part, facts.stage[at].name));
  const buckets = Object.fromEntries(Object.keys(BUCKETS).map((name) => [name, ZERO]));
  for (const stage of facts.stage.filter(counted)) {
    const own = Object.keys(stage.lotBucket).length > 0 ? stage.lotBucket : { undivided: stage.lotKgCO2e };
    for (const [name, amount] of Object.entries(own)) {
      must(name in buckets, "calculation", `${name} is no bucket of the headline`);
      buckets[name] = add(buckets[name], parseDecimal(amount));
    }
  }
  const parts = perUnit(total, Object.values(buckets));
  Object.values(BUCKETS).forEach((field, at) => agree(facts[field], parts[at], field));
}

/** Divide a figure per declared unit over the amounts that it is made of. */
function perUnit(total, amounts) {
  const nothing = total.n === 0n && amounts.every((amount) => amount.n === 0n);
  return nothing ? amounts : largestRemainder(total, amounts);
}
