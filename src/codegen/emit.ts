import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BlockNode } from "../ir/index.ts";
import type { HeadProfile } from "../profile/index.ts";
import { writeSafetensors } from "../runtime/index.ts";
import { blockPlan } from "./block-file.ts";
import { blockProse } from "./block-prose.ts";
import { kernelFiles, runtimeFiles } from "./copied-files.ts";
import { headPlan } from "./head-file.ts";
import { headProse } from "./head-prose.ts";
import type { EmitInput, PackageFile } from "./input.ts";
import { laidOut } from "./layout.ts";
import { manifestOf } from "./manifest.ts";
import { mlpPlan } from "./mlp-file.ts";
import { mlpProse } from "./mlp-prose.ts";
import { rulesPlans } from "./rules-file.ts";
import { modelPlan } from "./model-file.ts";
import { modelProse } from "./model-prose.ts";
import { shortcutPlans } from "./shortcut-files.ts";
import { settingsTexts, skeletonPlans } from "./skeletons.ts";
import { acceptedCost, acceptedExplained, hasRejection } from "./sites.ts";
import { builtSources, type SourceFilePlan } from "./source-project.ts";
import { blockCounts } from "./summary.ts";
import { effectsOn, type TokenEffects } from "./token-effects.ts";
import { tokenClassesPlans } from "./token-classes-file.ts";
import { tokenText, type TokenText } from "./token-text.ts";
import { weightsOf } from "./weights.ts";
import { weightsPlans } from "./weights-files.ts";

/**
 * Writes the package, all but README.md and report.json, into a folder. Nothing is written unless all of it type-checks.
 * The same input makes the same bytes.
 *
 * @throws CompilerError internal, where the emitted source does not type-check
 */
export async function emitPackage(input: EmitInput, folder: string): Promise<void> {
  await writeFiles(await packageFiles(input), folder);
}

/** Every file that `emitPackage` writes. */
export async function packageFiles(input: EmitInput): Promise<PackageFile[]> {
  const { ledger, tokenizer } = input;
  const settings = await laidOutAll(settingsTexts(input.model.id));
  const runtime = runtimeFiles();
  const verbatim = new Map([...settings, ...runtime].map(({ path, contents }) => [path, contents]));
  const built = await builtSources(sourcePlans(input), verbatim);
  const sources = [...[...built].map(([path, contents]) => ({ path, contents })), ...runtime];
  return [
    ...settings,
    ...sources,
    ...kernelFiles(),
    { path: "weights/model.safetensors", contents: tensorFile(input) },
    { path: "weights/tokenizer.json", contents: `${JSON.stringify(tokenizer)}\n` },
    ...(await laidOutAll([{ path: "manifest.json", text: JSON.stringify(manifestOf(input, sources)) }])),
    { path: "ledger.jsonl", contents: ledger.map((entry) => `${JSON.stringify(entry)}\n`).join("") },
  ];
}

/** Writes files below a folder, which is made where it does not exist. */
export async function writeFiles(files: readonly PackageFile[], folder: string): Promise<void> {
  for (const { path, contents } of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, contents);
  }
}

function sourcePlans(input: EmitInput): SourceFilePlan[] {
  const { program } = input;
  const tokens = tokenText(input.tokenizer);
  const effects = effectsOn(program);
  return [
    ...skeletonPlans(program),
    ...tokenClassesPlans(program, tokens),
    modelPlan(program, modelProse(input)),
    ...weightsPlans(program),
    ...shortcutPlans(program, input.tokenizer),
    ...program.blocks.flatMap((block, index) => blockPlans(input, block, index, tokens, effects)),
  ];
}

function blockPlans(
  input: EmitInput,
  block: BlockNode,
  index: number,
  tokens: TokenText,
  effects: (vector: ArrayLike<number>) => TokenEffects,
): SourceFilePlan[] {
  const { program, profile, ledger } = input;
  const heads = profile.heads[index] ?? [];
  const mlp = profile.mlps[index];
  if (!mlp || heads.length !== block.attention.heads.length)
    throw new Error(`The profile does not describe ${block.id}.`);
  const headWidth = program.width / heads.length;
  const counts = blockCounts(block, mlp.neurons.length, ledger);
  const mlpFacts = {
    mlp: block.mlp,
    program,
    profile: mlp,
    neurons: counts.neurons,
    ledger,
    cost: acceptedCost(ledger, block.mlp.id),
    effects,
  };
  return [
    blockPlan(
      block,
      index,
      program,
      blockProse({ index, block, heads, mlp, program, counts, cost: acceptedCost(ledger, block.id) }),
    ),
    ...block.attention.heads.map((head, number) => {
      const facts = {
        head,
        program,
        headWidth,
        profile: heads[number] as HeadProfile,
        cost: acceptedCost(ledger, head.id),
        explained: acceptedExplained(ledger, head.id),
        rejected: hasRejection(ledger, head.id),
        effects,
      };
      return headPlan(head, index, number, program, headProse(facts, tokens));
    }),
    mlpPlan(block.mlp, index, mlpProse(mlpFacts, tokens)),
    ...rulesPlans(input, index, tokens),
  ];
}

/** The tensors that the program reads, in model order. */
function tensorFile({ program }: EmitInput): Uint8Array {
  const handles = new Map(weightsOf(program).map(({ handle }) => [handle.name, handle]));
  return writeSafetensors(
    [...handles.values()].map((handle) => ({
      name: handle.name,
      shape: handle.shape,
      values: program.tensors.get(handle),
    })),
  );
}

function laidOutAll(files: readonly { path: string; text: string }[]): Promise<{ path: string; contents: string }[]> {
  return Promise.all(files.map(async ({ path, text }) => ({ path, contents: await laidOut(path, text) })));
}
