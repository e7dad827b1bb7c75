import { describe, expect, it } from "vitest";
import { foreseenNumber, type Case } from "../../../src/runtime/index.ts";
import { fittedFacts } from "../../../src/simplify/algorithm/recent/facts.ts";
import { fittedNear } from "../../../src/simplify/algorithm/recent/near.ts";
import { inputOf, type RecentInput } from "../../../src/simplify/algorithm/recent/rows.ts";
import { fittedWaves } from "../../../src/simplify/algorithm/recent/waves.ts";
import { seededNormal, seededUniform } from "../../ir/random-model.ts";

/** Rows of texts, and of what a function says of each. */
const rowsOf = (
  words: readonly string[],
  texts: readonly (readonly number[])[],
  scoresOf: (text: readonly number[]) => ArrayLike<number>,
): RecentInput =>
  inputOf(
    texts.map((text) => ({ text, position: text.length - 1, scores: Float32Array.from(scoresOf(text)) })),
    words,
    "argmax",
  );

const numbers = (count: number): string[] => Array.from({ length: count }, (_, number) => String(number));
const recentIn = (found: Case | undefined) => found?.recent?.[0];

describe("waves", () => {
  const [modulus, equals] = [11, 11];
  const words = [...numbers(modulus), "="];
  const pairs = Array.from({ length: modulus * modulus }, (_, index) => [
    Math.floor(index / modulus),
    index % modulus,
    equals,
  ]);
  const turned = (turns: number): number => Math.cos((2 * Math.PI * turns) / modulus);

  it("are found with their frequencies, turns, amplitudes and phases", () => {
    const input = rowsOf(words, pairs, ([a = 0, b = 0]) =>
      words.map((_, c) =>
        c === equals
          ? -3
          : 4 * turned(3 * (a + b - c)) - 2 * turned(5 * (a - 2 * b - c)) + turned(2 * a - c + modulus / 4),
      ),
    );
    const found = fittedWaves(input);
    const recent = recentIn(found);
    if (recent?.kind !== "waves") throw new Error("There are no waves.");
    expect(recent.modulus).toBe(modulus);
    const [first, second, third] = recent.waves;
    expect(first).toMatchObject({ frequency: 3, turns: [0, 3, 3] });
    expect(first?.amplitude).toBeCloseTo(4, 1);
    expect(second).toMatchObject({ frequency: 5, turns: [0, 1, 5] });
    expect(second?.amplitude).toBeCloseTo(-2, 1);
    expect(second).not.toHaveProperty("phase");
    expect(third).toMatchObject({ frequency: 1, turns: [0, 0, 2] });
    expect(third?.phase).toBeCloseTo(Math.PI / 2, 1);
    expect(recent.waves).toHaveLength(3);
    expect(found?.scores["="]).toBeLessThan(-2);
  });

  it("are not claimed of scores drawn at random", () => {
    const normal = seededNormal(3);
    expect(fittedWaves(rowsOf(words, pairs, () => words.map(() => 3 * normal())))).toBeUndefined();
  });

  it("are not looked for where not all numbers from 0 on are tokens, or only one stands before the answer", () => {
    const cosines = ([a = 0, b = 0]: readonly number[]): number[] => words.map((_, c) => 4 * turned(a + b - c));
    expect(fittedWaves(rowsOf([...numbers(10), "12", "="], pairs, cosines))).toBeUndefined();
    const single = pairs.map(([a = 0]) => [a, equals]);
    expect(fittedWaves(rowsOf(words, single, cosines))).toBeUndefined();
  });
});

describe("a foreseen number", () => {
  const words = numbers(40);
  const uniform = seededUniform(5);
  const texts = Array.from({ length: 400 }, () => Array.from({ length: 3 }, () => Math.floor(uniform() * 40)));

  it("is found as the products that it is the sum of, with its spread", () => {
    const input = rowsOf(words, texts, ([a = 0, , c = 0]) =>
      words.map((_, next) => -((next - (5 + 0.5 * c + 0.01 * a * c)) ** 2) / 2),
    );
    const found = fittedNear(input);
    expect(found?.period).toBe(1);
    const recent = recentIn(found?.cases[0]);
    if (recent?.kind !== "near") throw new Error("No number is foreseen.");
    for (const text of texts.slice(0, 20)) {
      const [a = 0, , c = 0] = text;
      const foreseen = foreseenNumber(recent.foreseen, (back) => text.at(-1 - back) ?? NaN);
      expect(Math.abs(foreseen - (5 + 0.5 * c + 0.01 * a * c))).toBeLessThan(0.3);
    }
    // The second number plays no part.
    expect(recent.foreseen.flatMap(([, ...back]) => back)).not.toContain(1);
    expect(Math.max(...recent.points.map(([, score]) => score))).toBe(0);
  });

  it("is not claimed where the next number does not follow from recent ones", () => {
    const input = rowsOf(words, texts, () => {
      const next = Math.floor(uniform() * 40);
      return words.map((_, number) => (number === next ? 9 : 0));
    });
    expect(fittedNear(input)).toBeUndefined();
  });
});

describe("facts", () => {
  const words = ["a", "b", "is", "was", "x", "y"];
  const texts = [
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
  ];
  const answers = [4, 5, 5, 4];

  it("are lines of as few tokens as say what follows", () => {
    const input = rowsOf(words, texts, (text) => {
      const answer = answers[texts.findIndex((own) => own.join() === text.join())];
      return words.map((_, id) => (id === answer ? 8 : 0));
    });
    const found = fittedFacts(input);
    const recent = recentIn(found);
    if (recent?.kind !== "facts") throw new Error("There are no facts.");
    expect(recent.lines).toEqual([
      ["a", "is", "x"],
      ["a", "was", "y"],
      ["b", "is", "y"],
      ["b", "was", "x"],
    ]);
    expect(recent.score).toBeCloseTo(8, 1);
  });

  it("are not claimed where the same tokens are followed by different ones", () => {
    const longer = [...texts, ...texts].map((text, index) => [index < 4 ? 0 : 1, 0, 1, 2, ...text]);
    const input = rowsOf(words, longer, (text) => words.map((_, id) => (id === text[0] ? 8 : 0)));
    expect(fittedFacts(input)).toBeUndefined();
  });
});
