import { describe, expect, it } from "vitest";
import { reportFiles } from "../../src/codegen/report-files.ts";
import { reportSchema, type Report } from "../../src/report/index.ts";
import { randomInput } from "./emitted.ts";
import { everyKindInput } from "./every-kind.ts";

const interval = (value: number) => ({ value, low: value * 0.8, high: value * 1.2 });

const report: Report = reportSchema.parse({
  schema: 1,
  model: { id: "random", sha256: "ab".repeat(32), parameters: 1234 },
  budget: { metric: "flips", limit: 0.01, met: true },
  fidelity: {
    flips: interval(0.0071),
    wer: interval(0.032),
    confidentFlips: interval(0),
    match: interval(0.81),
    kl: interval(0.00031),
    ceDelta: interval(-0.0002),
    agreementByMargin: [{ from: 0, below: null, positions: 20480, flips: 0.0071 }],
    byDomain: {
      "a|b": {
        documents: 12,
        positions: 20480,
        flips: interval(0.0071),
        confidentFlips: interval(0),
        match: interval(0.81),
        kl: interval(0.00031),
        ceDelta: interval(-0.0002),
      },
      novel: {
        documents: 12,
        positions: 20480,
        flips: interval(0.0071),
        confidentFlips: interval(0),
        match: interval(0.81),
        kl: interval(0.00031),
        ceDelta: interval(-0.0002),
      },
    },
    documents: 12,
    positions: 20480,
    continuations: 300,
  },
  explanation: {
    headline: 0.012,
    bits: 0.03,
    recovery: -0.04,
    simulation: 0.012,
    coverage: {
      headsSymbolicQk: 2,
      headsSymbolic: 1,
      heads: 4,
      neurons: { constant: 2, affine: 0, table: 0, rule: 0, guarded: 0, total: 24 },
      parametersNoLongerRead: 0.034,
      flopsNoLongerRun: 0.02,
      described: null,
      decided: 0,
    },
    falsification: { rules: 3, passed: 2 },
  },
  source: { files: 30, lines: 1000, longestFile: 300, documentedShare: 1 },
});

const contentsOf = async (path: string, given = report, input = randomInput(5)): Promise<string> => {
  const files = await reportFiles(input, given);
  return String(files.find((file) => file.path === path)?.contents);
};

/** Cells of the table row that begins with a label. */
const rowOf = (text: string, label: string): string[] | undefined =>
  text
    .split("\n")
    .filter((line) => line.startsWith(`| ${label} `) || line.startsWith(`| ${label}: `))
    .map((line) => line.split(/(?<!\\)\|/u).map((cell) => cell.trim()))
    .map((cells) => cells.slice(2, -1))[0];

describe("the README of a package", () => {
  it("has the measured fidelity with intervals, overall and by domain", async () => {
    const readme = await contentsOf("README.md");
    expect(rowOf(readme, "flips")).toEqual(["0.71 %", "0.568 % … 0.852 %"]);
    expect(rowOf(readme, "confident flips")).toEqual(["0 %", "0 % … 0 %"]);
    expect(rowOf(readme, "ceDelta")).toEqual(["-0.0002", "-0.00016 … -0.00024"]);
    expect(rowOf(readme, "a\\|b")).toEqual(["20,480", "0.71 %", "0 %", "0.00031 nats", "-0.00020 nats"]);
    expect(readme).toContain("The budget was flips of at most 1 %, and the upper end of its interval is 0.85 %: met.");
  });

  it("has the explanation as it is, below zero too, and says what is unexplained", async () => {
    const readme = await contentsOf("README.md");
    expect(rowOf(readme, "**headline")).toEqual(["**1.2 %**"]);
    expect(rowOf(readme, "recovery")).toEqual(["-4 %"]);
    expect(rowOf(readme, "heads that look by rule")).toEqual(["2 of 4"]);
    expect(readme).toContain(
      "Of 4 heads, 1 looks by rule, 1 writes a constant and 2 are unexplained; of 24 neurons, 2 are constant and 22 unexplained.",
    );
  });

  it("has no table by domain where there is one domain", async () => {
    const { novel } = report.fidelity.byDomain;
    const single = { ...report, fidelity: { ...report.fidelity, byDomain: novel ? { novel } : {} } };
    expect(rowOf(await contentsOf("README.md", single), "novel")).toBeUndefined();
  });

  it("names the unexplained parts that weigh most, the weightiest first", async () => {
    const readme = await contentsOf("README.md");
    const prices = [...readme.matchAll(/^- `src\/block-\d\d\/(?:head-\d\d|mlp)\.ts`: (.*) nats$/gmu)].map(([, price]) =>
      Number(price),
    );
    expect(prices).toHaveLength(4);
    expect(prices).toEqual(prices.toSorted((one, other) => other - one));
    expect(readme).not.toContain("- `src/block-00/head-01.ts`");
  });

  it("shows a measure that just misses its limit with the digits that tell them apart", async () => {
    const flips = { value: 0.0091, low: 0.0083, high: 0.010004 };
    const missed = { budget: { ...report.budget, met: false }, fidelity: { ...report.fidelity, flips } };
    expect(await contentsOf("README.md", { ...report, ...missed })).toContain(
      "The budget was flips of at most 1 %, and the upper end of its interval is 1.0004 %: missed.",
    );
  });

  it("leaves out what was not measured", async () => {
    const { fidelity } = report;
    const unmeasured = { ...report, fidelity: { ...fidelity, wer: null, ceDelta: null, continuations: 0 } };
    const readme = await contentsOf("README.md", unmeasured);
    expect(readme).not.toContain("word error rate");
    expect(readme).not.toContain("continuations;");
  });

  it("says how to read class tables, and what fitting again bought, where there are any", async () => {
    const readme = await contentsOf("README.md", report, everyKindInput(3));
    expect(readme).toContain("for instance of `tokenHead01` (`src/block-00/head-01.ts`)");
    expect(readme).toContain("const scores = machine.values(W.block00.head01.classScores);");
    expect(readme).toContain("took 32 % off the KL divergence measured on held-out text, 0.0091 nats before");
    expect(readme).toContain("those of positions lie on straight lines between 5 of them.");
    const plain = await contentsOf("README.md");
    expect(plain).not.toContain("## Read the rules");
    expect(plain).not.toContain("fitted to the original again");
  });

  it("shows a model's name as text, whatever is in it", async () => {
    const [title] = (await contentsOf("README.md")).split("\n");
    expect(title).toMatch(/^# .*\\`random\\` \\<model\\>, as TypeScript$/u);
  });
});

describe("report.json", () => {
  it("is the report", async () => {
    expect(reportSchema.parse(JSON.parse(await contentsOf("report.json")))).toEqual(report);
  });
});
