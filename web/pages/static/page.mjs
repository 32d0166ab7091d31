// What the pages do with the verifier: show each check as it is made, and never a tick for a skipped one.
import { buildProof, readProof } from "./growth.mjs";
import { verifyBundle } from "./verify.mjs";

const MARKS = {
  passed: "M2 9l4 4 8-10",
  failed: "M3 3l10 10M13 3L3 13",
  not_checked: "M3 8h10",
};

/** Reasons that are followed by the ids of the entries concerned. */
const LISTING = ["disputed", "rejected", "in_force", "verdicts"];

/** Check the bundle of a scan page and compare the page's own figure with it. */
export async function checkPage(button) {
  const headline = document.getElementById("headline").dataset;
  await show(button, async () => ({
    bundle: await fetchBytes(button.dataset.bundle),
    shown: { boundary: headline.boundary, value: headline.value },
  }));
  document.getElementById("limit").hidden = false;
}

/** Check the files chosen on the verify page: bundle, trust file, saved checkpoint and consistency proof. */
export async function checkFiles(button, bundleInput, trustInput, olderInput, proofInput) {
  await show(button, async () => ({
    bundle: await fileBytes(bundleInput),
    trust: await fileBytes(trustInput),
    older: olderInput.files.length > 0 ? await olderFiles(olderInput, proofInput) : null,
  }));
}

/** Take the proof from its file, or from the tiles of the log that serves this page; a saved page has only the file. */
async function olderFiles(olderInput, proofInput) {
  const checkpoint = await fileBytes(olderInput);
  const given = await fileBytes(proofInput);
  const served = location.protocol.startsWith("http");
  const build = (old, size) => buildProof(old, size, (path) => fetchBytes(`/${path}`)).catch(() => null);
  return { checkpoint, prove: given !== null ? () => readProof(given) : served ? build : () => null };
}

async function fetchBytes(address) {
  const answer = await fetch(address, { credentials: "omit" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function fileBytes(input) {
  return input.files.length > 0 ? new Uint8Array(await input.files[0].arrayBuffer()) : null;
}

async function show(button, load) {
  const list = document.getElementById("checks");
  const verdicts = document.getElementById("verdicts");
  const outcome = document.getElementById("outcome");
  const words = list.dataset;
  button.disabled = true;
  for (const line of list.children) line.hidden = true;
  list.hidden = false;
  verdicts.hidden = true;
  outcome.className = "";
  outcome.textContent = words.running;
  try {
    const report = await run(await load(), list);
    for (const line of verdicts.children) mark(line, report.verdicts[line.dataset.verdict], "", words);
    verdicts.hidden = false;
    conclude(report, outcome, words);
    document.dispatchEvent(new CustomEvent("checked", { detail: report }));
  } catch (error) {
    outcome.className = "failed";
    outcome.textContent = `${words.unreachable}${error.message ? ` (${error.message})` : ""}`;
  }
  button.disabled = false;
}

async function run({ bundle, ...given }, list) {
  const checks = [];
  const verification = verifyBundle(bundle, { ...given, now: new Date() });
  let step = await verification.next();
  for (; !step.done; step = await verification.next()) {
    const { name, outcome, detail, reason, count } = step.value;
    const line = list.querySelector(`[data-check="${name}"]`);
    const said = list.dataset[`reason_${reason}`]?.replace("{count}", count);
    const told = outcome === "passed" ? said : (said ?? detail);
    const named = LISTING.includes(reason) ? `${told}\n${detail}` : told;
    if (line) mark(line, outcome, named, list.dataset, reason ? "" : "en");
    checks.push(step.value);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return { checks, ...step.value };
}

function mark(line, outcome, detail, words, lang = "") {
  const [icon, , verdict] = line.children;
  line.hidden = false;
  line.className = outcome;
  icon.innerHTML =
    `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${MARKS[outcome]}" fill="none" stroke="currentColor"` +
    ` stroke-width="2.5"/></svg>`;
  verdict.textContent = words[outcome];
  line.querySelector(".detail")?.remove();
  if (detail) {
    const small = document.createElement("small");
    small.className = "detail";
    if (lang) small.lang = lang;
    small.textContent = detail;
    line.append(small);
  }
}

function conclude(report, outcome, words) {
  const count = (kind) => report.checks.filter((one) => one.outcome === kind).length;
  const failed = count("failed");
  outcome.className = failed > 0 ? "failed" : "";
  outcome.textContent = (failed > 0 ? [words.distrust, words.summary] : [words.summary])
    .join("\n")
    .replace("{passed}", count("passed"))
    .replace("{failed}", failed)
    .replace("{skipped}", count("not_checked"));
  document.querySelector(".figure")?.classList.toggle("void", failed > 0);
}

