import { describe, expect, it } from "vitest";
import { compareRows } from "../../../src/engine/index.ts";
import type { Observation } from "../../../src/profile/index.ts";
import {
  runnerOf,
  termsOf,
  type Algorithm,
  type Average,
  type Pattern,
  type WorthCase,
} from "../../../src/runtime/index.ts";
import { descended } from "../../../src/simplify/algorithm/descent.ts";
import { landscapeOf } from "../../../src/simplify/algorithm/gradient.ts";
import type { Held } from "../../../src/simplify/algorithm/layout.ts";
import { numbersOf, withNumbers } from "../../../src/simplify/algorithm/numbers.ts";
import { polished } from "../../../src/simplify/algorithm/polish.ts";
import { Pruning } from "../../../src/simplify/algorithm/prune.ts";
import { tidied } from "../../../src/simplify/algorithm/tidy.ts";
import type { Decision } from "../../../src/text/index.ts";
import { seededUniform } from "../../ir/random-model.ts";

const WORDS = [...Array.from({ length: 6 }, (_, value) => String(value)), "a", "b"];

/** An algorithm that has a number of every kind. */
function everything(): Algorithm {
  const looks: Pattern["looks"] = [
    { kind: "tokens", scores: { a: 0.5, 2: -0.3 } },
    { kind: "pairs", keyBack: 1, scores: { 3: { a: 0.7 }, b: { 1: -0.4 } } },
    {
      kind: "phases",
      scores: [
        [0.2, 0],
        [-0.6, 0],
      ],
    },
    {
      kind: "kernel",
      steps: [
        [0, 0.3],
        [2, -0.2],
        [9, 0],
      ],
    },
    { kind: "match", keyBack: 1, scores: [0.9, 1.4] },
  ];
  const byDifference: Pattern["looks"] = [
    {
      kind: "differences",
      points: [
        [-2, -0.5],
        [0, 0.1],
        [3, 0.8],
      ],
      as: { a: -1 },
    },
    {
      kind: "sizes",
      larger: [
        [1, 0.2],
        [4, -0.3],
      ],
      others: [
        [0, 0.6],
        [3, -0.1],
      ],
      as: { a: -1 },
    },
  ];
  const first: Average = { looks, worth: { a: 1, 3: [1, -1] } };
  const larger: Average = {
    looks: byDifference,
    worth: {
      kind: "differences",
      points: [
        [0, 0],
        [1, 1],
      ],
    },
  };
  const carried: Average = {
    looks: [{ kind: "tokens", scores: { b: 0.4 } }],
    worth: [
      {
        tokens: ["a", "2"],
        phase: 0,
        worth: [
          0.2,
          {
            of: first,
            points: [
              [-0.1, -0.6],
              [0.3, 0.7],
            ],
          },
        ],
      },
      {
        worth: {
          of: larger,
          points: [
            [0.1, 0.4],
            [0.6, -0.5],
          ],
        },
      },
    ],
  };
  const pattern: Pattern = { looks: byDifference };
  return {
    context: 64,
    period: 2,
    patterns: [pattern],
    averages: [first, larger, carried],
    cases: [
      {
        after: ["a"],
        phase: 1,
        scores: {
          b: {
            of: carried,
            points: [
              [-0.1, -0.5],
              [0.2, 0.8],
            ],
          },
          1: {
            of: first,
            points: [
              [-0.2, -1],
              [0.1, 0.3],
              [0.6, 1],
            ],
          },
        },
        others: -0.2,
      },
      {
        copies: [
          {
            of: pattern,
            points: [
              [0, 0.2],
              [0.3, 1.2],
              [0.9, 2],
            ],
            near: [
              [-2, 0.1],
              [1, 0.5],
              [3, -0.2],
            ],
          },
          {
            of: pattern,
            back: 1,
            points: [
              [0, -0.1],
              [0.8, 0.9],
            ],
          },
        ],
        differences: [
          [-1, 0.3],
          [1, -0.6],
          [2, 0.9],
        ],
        scores: {
          a: [
            0.3,
            {
              of: larger,
              points: [
                [0, 0.7],
                [0.5, -0.5],
              ],
            },
            {
              of: first,
              points: [
                [-0.1, 0.2],
                [0.2, 0.9],
              ],
            },
          ],
        },
        others: {
          of: larger,
          points: [
            [0.1, 0.2],
            [0.4, -0.3],
          ],
        },
      },
    ],
  };
}

/** What an algorithm says of drawn texts, as observations. */
function observed(algorithm: Algorithm, texts: number): Observation[] {
  const uniform = seededUniform(7);
  const run = runnerOf(algorithm, WORDS);
  return Array.from({ length: texts }).flatMap(() => {
    const tokens = Array.from({ length: 12 }, () => Math.floor(uniform() * WORDS.length));
    const document = { id: "drawn", domain: "drawn", tokens, position: Math.floor(uniform() * 4), scored: [3, 7, 11] };
    const { scores } = run(tokens, document.position);
    return document.scored.map((position): Observation => {
      return { document, position, heads: [], streams: [], attended: [], scores: scores[position]! };
    });
  });
}

/** What counts is what the algorithm says, not where any head looks. */
const held = (decision: Decision, observations: readonly Observation[]): Held => {
  return { words: WORDS, decision, observations, heads: [], patternHeads: [] };
};

/** The algorithm with every number moved a little. */
function moved(algorithm: Algorithm, by: number): Algorithm {
  const uniform = seededUniform(11);
  return withNumbers(
    algorithm,
    numbersOf(algorithm).map((value) => value + by * (2 * uniform() - 1)),
  );
}

