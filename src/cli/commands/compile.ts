import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import process from "node:process";
import type { Command } from "commander";
import writeFileAtomic from "write-file-atomic";
import type { Budget } from "../../budget.ts";
import type { Compiled } from "../../compile.ts";
import { CompilerError } from "../../errors.ts";
import type { Refit, Strategy } from "../../simplify/index.ts";
import type { TextOption } from "../../text-source.ts";
import { refuseHandEdits } from "../../hand-edits.ts";
import { differences, isPackage } from "../../output-folder.ts";
import { withCommonOptions, type Perform } from "../command.ts";
import type { CommonFlags, Invocation } from "../invocation.ts";
import {
  budgetOptionWithDefault,
  refitOption,
  seedOption,
  shortcutsOption,
  strategyOption,
  textOption,
  withoutOption,
  workersOption,
} from "../option-values.ts";
import { reportTable, timingsTable } from "../tables.ts";

interface CompileFlags extends CommonFlags {
  readonly output?: string;
  readonly budget: Budget;
  readonly strategy: Strategy;
  readonly refit: Refit;
  readonly without: readonly string[];
  readonly shortcuts?: boolean;
  readonly text: TextOption;
  readonly seed: number;
  readonly workers: number;
  readonly force?: boolean;
  readonly check?: boolean;
  readonly dumpIr?: boolean;
}

/** `weights2ts compile [model]` */
export function addCompile(commandLine: Command, perform: Perform): void {
  const command = commandLine
    .command("compile")
    .description("Compile a model to a TypeScript package and score it; prints the path of the package.")
    .argument(
      "[model]",
      "tiny, zoo/<name>, a model's folder or weights file, or a name on the Hugging Face hub such as gpt2-small",
      "tiny",
    )
    .option("-o, --output <folder>", "folder of the package (default: output/<model>)")
    .addOption(budgetOptionWithDefault())
    .addOption(strategyOption())
    .addOption(refitOption())
    .addOption(withoutOption())
    .addOption(shortcutsOption())
    .addOption(textOption())
    .addOption(seedOption())
    .addOption(workersOption())
    .option("--force", "overwrite a package whose source was changed by hand")
    .option("--check", "write nothing; fail if compiling again would change a byte of the package")
    .option("--dump-ir", "also write the compiled Program as text, to <folder>.ir.txt");
  withCommonOptions(command, [
    "compile",
    "compile tiny --check",
    "compile ./my-model -o build/my-model --budget kl=0.0005",
    "compile gpt2-small --budget exact",
    "compile owner/name@revision",
    "compile tiny --budget exact --json",
    "compile tiny --budget 20% --refit distil",
    "compile tiny --budget rules-only --strategy baseline -o build/baseline",
    "compile tiny --budget 5% --without positional-kernels,ridge -o build/ablated",
    "compile tiny --shortcuts",
  ]).action((model: string, flags: CompileFlags) =>
    perform(flags, (invocation) => {
      const folder = flags.output ?? join("output", basename(resolve(model)));
      return flags.check === true
        ? checkPackage(invocation, model, folder, flags)
        : compilePackage(invocation, model, folder, flags);
    }),
  );
}

async function compilePackage(
  invocation: Invocation,
  model: string,
  folder: string,
  flags: CompileFlags,
): Promise<0 | 1> {
  if (flags.force !== true) await refuseHandEdits(folder);
  const compiled = await compileInto(invocation, model, folder, flags);
  invocation.progress.end();
  if (flags.dumpIr === true) await writeFileAtomic(`${folder}.ir.txt`, compiled.ir);
  const { report, timings } = compiled;
  invocation.say(reportTable(report));
  if (invocation.debug) invocation.say(`\n${timingsTable(timings)}`);
  if (!report.budget.met) invocation.say("The budget is missed: the package is written, but costs more than allowed.");
  invocation.product(
    invocation.json
      ? `${JSON.stringify({ folder, report, timings, peakMemoryBytes: peakMemoryBytes() }, null, 2)}\n`
      : `${folder}\n`,
  );
  return report.budget.met ? 0 : 1;
}

/** Compiles to a folder of its own and compares it with the package that is there. */
async function checkPackage(
  invocation: Invocation,
  model: string,
  folder: string,
  flags: CompileFlags,
): Promise<0 | 1> {
  if (!(await isPackage(folder))) throw CompilerError.of("output-missing", { path: folder });
  const temporary = await mkdtemp(join(tmpdir(), "weights2ts-check-"));
  try {
    const again = join(temporary, basename(resolve(folder)));
    await compileInto(invocation, model, again, flags);
    invocation.progress.end();
    const differing = await differences(folder, again);
    const same = differing.length === 0;
    invocation.say(
      same
        ? `Compiling ${model} again gives ${folder}, byte for byte.`
        : `Compiling ${model} again changes ${differing.length} of the files of ${folder}; compile it without --check.`,
    );
    if (invocation.json) invocation.product(`${JSON.stringify({ folder, differences: differing }, null, 2)}\n`);
    else invocation.product(differing.map((name) => `${join(folder, name)}\n`).join(""));
    return same ? 0 : 1;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function compileInto(
  invocation: Invocation,
  model: string,
  output: string,
  flags: CompileFlags,
): Promise<Compiled> {
  const { compile } = await import("../../compile.ts");
  const { budget, strategy, refit, without, shortcuts = false, text, seed, workers } = flags;
  const { cache, progress, signal } = invocation;
  const simplify = { strategy, refit, without };
  return compile({ model, output, budget, simplify, shortcuts, text, seed, workers, cache, progress, signal });
}

function peakMemoryBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
