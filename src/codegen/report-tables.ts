import type { Report } from "../report/index.ts";
import { markdownText } from "./escape.ts";
import { markdownTable } from "./markdown-table.ts";
import { count, decimal, nats, percent } from "./wording.ts";

type Format = (value: number) => string;

const rate: Format = (value) => `${decimal(100 * value)} %`;
const natsOf: Format = (value) => `${decimal(value)} nats`;

/** One row a domain; nothing where the only domain is all there is. */
export function domainTable({ fidelity }: Report): string {
  const domains = Object.entries(fidelity.byDomain);
  if (domains.length < 2) return "";
  const hasText = domains.some(([, { ceDelta }]) => ceDelta !== null);
  return markdownTable([
    ["text", "positions", "flips", "confident flips", "KL", ...(hasText ? ["cross-entropy"] : [])],
    ...domains.map(([name, { positions, flips, confidentFlips, kl, ceDelta }]) => [
      markdownText(name),
      count(positions),
      rate(flips.value),
      rate(confidentFlips.value),
      nats(kl.value),
      ...(hasText ? [ceDelta ? nats(ceDelta.value) : ""] : []),
    ]),
  ]);
}

/** Whether the budget was met, in a sentence. */
export function budgetSentence({ budget, fidelity }: Report): string {
  const verdict = budget.met ? "met" : "missed";
  if (budget.metric === "exact")
    return `The budget was exact, so that only steps that keep the function were taken: ${verdict}.`;
  if (budget.metric === "rules")
    return `The budget was that no block reads opaque weights, whatever it costs: ${verdict}.`;
  const measured = fidelity[budget.metric];
  const isShare = budget.metric !== "kl";
  const limit = isShare ? percent(budget.limit) : natsOf(budget.limit);
  const high =
    measured && distinct(isShare ? 100 * measured.high : measured.high, isShare ? 100 * budget.limit : budget.limit);
  const unit = isShare ? "%" : "nats";
  const end = high === null ? "" : `, and the upper end of its interval is ${high} ${unit}`;
  return `The budget was ${WORDS[budget.metric]} of at most ${limit}${end}: ${verdict}.`;
}

const WORDS = { flips: "flips", wer: "a word error rate", kl: "a KL divergence" } as const;

/** A number with two digits that count, and with more where it would else look the same as the other one. */
function distinct(value: number, other: number): string {
  const most = 6;
  for (let digits = 2; digits < most; digits++) {
    const text = digits === 2 ? decimal(value) : String(Number(value.toPrecision(digits)));
    if (Number(text) !== Number(other.toPrecision(digits))) return text;
  }
  return String(Number(value.toPrecision(most)));
}
