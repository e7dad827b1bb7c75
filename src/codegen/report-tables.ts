import type { Interval, Report } from "../report/index.ts";
import { markdownText } from "./escape.ts";
import { markdownTable } from "./markdown-table.ts";
import { count, decimal, percent } from "./wording.ts";

type Format = (value: number) => string;

const rate: Format = (value) => `${decimal(100 * value)} %`;
const natsOf: Format = (value) => `${decimal(value)} nats`;

/** One row for each measure of fidelity, with its interval. */
export function fidelityTable({ fidelity }: Report): string {
  const rows: readonly [label: string, interval: Interval | null, format: Format][] = [
    ["flips", fidelity.flips, rate],
    ["confident flips", fidelity.confidentFlips, rate],
    ["documents without a flip", fidelity.match, percent],
    ["word error rate of greedy text", fidelity.wer, rate],
    ["KL divergence a position", fidelity.kl, natsOf],
    ["rise in cross-entropy a token", fidelity.ceDelta, natsOf],
  ];
  return markdownTable([
    ["measure", "value", "95 % interval"],
    ...rows.flatMap(([label, interval, format]) =>
      interval ? [[label, format(interval.value), `${format(interval.low)} to ${format(interval.high)}`]] : [],
    ),
  ]);
}

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

/** The headline, what it is the least of, and the counts behind it. */
export function explanationTable({ explanation }: Report): string {
  const { headline, bits, recovery, simulation, coverage, falsification } = explanation;
  const { neurons } = coverage;
  const of = (part: number, whole: number) => `${count(part)} of ${count(whole)}`;
  const simple = neurons.constant + neurons.affine + neurons.table + neurons.rule + neurons.guarded;
  return markdownTable([
    ["measure", "value"],
    ["**headline**", `**${percent(headline)}**`],
    ["bits", signedPercent(bits)],
    ["recovery", signedPercent(recovery)],
    ["simulation", signedPercent(simulation)],
    ["heads that look by rule", of(coverage.headsSymbolicQk, coverage.heads)],
    ["heads without opaque weights", of(coverage.headsSymbolic, coverage.heads)],
    ["neurons replaced", of(simple, neurons.total)],
    ["parameters no longer read", signedPercent(coverage.parametersNoLongerRead)],
    ["multiplications no longer done", signedPercent(coverage.flopsNoLongerRun)],
    ["rules that survive falsification", of(falsification.passed, falsification.rules)],
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

function signedPercent(share: number): string {
  return share < 0 ? `-${percent(-share)}` : percent(share);
}
