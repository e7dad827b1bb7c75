import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder, weights2ts } from "./command-line.ts";

function editedPackage(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/edits.ts"), "mine");
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ schema: 1, files: { "src/edits.ts": "00" } }));
  return folder;
}

describe("compile, over a package that was changed by hand", () => {
  it("refuses before it looks at the model, and names the file and the ways out", async () => {
    const folder = editedPackage();
    const { exitCode, stdout, stderr } = await weights2ts(["compile", "no-such-model", "-o", folder]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^error\[output-edited\]: .*src\/edits\.ts.*\n {2}.*-o.*--force/);
    expect(readFileSync(join(folder, "src/edits.ts"), "utf8")).toBe("mine");
  });

  it("goes on with --force", async () => {
    const { stderr } = await weights2ts(["compile", "no-such-model", "-o", editedPackage(), "--force"]);
    expect(stderr).toMatch(/^error\[folder-missing\]/m);
  });
});
