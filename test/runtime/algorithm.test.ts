import { describe, expect, it } from "vitest";
import {
  applyAlgorithmEdits,
  average,
  copy,
  copyBefore,
  createAlgorithmProgram,
  createTokenizer,
  curve,
  differences,
  fixAverage,
  followsMatch,
  indexOfHighest,
  kernel,
  lookBy,
  pairs,
  pattern,
  phases,
  runnerOf,
  facts,
  near,
  setScore,
  sizes,
  tokens,
  waves,
  type Algorithm,
  type Average,
} from "../../src/runtime/index.ts";

const WORDS = ["a", "b", "1", "2", "3"];
const [A, B, ONE, TWO, THREE] = [0, 1, 2, 3, 4] as const;

function averagesOf(averages: readonly Average[], text: readonly number[], first = 0, period?: number): number[] {
  const run = runnerOf({ context: 16, averages, cases: [], ...(period && { period }) }, WORDS);
  return run(text, first).averages.map((values) => values.at(-1)!);
}

describe("an algorithm's averages", () => {
  it("weigh all tokens so far alike without looks", () => {
    expect(averagesOf([average({ looks: [], worth: { a: 1, b: -1 } })], [A, A, B, A])[0]).toBeCloseTo(0.5);
  });

  it("are worth what earlier ones are where a token stands", () => {
    const share = average({ looks: [], worth: { a: 1 } });
    const there = average({
      looks: [tokens({ b: 50 })],
      worth: [
        {
          tokens: ["b"],
          worth: [
            1,
            curve(share, [
              [0, 0],
              [1, 10],
            ]),
          ],
        },
        { tokens: ["1"], phase: 1, worth: -7 },
        { tokens: ["1"], worth: 9 },
      ],
    });
    // Attention is at "b" alone, where half of two tokens are "a"; what comes after it does not count.
    expect(averagesOf([share, there], [A, B, A, A])[1]).toBeCloseTo(6);
    expect(averagesOf([share, average({ ...there, looks: [] })], [ONE, ONE, TWO, TWO], 0, 2)[1]).toBeCloseTo(
      (9 - 7) / 4,
    );
  });

  it("count phases from the first token where it is said so", () => {
    const phased = { context: 16, averages: [average({ looks: [], worth: { a: [1, 0] } })], cases: [], period: 2 };
    const at = (first: number, from: Partial<Algorithm>) =>
      runnerOf({ ...phased, ...from }, WORDS)([A, B], first).averages[0]!.at(-1);
    expect([0, 1].map((first) => at(first, {}))).toEqual([0.5, 0]);
    expect([0, 1].map((first) => at(first, { phasesFrom: "text" }))).toEqual([0.5, 0.5]);
  });

  it("follow attention by token, by pair, by distance, by phase and by difference", () => {
    const worth = { a: 1 };
    const sharp = 50;
    const [byToken, byPair, byBack, byPhase, byDifference, larger] = averagesOf(
      [
        average({ looks: [tokens({ a: Math.log(3) })], worth }),
        average({ looks: [pairs({ 2: { a: sharp } })], worth }),
        average({
          looks: [
            kernel([
              [0, 0],
              [1, sharp],
              [2, 0],
            ]),
          ],
          worth,
        }),
        average({
          looks: [
            phases([
              [sharp, 0],
              [0, sharp],
            ]),
          ],
          worth,
        }),
        average({
          looks: [
            differences([
              [0, 0],
              [1, sharp],
            ]),
          ],
          worth: { 3: 1 },
        }),
        average({
          looks: [],
          worth: differences([
            [0, 0],
            [1, 1],
          ]),
        }),
      ],
      [A, THREE, B, TWO],
      0,
      2,
    );
    expect(byToken).toBeCloseTo(3 / 6);
    expect(byPair).toBeCloseTo(1);
    expect(byBack).toBeCloseTo(0);
    expect(byPhase).toBeCloseTo(0); // positions 1 and 3 have the phase of the query
    expect(byDifference).toBeCloseTo(1);
    expect(larger).toBeCloseTo(1 / 4);
  });

  it("follow the size of a number, apart for those larger than the current one", () => {
    const [attended] = averagesOf(
      [
        average({
          looks: [
            sizes(
              [
                [2, 0],
                [3, Math.log(6)],
              ],
              [[1, Math.log(2)]],
              { a: 1 },
            ),
          ],
          worth: { 3: 1 },
        }),
      ],
      // 6 for "3", 1 for "2", 2 for "1" which is as large as "a", and 1 for "a", which is no number.
      [THREE, TWO, ONE, A],
    );
    expect(attended).toBeCloseTo(6 / 10);
  });

  it("count a phase from the position of the text's first token", () => {
    const phased = average({ looks: [], worth: { a: [1, -1] } });
    expect(averagesOf([phased], [A], 0, 2)).toEqual([1]);
    expect(averagesOf([phased], [A], 1, 2)).toEqual([-1]);
  });
});

