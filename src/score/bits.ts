import { basename } from "node:path";
import { Comparison } from "../engine/index.ts";
import { handlesOf, type Program } from "../ir/index.ts";
import { readHeader, readTensor, SafetensorsError, type TokenizerData } from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { CompilerError } from "../errors.ts";
import { hiddenBytes } from "./hidden-bytes.ts";
import type { PackageFiles } from "./package-files.ts";
import { isMatrix, MOST_LEVELS, quantised, quantisedBits, type Values } from "./quantisation.ts";
import { reachableSources } from "./reachable.ts";
import { changedRuntime, sourceBits } from "./rule-source.ts";
import { positionsOf, type Scoring } from "./scoring.ts";

/** A KL below this is rounding: the program is compared with the finest quantisation. */
const ROUNDING_KL = 1e-9;
const FIRST_LEVELS = 64;
const MOST_ROUNDS = 4;
/** How near the levels must stay to where they were measured, as a difference of logarithms. */
const NEAR = 0.1;
/** Trials around a guess, as factors: how the grid falls on the weights moves the KL of one trial by a quarter. */
const AROUND = [0.8, 0.9, 1, 1.12, 1.25];
const BYTE = 8;

/** A tensor of a package. */
export interface PackageTensor extends Values {
  readonly name: string;
}

/** All tensors of a package, whatever role its manifest gives them. Throws package-broken where they cannot be read. */
export function packageTensors({ folder, weights }: Pick<PackageFiles, "folder" | "weights">): PackageTensor[] {
  return weights.flatMap(({ path, bytes }) => {
    try {
      const header = readHeader(bytes);
      return [...header.tensors.keys()].map((name) => ({ name, ...readTensor(bytes, header, name) }));
    } catch (error) {
      if (!(error instanceof SafetensorsError)) throw error;
      throw CompilerError.of("package-broken", { path: folder, reason: `${path} cannot be read: ${error.message}.` });
    }
  });
}

/**
 * 1 - bits(package) / bits(original), both at the entropy of per-row quantisation with so many levels. A package's bits are
 * those of every tensor in its folder and of its rule source; the original is counted with its heads apart, as in a package.
 *
 * @param tokenizer the original's
 */
export function bitsSaved(
  original: Program,
  files: PackageFiles,
  tensors: readonly PackageTensor[],
  levels: number,
  tokenizer: TokenizerData,
): number {
  const fileNames = [...files.others, ...files.weights].map(({ path }) => basename(path));
  const wiring = new Set([...tensors.map(({ name }) => name), ...fileNames]);
  const sources = [...reachableSources(files.sources), ...changedRuntime(files.runtime)];
  const size = { blocks: original.blocks.length, heads: headsOf(original), tensors: tensors.length };
  const source = sourceBits(sources, wiring, size) + hiddenBytes(files, tokenizer) * BYTE;
  const before = valuesOf(original).reduce((sum, values) => sum + quantisedBits(values, levels), 0);
  const after = tensors.reduce((sum, values) => sum + quantisedBits(values, levels), source);
  return 1 - after / before;
}

/**
 * The levels at which plain per-row quantisation of the original's matrices costs as much KL as the program does. KL falls
 * with the square of the levels: trials around a guess give the constant of that law, and the law the next guess.
 *
 * @param programKl per position of the same documents
 */
export async function equivalentLevels(
  { engine, original, decision, signal }: Pick<Scoring, "engine" | "original" | "decision" | "signal">,
  documents: readonly TokenDocument[],
  programKl: number,
): Promise<number> {
  if (programKl < ROUNDING_KL) return MOST_LEVELS;
  const positions = positionsOf(documents);
  const comparison = new Comparison(engine, original, documents, { decision });
  /** Where the law through this trial has the program's KL, as a logarithm. */
  const guessFrom = async (levels: number): Promise<number> => {
    const results = await comparison.with(quantisedProgram(original, levels), { signal });
    const kl = results.reduce((sum, result) => sum + result.kl, 0) / positions;
    return Math.log(levels) + Math.log(Math.max(kl, ROUNDING_KL) / programKl) / 2;
  };
  let guess = await guessFrom(FIRST_LEVELS);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const levels = Math.exp(guess);
    let sum = 0;
    for (const factor of AROUND) sum += await guessFrom(within(levels * factor));
    const next = sum / AROUND.length;
    const isNear = Math.abs(next - guess) < NEAR;
    guess = next;
    if (isNear) break;
  }
  return within(Math.exp(guess));
}

function within(levels: number): number {
  return Math.min(MOST_LEVELS, Math.max(1, levels));
}

function quantisedProgram(program: Program, levels: number): Program {
  const matrices = handlesOf(program).filter(({ shape }) => isMatrix(shape));
  const entries = matrices.map(({ name, shape }): [string, Float32Array] => [
    name,
    quantised({ shape, values: program.tensors.get({ name }) }, levels),
  ]);
  return { ...program, tensors: program.tensors.with(entries) };
}

function headsOf({ blocks }: Program): number {
  return blocks.reduce((sum, { attention }) => sum + attention.heads.length, 0);
}

/** Every tensor once, however many nodes read it. */
function valuesOf(program: Program): Values[] {
  const shapes = new Map(handlesOf(program).map(({ name, shape }) => [name, shape]));
  return [...shapes].map(([name, shape]) => ({ shape, values: program.tensors.get({ name }) }));
}
