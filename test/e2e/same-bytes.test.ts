import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { contentsOf, emptyFolder, oldPackage, succeed, weights2ts } from "./command.ts";
import { paragraphs, writeTaskModel, writeTextModel } from "./small-models.ts";

it("compiling gives the same bytes with other workers, in other folders, from a copy of model and text", async () => {
  const [here, there] = [emptyFolder(), join(emptyFolder(), "some", "where else")];
  const packages = [
    { from: here, output: "first", workers: "1" },
    { from: there, output: join("deep", "second"), workers: "2" },
  ];
  for (const { from, output, workers } of packages) {
    mkdirSync(from, { recursive: true });
    const model = writeTextModel(from);
    writeFileSync(join(from, "text.txt"), paragraphs(600));
    const command = ["compile", model, "-o", output, "--workers", workers, "--text", "text.txt"];
    const { stdout } = await succeed(command, { from });
    expect(stdout).toBe(`${output}\n`);
  }
  const [first = {}, second] = packages.map(({ from, output }) => contentsOf(join(from, output)));
  expect(Object.keys(first).length).toBeGreaterThan(30);
  expect(second).toEqual(first);
});

it("a killed compilation leaves the old package whole; the next one clears up, goes on from the cache, and gives the same bytes", async () => {
  const model = writeTaskModel(emptyFolder());
  const parent = emptyFolder();
  const output = oldPackage(join(parent, "package"));
  const before = contentsOf(output);
  const cache = emptyFolder();
  const killed = await weights2ts(["compile", model, "-o", output], {
    cache,
    // Notes of the selector come at once, unlike lines of progress.
    interrupt: { with: "SIGKILL", when: (stderr) => stderr.includes("stand after measurement") },
  });
  expect(killed.signal).toBe("SIGKILL");
  expect(contentsOf(output)).toEqual(before);
  expect(readdirSync(parent).sort()).toEqual([expect.stringMatching(/^\.package\.tmp-/), "package"]);
  const kept = filesWithTimes(cache);
  // The profile and at least one measurement.
  expect(kept.length).toBeGreaterThanOrEqual(2);

  await succeed(["compile", model, "-o", output], { cache });
  expect(readdirSync(parent)).toEqual(["package"]);
  // Whatever is computed is stored: files that were not written again were read.
  expect(filesWithTimes(cache)).toEqual(expect.arrayContaining(kept));
  const undisturbed = join(emptyFolder(), "package");
  await succeed(["compile", model, "-o", undisturbed]);
  expect(contentsOf(output)).toEqual(contentsOf(undisturbed));
});

/** Every file below a folder with its inode and the time it was written. */
function filesWithTimes(folder: string): string[] {
  return Object.keys(contentsOf(folder)).map((path) => {
    const { ino, mtimeMs } = statSync(join(folder, path));
    return `${path} ${ino} ${mtimeMs}`;
  });
}
