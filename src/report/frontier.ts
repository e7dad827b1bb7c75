import { z } from "zod";
import { formatBudget } from "../budget.ts";
import { markdownTable, number, percent, replacedNeurons } from "./figures.ts";
import { reportSchema, type Interval, type Report } from "./schema.ts";

const { model, budget, fidelity, explanation } = reportSchema.shape;

const tier = z.strictObject({
  /** How the program was simplified. */
  strategy: z.string(),
  refit: z.string(),
  /** Names of proposers and refit steps that were left out. */
  without: z.array(z.string()).readonly(),
  /** Folder of the package, below the one that frontier.json is in. */
  folder: z.string(),
  /** Time that this package took, without what all packages share; the only number that differs from run to run. */
  seconds: z.number().min(0),
  budget,
  fidelity: fidelity.pick({ flips: true, wer: true, kl: true }),
  explanation,
});

/** The shape of frontier.json: one model at several budgets. */
export const frontierSchema = z.strictObject({ schema: z.literal(1), model, tiers: z.array(tier) });

/** What explanation costs in fidelity: the contents of frontier.json. */
export type Frontier = z.infer<typeof frontierSchema>;

/** One package of a frontier. */
export type Tier = z.infer<typeof tier>;

/** What a frontier says of one package. */
export function tierOf(
  report: Report,
  made: Pick<Tier, "strategy" | "refit" | "without" | "folder" | "seconds">,
): Tier {
  const { flips, wer, kl } = report.fidelity;
  return {
    ...made,
    seconds: Number(made.seconds.toFixed(1)),
    budget: report.budget,
    fidelity: { flips, wer, kl },
    explanation: report.explanation,
  };
}

interface Column {
  readonly head: string;
  readonly cell: (tier: Tier) => string;
  /** Left out of the short table. */
  readonly long?: true;
}

const COLUMNS: readonly Column[] = [
  { head: "budget", cell: ({ budget }) => `${formatBudget(budget)}${budget.met ? "" : " (missed)"}` },
  { head: "strategy", cell: ({ strategy }) => strategy },
  { head: "flips", cell: ({ fidelity }) => withInterval(fidelity.flips) },
  { head: "wer", cell: ({ fidelity: { wer } }) => (wer ? percent(wer.value) : "none"), long: true },
  { head: "kl", cell: ({ fidelity }) => number(fidelity.kl.value), long: true },
  { head: "headline", cell: ({ explanation }) => percent(explanation.headline) },
  { head: "bits", cell: ({ explanation }) => percent(explanation.bits) },
  { head: "recovery", cell: ({ explanation }) => percent(explanation.recovery) },
  { head: "simulation", cell: ({ explanation }) => percent(explanation.simulation) },
  {
    head: "described",
    cell: ({ explanation: { coverage } }) => (coverage.described === null ? "unknown" : percent(coverage.described)),
  },
  { head: "decided", cell: ({ explanation }) => percent(explanation.coverage.decided) },
  {
    head: "heads that look by rule",
    cell: ({ explanation: { coverage } }) => `${coverage.headsSymbolicQk} of ${coverage.heads}`,
  },
  {
    head: "heads all rule",
    cell: ({ explanation: { coverage } }) => `${coverage.headsSymbolic} of ${coverage.heads}`,
  },
  {
    head: "neurons replaced",
    cell: ({ explanation: { coverage } }) => `${replacedNeurons(coverage.neurons)} of ${coverage.neurons.total}`,
  },
  {
    head: "parameters no longer read",
    cell: ({ explanation }) => percent(explanation.coverage.parametersNoLongerRead),
  },
  { head: "seconds", cell: ({ seconds }) => number(seconds), long: true },
];

/** Everything about each package: the first row is the head. */
export function frontierRows({ tiers }: Pick<Frontier, "tiers">): string[][] {
  return rowsOf(COLUMNS, tiers);
}

/** What matters most of each package, budgets in their order, and those of one budget beside each other: a markdown table. */
export function renderFrontierTable({ tiers }: Pick<Frontier, "tiers">): string {
  const budgets = [...new Set(tiers.map(({ budget }) => formatBudget(budget)))];
  const sorted = budgets.flatMap((name) => tiers.filter(({ budget }) => formatBudget(budget) === name));
  return markdownTable(
    rowsOf(
      COLUMNS.filter(({ long }) => !long),
      sorted,
    ),
  );
}

function rowsOf(columns: readonly Column[], tiers: readonly Tier[]): string[][] {
  return [columns.map(({ head }) => head), ...tiers.map((tier) => columns.map(({ cell }) => cell(tier)))];
}

function withInterval({ value, low, high }: Interval): string {
  return `${percent(value)} (${number(100 * low)} … ${number(100 * high)})`;
}
