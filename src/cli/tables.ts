import { formatBudget } from "../budget.ts";
import type { Interval, Report } from "../report/index.ts";
import type { Timing } from "../stages.ts";

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const nats = (value: number): string => `${Number(value.toPrecision(3))} nats`;

/** Rows of cells as text, every column but the last as wide as its widest cell. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] as number))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** What a program keeps and explains, on one screen. */
export function reportTable({ budget, fidelity, explanation, source }: Report): string {
  const { coverage } = explanation;
  return formatTable([
    ["budget", formatBudget(budget), budget.met ? "met" : "missed"],
    ["flips", ...intervalCells(fidelity.flips, percent)],
    ...(fidelity.wer === null ? [] : [["wer", ...intervalCells(fidelity.wer, percent)]]),
    ["kl", ...intervalCells(fidelity.kl, nats)],
    ["match", ...intervalCells(fidelity.match, percent)],
    ["explained", percent(explanation.headline), "the least of the next three"],
    ["  bits", percent(explanation.bits)],
    ["  recovery", percent(explanation.recovery)],
    ["  simulation", percent(explanation.simulation)],
    ["rules for", `${coverage.headsSymbolic} of ${coverage.heads} heads`],
    ["source", `${source.lines} lines`, `${source.files} files`],
  ]);
}

/** Where the time of a compilation went. */
export function timingsTable(timings: readonly Timing[]): string {
  const total = timings.reduce((sum, { seconds }) => sum + seconds, 0);
  const rows = timings.map(({ stage, seconds, peakMemoryBytes }) => [
    stage,
    `${seconds.toFixed(2)} s`,
    `${(peakMemoryBytes / 2 ** 20).toFixed(0)} MiB`,
  ]);
  return formatTable([...rows, ["in all", `${total.toFixed(2)} s`]]);
}

function intervalCells({ value, low, high }: Interval, format: (value: number) => string): string[] {
  return [format(value), `${format(low)} to ${format(high)}`];
}
