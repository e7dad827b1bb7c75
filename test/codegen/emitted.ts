import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { EmitInput } from "../../src/codegen/index.ts";
import { lift, type LiftConfig, type Program } from "../../src/ir/index.ts";
import { kernel, sink, type Program as RunningProgram, type TokenizerData } from "../../src/runtime/index.ts";
import { applyReplacements, canonicalise, numbered } from "../../src/simplify/index.ts";
import { randomLiftSource } from "../ir/random-model.ts";
import { syntheticProfile } from "./synthetic-profile.ts";

const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

/** Words that try to get out of comments, strings, templates and Markdown. */
export const HOSTILE_WORDS: readonly string[] = [
  "*/",
  "/*",
  "//",
  "`${process.exit(1)}`",
  '"; throw 1; "',
  "\\u002a/",
  "\u202eright-to-left",
  "\u2028",
  "@deprecated",
  "{@link",
  "\ud83d",
  "👩‍🚀",
  "<script>",
  "|cell|",
  "](http://",
  "\u0000",
  "«»",
  "\u0301",
  "```",
  "plain",
];

/** What is needed to emit a random model with a head of every kind, an MLP with a constant, and hostile words. */
export function randomInput(seed: number, options: Partial<LiftConfig> = {}): EmitInput {
  const lifted = lift(randomLiftSource(seed, options));
  const words = Array.from({ length: lifted.vocabulary }, (_, id) => HOSTILE_WORDS[id] ?? `word${id}`);
  const { program, ledger } = canonicalise(lifted, words);
  const profile = syntheticProfile(program, seed);
  const tokenizer: TokenizerData = { kind: "words", words };
  return {
    model: { id: "*/ `random` <model>", sha256: "ab".repeat(32), parameters: 1234 },
    program: simplified(program),
    tokenizer,
    profile,
    ledger: numbered([
      ...ledger,
      {
        action: "accepted",
        pass: "positional-kernels",
        site: "block00.head00",
        reason: "it is near",
        predictedKl: 0.00012,
      },
      { action: "accepted", pass: "constant-heads", site: "block00.head01", reason: "it is flat", predictedKl: 0.0004 },
    ]),
    decision: "argmax",
  };
}

/** The first head looks by rule, the second writes a constant, and two neurons of the first MLP take their mean. */
function simplified(program: Program): Program {
  const { width } = program;
  const origin = { tensors: [], passes: ["test"] };
  const node = { shape: ["time", "time"] as const, origin };
  const vector = { name: "block00.head01.mean", shape: [width], origin };
  return applyReplacements(program, [
    {
      kind: "head",
      block: 0,
      head: 0,
      looks: [
        { ...node, id: "block00.head00.sink", kind: "sinkLook", rule: sink(0.1 + 0.2) },
        {
          ...node,
          id: "block00.head00.kernel",
          kind: "kernelLook",
          rule: kernel([
            [0, -1e-7],
            [1, Math.PI],
            [5, 2 / 3],
            [6, -0.5],
          ]),
        },
      ],
      tensors: [],
    },
    {
      kind: "head",
      block: 0,
      head: 1,
      looks: [],
      moves: { kind: "constantMove", id: "block00.head01.moves", shape: ["time", width], origin, vector },
      tensors: [[vector.name, Float32Array.from({ length: width }, (_, index) => index / 16 - 0.25)]],
    },
    {
      kind: "neurons",
      block: 0,
      means: [
        [2, 0.5],
        [7, -0.125],
      ],
    },
  ]);
}

/** A new empty folder. */
export function emptyFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "weights2ts-codegen-")));
}

/** Builds a package with plain tsc, run inside it. Throws with tsc's output where the types are wrong. */
export function build(folder: string, ...options: string[]): void {
  try {
    execFileSync(process.execPath, [TSC, ...options], { cwd: folder, stdio: "pipe", encoding: "utf8" });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  }
}

/** The program of a package that was built. */
export async function loaded(folder: string): Promise<RunningProgram> {
  const entry = pathToFileURL(join(folder, "dist", "index.js")).href;
  const { load } = (await import(/* @vite-ignore */ entry)) as { load(): Promise<RunningProgram> };
  return load();
}
