import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder, weights2ts } from "./command-line.ts";

it.each([
  { moment: "as it begins", interruptAt: "extract" },
  { moment: "while its threads work", interruptAt: "%" },
])("Ctrl-C $moment ends a compilation with 130 and leaves the old package whole", async ({ interruptAt }) => {
  const parent = temporaryFolder();
  const output = join(parent, "package");
  mkdirSync(output);
  writeFileSync(join(output, "manifest.json"), '{ "old": true }');
  const { exitCode, stdout, stderr } = await weights2ts(["compile", "tiny", "-o", output], {
    interruptAt,
    environment: { WEIGHTS2TS_CACHE: join(temporaryFolder(), "cache") },
  });
  expect(exitCode).toBe(130);
  expect(stdout).toBe("");
  expect(stderr).toContain("Stopping");
  expect(stderr).not.toContain("error[");
  expect(readdirSync(parent)).toEqual(["package"]);
  expect(readFileSync(join(output, "manifest.json"), "utf8")).toBe('{ "old": true }');
});
