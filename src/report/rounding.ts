const DIGITS = 6;
/** What is nearer to 0 is what rounding leaves of a difference of equals. */
const NOTHING = 1e-12;

/**
 * The same data with every fraction rounded to six significant digits, so that its text does not hang on the last bits
 * of a sum; whole numbers stay as they are, and what is nearer to 0 than 1e-12 becomes 0.
 */
export function rounded<Data>(data: Data): Data {
  return roundedValue(data) as Data;
}

function roundedValue(value: unknown): unknown {
  if (typeof value === "number") return roundedNumber(value);
  if (Array.isArray(value)) return value.map(roundedValue);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, roundedValue(entry)]));
}

function roundedNumber(value: number): number {
  if (Math.abs(value) < NOTHING) return 0;
  return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
}
