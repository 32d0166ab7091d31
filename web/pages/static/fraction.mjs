// Exact arithmetic: fractions of BigInt, half-even rounding to 0.000001 and largest-remainder shares.
import { must } from "./bytes.mjs";

const QUANTA = 1000000n;
const DECIMAL = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;

function gcd(left, right) {
  let a = left < 0n ? -left : left;
  let b = right;
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}

/** Make a fraction in lowest terms with a positive denominator. */
export function fraction(numerator, denominator = 1n) {
  must(denominator !== 0n, "malformed-number", "a division by zero");
  const [n, d] = denominator < 0n ? [-numerator, -denominator] : [numerator, denominator];
  const common = gcd(n, d);
  return common > 1n ? { n: n / common, d: d / common } : { n, d };
}

export const ZERO = { n: 0n, d: 1n };

/** Read a decimal string: no exponent, no plus sign, no needless zero in front, no `-0`. */
export function parseDecimal(text) {
  must(typeof text === "string" && DECIMAL.test(text) && text.length <= 64, "malformed-number", "not a decimal number");
  const point = text.indexOf(".");
  const digits = BigInt(text.replace(".", ""));
  must(digits !== 0n || !text.startsWith("-"), "malformed-number", "a zero has no sign");
  return point < 0 ? { n: digits, d: 1n } : fraction(digits, 10n ** BigInt(text.length - point - 1));
}

/** Read a decimal string or a ratio of two whole numbers, such as `44/28`. */
export function parseConstant(text) {
  must(typeof text === "string", "malformed-number", "not a number");
  const ratio = text.length <= 64 ? /^(-?[1-9][0-9]*)\/([1-9][0-9]*)$/.exec(text) : null;
  return ratio ? fraction(BigInt(ratio[1]), BigInt(ratio[2])) : parseDecimal(text);
}

export const add = (a, b) => fraction(a.n * b.d + b.n * a.d, a.d * b.d);
export const multiply = (a, b) => fraction(a.n * b.n, a.d * b.d);
export const divide = (a, b) => fraction(a.n * b.d, a.d * b.n);
export const compare = (a, b) => {
  const difference = a.n * b.d - b.n * a.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};
export const sum = (values) => values.reduce(add, ZERO);

/** Divide rounding towards minus infinity. */
function floorDivide(numerator, denominator) {
  const quotient = numerator / denominator;
  return numerator % denominator < 0n ? quotient - 1n : quotient;
}

/** Round to a multiple of 0.000001, half to even. */
export function roundQuantum(value) {
  return fraction(roundedQuanta(value, QUANTA), QUANTA);
}

function roundedQuanta(value, scale) {
  const scaled = value.n * scale;
  const floor = floorDivide(scaled, value.d);
  const twice = 2n * (scaled - floor * value.d);
  const up = twice > value.d || (twice === value.d && (floor & 1n) === 1n);
  return up ? floor + 1n : floor;
}

/** Share a total exactly: floors first, missing quanta to the largest remainders (then weight, then place). */
export function largestRemainder(total, weights) {
  if (total.n < 0n) return largestRemainder(negate(total), weights).map(negate);
  const scaled = fraction(total.n * QUANTA, total.d);
  must(scaled.d === 1n, "malformed-number", "a shared total is a multiple of 0.000001");
  must(weights.every((one) => one.n >= 0n), "malformed-number", "a weight is negative");
  const whole = sum(weights);
  must(whole.n > 0n, "malformed-number", "the weights are all zero");
  const shares = weights.map((weight, place) => {
    const exact = divide(multiply(scaled, weight), whole);
    const floor = floorDivide(exact.n, exact.d);
    return { floor, rest: fraction(exact.n - floor * exact.d, exact.d), weight, place };
  });
  let missing = scaled.n - shares.reduce((taken, one) => taken + one.floor, 0n);
  const order = [...shares].sort(
    (a, b) => compare(b.rest, a.rest) || compare(b.weight, a.weight) || a.place - b.place,
  );
  for (const one of order) {
    if (missing === 0n) break;
    one.floor += 1n;
    missing -= 1n;
  }
  return shares.map((one) => fraction(one.floor, QUANTA));
}

/** Write a fraction with a fixed number of decimals, rounded half to even. */
export function toFixed(value, decimals) {
  const quanta = roundedQuanta(value, 10n ** BigInt(decimals));
  const digits = String(quanta < 0n ? -quanta : quanta).padStart(decimals + 1, "0");
  const cut = digits.length - decimals;
  return (quanta < 0n ? "-" : "") + digits.slice(0, cut) + (decimals ? `.${digits.slice(cut)}` : "");
}

function negate(value) {
  return { n: -value.n, d: value.d };
}

/** Count the bits of the absolute value of a whole number. */
export function bits(value) {
  const digits = (value < 0n ? -value : value).toString(16);
  return digits === "0" ? 0 : 4 * digits.length - Math.clz32(parseInt(digits[0], 16)) + 28;
}

export const same = (a, b) => a.n === b.n && a.d === b.d;
