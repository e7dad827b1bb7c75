import process from "node:process";
import { describe, expect, it } from "vitest";
import { indexOfHighest } from "../../src/runtime/index.ts";
import type { TokenDocument } from "../../src/text/index.ts";
import { seededNormal, seededUniform } from "../ir/random-model.ts";
import { exactLevelsOf, levelsOf, stateAfter, type State } from "./lorenz-system.ts";
import { documentOf, flipsOf, logShares, zooModel } from "./zoo.ts";

/** Random inputs of models that have too many; `npm run zoo` takes 100,000. */
const CASES = Number(process.env["WEIGHTS2TS_ZOO_CASES"] ?? 1_000);
const HOURS = 4 * 3_600_000;

const FLIPS = { metric: "flips", limit: 0.01 } as const;

const shuffled = (items: number[], uniform: () => number): number[] => {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(uniform() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
};

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("models/zoo", () => {
  it("brackets: answers every possible text as the model does, wherever it begins", { timeout: HOURS }, async () => {
    const model = await zooModel("brackets", FLIPS);
    const [bos, open, close] = ["<bos>", "(", ")"].map((word) => model.words.indexOf(word)) as [number, number, number];
    let texts = [{ tokens: [bos], depth: 0 }];
    for (let length = 0; length < 16; length++) {
      texts = texts.flatMap(({ tokens, depth }) => [
        ...(depth < 3 ? [{ tokens: [...tokens, open], depth: depth + 1 }] : []),
        ...(depth > 0 ? [{ tokens: [...tokens, close], depth: depth - 1 }] : []),
      ]);
    }
    // What a shorter text is followed by is an answer inside of a longer one.
    const starts = CASES < 10_000 ? [0, 23, 47] : upTo(48);
    const documents = starts.flatMap((start) => texts.map(({ tokens }) => documentOf(tokens, upTo(17), start)));
    expect(flipsOf(model, documents)).toEqual({ flips: 0, positions: documents.length * 17 });
    expect(documents.length).toBeGreaterThan(starts.length * 1_000);
  });

  it("induction: answers random texts as the model does", { timeout: HOURS }, async () => {
    const model = await zooModel("induction", FLIPS);
    const uniform = seededUniform(101);
    const documents = Array.from({ length: CASES }, () => {
      const text = shuffled(
        upTo(model.words.length - 1).map((word) => word + 1),
        uniform,
      ).slice(0, 4 + Math.floor(uniform() * 13));
      const tokens = [0, ...text, ...text.slice(Math.floor(uniform() * (text.length - 1)))];
      const scored = upTo(tokens.length - 1).slice(text.length + 1);
      return documentOf(tokens, scored, Math.floor(uniform() * 32));
    });
    expect(flipsOf(model, documents).flips).toBe(0);
  });

  it("sort: answers random texts as the model does", { timeout: HOURS }, async () => {
    const model = await zooModel("sort", FLIPS);
    const [bos, sep, eos] = ["<bos>", "<sep>", "<eos>"].map((word) => model.words.indexOf(word)) as [
      number,
      number,
      number,
    ];
    const uniform = seededUniform(102);
    const documents = Array.from({ length: CASES }, () => {
      const numbers = shuffled(upTo(30), uniform).slice(0, 3 + Math.floor(uniform() * 4));
      const tokens = [bos, ...numbers, sep, ...numbers.toSorted((one, other) => one - other), eos];
      const scored = upTo(tokens.length - 1).slice(numbers.length + 1);
      return documentOf(tokens, scored, Math.floor(uniform() * 26));
    });
    expect(flipsOf(model, documents).flips).toBe(0);
  });

  it("modular-addition: answers all pairs, by the frequencies of the weights, nearly as sure as the model", async () => {
    const model = await zooModel("modular-addition", FLIPS);
    const pairs = upTo(53 * 53).map((index) => documentOf([Math.floor(index / 53), index % 53, 53], [2]));
    expect(flipsOf(model, pairs)).toEqual({ flips: 0, positions: 53 * 53 });
    const { kl, squares, missed } = comparedScores(model, pairs);
    expect(kl).toBeLessThan(0.01);
    expect(1 - missed / squares).toBeGreaterThan(0.9);

    const waves = model.recognised.algorithm.cases[0]?.recent?.[0];
    if (waves?.kind !== "waves") throw new Error("There are no waves.");
    const sums = waves.waves.filter(({ frequency, turns }) => turns.join() === [0, frequency, frequency].join());
    const found = sums.map(({ frequency }) => frequency).sort((one, other) => one - other);
    expect(found).toEqual(frequenciesOf(model.tensors.get("wte.weight")!.values));
  });

  it("facts: knows each fact by a line, and forgets it alone where the line is missing", async () => {
    const model = await zooModel("facts", FLIPS);
    const { algorithm } = model.recognised;
    const known = algorithm.cases[0]?.recent?.[0];
    if (known?.kind !== "facts") throw new Error("There are no facts.");
    expect(known.lines).toHaveLength(368);
    const documents = known.lines.map((line) =>
      documentOf(
        line.slice(0, -1).map((word) => model.words.indexOf(word)),
        [1],
      ),
    );
    expect(flipsOf(model, documents)).toEqual({ flips: 0, positions: 368 });
    for (const gone of [0, 100, 367]) {
      const lines = known.lines.filter((_, index) => index !== gone);
      const without = { ...algorithm, cases: [{ ...algorithm.cases[0]!, recent: [{ ...known, lines }] }] };
      const forgotten = known.lines.flatMap((line, index) => {
        const [row] = model.said(without, documents[index]!);
        return model.words[indexOfHighest(row!)] === line.at(-1) ? [] : [index];
      });
      expect(forgotten).toEqual([gone]);
    }
  });

  it("lorenz: foresees the true system about as well as the model does, and follows it for a while", async () => {
    const model = await zooModel("lorenz", { metric: "kl", limit: 0.15 });
    const { algorithm } = model.recognised;
    const errors = { own: 0, program: 0, count: 0 };
    const meanOf = (row: ArrayLike<number>): number =>
      logShares(row).reduce((sum, share, level) => sum + Math.exp(share) * level, 0);
    const horizons: number[] = [];
    for (const states of trajectories(40, 64)) {
      for (let start = 0; start + 2 < states.length; start += 3) {
        const three = states.slice(start, start + 3);
        const document = documentOf(three.flatMap(levelsOf), [5, 6, 7]);
        // The next coordinate, before it is rounded.
        const truth = exactLevelsOf(three[2]!);
        const [original, said] = [model.original(document), model.said(algorithm, document)];
        truth.forEach((level, at) => {
          errors.own += (meanOf(original[at]!) - level) ** 2;
          errors.program += (meanOf(said[at]!) - level) ** 2;
          errors.count++;
        });
      }
      horizons.push(horizonOf(model, states));
    }
    const [ofModel, ofProgram] = [errors.own, errors.program].map((sum) => Math.sqrt(sum / errors.count)) as [
      number,
      number,
    ];
    const median = horizons.toSorted((one, other) => one - other)[horizons.length / 2]!;
    process.stderr.write(
      `lorenz: one-step error ${ofProgram.toFixed(3)} levels, the model's ${ofModel.toFixed(3)}; the program follows the model for ${median} states (median of ${horizons.length})\n`,
    );
    expect(ofProgram).toBeLessThanOrEqual(1.1 * ofModel);
    expect(median).toBeGreaterThanOrEqual(5);
  });
});

type Model = Awaited<ReturnType<typeof zooModel>>;

/** KL in nats, and squares of centred scores and of what the program misses of them, summed over positions. */
function comparedScores({ original, said, recognised }: Model, documents: readonly TokenDocument[]) {
  let [kl, squares, missed] = [0, 0, 0];
  for (const document of documents) {
    const [row, other] = [original(document)[0]!, said(recognised.algorithm, document)[0]!];
    const [wanted, given] = [logShares(row), logShares(other)];
    kl += wanted.reduce((sum, share, token) => sum + Math.exp(share) * (share - given[token]!), 0) / documents.length;
    const [scores, rest] = [Float64Array.from(row), Float64Array.from(row, (score, token) => score - other[token]!)];
    squares += varianceOf(scores);
    missed += varianceOf(rest);
  }
  return { kl, squares, missed };
}

function varianceOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

/** Frequencies that stand out of the Fourier transform of the number tokens' embeddings (rows of width): twice the mean power. */
function frequenciesOf(embeddings: ArrayLike<number>): number[] {
  const [modulus, width] = [53, embeddings.length / 54];
  const power = upTo(27).map((frequency) => {
    if (frequency === 0) return 0;
    let sum = 0;
    for (let column = 0; column < width; column++) {
      let [real, imaginary] = [0, 0];
      for (let number = 0; number < modulus; number++) {
        const angle = (2 * Math.PI * frequency * number) / modulus;
        real += embeddings[number * width + column]! * Math.cos(angle);
        imaginary += embeddings[number * width + column]! * Math.sin(angle);
      }
      sum += real ** 2 + imaginary ** 2;
    }
    return sum;
  });
  const mean = power.reduce((sum, own) => sum + own, 0) / 26;
  return upTo(27).filter((frequency) => power[frequency]! > mean);
}

/** Trajectories on the attractor, of so many states each. */
function trajectories(count: number, length: number): State[][] {
  const normal = seededNormal(103);
  return Array.from({ length: count }, () => {
    let state: State = [8 * normal(), 8 * normal(), 25 + 8 * normal()];
    for (let index = 0; index < 500; index++) state = stateAfter(state);
    return Array.from({ length }, () => (state = stateAfter(state)));
  });
}

/**
 * For how many states, each written by its own most likely tokens, the program stays within two levels of the model in every
 * coordinate, from two true states on.
 */
function horizonOf({ original, said, recognised }: Model, states: readonly State[]): number {
  const first = states.slice(0, 2).flatMap(levelsOf);
  const [one, other] = [[...first], [...first]];
  const next = (text: readonly number[], rowsOf: (document: TokenDocument) => readonly ArrayLike<number>[]): number => {
    // The model reads four states: the last two, and what there is of the next one.
    const recent = text.slice(-6 - (text.length % 3));
    return indexOfHighest(rowsOf(documentOf(recent, [recent.length - 1]))[0]!);
  };
  for (let state = 0; state < 100; state++) {
    for (let at = 0; at < 3; at++) {
      one.push(next(one, original));
      other.push(next(other, (document) => said(recognised.algorithm, document)));
    }
    if (one.slice(-3).some((level, at) => Math.abs(level - other.at(at - 3)!) > 2)) return state;
  }
  return 100;
}
