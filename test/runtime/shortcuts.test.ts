import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantiate } from "../../src/engine/instantiate.ts";
import { lift } from "../../src/ir/index.ts";
import {
  createPlainMachine,
  createProgram,
  createTokenizer,
  decidedNext,
  decideScores,
  indexOfHighest,
  readShortcuts,
  shortcutsOf,
  type Shortcut,
} from "../../src/runtime/index.ts";
import { randomLiftSource, randomTokens } from "../ir/random-model.ts";

const words = createTokenizer({ kind: "words", words: ["the", "United", "States", "Kingdom", "of", "twin", "twin"] });
const letters = createTokenizer({
  kind: "bytePairs",
  tokens: ["a", "b", "c", "ab", "Ġ"],
  merges: [["a", "b"]],
  special: [],
});

describe("shortcuts", () => {
  it("decide by the longest context that the text ends in", () => {
    const shortcuts = shortcutsOf([
      { after: [1], next: 5 },
      { after: [3, 2, 1], next: 7 },
    ]);
    expect(decidedNext(shortcuts, [9, 1])).toBe(5);
    expect(decidedNext(shortcuts, [3, 2, 1])).toBe(7);
    expect(decidedNext(shortcuts, [2, 1])).toBe(5);
    expect(decidedNext(shortcuts, [1, 2])).toBeUndefined();
    expect(decidedNext(shortcuts, [])).toBeUndefined();
    expect(decidedNext(undefined, [1])).toBeUndefined();
  });

  it("read the first tokens alone where they are told how many", () => {
    const shortcuts = shortcutsOf([{ after: [1], next: 5 }]);
    expect(decidedNext(shortcuts, [1, 2], 1)).toBe(5);
    expect(decidedNext(shortcuts, [1, 2], 2)).toBeUndefined();
  });

  it("find what a search through all rules finds", () => {
    const token = fc.integer({ min: 0, max: 3 });
    const rule = fc.record({ after: fc.array(token, { minLength: 1, maxLength: 4 }), next: token });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 20 }), fc.array(token, { maxLength: 8 }), (rules, tokens) => {
        expect(decidedNext(shortcutsOf(rules), tokens)).toBe(searched(rules, tokens));
      }),
    );
  });

  it("are read from text, or token by token where the tokenizer would cut the text otherwise", () => {
    expect(decidedNext(readShortcuts(words, [["the United", "States"]]), [0, 1])).toBe(2);
    expect(decidedNext(readShortcuts(letters, [["ab", "c"]]), [3])).toBe(2);
    const apart = readShortcuts(letters, [[["a", "b"], "c"]]);
    expect(decidedNext(apart, [0, 1])).toBe(2);
    expect(decidedNext(apart, [3])).toBeUndefined();
  });

  it("say which text is no token, or that of several", () => {
    expect(() => readShortcuts(words, [["of", "Pikachu"]])).toThrow('"Pikachu" is not the text of exactly one token.');
    expect(() => readShortcuts(words, [["of", "twin"]])).toThrow(RangeError);
  });

  it("give the decided token the highest score, and leave the others as they are", () => {
    const shortcuts = shortcutsOf([{ after: [0], next: 1 }]);
    for (const row of [
      [3, 3, 3],
      [0, 0, 0],
      [-1e6, -1e30, -1e8],
      [5, 1e-30, -5],
    ]) {
      const scores = Float32Array.from(row);
      decideScores(shortcuts, [0], 1, scores);
      expect(indexOfHighest(scores)).toBe(1);
      expect([scores[0], scores[2]]).toEqual([Math.fround(row[0] as number), Math.fround(row[2] as number)]);
    }
    const leading = Float32Array.of(1, 4, 2);
    decideScores(shortcuts, [0], 1, leading);
    expect([...leading]).toEqual([1, 4, 2]);
  });
});

describe("a program with shortcuts", () => {
  const machine = createPlainMachine();
  const plain = instantiate(machine, lift(randomLiftSource(3)));
  const rules = [1, 2, 4, 5, 7, 8, 10, 11, 13].map((token): Shortcut => ({
    after: [token],
    next: (7 * token + 1) % 20,
  }));
  const model = { ...plain, shortcuts: shortcutsOf(rules) };
  const program = createProgram(machine, model, words);
  const without = createProgram(machine, plain, words);

  it("takes what they decide, and what the model says elsewhere", () => {
    const ids = randomTokens(1, 16, 20);
    const before = without.logits(ids);
    program.logits(ids).forEach((row, time) => {
      const next = decidedNext(model.shortcuts, ids, time + 1);
      if (next === undefined) expect(row).toEqual(before[time]);
      else expect(indexOfHighest(row)).toBe(next);
    });
  });

  it("continues a text as its own scores say, whatever was decided without the model before", () => {
    let [decided, undecided] = [0, 0];
    for (const start of [1, 7, 13]) {
      const text = [start];
      while (text.length < 12) text.push(indexOfHighest(program.logits(text).at(-1) as Float32Array));
      expect([...program.generate([start], { tokens: 11 })]).toEqual(text.slice(1));
      for (let length = 1; length < text.length; length++) {
        if (decidedNext(model.shortcuts, text, length) === undefined) undecided++;
        else decided++;
      }
    }
    expect(Math.min(decided, undecided)).toBeGreaterThan(3);
  });
});

/** The rule with the longest context that the text ends in; the last one among equals. */
function searched(rules: readonly Shortcut[], tokens: readonly number[]): number | undefined {
  const holds = ({ after }: Shortcut): boolean =>
    after.length <= tokens.length &&
    after.every((token, index) => tokens[tokens.length - after.length + index] === token);
  return rules
    .filter(holds)
    .reduce<Shortcut | undefined>(
      (best, rule) => (best && best.after.length > rule.after.length ? best : rule),
      undefined,
    )?.next;
}
