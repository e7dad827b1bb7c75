import { describe, expect, it } from "vitest";
import {
  copy,
  differences,
  followsMatch,
  kernel,
  sameToken,
  type Algorithm,
  type Pattern,
} from "../../../src/runtime/index.ts";
import { attendedBy } from "../../../src/simplify/algorithm/attended.ts";
import { seededUniform } from "../../ir/random-model.ts";

const WORDS = [...Array.from({ length: 20 }, (_, number) => String(number)), "<sep>"];
const SEP = 20;
const POINTS = [
  [0, 0],
  [1, 5],
] as const;

/** Numbers, all different or from few, and a separator at some place; every position counts. */
function documents(numbers: number, isDistinct: boolean) {
  const uniform = seededUniform(5);
  return Array.from({ length: 60 }, (_, index) => {
    const left = Array.from({ length: numbers }, (_own, number) => number);
    const tokens = Array.from({ length: 10 }, () => {
      const at = Math.floor(uniform() * left.length);
      return isDistinct ? left.splice(at, 1)[0]! : left[at]!;
    });
    tokens.splice(4 + (index % 5), 0, SEP);
    return { id: `${index}`, domain: "task", tokens, position: 0, scored: [3, 4, 5, 6, 7, 8, 9, 10] };
  });
}

function algorithmOf(pattern: Pattern, after?: readonly string[]): Algorithm {
  const copying = { ...(after && { after }), copies: [copy(pattern, POINTS)], scores: {}, others: 0 };
  return { context: 32, patterns: [pattern], averages: [], cases: [copying, { scores: {}, others: 0 }] };
}

const attended = (pattern: Pattern, numbers: number, isDistinct: boolean, after?: readonly string[]) =>
  attendedBy(algorithmOf(pattern, after), WORDS, documents(numbers, isDistinct))[0];

describe("what most of a pattern's attention goes to", () => {
  it("is the next larger number where scores fall from there", () => {
    const falling = differences(
      [
        [0, -30],
        [1, 30],
        [20, -60],
      ],
      { "<sep>": -1 },
    );
    expect(attended({ looks: [falling] }, 20, true)).toMatchObject({ relation: "nextLarger" });
    const flat = differences([
      [0, -30],
      [1, 30],
    ]);
    expect(attended({ looks: [flat] }, 20, true)).toMatchObject({ relation: "larger" });
  });

  it("is a repetition, and with what share", () => {
    const follows = attended({ looks: [followsMatch([20])] }, 4, false);
    expect(follows?.relation).toBe("induction");
    expect(follows?.share).toBeGreaterThan(0.99);
    expect(attended({ looks: [sameToken([20])] }, 4, false)).toMatchObject({ relation: "duplicate" });
  });

  it("is asked where the pattern is copied from alone", () => {
    // After the separator all numbers are larger: the largest of them is as well.
    const rising = differences(
      [
        [0, 0],
        [21, 300],
      ],
      { "<sep>": -1 },
    );
    expect(attended({ looks: [rising] }, 20, true, ["<sep>"])).toMatchObject({ relation: "largest" });
  });

  it("is left unsaid where it goes by none of these", () => {
    const back = kernel([
      [1, 0],
      [2, 9],
      [32, 0],
    ]);
    expect(attended({ looks: [back] }, 20, true)).toBeUndefined();
    expect(attended({ looks: [] }, 20, true)).toBeUndefined();
  });
});
