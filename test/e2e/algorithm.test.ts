import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reportSchema } from "../../src/report/index.ts";
import { emptyFolder, succeed } from "./command.ts";
import { writeMajority } from "./small-models.ts";

describe("a small model whose algorithm is known", () => {
  it("is compiled to that algorithm: no weights are left, and every measurement says so", async () => {
    const parent = emptyFolder();
    const folder = join(parent, "package");
    const model = writeMajority(parent);
    await succeed(["compile", model, "-o", folder]);
    const report = reportSchema.parse(JSON.parse(readFileSync(join(folder, "report.json"), "utf8")));
    expect(report.budget.met).toBe(true);
    expect(report.fidelity.match.value).toBeGreaterThanOrEqual(0.98);
    expect(report.explanation.headline).toBeGreaterThan(0.5);
    expect(report.explanation.falsification).toEqual({ rules: 2, passed: 2 });
    expect(readdirSync(join(folder, "weights"))).toEqual(["tokenizer.json"]);
    expect(readFileSync(join(folder, "src", "averages.ts"), "utf8")).toContain("worth: { a: 1, b: -1 }");
    const { stdout } = await succeed(["run", folder, "<bos> a a b <sep>", "-n", "1"]);
    expect(stdout.trim()).toBe("a");

    // A head is judged whether or not the manifest says that something stands for it.
    const path = join(folder, "manifest.json");
    const manifest = JSON.parse(readFileSync(path, "utf8")) as { sites: { averages?: number[]; price: number }[] };
    expect(manifest.sites.some(({ averages, price }) => averages && price > 0.1)).toBe(true);
    for (const site of manifest.sites) delete site.averages;
    writeFileSync(path, JSON.stringify(manifest));
    const { stdout: scored } = await succeed(["score", folder, "--against", model, "--json"]);
    const { explanation } = reportSchema.parse(JSON.parse(scored));
    expect(explanation.simulation).toBeLessThanOrEqual(report.explanation.simulation);
  });
});