describe("what recent tokens add to scores", () => {
  const scoresOf = (recent: NonNullable<Algorithm["cases"][number]["recent"]>[number], text: readonly number[]) => {
    const run = runnerOf({ context: 16, averages: [], cases: [{ recent: [recent], scores: {}, others: 0 }] }, WORDS);
    return [...run(text, 0).scores.at(-1)!];
  };

  it("is what is known to follow them", () => {
    const known = facts(
      [
        ["a", "b", "1"],
        ["b", "2"],
      ],
      7,
    );
    expect(scoresOf(known, [THREE, A, B])).toEqual([0, 0, 7, 7, 0]);
    expect(scoresOf(known, [B])).toEqual([0, 0, 0, 7, 0]);
    expect(scoresOf(known, [B, A])).toEqual([0, 0, 0, 0, 0]);
  });

  it("is waves of numbers, whatever stands where none is counted", () => {
    const wave = waves(3, [{ frequency: 1, turns: [0, 1, 1], amplitude: 2 }]);
    // 3 + 2 - c is a multiple of 3 where c is 2.
    const [a, b, one, two, three] = scoresOf(wave, [THREE, TWO, A]);
    expect([a, b]).toEqual([0, 0]);
    expect(two).toBeCloseTo(2);
    expect(one).toBeCloseTo(-1);
    expect(three).toBeCloseTo(-1);
    expect(scoresOf(wave, [A, TWO, A])).toEqual([0, 0, 0, 0, 0]);
  });

  it("is nearness to a foreseen number, and nothing where one that it needs is missing", () => {
    const foreseen = near(
      [[-1], [0.5, 0, 1]],
      [
        [-1, 0],
        [0, 4],
        [1, 0],
      ],
    );
    // -1 + 0.5 * 2 * 3 is 2.
    expect(scoresOf(foreseen, [THREE, TWO])).toEqual([0, 0, 0, 4, 0]);
    expect(scoresOf(foreseen, [TWO])).toEqual([0, 0, 0, 0, 0]);
  });
});

describe("an algorithm's scores", () => {
  const share = average({ looks: [], worth: { a: 1 } });
  const found = pattern([followsMatch([50])]);
  const model: Algorithm = {
    context: 16,
    patterns: [found],
    averages: [share],
    cases: [
      {
        after: ["a"],
        scores: {
          b: curve(share, [
            [0, 0],
            [1, 10],
          ]),
        },
        others: -1,
      },
      {
        copies: [
          copy(found, [
            [0, 0],
            [1, 5],
          ]),
        ],
        differences: [
          [0, 0],
          [1, 2],
          [2, 0],
        ],
        scores: { b: [1, 2] },
        others: 0.5,
      },
    ],
  };
  const run = runnerOf(model, WORDS);

  it("follow curves, straight between points and level beyond", () => {
    expect([...run([B, A], 0).scores[1]!]).toEqual([-1, 5, -1, -1, -1]);
  });

  it("add what is attended to and how much larger a number is, and let listed ones stand", () => {
    const [, , , row] = run([ONE, THREE, TWO, ONE], 0).scores;
    expect(row![THREE]).toBeCloseTo(5.5); // it followed the current token before
    expect(row![TWO]).toBeCloseTo(2.5);
    expect(row![B]).toBe(3);
  });

  it("give numbers near what is attended to a part of its score", () => {
    const points = [
      [0, 0],
      [1, 5],
    ] as const;
    const near = [
      [-1, 0.5],
      [1, 0],
    ] as const;
    const spreading: Algorithm = {
      ...model,
      averages: [],
      cases: [{ copies: [copy(found, points, near)], scores: {}, others: 1 }],
    };
    const [, , , row] = runnerOf(spreading, WORDS)([ONE, THREE, TWO, ONE], 0).scores;
    expect(row![THREE]).toBeCloseTo(6); // attended to: all of it, and nothing of what it gives to others
    expect(row![TWO]).toBeCloseTo(1 + 5 / 2);
    expect(row![ONE]).toBeCloseTo(1 + 5 / 2);
    expect(row![A]).toBeCloseTo(1); // no number
  });

  it("add what stands before the token that is attended to, where there is one", () => {
    const points = [
      [0, 0],
      [1, 5],
    ] as const;
    const turning: Algorithm = {
      ...model,
      averages: [],
      cases: [{ copies: [copyBefore(found, points)], scores: {}, others: 0 }],
    };
    const run = runnerOf(turning, WORDS);
    const row = run([A, THREE, ONE, TWO, THREE], 0).scores.at(-1)!; // ONE followed THREE, and THREE stands before it
    expect(indexOfHighest(row)).toBe(THREE);
    expect(row[THREE]).toBeCloseTo(5);
    expect([...run([ONE], 0).scores[0]!]).toEqual([0, 0, 0, 0, 0]);
  });

  it("change by edits", () => {
    const scoreAfter = (...edits: Parameters<typeof applyAlgorithmEdits>[1]): Float32Array =>
      runnerOf(applyAlgorithmEdits(model, edits), WORDS)([B, A], 0).scores[1]!;
    expect(scoreAfter(setScore({ after: "a", next: "b", score: 9 }))[B]).toBe(9);
    expect(scoreAfter(fixAverage(share, 1))[B]).toBe(10);
    expect(scoreAfter(lookBy(share, [tokens({ a: 50 })]))[B]).toBeCloseTo(10);
  });

  it("refuse tokens and texts that do not fit", () => {
    const program = createAlgorithmProgram(model, createTokenizer({ kind: "words", words: WORDS }));
    expect(() => program.logits([])).toThrow(RangeError);
    expect(() => program.logits([9])).toThrow(RangeError);
    expect(() => program.logits([A], { firstPosition: 16 })).toThrow(RangeError);
    expect([...program.generate([B, A], { tokens: 1 })]).toEqual([B]);
    expect(() => runnerOf({ ...model, cases: [{ after: ["z"], scores: {}, others: 0 }] }, WORDS)).toThrow(RangeError);
  });
});
