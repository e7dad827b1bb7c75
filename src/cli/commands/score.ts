import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { BUDGET_METRICS, DEFAULT_BUDGET, parseBudget, type Budget } from "../../budget.ts";
import { CompilerError } from "../../errors.ts";
import type { ExtractedModel } from "../../extract/index.ts";
import type { Report } from "../../report/index.ts";
import type { TextOption } from "../../text-source.ts";
import { withCommonOptions, type Perform } from "../command.ts";
import type { CommonFlags, Invocation } from "../invocation.ts";
import { budgetOption, seedOption, textOption, workersOption } from "../option-values.ts";
import { reportTable } from "../tables.ts";

interface ScoreFlags extends CommonFlags {
  readonly against?: string;
  readonly budget?: Budget;
  readonly text: TextOption;
  readonly seed: number;
  readonly workers: number;
}

/** What a package says of itself: enough to find the model it came from. */
const origin = z.object({ model: z.object({ id: z.string(), sha256: z.string() }) });
const promise = z.object({
  budget: z.object({ metric: z.enum(BUDGET_METRICS), limit: z.number().min(0) }),
});

/** `weights2ts score DIR` */
export function addScore(commandLine: Command, perform: Perform): void {
  const command = commandLine
    .command("score")
    .description("Measure a compiled package against the original model, on text that nothing else has read.")
    .argument("<folder>", "a compiled package, such as output/tiny")
    .option(
      "--against <model>",
      "the original: tiny, zoo/<name>, a folder or a Hugging Face name (default: the model named by the package)",
    )
    .addOption(budgetOption())
    .addOption(textOption())
    .addOption(seedOption())
    .addOption(workersOption());
  withCommonOptions(command, [
    "score output/tiny",
    "score output/tiny --json",
    "score build/my-model --against ./my-model --text notes/",
  ]).action((folder: string, flags: ScoreFlags) =>
    perform(flags, (invocation) => scoreCommand(invocation, folder, flags)),
  );
}

async function scoreCommand(invocation: Invocation, folder: string, flags: ScoreFlags): Promise<0 | 1> {
  const manifest = await readPackageFile(folder, "manifest.json", origin);
  if (manifest === undefined) throw CompilerError.of("package-missing", { path: folder });
  const { modelOf } = await import("../../model-source.ts");
  const model = await modelOf(flags.against ?? manifest.model.id, invocation);
  if (model.sha256 !== manifest.model.sha256) {
    invocation.say(`${folder} was compiled from other weights than those of ${model.id}.`);
  }
  const promised = await readPackageFile(folder, "report.json", promise);
  const report = await scoreAgainst(invocation, folder, model, {
    ...flags,
    budget: flags.budget ?? promised?.budget ?? parseBudget(DEFAULT_BUDGET),
  });
  invocation.progress.end();
  invocation.product(invocation.json ? `${JSON.stringify(report, null, 2)}\n` : `${reportTable(report)}\n`);
  return report.budget.met ? 0 : 1;
}

async function scoreAgainst(
  { cache, progress, signal }: Invocation,
  folder: string,
  model: ExtractedModel,
  { budget, text, seed, workers }: ScoreFlags & { readonly budget: Budget },
): Promise<Report> {
  const [{ Engine }, { lift }, { scorePackage }, { textSource }] = await Promise.all([
    import("../../engine/index.ts"),
    import("../../ir/index.ts"),
    import("../../score/index.ts"),
    import("../../text-source.ts"),
  ]);
  progress.stage("score");
  const engine = new Engine({ workers });
  const source = await textSource({ text, seed, signal }, model, engine, lift(model)).finally(() => engine.close());
  return scorePackage({ folder, model, source, seed, workers, budget, cache, onProgress: progress, signal });
}

/** A JSON file of a package; undefined where there is none. */
async function readPackageFile<Shape>(
  folder: string,
  name: string,
  schema: z.ZodType<Shape>,
): Promise<Shape | undefined> {
  const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw CompilerError.of("package-broken", { path: folder, reason: `${name} is not what weights2ts writes.` });
  }
}
