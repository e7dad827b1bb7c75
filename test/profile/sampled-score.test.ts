import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/engine/index.ts";
import { sampledScore } from "../../src/profile/sampled-score.ts";
import type { Decision, TokenDocument } from "../../src/text/index.ts";

const SCORES = [2, -1, 0.5, -3, 1];
const DRAWS = 40_000;
const document: TokenDocument = { id: "one", domain: "test", tokens: [0, 1], position: 0, scored: [1] };

/** Means over many draws of the products of every two entries, and of the fourth powers of the entries. */
function moments(decision: Decision): { readonly products: number[][]; readonly fourth: number[] } {
  const products = SCORES.map(() => SCORES.map(() => 0));
  const fourth = SCORES.map(() => 0);
  const score = sampledScore(decision, document, createRandom(7));
  for (let draw = 0; draw < DRAWS; draw++) {
    const row = Float32Array.from(SCORES);
    score(row, 1);
    row.forEach((one, first) => {
      fourth[first] = (fourth[first] as number) + one ** 4 / DRAWS;
      row.forEach((other, second) => {
        const own = products[first] as number[];
        own[second] = (own[second] as number) + (one * other) / DRAWS;
      });
    });
  }
  return { products, fourth };
}

const softmax = (): number[] => {
  const sum = SCORES.reduce((total, score) => total + Math.exp(score), 0);
  return SCORES.map((score) => Math.exp(score) / sum);
};

describe("a sampled score", () => {
  test("has the Fisher information of a softmax as its covariance", () => {
    const { products } = moments("argmax");
    const p = softmax();
    products.forEach((row, first) =>
      row.forEach((product, second) => {
        const fisher = (first === second ? (p[first] as number) : 0) - (p[first] as number) * (p[second] as number);
        expect(Math.abs(product - fisher)).toBeLessThan(0.004);
      }),
    );
  });

  test("has the Fisher information of every token's own coin as its covariance", () => {
    const { products } = moments("positive");
    products.forEach((row, first) =>
      row.forEach((product, second) => {
        const p = 1 / (1 + Math.exp(-(SCORES[first] as number)));
        expect(Math.abs(product - (first === second ? p * (1 - p) : 0))).toBeLessThan(0.004);
      }),
    );
  });

  test("varies far less in its squares than one drawn answer does, where answers are rare", () => {
    const { fourth } = moments("argmax");
    softmax().forEach((p, token) => {
      // Of one drawn answer: 1 - p with probability p, else -p.
      const drawn = p * (1 - p) ** 4 + (1 - p) * p ** 4;
      if (p < 0.05) expect(fourth[token]).toBeLessThan(drawn / 5);
    });
    expect(Math.min(...softmax())).toBeLessThan(0.05);
  });

  test("is nothing where the text is not scored", () => {
    const row = Float32Array.from(SCORES);
    sampledScore("argmax", document, createRandom(7))(row, 0);
    expect([...row]).toEqual(SCORES.map(() => 0));
  });
});
