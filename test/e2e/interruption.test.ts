import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { contentsOf, emptyFolder, oldPackage, weights2ts } from "./command.ts";
import { writeTaskModel } from "./small-models.ts";

const MOMENTS: readonly { moment: string; come: (unfinished: string, stderr: string) => boolean }[] = [
  { moment: "as soon as it writes beside the old package", come: (unfinished) => existsSync(unfinished) },
  { moment: "while it chooses what to replace", come: (_, stderr) => stderr.includes("after measurement") },
  { moment: "while it scores what it emitted", come: (unfinished) => existsSync(join(unfinished, "manifest.json")) },
];

it.each(MOMENTS)("Ctrl-C $moment ends with 130 and leaves nothing but the old package", async ({ come }) => {
  const model = writeTaskModel(emptyFolder());
  const parent = emptyFolder();
  const temporary = emptyFolder();
  const output = oldPackage(join(parent, "package"));
  const before = contentsOf(output);
  const unfinished = (): string => join(parent, readdirSync(parent).find((name) => name.startsWith(".")) ?? "none");
  const { exitCode, stdout, stderr } = await weights2ts(["compile", model, "-o", output, "--workers", "2"], {
    temporary,
    interrupt: { with: "SIGINT", when: (said) => come(unfinished(), said) },
  });
  expect(stderr).toContain("Stopping");
  expect(stderr).not.toMatch(/error\[|\n\s+at /);
  expect(exitCode).toBe(130);
  expect(stdout).toBe("");
  expect(contentsOf(output)).toEqual(before);
  expect(readdirSync(parent)).toEqual(["package"]);
  expect(readdirSync(temporary)).toEqual([]);
});
