import { basename, join, resolve } from "node:path";
import { mkdir } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { formatBudget, type Budget } from "./budget.ts";
import { makePackage, prepare, type CompileOptions } from "./compile.ts";
import { Engine } from "./engine/index.ts";
import { writeBeside } from "./output-folder.ts";
import { renderFrontierChart, tierOf, type Frontier, type Tier } from "./report/index.ts";
import { checkLeftOut, type SimplifyOptions, type Strategy } from "./simplify/index.ts";
import { Stages } from "./stages.ts";

/** Everything that decides what a frontier is. */
export interface TuneOptions extends Omit<CompileOptions, "budget" | "simplify"> {
  readonly budgets: readonly Budget[];
  /** Each budget is met with each of them. */
  readonly strategies: readonly Strategy[];
  readonly simplify: Omit<SimplifyOptions, "strategy">;
}

/** A package of a frontier, before it is made. */
export interface PlannedTier {
  readonly budget: Budget;
  readonly strategy: Strategy;
  /** Below the output folder. */
  readonly folder: string;
}

/** The packages that a frontier has, in the order in which they are made. */
export function plannedTiers({
  model,
  budgets,
  strategies,
}: Pick<TuneOptions, "model" | "budgets" | "strategies">): PlannedTier[] {
  return strategies.flatMap((strategy) =>
    budgets.map((budget) => {
      const names = [basename(resolve(model)), budgetName(budget), ...(strategy === "full" ? [] : [strategy])];
      return { budget, strategy, folder: names.join("-") };
    }),
  );
}

/**
 * Compiles a model to several budgets: one package a tier in the output folder, and frontier.json and frontier.svg beside
 * them, of the tiers so far. What does not depend on the budget is done once. A tier that is done stays whole whatever
 * happens to the next.
 *
 * @throws CompilerError on bad input; the signal's reason when it is aborted
 */
export async function tune(options: TuneOptions): Promise<Frontier> {
  const { output, progress, signal, workers, simplify } = options;
  checkLeftOut(simplify.without);
  const stages = new Stages(progress, signal);
  const engine = new Engine({ workers });
  try {
    const prepared = await prepare(options, engine, stages);
    const tiers: Tier[] = [];
    const { id, sha256, parameters } = prepared.model;
    const frontier: Frontier = { schema: 1, model: { id, sha256, parameters }, tiers };
    for (const { budget, strategy, folder } of plannedTiers(options)) {
      progress.note(`${folder} begins`);
      const started = performance.now();
      // The baseline is what FINDINGS measured: it has one ridge refit.
      const refit = strategy === "baseline" && simplify.refit === "distil" ? "ridge" : simplify.refit;
      const choices = { ...options, budget, simplify: { ...simplify, refit, strategy } };
      const { report } = await writeBeside(join(output, folder), (temporary) =>
        makePackage(prepared, choices, temporary, engine, stages),
      );
      const seconds = (performance.now() - started) / 1000;
      tiers.push(tierOf(report, { ...simplify, refit, strategy, folder, seconds }));
      await writeFrontier(output, frontier);
    }
    return frontier;
  } finally {
    await engine.close();
  }
}

async function writeFrontier(output: string, frontier: Frontier): Promise<void> {
  await mkdir(output, { recursive: true });
  await writeFileAtomic(join(output, "frontier.svg"), await renderFrontierChart(frontier));
  await writeFileAtomic(join(output, "frontier.json"), `${JSON.stringify(frontier, null, 2)}\n`);
}

/** The budget as a part of a file name: "1pct", "wer-1pct", "kl-0.0005", "exact", "rules-only". */
function budgetName(budget: Budget): string {
  return formatBudget(budget)
    .replace(/^flips=/, "")
    .replace("=", "-")
    .replace("%", "pct");
}
