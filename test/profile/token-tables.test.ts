import { describe, expect, test } from "vitest";
import { TokenSumming, type TokenSums } from "../../src/profile/token-sums.ts";
import { NO_ROW, TokenTableMaking } from "../../src/profile/token-tables.ts";
import type { TokenDocument } from "../../src/text/index.ts";

const VOCABULARY = 5;
const WIDTH = 2;
const SIZES = [{ width: WIDTH, neurons: 3 }];
const documents = [documentOf([4, 1, 4]), documentOf([1, 2])];
const means = { mlps: [Float32Array.of(10, 20)], neurons: [Float32Array.of(1, 2, 3)] };

describe("tables by token", () => {
  test("are means of what was there, drawn to the overall mean by one occurrence", () => {
    const { rowOf, tokens, blocks } = tablesOf([documents]);
    expect(tokens).toBe(3);
    expect(Array.from(rowOf)).toEqual([NO_ROW, 1, 2, NO_ROW, 0]);
    // Outputs are (100 * document + time, 0). Token 4 is read at times 0 and 2 of the first document.
    expect(row(blocks[0]?.current, 0)).toEqual([(0 + 2 + 10) / 3, 20 / 3].map(Math.fround));
    expect(row(blocks[0]?.current, 1)).toEqual([(1 + 100 + 10) / 3, 20 / 3].map(Math.fround));
    // After token 1 come time 2 of the first document and time 1 of the second; after token 2 nothing does.
    expect(row(blocks[0]?.previous, 1)).toEqual([(2 + 101 + 10) / 3, 20 / 3].map(Math.fround));
    expect(row(blocks[0]?.previous, 2)).toEqual([10, 20]);
    // Two parts of the MLP, of one neuron and of two.
    expect(blocks[0]?.activations?.slice(3, 6)).toEqual(Float32Array.of((1 + 100 + 1) / 3, (51 + 150 + 2) / 3, 1));
  });

  test("are the same however documents are grouped", () => {
    expect(tablesOf([documents.slice(0, 1), documents.slice(1)])).toEqual(tablesOf([documents]));
  });

  test("of activations are not made where they would be too large", () => {
    const [tables] = new TokenSumming(documents, 2 ** 25, [{ width: WIDTH, neurons: 3 }]).sums.blocks;
    expect(tables?.activations).toBeUndefined();
    expect(tables?.current).toHaveLength(3 * WIDTH);
  });
});

function tablesOf(groups: readonly (readonly TokenDocument[])[]) {
  const making = new TokenTableMaking(documents, VOCABULARY);
  for (const group of groups) making.add(sumsOf(group));
  return making.tables(means);
}

/** Outputs are (100 * document + time, 0); activations the same number, then 50 more, then 0. */
function sumsOf(group: readonly TokenDocument[]): TokenSums {
  const summing = new TokenSumming(group, VOCABULARY, SIZES);
  for (const document of group) {
    const numbers = document.tokens.map((_, time) => 100 * documents.indexOf(document) + time);
    summing.begin(document);
    summing.output(0, Float32Array.from(numbers.flatMap((number) => [number, 0])));
    summing.activations(0, 0, Float32Array.from(numbers));
    summing.activations(0, 1, Float32Array.from(numbers.flatMap((number) => [number + 50, 0])));
  }
  return summing.sums;
}

const row = (table: Float32Array | undefined, index: number): number[] =>
  Array.from(table?.subarray(index * WIDTH, (index + 1) * WIDTH) ?? []);

function documentOf(tokens: number[]): TokenDocument {
  return { id: tokens.join(), domain: "test", tokens, position: 0, scored: [] };
}
