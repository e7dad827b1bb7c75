import { expect, it } from "vitest";
import { pathSentences } from "../../src/codegen/path-prose.ts";

it("says what decides between keys, whatever the query and together with it, and what works against that", () => {
  const prose = pathSentences({
    terms: [
      { query: "constant", key: "block01.head02", share: 0.73 },
      { query: "token", key: "token", share: 0.3 },
      { query: "constant", key: "constant", share: -0.132 },
      { query: "block00.mlp", key: "position", share: 0.1 },
      { query: "token", key: "position", share: 0.004 },
    ],
    explained: 0.659,
  });
  expect(prose).toBe(
    "What decides between keys, by share of its scores' variance: whatever the query, what block01.head02 wrote at the " +
      "key (73 %); taken together, the query's token with the key's token (30 %) and what block 0's MLP wrote at the query " +
      "with the key's position (10 %). Against these: whatever the query, the key's constants, which only the layer " +
      "norm varies (13 %). Alone, its score's five strongest terms explain 66 % of what it writes on held-out text.",
  );
});

it("claims no share of what it writes where the terms explain less than the mean", () => {
  const terms = [{ query: "token", key: "token", share: 1 }];
  expect(pathSentences({ terms, explained: -0.4 })).toContain("Alone, its score's one strongest term explains 0 %");
});
