import { describe, expect, test } from "vitest";
import {
  renderExplanationTable,
  renderFidelityTable,
  reportSchema,
  rounded,
  type Report,
} from "../../src/report/index.ts";

const interval = { value: 0.00742857, low: 0.00663971, high: 0.00832045 };
const measured = { flips: interval, confidentFlips: interval, match: interval, kl: interval };

const report: Report = {
  schema: 1,
  model: { id: "tiny", sha256: "ab", parameters: 957184 },
  budget: { metric: "flips", limit: 0.01, met: true },
  fidelity: {
    ...measured,
    wer: interval,
    ceDelta: { value: -0.0001, low: -0.0002, high: 0 },
    agreementByMargin: [{ from: 0, below: null, positions: 10, flips: 0.1 }],
    byDomain: { novel: { ...measured, documents: 1, positions: 10, ceDelta: null } },
    documents: 1,
    positions: 10,
    continuations: 2,
  },
  explanation: {
    headline: 0,
    bits: -0.0312,
    recovery: 0.25,
    simulation: 1,
    coverage: {
      headsSymbolicQk: 3,
      headsSymbolic: 1,
      heads: 16,
      neurons: { constant: 5, affine: 0, table: 2, rule: 0, guarded: 0, total: 2048 },
      parametersNoLongerRead: 0.0046,
      flopsNoLongerRun: 0.0012,
      described: null,
      decided: 0,
    },
    falsification: { rules: 4, passed: 3 },
  },
  source: { files: 34, lines: 910, longestFile: 93, documentedShare: 1 },
};

describe("reportSchema", () => {
  test("takes a report, and the same after a way through JSON", () => {
    expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  test("refuses what it does not know, and shares above 1", () => {
    expect(reportSchema.safeParse({ ...report, madeUp: 1 }).success).toBe(false);
    const boastful = { ...report.explanation, headline: 1.2 };
    expect(reportSchema.safeParse({ ...report, explanation: boastful }).success).toBe(false);
  });

  test("takes a model whose tokens are not text", () => {
    const task = { ...report, fidelity: { ...report.fidelity, wer: null, ceDelta: null } };
    expect(reportSchema.safeParse(task).success).toBe(true);
  });
});

describe("rounded", () => {
  test("keeps six significant digits of fractions and all of whole numbers", () => {
    const data = { share: 1 / 3, parameters: 124439808, list: [2e-7 / 3, null, "0.123456789"] };
    expect(rounded(data)).toEqual({ share: 0.333333, parameters: 124439808, list: [6.66667e-8, null, "0.123456789"] });
  });

  test("takes what rounding left of nothing for nothing, and knows no negative zero", () => {
    expect(Object.is(rounded(-3e-15), 0)).toBe(true);
    expect(Object.is(rounded(-0), 0)).toBe(true);
  });
});

describe("the tables", () => {
  test("show fidelity with its intervals, in the reader's units", () => {
    const lines = renderFidelityTable(report).split("\n");
    expect(lines[2]).toBe("| flips: positions with another answer than the original's | 0.743 % | 0.664 % … 0.832 % |");
    expect(lines).toHaveLength(8);
  });

  test("leave out what a task model does not have", () => {
    const task = { fidelity: { ...report.fidelity, wer: null, ceDelta: null } };
    expect(renderFidelityTable(task)).not.toMatch(/\bwer\b|ceDelta/);
  });

  test("show the explanation, its headline first, and do not hide that a program is longer than the original", () => {
    const text = renderExplanationTable(report);
    expect(text.split("\n")[2]).toContain("**0 %**");
    expect(text).toContain("| bits that are gone, rules counted at full price | -3.12 % |");
    expect(text).toContain("| neurons replaced | 7 of 2048 |");
    expect(text).toContain("| rules that survive falsification | 3 of 4 |");
  });
});
