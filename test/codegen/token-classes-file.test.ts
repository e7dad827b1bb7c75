import { describe, expect, it } from "vitest";
import { tokenClassesPlans } from "../../src/codegen/token-classes-file.ts";
import { tokenText } from "../../src/codegen/token-text.ts";
import { TensorStore } from "../../src/ir/index.ts";

const origin = { tensors: [], passes: ["test"] };

/** The text of the file for so many words in so many classes, the first class with five of them. */
function listOf(words: readonly string[], count: number): string {
  const classes = Float32Array.from(words, (_, word) => (word < 5 ? 0 : 1 + (word % (count - 1))));
  const handle = { name: "tokenClasses", shape: [words.length], origin };
  const names = Array.from({ length: count }, (_, index) => `CLASS_LIKE_WORD_${index}`);
  const tokenClasses = {
    kind: "tokenClasses",
    id: "tokenClasses",
    shape: [words.length],
    origin,
    classes: handle,
    names,
  } as const;
  const tensors = new TensorStore(new Map([[handle.name, classes]]));
  const [plan] = tokenClassesPlans({ tokenClasses, tensors }, tokenText({ kind: "words", words }));
  return typeof plan?.source === "string" ? plan.source : "";
}

describe("the list of token classes", () => {
  it.each([[4], [32], [64], [128], [200], [256]])(
    "keeps within a file that a pull request shows with %i classes",
    (count) => {
      const words = Array.from({ length: 50_257 }, (_, id) => `wörd${id}`);
      const text = listOf(words, count);
      expect(text.split("\n").length).toBeLessThanOrEqual(400);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000);
      expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(140);
      expect(text.match(/"CLASS_LIKE_WORD_\d+",/gu)).toHaveLength(count);
      expect(text).toContain('5 tokens: "wörd0"');
      expect(text.match(/…/gu)?.length).toBeGreaterThanOrEqual(count - 1);
    },
  );

  it("has all members where they fit, and says so", () => {
    const text = listOf(
      Array.from({ length: 40 }, (_, id) => `word${id}`),
      3,
    );
    expect(text.match(/word\d+/gu)).toHaveLength(40);
    expect(text).toContain("which here are all of them");
    expect(text).not.toContain("…");
  });

  it("gives what small classes leave to the others", () => {
    const words = Array.from({ length: 3000 }, (_, id) => `word${id}`);
    const [few, many] = listOf(words, 2).split("CLASS_LIKE_WORD_0");
    expect(few?.match(/word\d+/gu)).toHaveLength(5);
    expect(many?.match(/word\d+/gu)?.length).toBeGreaterThan(1000);
  });
});
