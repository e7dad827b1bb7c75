import { describe, expect, it } from "vitest";
import { partsClause, partsInBrief } from "../../src/codegen/summary.ts";

const heads = (byRule: number, constant: number, opaque: number, symbolic = 0, partly = 0) => ({
  heads: symbolic + byRule + partly + constant + opaque,
  symbolic,
  byRule,
  partly,
  constant,
  opaque,
});

const neuronsOf = (total: number, constant: number, affine = 0, table = 0, rule = 0) => ({
  total,
  dense: total - constant - affine - table - rule,
  constant,
  affine,
  table,
  rule,
});

describe("how much of a block or a model is explained", () => {
  it.each([
    [
      heads(3, 1, 12),
      [2048, 220],
      "of 16 heads, 3 look by rule, 1 writes a constant and 12 are unexplained; of 2,048 neurons, 220 are constant and 1,828 unexplained",
    ],
    [heads(0, 0, 2), [256, 0], "both heads and all 256 neurons are unexplained"],
    [heads(0, 0, 1), [64, 64], "the one head is unexplained; all 64 neurons are constant"],
    [heads(1, 0, 0), [64, 0], "the one head looks by rule; all 64 neurons are unexplained"],
    [heads(0, 4, 0), [64, 63], "all 4 heads write a constant; of 64 neurons, 63 are constant and 1 is unexplained"],
    [
      heads(1, 0, 1),
      [64, 1],
      "of 2 heads, 1 looks by rule and 1 is unexplained; of 64 neurons, 1 is constant and 63 are unexplained",
    ],
    [
      heads(1, 0, 1, 2, 1),
      [64, 1, 20, 10, 3],
      "of 5 heads, 2 look and move by rule, 1 looks by rule, 1 goes in part by rule and 1 is unexplained; of 64 neurons, 1 is constant, 20 are absorbed by a linear map, 10 looked up in tables by token, 3 replaced by rules and 30 unexplained",
    ],
  ])("reads as a sentence", (counts, [total = 0, constant = 0, ...others], clause) => {
    expect(partsClause({ heads: counts, neurons: neuronsOf(total, constant, ...others) })).toBe(clause);
  });

  it("is short in a list", () => {
    expect(partsInBrief({ heads: heads(1, 0, 3), neurons: neuronsOf(512, 98) })).toBe(
      "heads: 1 by rule, 3 unexplained; neurons: 98 constant, 414 unexplained",
    );
    expect(partsInBrief({ heads: heads(0, 2, 0), neurons: neuronsOf(5, 5) })).toBe(
      "heads: 2 constant; neurons: 5 constant",
    );
    expect(partsInBrief({ heads: heads(0, 0, 0, 3, 1), neurons: neuronsOf(9, 0, 4, 3, 2) })).toBe(
      "heads: 3 wholly by rule, 1 in part by rule; neurons: 4 linear, 3 by table, 2 by rule",
    );
  });
});
