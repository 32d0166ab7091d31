// Whether the log only grew between a saved checkpoint and another one: proofs from a file, or from the log's tiles.
import { fromBase64, fromUtf8, must } from "./bytes.mjs";
import { nodeHash } from "./merkle.mjs";

const WIDTH = 256;

/** Read a proof as `ecarbon log consistency` prints it: one hash in base64 on each line. */
export function readProof(bytes) {
  const text = fromUtf8(bytes);
  must(text === "" || text.endsWith("\n"), "proof-untrusted", "a proof ends with a line end");
  return text.split("\n").slice(0, -1).map(fromBase64);
}

/**
 * Build the proof that the tree of `size` leaves extends that of `old` leaves; `0 < old < size`.
 * `fetchTile(path)` gives the bytes of a tile (C2SP tlog-tiles); whatever it gives, the proof is checked afterwards.
 */
export async function buildProof(old, size, fetchTile) {
  const tiles = new Map();
  const node = (level, index) => readNode(tiles, size, fetchTile, level, index);
  const path = [];
  let [start, end, whole] = [0, size, true];
  while (old !== end) {
    const middle = start + split(end - start);
    if (old <= middle) {
      path.push(await rangeRoot(node, middle, end));
      end = middle;
    } else {
      path.push(await rangeRoot(node, start, middle));
      [start, whole] = [middle, false];
    }
  }
  if (!whole) path.push(await rangeRoot(node, start, end));
  return path.reverse();
}

/** Give the largest power of two below a width of at least two. */
function split(width) {
  let found = 1;
  while (found * 2 < width) found *= 2;
  return found;
}

async function rangeRoot(node, start, end) {
  let [level, width] = [0, 1];
  while (width * 2 <= end - start) [level, width] = [level + 1, width * 2];
  const left = await node(level, start / width);
  return start + width === end ? left : nodeHash(left, await rangeRoot(node, start + width, end));
}

async function readNode(tiles, size, fetchTile, level, index) {
  const tileLevel = Math.floor(level / 8);
  const span = 2 ** (level % 8);
  const n = Math.floor((index * span) / WIDTH);
  const width = Math.min(WIDTH, Math.floor(size / WIDTH ** tileLevel) - n * WIDTH);
  const path = `tile/${tileLevel}/${tileIndex(n)}${width < WIDTH ? `.p/${width}` : ""}`;
  if (!tiles.has(path)) tiles.set(path, await fetchTile(path));
  const bytes = tiles.get(path);
  must(bytes.length === 32 * width, "proof-untrusted", `${path} has another size`);
  const at = (index * span) % WIDTH;
  let row = Array.from({ length: span }, (_, place) => bytes.slice(32 * (at + place), 32 * (at + place + 1)));
  while (row.length > 1) row = row.flatMap((left, place) => (place % 2 ? [] : [nodeHash(left, row[place + 1])]));
  return row[0];
}

function tileIndex(n) {
  const digits = String(n % 1000).padStart(3, "0");
  return n < 1000 ? digits : tileIndex(Math.floor(n / 1000)).replace(/([0-9]{3})$/, "x$1") + `/${digits}`;
}
