import { markdownTable, number, percent, replacedNeurons } from "./figures.ts";
import type { Interval, Report } from "./schema.ts";

type PriceCalibration = NonNullable<Report["prices"]>["heads"];

type Row = readonly [label: string, value: string, interval: string];

/** How far a program is from its original, each measure with its 95 % interval: a markdown table. */
export function renderFidelityTable({ fidelity }: Pick<Report, "fidelity">): string {
  const row = (label: string, interval: Interval | null, format: (value: number) => string): Row[] =>
    interval ? [[label, format(interval.value), `${format(interval.low)} … ${format(interval.high)}`]] : [];
  return markdownTable([
    ["fidelity", "measured", "95 % interval"],
    ...row("flips: positions with another answer than the original's", fidelity.flips, percent),
    ...row("confident flips: where the original leads by 0.3 nats or more", fidelity.confidentFlips, percent),
    ...row("wer: word error rate of greedy continuations", fidelity.wer, percent),
    ...row("match: documents without any flip", fidelity.match, percent),
    ...row("kl: divergence from the original, nats a token", fidelity.kl, number),
    ...row("ceDelta: rise of the cross-entropy, nats a token", fidelity.ceDelta, number),
  ]);
}

/** How much of a program is explained, and how much of it is code that reads no opaque weights: a markdown table. */
export function renderExplanationTable({ explanation, prices }: Pick<Report, "explanation" | "prices">): string {
  const { headline, bits, recovery, simulation, coverage, falsification } = explanation;
  return markdownTable([
    ["explanation", "measured"],
    ["**headline: the least of bits, recovery and simulation**", `**${percent(headline)}**`],
    ["bits that are gone, rules counted at full price", percent(bits)],
    ["recovery: KL that the rules alone win back", percent(recovery)],
    ["simulation: what rules foresee of the sites' outputs", percent(simulation)],
    ...(coverage.described === null
      ? []
      : [
          ["described: what the best rule of each head and MLP foresees, replaced or not", percent(coverage.described)],
        ]),
    ["heads that look by rule", `${coverage.headsSymbolicQk} of ${coverage.heads}`],
    ["heads without opaque weights", `${coverage.headsSymbolic} of ${coverage.heads}`],
    ["neurons replaced", `${replacedNeurons(coverage.neurons)} of ${coverage.neurons.total}`],
    ["parameters no longer read", percent(coverage.parametersNoLongerRead)],
    ["multiplications no longer done", percent(coverage.flopsNoLongerRun)],
    ...(coverage.decided === 0
      ? []
      : [["decided by the last tokens alone, before the rest runs", percent(coverage.decided)]]),
    ["rules that survive falsification", `${falsification.passed} of ${falsification.rules}`],
    ...(prices ? [priceRow("heads", prices.heads), priceRow("neurons", prices.neurons)] : []),
  ]);
}

function priceRow(parts: string, { spearman, medianRatio, sample }: PriceCalibration): string[] {
  const order = spearman === null ? "no order" : `rank correlation ${number(spearman)}`;
  const ratio = medianRatio === null ? "no cost" : `median ratio ${number(medianRatio)}`;
  return [`predicted against true costs of ${sample} ${parts}`, `${order}, ${ratio}`];
}
