import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { access, constants, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { CompilerError, systemCodeOf, systemReasonOf } from "./errors.ts";
import { isAlive } from "./process-alive.ts";

/** Files by which a folder is recognised as a compiled package. */
const MARKS = ["manifest.json", "report.json"];
/** What a person's own build leaves in a package. */
const NOT_COMPILED = new Set(["node_modules", "dist"]);
const WRITE_BITS = 0o222;
/** `.tiny.tmp-123-a1b2c3`: what process 123 is making, or has moved aside, for the target `tiny`. */
const LEFTOVER = /^\.(?<target>.+)\.(?<purpose>tmp|old)-(?<process>\d+)-[0-9a-f]{6}$/;
const REASONS: Readonly<Record<string, string>> = { ENOENT: "the folder cannot be made there" };

/**
 * Builds a folder beside its target and swaps it in when the work is done: a failed or killed run leaves what was at
 * the target whole. Whether the target can be written is checked before the work begins.
 *
 * @param work writes into the temporary folder it is given
 * @throws CompilerError output-is-file, output-not-package, output-unwritable
 */
export async function writeBeside<Result>(
  target: string,
  work: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const path = resolve(target);
  await checkReplaceable(path);
  await makeParent(path);
  await clearLeftovers(path);
  const temporary = siblingOf(path, "tmp");
  await mkdir(temporary).catch(refuse(path));
  try {
    const result = await work(temporary);
    await swap(temporary, path);
    return result;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Paths of the files that are not the same, byte for byte, in two compiled packages; those in one only count too. */
export async function differences(folderA: string, folderB: string): Promise<string[]> {
  const [filesA, filesB] = await Promise.all([filesOf(folderA), filesOf(folderB)]);
  const differing: string[] = [];
  for (const name of [...new Set([...filesA, ...filesB])].sort()) {
    const both = filesA.has(name) && filesB.has(name);
    if (!both || !(await sameBytes(join(folderA, name), join(folderB, name)))) differing.push(name);
  }
  return differing;
}

/** Whether a folder is a compiled package. */
export async function isPackage(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return MARKS.some((mark) => names.includes(mark));
}

async function checkReplaceable(path: string): Promise<void> {
  const found = await statOf(path);
  if (found === undefined) return;
  if (!found.isDirectory()) throw CompilerError.of("output-is-file", { path, file: path });
  const names = await readdir(path).catch(refuse(path));
  if (names.length > 0 && !(await isPackage(path))) throw CompilerError.of("output-not-package", { path });
  await checkWritable(path, path);
}

/** Makes the folder that holds the target; the nearest one above it that exists must be a writable folder. */
async function makeParent(path: string): Promise<void> {
  let existing = dirname(path);
  let found = await statOf(existing);
  while (found === undefined) {
    existing = dirname(existing);
    found = await statOf(existing);
  }
  if (!found.isDirectory()) throw CompilerError.of("output-is-file", { path, file: existing });
  await checkWritable(existing, path);
  await mkdir(dirname(path), { recursive: true }).catch(refuse(path));
}

/** The mode counts too, since a superuser may write even where every write bit is off. */
async function checkWritable(folder: string, target: string): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & WRITE_BITS) === 0) {
    throw CompilerError.of("output-unwritable", { path: target, reason: `${folder} is read-only` });
  }
  await access(folder, constants.W_OK).catch(refuse(target));
}

/** The old folder steps aside before the new one takes its name, and comes back where that fails. */
async function swap(temporary: string, path: string): Promise<void> {
  if ((await statOf(path)) === undefined) return rename(temporary, path);
  const aside = siblingOf(path, "old");
  await rename(path, aside).catch(refuse(path));
  try {
    await rename(temporary, path);
  } catch (error) {
    await rename(aside, path);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/** Removes what killed runs left beside the target; a target that one of them had just moved aside is put back. */
async function clearLeftovers(path: string): Promise<void> {
  const parent = dirname(path);
  for (const name of (await readdir(parent)).sort()) {
    const leftover = LEFTOVER.exec(name);
    if (leftover?.groups?.["target"] !== basename(path) || isAlive(Number(leftover.groups["process"]))) continue;
    if (leftover.groups["purpose"] === "old" && (await statOf(path)) === undefined)
      await rename(join(parent, name), path);
    else await rm(join(parent, name), { recursive: true, force: true });
  }
}

function siblingOf(path: string, purpose: "tmp" | "old"): string {
  return join(dirname(path), `.${basename(path)}.${purpose}-${process.pid}-${randomBytes(3).toString("hex")}`);
}

/** undefined where there is nothing at the path. */
async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: unknown) => {
    // ENOTDIR: a file stands where a folder above the path should be; the climb to that file will find it.
    if (systemCodeOf(error) === "ENOENT" || systemCodeOf(error) === "ENOTDIR") return undefined;
    return refuse(path)(error);
  });
}

function refuse(path: string): (error: unknown) => never {
  return (error) => {
    throw CompilerError.of("output-unwritable", { path, reason: systemReasonOf(error, REASONS) });
  };
}

async function filesOf(folder: string): Promise<Set<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return new Set(names.filter((name) => !NOT_COMPILED.has(name.split("/")[0] as string)));
}

async function sameBytes(pathA: string, pathB: string): Promise<boolean> {
  const [a, b] = await Promise.all([readFile(pathA), readFile(pathB)]);
  return a.equals(b);
}
