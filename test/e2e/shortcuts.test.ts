import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCache } from "../../src/cache.ts";
import { compile } from "../../src/compile.ts";
import { silentProgress } from "../../src/progress.ts";
import { DEFAULT_SIMPLIFY } from "../../src/simplify/index.ts";
import { emptyFolder } from "./command.ts";
import { writeTaskModel } from "./small-models.ts";

const model = writeTaskModel(emptyFolder(), { sizes: { vocabulary: 12 } });

async function compiled(shortcuts: boolean) {
  const output = join(emptyFolder(), "package");
  const { report, ir } = await compile({
    model,
    output,
    budget: { metric: "flips", limit: 0.6 },
    simplify: { ...DEFAULT_SIMPLIFY, refit: "none" },
    shortcuts,
    text: "default",
    seed: 0,
    workers: 2,
    cache: openCache(emptyFolder(), () => {}),
    progress: silentProgress,
    signal: new AbortController().signal,
  });
  const ledger = readFileSync(join(output, "ledger.jsonl"), "utf8").trimEnd().split("\n");
  return { output, report, ir, ledger: ledger.map((line) => JSON.parse(line) as { pass: string }) };
}

describe("compiling with shortcuts", () => {
  it("lets the last tokens decide a share of the positions, and says which", async () => {
    const { output, report, ir, ledger } = await compiled(true);
    expect(report.explanation.coverage.decided).toBeGreaterThan(0.1);
    expect(report.explanation.coverage.decided).toBeLessThan(1);
    expect(report.budget.met).toBe(true);
    expect(ledger.filter(({ pass }) => pass === "shortcuts")).toHaveLength(1);
    expect(ir).toMatch(/^ {2}shortcuts shortcuts \(time\): \d+ rules; contexts of/mu);
    expect(readFileSync(join(output, "src/shortcuts-01.ts"), "utf8")).toMatch(
      /\["word\d+(?: word\d+)*", "word\d+"\],/u,
    );
    expect(readFileSync(join(output, "README.md"), "utf8")).toContain("decided by the last tokens alone");
  });

  it("has none of it without them", async () => {
    const { output, report, ledger } = await compiled(false);
    expect(report.explanation.coverage.decided).toBe(0);
    expect(ledger.filter(({ pass }) => pass === "shortcuts")).toEqual([]);
    expect(existsSync(join(output, "src/shortcuts.ts"))).toBe(false);
  });
});
