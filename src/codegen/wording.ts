const SMALLEST_NATS = 1e-6;

/** "62 %"; shares above nothing and below a half percent keep one decimal. */
export function percent(share: number): string {
  const value = 100 * share;
  const decimals = value > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(decimals).replace(/\.0$/u, "")} %`;
}

/** A score that may fall below zero, where it says as little as zero does. */
export function positivePercent(share: number): string {
  return percent(Math.max(share, 0));
}

/** A small number with two digits that count, never in powers of ten: "0.00012". */
export function decimal(value: number): string {
  if (value === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(2)))));
  const decimals = Math.min(Math.max(1 - magnitude, 0), 20);
  return value.toFixed(decimals);
}

/** "0.0031 nats" */
export function nats(value: number): string {
  return Math.abs(value) < SMALLEST_NATS ? "less than 0.000001 nats" : `${decimal(value)} nats`;
}

/** "about 0.0031 nats", "less than 0.000001 nats" */
export function aboutNats(value: number): string {
  return Math.abs(value) < SMALLEST_NATS ? nats(value) : `about ${nats(value)}`;
}

/** "98,304" */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/gu, ",");
}

/** "1 head", "2 heads" */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${value === 1 ? noun : `${noun}s`}`;
}

/** "a", "a and b", "a, b and c" */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** The text with a capital letter first. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Two digits, as in the names of blocks and heads. */
export function twoDigits(index: number): string {
  return String(index).padStart(2, "0");
}
