import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const COMMAND = fileURLToPath(new URL("../../bin/weights2ts.js", import.meta.url));
/** How often it is looked whether the moment of a signal has come, in milliseconds. */
const WATCH_EVERY = 5;

/** How a run of the built command ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as it came. */
  readonly pieces: readonly string[];
}

/** Where a command runs, and what happens to it. */
export interface Surroundings {
  /** Its working folder. */
  readonly from?: string;
  /** Its cache; a fresh one unless a test gives one. */
  readonly cache?: string;
  /** More environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it puts temporary files. */
  readonly temporary?: string;
  /** The signal that it gets once `when` is true. */
  readonly interrupt?: { readonly with: "SIGINT" | "SIGKILL"; readonly when: (stderr: string) => boolean };
}

/** Runs the built command line to its end. */
export async function weights2ts(arguments_: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  const { from, cache = emptyFolder(), environment = {}, temporary = tmpdir(), interrupt } = surroundings;
  const child = spawn(process.execPath, [COMMAND, ...arguments_], {
    cwd: from,
    env: { ...process.env, NO_COLOR: "1", WEIGHTS2TS_CACHE: cache, TMPDIR: temporary, ...environment },
  });
  const pieces: string[] = [];
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => pieces.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const watch = setInterval(() => {
    if (!interrupt?.when(stderr)) return;
    clearInterval(watch);
    child.kill(interrupt.with);
  }, WATCH_EVERY);
  const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on("error", reject).on("close", (code, by) => {
      resolve([code, by]);
    });
  });
  clearInterval(watch);
  return { exitCode, signal, stdout: pieces.join(""), stderr, pieces };
}

/** Runs a command that must succeed. */
export async function succeed(arguments_: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  const ended = await weights2ts(arguments_, surroundings);
  if (ended.exitCode !== 0) throw new Error(`${arguments_.join(" ")} ended with ${ended.exitCode}:\n${ended.stderr}`);
  return ended;
}

const created: string[] = [];
afterAll(() => {
  for (const folder of created) rmSync(folder, { recursive: true, force: true });
});

/** A new empty folder that goes away after the tests of the file. */
export function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "weights2ts-e2e-")));
  created.push(folder);
  return folder;
}

/** A folder that passes for a compiled package, with something in it that no compilation writes. */
export function oldPackage(folder: string): string {
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, "manifest.json"), "{}");
  writeFileSync(join(folder, "src", "edits.ts"), "// An hour of work.\n");
  return folder;
}

/** SHA-256 of every file below a folder, by its path with slashes: equal for folders that are equal byte for byte. */
export function contentsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  const hash = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
  return Object.fromEntries(paths.map((path) => [relative(folder, path).split(sep).join("/"), hash(path)]));
}
