const DIGITS = 6;

/**
 * The same data with every fraction rounded to six significant digits, so that its text does not hang on the last bits
 * of a sum; whole numbers stay as they are.
 */
export function rounded<Data>(data: Data): Data {
  return roundedValue(data) as Data;
}

function roundedValue(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? value + 0 : Number(value.toPrecision(DIGITS));
  if (Array.isArray(value)) return value.map(roundedValue);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, roundedValue(entry)]));
}
