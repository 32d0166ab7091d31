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

export function factorsMatch(box) {
  must(jcs(box.bundle.factor_sets) === jcs(box.facts.factorSet), "factors", "the passport names other factor sets");
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
    agree(stated.kgCO2e, amount, `the total (${boundary})`);
    agree(stated.mass, mass, `the mass (${boundary})`);
    agree(stated.perKg, results.get(`${boundary}_per_kg`), `the figure per kg (${boundary})`);
    agree(stated.perKg, roundQuantum(divide(amount, mass)), `the figure per kg (${boundary}), divided anew`);
  }
  const whole = add(results.get("gate"), labels.get("after") ?? ZERO);
  must(same(results.get("delivered"), whole), "calculation", "delivered is not gate plus what comes after");
  for (const [field, name] of Object.entries(APART)) agree(box.facts[field], results.get(name), name);
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
    agree(stage.kgCO2e, found?.[1], stage.name);
    checkBuckets(stage, labels);
  }
  checkHeadline(box.facts);
}

function checkBuckets(stage, labels) {
  const own = labels.filter(([label]) => label.length === 3 && label[0] === stage.part && label[1] === stage.name);
  const stated = Object.entries(stage.bucket);
  if (stated.length > 0 && own.length > 0) {
    must(own.length === stated.length, "calculation", `${stage.name}: other buckets than the tree's`);
    for (const [bucket, amount] of stated) agree(amount, own.find(([label]) => label[2] === bucket)?.[1], bucket);
  }
  if (stated.length > 0) agree(stage.kgCO2e, sum(stated.map(([, amount]) => parseDecimal(amount))), stage.name);
}

/** Check that the stages add up to the headline, for the lot, per kilogram and by bucket. */
function checkHeadline(facts) {
  const stated = figure(facts, facts.boundary);
  const counted = (stage) => facts.boundary === "delivered" || stage.part === "gate";
  const amounts = facts.stage.map((stage) => (counted(stage) ? parseDecimal(stage.kgCO2e) : ZERO));
  agree(stated.kgCO2e, sum(amounts), "the sum of the stages");
  const perKg = parseDecimal(stated.perKg);
  const nothing = amounts.every((amount) => amount.n === 0n) && perKg.n === 0n;
  const parts = nothing ? amounts : largestRemainder(perKg, amounts);
  facts.stage.forEach((stage, at) => agree(stage.perKg, parts[at], `${stage.name} per kg`));
  const buckets = {};
  for (const stage of facts.stage.filter(counted)) {
    const own = Object.keys(stage.bucket).length > 0 ? stage.bucket : { undivided: stage.kgCO2e };
    for (const [name, amount] of Object.entries(own)) buckets[name] = add(buckets[name] ?? ZERO, parseDecimal(amount));
  }
  const summed = Object.fromEntries(Object.entries(buckets).map(([name, value]) => [name, toFixed(value, 6)]));
  must(jcs(facts.bucket) === jcs(summed), "calculation", "the buckets are not the sums of the stages' buckets");
}
