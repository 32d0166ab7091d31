// Run vector cases over the browser modules: JSON cases on standard input, JSON results on standard output.
import { operations } from "./operations.mjs";

const root = new URL("../../web/pages/static/", import.meta.url);
let text = "";
for await (const chunk of process.stdin) text += chunk;
const table = await operations((name) => import(new URL(name, root)));
const results = [];
for (const { op, args } of JSON.parse(text)) {
  try {
    results.push({ value: (await table[op](...args)) ?? null });
  } catch (error) {
    results.push(error.code ? { error: error.code } : { crash: String(error.stack) });
  }
}
process.stdout.write(JSON.stringify(results));
