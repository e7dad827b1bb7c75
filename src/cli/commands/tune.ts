import { join } from "node:path";
import type { Command } from "commander";
import type { Budget } from "../../budget.ts";
import { refuseHandEdits } from "../../hand-edits.ts";
import { frontierRows } from "../../report/index.ts";
import { STRATEGIES, type Refit, type Strategy } from "../../simplify/index.ts";
import type { TextOption } from "../../text-source.ts";
import { withCommonOptions, type Perform } from "../command.ts";
import type { CommonFlags, Invocation } from "../invocation.ts";
import {
  budgetsOption,
  refitOption,
  seedOption,
  shortcutsOption,
  strategiesOption,
  textOption,
  withoutOption,
  workersOption,
} from "../option-values.ts";
import { formatTable } from "../tables.ts";

interface TuneFlags extends CommonFlags {
  readonly output: string;
  readonly budgets: readonly Budget[];
  readonly strategy: Strategy | "both";
  readonly refit: Refit;
  readonly without: readonly string[];
  readonly shortcuts?: boolean;
  readonly text: TextOption;
  readonly seed: number;
  readonly workers: number;
  readonly force?: boolean;
}

/** `weights2ts tune MODEL` */
export function addTune(commandLine: Command, perform: Perform): void {
  const command = commandLine
    .command("tune")
    .description("Compile a model to several budgets: a package each, a table of what explanation costs, and a chart.")
    .argument("<model>", "tiny, zoo/<name>, a model's folder or weights file, or a name on the Hugging Face hub")
    .addOption(budgetsOption("1%,5%,20%,rules-only"))
    .option(
      "-o, --output <folder>",
      "folder of the packages, of frontier.json and of frontier.svg",
      join("output", "tune"),
    )
    .addOption(strategiesOption())
    .addOption(refitOption())
    .addOption(withoutOption())
    .addOption(shortcutsOption())
    .addOption(textOption())
    .addOption(seedOption())
    .addOption(workersOption())
    .option("--force", "overwrite packages whose source was changed by hand");
  withCommonOptions(command, [
    "tune tiny",
    "tune tiny --budgets 1%,5%,20%,rules-only --refit distil",
    "tune tiny --budgets 5% --strategy both -o build/frontier",
    "tune ./my-model --budgets kl=0.001,kl=0.01 --json",
  ]).action((model: string, flags: TuneFlags) => perform(flags, (invocation) => tuneModel(invocation, model, flags)));
}

async function tuneModel(invocation: Invocation, model: string, flags: TuneFlags): Promise<0 | 1> {
  const { tune, plannedTiers } = await import("../../tune.ts");
  const { output, budgets, strategy, refit, without, shortcuts = false, text, seed, workers } = flags;
  const { cache, progress, signal } = invocation;
  const strategies = strategy === "both" ? STRATEGIES : [strategy];
  if (flags.force !== true) {
    for (const { folder } of plannedTiers({ model, budgets, strategies })) await refuseHandEdits(join(output, folder));
  }
  const work = { text, seed, workers, cache, progress, signal };
  const frontier = await tune({ model, output, budgets, strategies, simplify: { refit, without }, shortcuts, ...work });
  invocation.progress.end();
  invocation.product(
    invocation.json ? `${JSON.stringify(frontier, null, 2)}\n` : `${formatTable(frontierRows(frontier))}\n`,
  );
  const missed = frontier.tiers.filter(({ budget }) => !budget.met);
  invocation.say(`The packages, frontier.json and frontier.svg are in ${output}.`);
  if (missed.length > 0) invocation.say(`Missed budgets: ${missed.map(({ folder }) => folder).join(", ")}.`);
  return missed.length > 0 ? 1 : 0;
}
