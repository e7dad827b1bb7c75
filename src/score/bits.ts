import { basename } from "node:path";
import { compare } from "../engine/index.ts";
import { handlesOf, type Program } from "../ir/index.ts";
import { readHeader, readTensor, SafetensorsError } from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { CompilerError } from "../errors.ts";
import type { PackageFiles } from "./package-files.ts";
import { isMatrix, MOST_LEVELS, quantised, quantisedBits, type Values } from "./quantisation.ts";
import { reachableSources } from "./reachable.ts";
import { changedRuntime, ruleSourceBits } from "./rule-source.ts";
import { positionsOf, type Scoring } from "./scoring.ts";

/** A KL below this is rounding: the program is compared with the finest quantisation. */
const ROUNDING_KL = 1e-9;
const FIRST_LEVELS = 64;
const MOST_TRIALS = 8;
/** How near the quantised KL must come, as a difference of logarithms. */
const NEAR = 0.02;
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
 */
export function bitsSaved(
  original: Program,
  files: PackageFiles,
  tensors: readonly PackageTensor[],
  levels: number,
): number {
  const fileNames = ["kernels.wasm", "tokenizer.json", ...files.weights.map(({ path }) => basename(path))];
  const wiring = new Set([...tensors.map(({ name }) => name), ...fileNames]);
  const sources = [...reachableSources(files.sources), ...changedRuntime(files.runtime)];
  const source = ruleSourceBits(sources, wiring) + files.otherBytes * BYTE;
  const before = valuesOf(original).reduce((sum, values) => sum + quantisedBits(values, levels), 0);
  const after = tensors.reduce((sum, values) => sum + quantisedBits(values, levels), source);
  return 1 - after / before;
}

/**
 * The levels at which plain per-row quantisation of the original's matrices costs as much KL as the program does. KL falls
 * with the square of the levels; the search follows that law first, then the line through the last two trials (secant), in
 * logarithms.
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
  const excess = async (logLevels: number): Promise<number> => {
    const coarse = quantisedProgram(original, Math.exp(logLevels));
    const results = await compare(engine, original, coarse, documents, { decision, signal });
    const kl = results.reduce((sum, result) => sum + result.kl, 0) / positions;
    return Math.log(Math.max(kl, ROUNDING_KL) / programKl);
  };
  return Math.exp(await root(excess, Math.log(FIRST_LEVELS), [0, Math.log(MOST_LEVELS)]));
}

/** Where a falling function with a slope of about -2 crosses 0, or the nearest point that was tried. */
async function root(
  of: (x: number) => Promise<number>,
  start: number,
  [least, most]: readonly [number, number],
): Promise<number> {
  let x = start;
  let slope = -2;
  let best = { x, y: Infinity };
  let last: { x: number; y: number } | undefined;
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    const y = await of(x);
    if (Math.abs(y) < Math.abs(best.y)) best = { x, y };
    if (last && x !== last.x && (y - last.y) / (x - last.x) < 0) slope = (y - last.y) / (x - last.x);
    const next = Math.min(most, Math.max(least, x - y / slope));
    if (Math.abs(y) < NEAR || next === x) break;
    last = { x, y };
    x = next;
  }
  return best.x;
}

function quantisedProgram(program: Program, levels: number): Program {
  const matrices = handlesOf(program).filter(({ shape }) => isMatrix(shape));
  const entries = matrices.map(({ name, shape }): [string, Float32Array] => [
    name,
    quantised({ shape, values: program.tensors.get({ name }) }, levels),
  ]);
  return { ...program, tensors: program.tensors.with(entries) };
}

/** Every tensor once, however many nodes read it. */
function valuesOf(program: Program): Values[] {
  const shapes = new Map(handlesOf(program).map(({ name, shape }) => [name, shape]));
  return [...shapes].map(([name, shape]) => ({ shape, values: program.tensors.get({ name }) }));
}
