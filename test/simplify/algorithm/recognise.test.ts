import { describe, expect, it } from "vitest";
import { lift } from "../../../src/ir/index.ts";
import { ObservedModel } from "../../../src/profile/index.ts";
import { indexOfHighest, isByCases, runnerOf, type WorthCase } from "../../../src/runtime/index.ts";
import { recognise } from "../../../src/simplify/index.ts";
import { randomLiftSource, randomTokens } from "../../ir/random-model.ts";
import { carriedDocuments, carriedModel } from "../../planted/carried.ts";
import { majorityDocuments, majorityModel, WORDS } from "../../planted/majority.ts";

const allowance = { metric: "flips", limit: 0.01 } as const;

describe("recognising a model whole", () => {
  it("finds that a planted head compares two letters, and gives the model's answers on new documents", () => {
    const program = lift(majorityModel(1));
    const found = recognise({
      program,
      words: WORDS,
      calibrate: majorityDocuments(1, 300),
      select: majorityDocuments(2, 150),
      decision: "argmax",
      allowance,
    });
    expect(found?.algorithm.averages).toEqual([{ looks: [], worth: expect.anything() as unknown }]);
    const [worth] = found!.algorithm.averages.map((average) => average.worth as Record<string, number>);
    expect((worth!.a ?? 0) - (worth!.b ?? 0)).not.toBe(0);
    expect(found!.explained[0]).toBeGreaterThan(0.95);
    const run = runnerOf(found!.algorithm, WORDS);
    const documents = majorityDocuments(3, 200);
    const [original, answers] = [
      new ObservedModel(program).scores(documents).map(([row]) => indexOfHighest(row!)),
      documents.map(({ tokens, position }) => indexOfHighest(run(tokens, position).scores.at(-1)!)),
    ];
    const same = answers.filter((answer, index) => answer === original[index]).length;
    expect(new Set(original).size).toBeGreaterThan(1);
    expect(same / documents.length).toBeGreaterThanOrEqual(0.99);
  });

  it("takes an algorithm that flips more than a hundredth of the answers where the budget allows that, and only there", () => {
    const program = lift(majorityModel(1, 0.15));
    const foundWithin = (limit: number) =>
      recognise({
        program,
        words: WORDS,
        calibrate: majorityDocuments(1, 300),
        select: majorityDocuments(2, 400),
        decision: "argmax",
        allowance: { metric: "flips", limit },
      });
    expect(foundWithin(0.01)).toBeUndefined();
    const found = foundWithin(0.1);
    expect(found?.algorithm.averages.length).toBe(1);
    expect(found?.fidelity.flips).toBeGreaterThan(0.01);
    expect(found?.fidelity.flipsHigh).toBeLessThanOrEqual(0.1);
  });

  it("takes an algorithm that is within the budget once its numbers are adjusted, though the first was not", () => {
    const limit = 0.017;
    const found = recognise({
      program: lift(majorityModel(2, 0.12)),
      words: WORDS,
      calibrate: majorityDocuments(1, 300),
      select: majorityDocuments(2, 400),
      decision: "argmax",
      allowance: { metric: "flips", limit },
    });
    expect(found?.ledger[0]?.flipsHigh).toBeGreaterThan(limit);
    expect(found?.fidelity.flipsHigh).toBeLessThanOrEqual(limit);
  });

  it("finds that a head moves what an earlier one found where it looks", () => {
    const program = lift(carriedModel(1));
    const found = recognise({
      program,
      words: WORDS,
      calibrate: carriedDocuments(1, 300),
      select: carriedDocuments(2, 150),
      decision: "argmax",
      allowance,
    });
    const { averages } = found!.algorithm;
    expect(found!.heads.map(({ block }) => block)).toEqual([0, 1]);
    expect(isByCases(averages[0]!.worth)).toBe(false);
    const cases = averages[1]!.worth as readonly WorthCase[];
    expect(cases.find(({ tokens }) => tokens?.includes("<sep>"))?.worth).toMatchObject({ of: averages[0] });
    const run = runnerOf(found!.algorithm, WORDS);
    const documents = carriedDocuments(3, 200);
    const original = new ObservedModel(program).scores(documents).map(([row]) => indexOfHighest(row!));
    const answers = documents.map(({ tokens, position }) => indexOfHighest(run(tokens, position).scores.at(-1)!));
    const same = answers.filter((answer, index) => answer === original[index]).length;
    expect(new Set(original).size).toBeGreaterThan(1);
    expect(same / documents.length).toBeGreaterThanOrEqual(0.99);
  });

  it("claims nothing of random weights", () => {
    const source = randomLiftSource(3, { context: 32 });
    const words = Array.from({ length: source.config.vocabulary }, (_, id) => `word${id}`);
    const documents = (seed: number) =>
      Array.from({ length: 40 }, (_, index) => {
        const tokens = randomTokens(seed + index, 12, words.length);
        return {
          id: `${seed + index}`,
          domain: "task",
          tokens,
          position: index % 20,
          scored: tokens.map((_t, at) => at),
        };
      });
    const found = recognise({
      program: lift(source),
      words,
      calibrate: documents(100),
      select: documents(900),
      decision: "argmax",
      allowance,
    });
    expect(found).toBeUndefined();
  });
});
