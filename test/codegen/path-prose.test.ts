import { expect, it } from "vitest";
import { pathTable } from "../../src/codegen/path-prose.ts";

it("lists what scores read, terms for every query first, and what works against the others with its sign", () => {
  const { rows, carried } = pathTable({
    terms: [
      { query: "token", key: "token", share: 0.3 },
      { query: "constant", key: "block01.head02", share: 0.73 },
      { query: "constant", key: "constant", share: -0.132 },
      { query: "block00.mlp", key: "position", share: 0.1 },
      { query: "token", key: "position", share: 0.004 },
    ],
    explained: 0.659,
  });
  expect(rows).toEqual([
    "any query           key: block01.head02  73 %",
    "any query           key: constant        -13 %",
    "query: token        key: token           30 %",
    "query: block00.mlp  key: position        10 %",
  ]);
  expect(carried).toBe("Its scores' five strongest terms alone explain 66 % of what it writes");
});

it("claims no share of what it writes where the terms explain less than the mean", () => {
  const terms = [{ query: "token", key: "token", share: 1 }];
  expect(pathTable({ terms, explained: -0.4 }).carried).toContain("Its scores' one strongest term alone explains 0 %");
});
