import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refuseHandEdits } from "../src/hand-edits.ts";
import { temporaryFolder } from "./cli/command-line.ts";

const WRITTEN = { "src/block-00/mlp.ts": "one\ntwo\n", "src/edits.ts": "none\n" };

const refusal = (file: string): Error =>
  expect.objectContaining({
    code: "output-edited",
    exitCode: 2,
    message: expect.stringContaining(`${file} is`) as string,
  }) as Error;

/** A package as the compiler wrote it. */
function compiledPackage(): { folder: string; change: (file: string, contents: string) => void } {
  const folder = temporaryFolder();
  const change = (file: string, contents: string): void => writeFileSync(join(folder, file), contents);
  mkdirSync(join(folder, "src", "block-00"), { recursive: true });
  for (const [file, contents] of Object.entries(WRITTEN)) change(file, contents);
  const hashes = Object.entries(WRITTEN).map(([file, contents]) => {
    return [file, createHash("sha256").update(contents).digest("hex")] as const;
  });
  change("manifest.json", JSON.stringify({ schema: 1, files: Object.fromEntries(hashes) }));
  return { folder, change };
}

describe("compiling over a package", () => {
  it("is allowed where its source is as it was written, whatever else is there", async () => {
    const { folder, change } = compiledPackage();
    mkdirSync(join(folder, "dist"));
    change("dist/index.js", "built");
    change("README.md", "annotated");
    change("src/.editor-settings", "hidden");
    await expect(refuseHandEdits(folder)).resolves.toBeUndefined();
  });

  it("is refused where a source file was changed; the first one is named", async () => {
    const { folder, change } = compiledPackage();
    change("src/edits.ts", "silence\n");
    await expect(refuseHandEdits(folder)).rejects.toThrow(refusal("src/edits.ts"));
    change("src/block-00/mlp.ts", "one\n");
    await expect(refuseHandEdits(folder)).rejects.toThrow(refusal("src/block-00/mlp.ts"));
  });

  it("is refused where a source file was added, under a name from Object's prototype too", async () => {
    const { folder, change } = compiledPackage();
    change("src/block-00/rules.ts", "mine");
    await expect(refuseHandEdits(folder)).rejects.toThrow(refusal("src/block-00/rules.ts"));
    rmSync(join(folder, "src/block-00/rules.ts"));
    change("src/constructor", "mine");
    await expect(refuseHandEdits(folder)).rejects.toThrow(refusal("src/constructor"));
  });

  it("is allowed where only line ends changed, as a checkout of git may do", async () => {
    const { folder, change } = compiledPackage();
    change("src/block-00/mlp.ts", "one\r\ntwo\r\n");
    await expect(refuseHandEdits(folder)).resolves.toBeUndefined();
  });

  it("is allowed where files are missing, where nothing is, and where an old manifest lists no files", async () => {
    const { folder, change } = compiledPackage();
    rmSync(join(folder, "src"), { recursive: true });
    await expect(refuseHandEdits(folder)).resolves.toBeUndefined();
    await expect(refuseHandEdits(join(folder, "elsewhere"))).resolves.toBeUndefined();
    mkdirSync(join(folder, "src"));
    change("src/edits.ts", "silence\n");
    change("manifest.json", JSON.stringify({ schema: 1 }));
    await expect(refuseHandEdits(folder)).resolves.toBeUndefined();
  });

  it("is refused where the manifest cannot be read as one, since nobody can tell", async () => {
    const { folder, change } = compiledPackage();
    change("manifest.json", "{");
    await expect(refuseHandEdits(folder)).rejects.toThrow(refusal("manifest.json"));
  });
});
