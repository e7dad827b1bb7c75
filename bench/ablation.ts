/**
 * What each proposer and each refit step is worth: compiles tiny at several budgets with each of them left out, and prints
 * markdown tables for docs/ablation.md. `npm run build && npx tsx bench/ablation.ts [--budgets 1%,5%] [--refit distil] …`,
 * with flags of `weights2ts tune`. What was done before comes from the cache: a run that was stopped goes on.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { formatBudget } from "../src/budget.ts";
import { frontierSchema, type Tier } from "../src/report/index.ts";
import { REFITS, STEPS } from "../src/simplify/index.ts";
import { weights2ts } from "./command.ts";

const REFIT = "distil";

interface Row {
  /** Undefined where nothing is left out. */
  readonly without: string | undefined;
  readonly tiers: readonly Tier[];
}

const rows = [undefined, ...stepsInUse()].map((without): Row => ({ without, tiers: frontier(without) }));
const [whole] = rows;
whole?.tiers.forEach((tier, index) => {
  console.log(`\n## ${formatBudget(tier.budget)}\n`);
  line(["left out", "flips", "kl", "headline", "bits", "recovery", "simulation", "described", "parameters gone"]);
  line(new Array<string>(9).fill("---"));
  for (const { without, tiers } of rows) {
    const there = tiers[index];
    if (there) line([without === undefined ? "**nothing**" : `\`${without}\``, ...cells(there)]);
  }
});

/** Proposers, and the refit steps that the chosen refit includes. */
function stepsInUse(): string[] {
  const flag = process.argv.indexOf("--refit");
  const refit = flag < 0 ? REFIT : process.argv[flag + 1];
  const unused = REFITS.slice(REFITS.findIndex((each) => each === refit) + 1);
  return STEPS.filter((step) => !unused.some((each) => each === step));
}

function frontier(without: string | undefined): readonly Tier[] {
  const folder = mkdtempSync(join(tmpdir(), "weights2ts-ablation-"));
  try {
    const leaving = without === undefined ? [] : ["--without", without];
    console.error(`without ${without ?? "nothing"}`);
    const flags = ["--refit", REFIT, ...process.argv.slice(2)];
    return frontierSchema.parse(weights2ts(["tune", "tiny", "-o", folder, ...leaving, ...flags])).tiers;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cells({ fidelity, explanation }: Tier): string[] {
  const { headline, bits, recovery, simulation, coverage } = explanation;
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  return [
    percent(fidelity.flips.value),
    fidelity.kl.value.toPrecision(3),
    ...[headline, bits, recovery, simulation].map(percent),
    coverage.described === null ? "unknown" : percent(coverage.described),
    percent(coverage.parametersNoLongerRead),
  ];
}

function line(row: readonly string[]): void {
  console.log(`| ${row.join(" | ")} |`);
}
