import type { Report } from "../report/index.ts";
import { markdownText } from "./escape.ts";
import { markdownTable } from "./markdown-table.ts";
import { count, decimal, percent } from "./wording.ts";

type Format = (value: number) => string;

const rate: Format = (value) => `${decimal(100 * value)} %`;
const natsOf: Format = (value) => `${decimal(value)} nats`;

/** One row a domain. */
export function domainTable({ fidelity }: Report): string {
  const domains = Object.entries(fidelity.byDomain);
  const hasText = domains.some(([, { ceDelta }]) => ceDelta !== null);
  return markdownTable([
    ["text", "positions", "flips", "confident flips", "KL", ...(hasText ? ["cross-entropy"] : [])],
    ...domains.map(([name, { positions, flips, confidentFlips, kl, ceDelta }]) => [
      markdownText(name),
      count(positions),
      rate(flips.value),
      rate(confidentFlips.value),
      natsOf(kl.value),
      ...(hasText ? [ceDelta ? natsOf(ceDelta.value) : ""] : []),
    ]),
  ]);
}

/** Whether the budget was met, in a sentence. */
export function budgetSentence({ budget, fidelity }: Report): string {
  const verdict = budget.met ? "met" : "missed";
  if (budget.metric === "exact") return `The program was to be exact: ${verdict}.`;
  const measured = fidelity[budget.metric];
  const format = budget.metric === "kl" ? natsOf : rate;
  const limit = budget.metric === "kl" ? natsOf(budget.limit) : percent(budget.limit);
  const high = measured ? `, and the upper end of its interval is ${format(measured.high)}` : "";
  return `The budget was ${budget.metric} at most ${limit}${high}: ${verdict}.`;
}
