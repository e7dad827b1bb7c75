/**
 * What each proposer and each refit step is worth: simplifies tiny at some budgets with each of them left out, and prints
 * markdown tables for docs/ablation.md. `npm run build && npx tsx bench/ablation.ts [budgets] [refit] [workers] [rows]`,
 * such as `5%,20% ridge 2`, or `20% ridge 2 constant-heads,ridge` for some of the rows beside the first. A proposer none of
 * whose candidates was tried is not run again without it: nothing would change.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseBudget, type Budget } from "../src/budget.ts";
import { cacheFolder, openCache } from "../src/cache.ts";
import { makePackage, prepare, type Prepared } from "../src/compile.ts";
import { Engine } from "../src/engine/index.ts";
import { silentProgress as progress } from "../src/progress.ts";
import { replacedNeurons } from "../src/report/figures.ts";
import type { Report } from "../src/report/index.ts";
import { STEPS, type Refit } from "../src/simplify/index.ts";
import { Stages } from "../src/stages.ts";

const [budgets, refit, workers, rows] = [
  (process.argv[2] ?? "5%,20%").split(",").map(parseBudget),
  (process.argv[3] ?? "ridge") as Refit,
  Number(process.argv[4] ?? 2),
  process.argv[5]?.split(",") ?? STEPS,
];
const { signal } = new AbortController();
const cache = openCache(cacheFolder(process.env), (text) => console.error(text));
const work = { seed: 1, cache, progress, signal };
const engine = new Engine({ workers });
const stages = new Stages(progress, signal);
try {
  const prepared = await prepare({ ...work, model: "tiny", text: "default" }, engine, stages);
  for (const budget of budgets) await ablate(prepared, budget);
} finally {
  await engine.close();
}

/** One table: a row with nothing left out, and one for everything that was tried. */
async function ablate(prepared: Prepared, budget: Budget): Promise<void> {
  line(["left out", "flips", "kl", "bits", "described", "heads by rule", "neurons", "parameters gone"]);
  line(new Array<string>(8).fill("---"));
  const whole = await packageWithout(prepared, budget, undefined);
  line(["**nothing**", ...cells(whole.report)]);
  const idle: string[] = [];
  for (const step of STEPS) {
    if (!whole.tried.has(step)) {
      idle.push(`\`${step}\``);
      continue;
    }
    if (!rows.includes(step)) continue;
    line([`\`${step}\``, ...cells((await packageWithout(prepared, budget, step)).report)]);
  }
  console.log(`\nNot tried at this budget, so that nothing changes without them: ${idle.join(", ")}.\n`);
}

/** A report, and the passes whose candidates were measured on the way to it. */
async function packageWithout(
  prepared: Prepared,
  budget: Budget,
  step: string | undefined,
): Promise<{ readonly report: Report; readonly tried: ReadonlySet<string> }> {
  const folder = mkdtempSync(join(tmpdir(), "weights2ts-ablation-"));
  try {
    const simplify = { strategy: "full", refit, without: step === undefined ? [] : [step] } as const;
    const options = { ...work, budget, simplify, shortcuts: false, workers };
    const { report } = await makePackage(prepared, options, folder, engine, stages);
    const ledger = readFileSync(join(folder, "ledger.jsonl"), "utf8").trim().split("\n");
    const entries = ledger.map((text) => JSON.parse(text) as { readonly pass: string; readonly measuredKl?: number });
    return {
      report,
      tried: new Set(entries.flatMap(({ pass, measuredKl }) => (measuredKl === undefined ? [] : [pass]))),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cells({ fidelity: { flips, kl }, explanation: { bits, coverage } }: Report): string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  return [
    `${percent(flips.value)} (${percent(flips.high)})`,
    kl.value.toPrecision(3),
    percent(bits),
    coverage.described === null ? "unknown" : percent(coverage.described),
    `${coverage.headsSymbolicQk} of ${coverage.heads}`,
    `${replacedNeurons(coverage.neurons)} of ${coverage.neurons.total}`,
    percent(coverage.parametersNoLongerRead),
  ];
}

function line(row: readonly string[]): void {
  console.log(`| ${row.join(" | ")} |`);
}
