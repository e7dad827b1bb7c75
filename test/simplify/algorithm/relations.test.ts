import { describe, expect, it } from "vitest";
import type { Observation } from "../../../src/profile/index.ts";
import { indexOfHighest, runnerOf } from "../../../src/runtime/index.ts";
import { fittedRelations } from "../../../src/simplify/algorithm/relations.ts";
import { seededUniform } from "../../ir/random-model.ts";

const NUMBERS = 30;
const WORDS = [...Array.from({ length: NUMBERS }, (_, id) => `word${id}`), "<bos>", "<sep>", "<eos>"];
const ALIKE = new Set(Array.from({ length: NUMBERS }, (_, id) => id));
const [BOS, SEP] = [NUMBERS, NUMBERS + 1];
const PLACE = { block: 1, head: 0 };

type Observed = Pick<Observation["document"], "tokens"> & { readonly attended: number; readonly answer: number };

/** Positions after the separator: where a head of the last block attends to, and the answer, which is all but certain. */
function observed({ tokens, attended, answer }: Observed): Observation {
  const pattern = Float32Array.from(tokens, (_, key) => (key === attended ? 0.96 : 0.04 / (tokens.length - 1)));
  return {
    document: { id: "drawn", domain: "task", tokens, position: 0, scored: [tokens.length - 1] },
    position: tokens.length - 1,
    scores: Float32Array.from(WORDS, (_, id) => (id === answer ? 12 : 0)),
    heads: [[], [{ pattern, output: new Float32Array(2) }]],
    streams: [],
    attended: [],
  } as unknown as Observation;
}

function fittedTo(texts: readonly Observed[]) {
  const [best] = fittedRelations({
    observations: texts.map(observed),
    words: WORDS,
    context: 64,
    decision: "argmax",
    alike: ALIKE,
    heads: [PLACE],
    worth: 1e-4,
  });
  return best!;
}

function shareRight({ algorithm }: ReturnType<typeof fittedTo>, texts: readonly Observed[]): number {
  const run = runnerOf(algorithm, WORDS);
  const right = texts.filter(({ tokens, answer }) => indexOfHighest(run(tokens, 0).scores.at(-1)!) === answer);
  return right.length / texts.length;
}

/** The words so far in reverse: what stands before the place where the current one stood first. */
function turning(seed: number): Observed[] {
  const uniform = seededUniform(seed);
  return Array.from({ length: 300 }, () => {
    const source = drawn(uniform, 10);
    const done = Math.floor(uniform() * 9);
    const tokens = [BOS, ...source, SEP, ...source.slice(source.length - done).reverse()];
    const [at, from] = [tokens.length - 1, source.length + 1];
    return { tokens, attended: done === 0 ? at : from - done, answer: source[source.length - 1 - done]! };
  });
}

/** What followed the last two words: one of them alone also stands elsewhere. */
function repeating(seed: number): Observed[] {
  const uniform = seededUniform(seed);
  return Array.from({ length: 400 }, () => {
    const [twice, other, before, answer, wrong] = drawn(uniform, 5) as [number, number, number, number, number];
    const passages = [
      [before, twice, answer],
      [other, twice, wrong],
    ];
    if (uniform() < 0.5) passages.reverse();
    const tokens = [BOS, ...passages.flat(), SEP, before, twice];
    return { tokens, attended: tokens.indexOf(answer), answer };
  });
}

function drawn(uniform: () => number, count: number): number[] {
  const left = [...ALIKE];
  return Array.from({ length: count }, () => left.splice(Math.floor(uniform() * left.length), 1)[0]!);
}

describe("relations between tokens that are alike", () => {
  it("copy what stands before the token that is attended to", () => {
    const found = fittedTo(turning(1));
    const copies = found.algorithm.cases.flatMap((each) => each.copies ?? []);
    expect(copies.some(({ back }) => back === 1)).toBe(true);
    expect(shareRight(found, turning(2))).toBeGreaterThan(0.99);
  });

  it("tell matches of several tokens from those of one", () => {
    const found = fittedTo(repeating(1));
    const [match] = found.algorithm.patterns!.flatMap(({ looks }) => looks.filter(({ kind }) => kind === "match"));
    expect(match).toMatchObject({ keyBack: 1 });
    const [one = 0, two = 0] = (match as { scores: readonly number[] }).scores;
    expect(two).toBeGreaterThan(one);
    expect(shareRight(found, repeating(2))).toBeGreaterThan(0.99);
  });
});
