import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { frontierSchema } from "../../src/report/index.ts";
import { proposers } from "../../src/simplify/propose/index.ts";
import { contentsOf, emptyFolder, oldPackage, succeed, weights2ts } from "./command.ts";
import { writeTaskModel } from "./small-models.ts";

/** Several packages are made and scored. */
const TIMEOUT = 300_000;
const BUDGETS = ["--budgets", "exact,100%"];

it(
  "tune makes the package that compile makes for each budget, a table, a chart, and frontier.json",
  async () => {
    const model = writeTaskModel(emptyFolder());
    const output = emptyFolder();
    const cache = emptyFolder();
    const { stdout } = await succeed(["tune", model, "-o", output, ...BUDGETS, "--strategy", "both"], { cache });
    const packages = ["task-model-exact", "task-model-100pct"].flatMap((name) => [name, `${name}-baseline`]);
    expect(readdirSync(output).sort()).toEqual([...packages, "frontier.json", "frontier.svg"].sort());

    const frontier = frontierSchema.parse(JSON.parse(readFileSync(join(output, "frontier.json"), "utf8")));
    expect(frontier.tiers.map(({ folder }) => folder).sort()).toEqual([...packages].sort());
    for (const { folder, fidelity, budget } of frontier.tiers) {
      const report = JSON.parse(readFileSync(join(output, folder, "report.json"), "utf8")) as { fidelity: object };
      expect(report).toMatchObject({ fidelity, budget });
    }
    const [head = "", ...rows] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^budget +strategy +flips .*seconds$/);
    expect(rows).toHaveLength(4);
    const chart = readFileSync(join(output, "frontier.svg"), "utf8");
    expect(chart).toMatch(/^<svg /);
    for (const label of ["exact", "flips=100%", "baseline", "headline"]) expect(chart).toContain(`>${label}</text>`);

    const alone = join(emptyFolder(), "package");
    await succeed(["compile", model, "-o", alone, "--budget", "100%"], { cache });
    expect(contentsOf(alone)).toEqual(contentsOf(join(output, "task-model-100pct")));
  },
  TIMEOUT,
);

it(
  "tune ends with 1 where a tier misses its budget, and says which",
  async () => {
    const model = writeTaskModel(emptyFolder());
    const output = emptyFolder();
    // Without any proposer, every part stays opaque.
    const without = ["--without", proposers.map(({ name }) => name).join(",")];
    const command = ["tune", model, "-o", output, "--budgets", "exact,rules-only", ...without];
    const { exitCode, stdout, stderr } = await weights2ts([...command, "--json"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Missed budgets: task-model-rules-only.");
    const { tiers } = frontierSchema.parse(JSON.parse(stdout));
    expect(tiers.map(({ budget }) => budget.met)).toEqual([true, false]);
  },
  TIMEOUT,
);

it(
  "Ctrl-C during tune leaves the tiers that are done whole; the next one goes on from the cache",
  async () => {
    const model = writeTaskModel(emptyFolder());
    const output = emptyFolder();
    const cache = emptyFolder();
    const before = contentsOf(oldPackage(join(output, "task-model-100pct")));
    const command = ["tune", model, "-o", output, ...BUDGETS];
    const interrupted = await weights2ts(command, {
      cache,
      interrupt: { with: "SIGINT", when: (stderr) => stderr.includes("task-model-100pct begins") },
    });
    expect(interrupted.exitCode).toBe(130);
    expect(interrupted.stdout).toBe("");
    const files = ["frontier.json", "frontier.svg"];
    expect(readdirSync(output).sort()).toEqual([...files, "task-model-100pct", "task-model-exact"]);
    expect(contentsOf(join(output, "task-model-100pct"))).toEqual(before);
    const done = contentsOf(join(output, "task-model-exact"));
    expect(Object.keys(done)).toContain("report.json");

    const kept = Object.keys(contentsOf(cache));
    await succeed([...command, "--force"], { cache });
    expect(contentsOf(join(output, "task-model-exact"))).toEqual(done);
    expect(Object.keys(contentsOf(cache))).toEqual(expect.arrayContaining(kept));
    expect(existsSync(join(output, "frontier.svg"))).toBe(true);
  },
  TIMEOUT,
);
