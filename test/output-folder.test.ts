import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { differences, writeBeside } from "../src/output-folder.ts";
import { temporaryFolder } from "./cli/command-line.ts";

const BUILT = fileURLToPath(new URL("../dist/output-folder.js", import.meta.url));

const refusal = (code: string): Error => expect.objectContaining({ code, exitCode: 2 }) as Error;
const neverRuns = (): Promise<never> => Promise.reject(new Error("the work began"));

function packageWith(folder: string, contents: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "manifest.json"), contents);
  return folder;
}

function writeManifest(contents: string) {
  return (folder: string): Promise<void> => {
    writeFileSync(join(folder, "manifest.json"), contents);
    return Promise.resolve();
  };
}

const manifestOf = (folder: string): string => readFileSync(join(folder, "manifest.json"), "utf8");

describe("writeBeside", () => {
  it("makes a new folder, and the folders above it", async () => {
    const target = join(temporaryFolder(), "a", "b", "package");
    await writeBeside(target, writeManifest("new"));
    expect(manifestOf(target)).toBe("new");
    expect(readdirSync(join(target, ".."))).toEqual(["package"]);
  });

  it("replaces a package as a whole", async () => {
    const target = packageWith(join(temporaryFolder(), "package"), "old");
    writeFileSync(join(target, "stale.ts"), "");
    const result = await writeBeside(target, async (folder) => {
      expect(manifestOf(target)).toBe("old");
      await writeManifest("new")(folder);
      return "done";
    });
    expect(result).toBe("done");
    expect(readdirSync(target)).toEqual(["manifest.json"]);
    expect(manifestOf(target)).toBe("new");
    expect(readdirSync(join(target, ".."))).toEqual(["package"]);
  });

  it("leaves the old package whole, and nothing else, when the work fails", async () => {
    const target = packageWith(join(temporaryFolder(), "package"), "old");
    const failing = writeBeside(target, async (folder) => {
      await writeManifest("half")(folder);
      throw new Error("out of luck");
    });
    await expect(failing).rejects.toThrow("out of luck");
    expect(manifestOf(target)).toBe("old");
    expect(readdirSync(join(target, ".."))).toEqual(["package"]);
  });

  it("leaves the old package whole when the process is killed; the next run tidies up", async () => {
    const target = packageWith(join(temporaryFolder(), "package"), "old");
    const script = `
      import { writeBeside } from ${JSON.stringify(BUILT)};
      await writeBeside(${JSON.stringify(target)}, () => new Promise(() => {
        setInterval(() => undefined, 1000);
        console.log("working");
      }));`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await closed;
    expect(manifestOf(target)).toBe("old");
    expect(readdirSync(join(target, ".."))).toHaveLength(2);

    await writeBeside(target, writeManifest("new"));
    expect(manifestOf(target)).toBe("new");
    expect(readdirSync(join(target, ".."))).toEqual(["package"]);
  });

  it("puts back a package that a killed run had just moved aside", async () => {
    const parent = temporaryFolder();
    const dead = await deadProcess();
    packageWith(join(parent, `.package.old-${dead}-012345`), "old");
    const target = join(parent, "package");
    await expect(writeBeside(target, neverRuns)).rejects.toThrow("the work began");
    expect(manifestOf(target)).toBe("old");
  });

  it("leaves alone what a living run is making", async () => {
    const parent = temporaryFolder();
    const target = join(parent, "package");
    await writeBeside(target, async () => {
      await writeBeside(target, writeManifest("inner"));
      expect(readdirSync(parent).filter((name) => name.includes(".tmp-"))).toHaveLength(1);
    });
  });

  it("refuses a file, and a path below a file, before the work begins", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "mine");
    await expect(writeBeside(file, neverRuns)).rejects.toThrow(refusal("output-is-file"));
    await expect(writeBeside(join(file, "package"), neverRuns)).rejects.toThrow(refusal("output-is-file"));
    await expect(writeBeside(join(file, "a", "package"), neverRuns)).rejects.toThrow(refusal("output-is-file"));
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  it("refuses a folder of something else", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "thesis.txt"), "years of work");
    await expect(writeBeside(folder, neverRuns)).rejects.toThrow(refusal("output-not-package"));
    expect(readdirSync(folder)).toEqual(["thesis.txt"]);
  });

  it("refuses a read-only folder, even to a superuser", async () => {
    const target = packageWith(join(temporaryFolder(), "package"), "old");
    chmodSync(target, 0o555);
    await expect(writeBeside(target, neverRuns)).rejects.toThrow(refusal("output-unwritable"));
    await expect(writeBeside(join(target, "inside"), neverRuns)).rejects.toThrow(refusal("output-unwritable"));
    expect(manifestOf(target)).toBe("old");
    chmodSync(target, 0o755);
  });

  it.runIf(existsSync("/proc/self"))("refuses a place where no folder can be made", async () => {
    await expect(writeBeside("/proc/package", neverRuns)).rejects.toThrow(refusal("output-unwritable"));
  });
});

describe("differences", () => {
  it("lists files that differ or are in one folder only, below the package's own build", async () => {
    const [a, b] = [temporaryFolder(), temporaryFolder()];
    for (const folder of [a, b]) {
      mkdirSync(join(folder, "src"));
      writeFileSync(join(folder, "same"), "same");
      writeFileSync(join(folder, "src", "differs.ts"), folder);
    }
    writeFileSync(join(a, "src", "only.ts"), "");
    mkdirSync(join(b, "dist"));
    writeFileSync(join(b, "dist", "index.js"), "");
    expect(await differences(a, b)).toEqual(["src/differs.ts", "src/only.ts"]);
    expect(await differences(a, a)).toEqual([]);
  });
});

async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ["--eval", ""]);
  await new Promise((resolve) => child.once("close", resolve));
  return child.pid as number;
}
