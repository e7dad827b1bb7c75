import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadModel } from "../../src/extract/index.ts";
import { lift } from "../../src/ir/index.ts";
import { ObservedModel } from "../../src/profile/index.ts";
import { createTokenizer, indexOfHighest, runnerOf, type Algorithm } from "../../src/runtime/index.ts";
import { recognise, type Recognised } from "../../src/simplify/index.ts";
import type { Decision, TokenDocument } from "../../src/text/index.ts";
import { readTaskDocuments } from "../../src/text/task.ts";

/** A model of the zoo beside the algorithm that it is recognised as. */
export interface ZooModel {
  readonly words: readonly string[];
  readonly recognised: Recognised;
  /** The original's scores at each scored position. */
  readonly original: (document: TokenDocument) => readonly ArrayLike<number>[];
  /** The same by an algorithm. */
  readonly said: (algorithm: Algorithm, document: TokenDocument) => readonly ArrayLike<number>[];
  readonly decision: Decision;
  readonly tensors: Awaited<ReturnType<typeof loadModel>>["tensors"];
}

/** Loads and recognises a model of the zoo; throws where it is not recognised. */
export async function zooModel(
  name: string,
  allowance: Parameters<typeof recognise>[0]["allowance"],
): Promise<ZooModel> {
  const model = await loadModel(`zoo/${name}`);
  const folder = fileURLToPath(new URL(`../../models/zoo/${name}/`, import.meta.url));
  const { decision } = JSON.parse(readFileSync(`${folder}task.json`, "utf8")) as { decision: Decision };
  const tokenizer = createTokenizer(model.tokenizer);
  const words = Array.from({ length: model.config.vocabulary }, (_, id) => tokenizer.tokenText(id));
  const documents = (split: string): TokenDocument[] =>
    readTaskDocuments(`${folder}${split}.jsonl`, split, model.config);
  const program = lift(model);
  const found = recognise({
    program,
    words,
    calibrate: documents("calibrate"),
    select: documents("select"),
    decision,
    allowance,
  });
  if (!found) throw new Error(`${name} was not recognised.`);
  const observed = new ObservedModel(program);
  const runners = new Map<Algorithm, ReturnType<typeof runnerOf>>();
  return {
    words,
    recognised: found,
    decision,
    tensors: model.tensors,
    original: (document) => observed.observe([document]).map(({ scores }) => scores),
    said: (algorithm, { tokens, position, scored }) => {
      const run = runners.get(algorithm) ?? runnerOf(algorithm, words);
      runners.set(algorithm, run);
      const rows = run(tokens, position).scores;
      return scored.map((place) => rows[place] as Float32Array);
    },
  };
}

/** How many scored positions of documents an algorithm answers otherwise than the original, of how many. */
export function flipsOf(
  { original, said, recognised, decision }: ZooModel,
  documents: Iterable<TokenDocument>,
): { readonly flips: number; readonly positions: number } {
  let [flips, positions] = [0, 0];
  for (const document of documents) {
    const rows = said(recognised.algorithm, document);
    original(document).forEach((row, index) => {
      positions++;
      if (answerOf(row, decision) !== answerOf(rows[index] ?? [], decision)) flips++;
    });
  }
  return { flips, positions };
}

/** The answer to a row of scores, as text. */
function answerOf(row: ArrayLike<number>, decision: Decision): string {
  if (decision === "argmax") return String(indexOfHighest(row));
  return Array.from(row)
    .flatMap((score, token) => (score > 0 ? [token] : []))
    .join();
}

export const documentOf = (tokens: readonly number[], scored: readonly number[], position = 0): TokenDocument => ({
  id: tokens.join(" "),
  domain: "task",
  tokens,
  position,
  scored,
});

/** Logarithms of probabilities. */
export function logShares(row: ArrayLike<number>): Float64Array {
  const scores = Float64Array.from(row);
  const highest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
  return scores.map((score) => score - highest - Math.log(total));
}