describe("the numbers of an algorithm", () => {
  it("go back to their places, and what was shared stays shared", () => {
    const algorithm = everything();
    const again = withNumbers(algorithm, numbersOf(algorithm));
    expect(again).toEqual(algorithm);
    expect(again.averages[1]!.looks).toBe(again.patterns![0]!.looks);
    expect(again.cases[1]!.copies![0]!.of).toBe(again.patterns![0]);
    const [worth] = again.averages[2]!.worth as readonly WorthCase[];
    expect(termsOf(worth!.worth)[1]).toHaveProperty("of", again.averages[0]);
  });
});

describe.each<Decision>(["argmax", "positive"])("the slope of KL, where the answer is %s", (decision) => {
  const observations = observed(everything(), 20);
  const algorithm = moved(everything(), 0.2);

  it("has the KL of what the algorithm says when it runs", () => {
    const run = runnerOf(algorithm, WORDS);
    const due = observations.reduce((sum, { document, position, scores }) => {
      const row = run(document.tokens, document.position).scores[position]!;
      return sum + compareRows(decision, scores, row).kl;
    }, 0);
    const loss = landscapeOf(algorithm, held(decision, observations)).lossAt(numbersOf(algorithm));
    expect(Math.abs(loss * observations.length - due)).toBeLessThan(1e-4 * due);
  });

  it("is what moving each number comes to", () => {
    const { lossAt, slopeAt } = landscapeOf(algorithm, held(decision, observations));
    const numbers = numbersOf(algorithm);
    const { gradient } = slopeAt(numbers);
    const step = 1e-5;
    gradient.forEach((own, place) => {
      const at = (by: number): number => lossAt(numbers.with(place, numbers[place]! + by));
      expect(own).toBeCloseTo((at(step) - at(-step)) / (2 * step), 4);
    });
  });

  it("is the same whatever it was asked before", () => {
    const numbers = numbersOf(algorithm);
    const known = landscapeOf(algorithm, held(decision, observations));
    numbers.forEach((value, place) => {
      const changed = numbers.with(place, value + 0.1);
      if (place % 7 === 0) known.slopeAt(changed);
      expect(known.lossAt(changed)).toBe(landscapeOf(algorithm, held(decision, observations)).lossAt(changed));
    });
  });

  it("leads back to the numbers that answers were made with", () => {
    const kl = (own: Algorithm): number => landscapeOf(own, held(decision, observations)).lossAt(numbersOf(own));
    expect(kl(algorithm)).toBeGreaterThan(1e-3);
    expect(kl(polished(algorithm, held(decision, observations), 200))).toBeLessThan(1e-4);
  });
});

describe("going downhill", () => {
  it("finds the bottom of a narrow curved valley", () => {
    const bottom = descended(
      Float64Array.of(-1.2, 1),
      ([x = 0, y = 0]) => ({
        value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        gradient: Float64Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
      }),
      200,
      1e-14,
    );
    expect(bottom[0]).toBeCloseTo(1, 4);
    expect(bottom[1]).toBeCloseTo(1, 4);
  });
});

describe("leaving out numbers", () => {
  const even: Average = { looks: [], worth: { a: 1 } };
  const plain: Algorithm = {
    context: 64,
    averages: [even],
    cases: [
      {
        scores: {
          a: {
            of: even,
            points: [
              [0.1, -2],
              [0.4, 3],
            ],
          },
          b: 1,
        },
        others: -1,
      },
    ],
  };
  /** The same, said at length: another average that nothing depends on, points on a line, scores of 0. */
  const idle: Average = { looks: [{ kind: "tokens", scores: { b: 0.01 } }], worth: { b: 1 } };
  const wordy: Algorithm = {
    ...plain,
    averages: [even, idle],
    cases: [
      {
        scores: {
          a: [
            0,
            {
              of: even,
              points: [
                [0.1, -2],
                [0.2, -0.31],
                [0.4, 3],
              ],
            },
            {
              of: idle,
              points: [
                [0, 0.01],
                [0.3, 0],
              ],
            },
          ],
          b: 1,
          1: -1.001,
        },
        others: -1,
      },
    ],
  };

  it("comes back to what is needed, and says which averages that were", () => {
    const { algorithm, averages } = new Pruning(wordy, held("argmax", observed(plain, 200))).at(1e-4);
    expect(averages).toEqual([0]);
    const { cases } = withNumbers(
      algorithm,
      numbersOf(algorithm).map((value) => Math.round(10 * value) / 10),
    );
    expect(cases).toEqual(plain.cases);
  });

  it("leaves two points of many that lie about on a line, though the removal of one goes by its neighbours", () => {
    const winding: Algorithm = {
      ...plain,
      cases: [
        {
          scores: {
            a: {
              of: even,
              points: Array.from({ length: 13 }, (_, at) => {
                const x = 0.1 + 0.025 * at;
                return [x, -2 + (50 / 3) * (x - 0.1) + (at % 2 === 0 ? 0 : 0.02)] as const;
              }),
            },
            b: 1,
          },
          others: -1,
        },
      ],
    };
    const { algorithm } = new Pruning(winding, held("argmax", observed(plain, 200))).at(1e-4);
    expect(numbersOf(algorithm)).toHaveLength(numbersOf(plain).length);
  });

  it("keeps what a listed token must not take from others: the score of what is attended to", () => {
    const pattern: Pattern = { looks: [] };
    const copying: Algorithm = {
      context: 64,
      patterns: [pattern],
      averages: [],
      cases: [
        {
          copies: [
            {
              of: pattern,
              points: [
                [0, 0],
                [1, 5],
              ],
            },
          ],
          scores: { a: -1 },
          others: -1,
        },
      ],
    };
    expect(tidied(copying).algorithm).toEqual(copying);
  });
});
