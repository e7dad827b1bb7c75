import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { withGeneratedParts } from "../scripts/readme-parts.ts";
import { reportSchema, tierOf } from "../src/report/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("README.md", () => {
  it("shows the excerpt and the tables of output/tiny as they are (npm run readme writes them)", () => {
    expect(readme).toBe(withGeneratedParts(readme));
  });

  it("shows each tier of a frontier, the strategies of one budget beside each other, and nothing without a frontier", () => {
    const folder = mkdtempSync(join(tmpdir(), "weights2ts-readme-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "frontier.json");
    expect(withGeneratedParts(readme, pathToFileURL(file))).not.toContain("| strategy |");

    const report = reportSchema.parse(
      JSON.parse(readFileSync(new URL("../output/tiny/report.json", import.meta.url), "utf8")),
    );
    const tiers = ["full", "baseline"].flatMap((strategy) =>
      [0.01, 0.05].map((limit) =>
        tierOf(
          { ...report, budget: { metric: "flips", limit, met: limit > 0.01 } },
          { strategy, refit: "ridge", without: [], folder: "package", seconds: 1 },
        ),
      ),
    );
    writeFileSync(file, JSON.stringify({ schema: 1, model: report.model, tiers }));
    const lines = withGeneratedParts(readme, pathToFileURL(file)).split("\n");
    const head = lines.findIndex((line) => line.startsWith("| budget | strategy |"));
    const cells = lines.slice(head + 2, head + 6).map((line) => line.split(" | ").slice(0, 2).join(" "));
    expect(cells).toEqual([
      "| flips=1% (missed) full",
      "| flips=1% (missed) baseline",
      "| flips=5% full",
      "| flips=5% baseline",
    ]);
  });
});
