import { createRandom } from "../../engine/index.ts";
import { withTensor, type Program, type TokenClassesNode } from "../../ir/index.ts";
import { survey, type ColumnPrices } from "../../profile/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import type { TokenAttention } from "../jobs/token-attention.ts";
import { FITTED_POSITIONS, type Workshop } from "../workshop.ts";
import { inBatches } from "./batches.ts";
import { classNames } from "./class-names.ts";
import { kMeans } from "./k-means.ts";

/** Classes that a vocabulary is cut into: a table of pairs of classes then has about a thousand numbers. */
const CLASSES = 32;

/** Vocabulary times columns of all heads: with more, no classes are made (256 MiB). */
const LARGEST_TABLE = 2 ** 26;

/**
 * The program with one partition of its vocabulary: tokens that ask for the same and offer the same in the heads that look
 * by weights are in one class. The program comes as it was where it has no such heads, or too large a vocabulary.
 *
 * @param some documents that are enough to say how much each of the heads' columns matters
 */
export async function withTokenClasses(
  workshop: Workshop,
  program: Program,
  some: readonly TokenDocument[],
): Promise<Program> {
  const { engine, training, seed, signal, tokenTexts } = workshop;
  if (program.tokenClasses || program.vocabulary <= CLASSES) return program;
  const heads = program.blocks.flatMap(({ attention }) => attention.heads);
  const width = heads.reduce(
    (sum, { looks }) =>
      sum + looks.reduce((own, look) => own + (look.kind === "denseLook" ? (look.query.shape[1] ?? 0) : 0), 0),
    0,
  );
  if (width === 0 || 2 * width * program.vocabulary > LARGEST_TABLE) return program;
  const { columns } = await survey(engine, program, some, [], workshop);
  const sums = await engine.map<undefined, readonly TokenDocument[], TokenAttention>(
    new URL("../jobs/token-attention.ts", import.meta.url),
    { programs: { program }, options: undefined },
    inBatches(training(FITTED_POSITIONS)),
    { signal },
  );
  const counts = Float64Array.from({ length: program.vocabulary }, (_, token) =>
    sums.reduce((sum, group) => sum + (group.counts[token] as number), 0),
  );
  const points = features(sums, counts, columns, program.vocabulary);
  const groupOf = kMeans(
    points,
    counts.map(Math.sqrt),
    points.length / program.vocabulary,
    CLASSES,
    createRandom(seed),
  );
  const names = classNames(groupOf, 1 + Math.max(...groupOf), tokenTexts, counts);
  const origin = { tensors: [], passes: ["token-classes"] };
  const shape = [program.vocabulary];
  const tokenClasses: TokenClassesNode = {
    kind: "tokenClasses",
    id: "tokenClasses",
    shape,
    origin,
    classes: { name: "tokenClasses", shape, origin },
    names,
  };
  return { ...withTensor(program, tokenClasses.classes, Float32Array.from(groupOf)), tokenClasses };
}

/** Mean queries and keys of every token in all heads, less what all tokens have in common, each column by what it matters. */
function features(
  sums: readonly TokenAttention[],
  counts: Float64Array,
  columns: ColumnPrices,
  vocabulary: number,
): Float32Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const blocks: { readonly values: Float32Array; readonly width: number }[] = [];
  for (const kind of ["queries", "keys"] as const) {
    for (const site of sums[0]?.[kind].keys() ?? []) {
      const each = sums.flatMap((group) => group[kind].get(site) ?? []);
      const width = (each[0]?.length ?? 0) / vocabulary;
      const values = new Float32Array(vocabulary * width);
      for (let column = 0; column < width; column++) {
        // Queries have unit mean square; what their direction matters is in the price.
        const weight = Math.sqrt(columns.get(`${site}.looks`)?.[column]?.zeroPrice ?? 0);
        const sumsOfColumn = Float64Array.from({ length: vocabulary }, (_, token) =>
          each.reduce((sum, group) => sum + (group[token * width + column] as number), 0),
        );
        const mean = sumsOfColumn.reduce((sum, value) => sum + value, 0) / Math.max(1, total);
        let square = 0;
        sumsOfColumn.forEach((sum, token) => {
          const count = counts[token] as number;
          const deviation = count > 0 ? sum / count - mean : 0;
          values[token * width + column] = deviation;
          square += count * deviation * deviation;
        });
        const scale = square > 0 ? weight / Math.sqrt(square / Math.max(1, total)) : 0;
        const spread = kind === "queries" ? weight : scale;
        for (let token = 0; token < vocabulary; token++) {
          const at = token * width + column;
          values[at] = (values[at] as number) * spread;
        }
      }
      blocks.push({ values, width });
    }
  }
  const width = blocks.reduce((sum, block) => sum + block.width, 0);
  const joined = new Float32Array(vocabulary * width);
  for (let token = 0; token < vocabulary; token++) {
    let at = token * width;
    for (const block of blocks) {
      joined.set(block.values.subarray(token * block.width, (token + 1) * block.width), at);
      at += block.width;
    }
  }
  return joined;
}
