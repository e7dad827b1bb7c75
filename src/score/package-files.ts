import { createHash } from "node:crypto";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CompilerError } from "../errors.ts";

/** A text file of a package, by its path from the package's root, with slashes. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** What of an emitted package a score depends on. */
export interface PackageFiles {
  readonly folder: string;
  /** src without the runtime. */
  readonly sources: readonly SourceText[];
  /** src/runtime. */
  readonly runtime: readonly SourceText[];
  readonly manifest: string;
  /** weights/*.safetensors, in order of their names. */
  readonly weights: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** The other files in weights: the kernels, the tokenizer, and what else lies there. */
  readonly others: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** SHA-256 of all of these. */
  readonly sha256: string;
}

const MOST_FILES = 20_000;

/** Where the runtime lies. */
export const RUNTIME = "src/runtime/";

/**
 * Reads a package without running any of it.
 *
 * @throws CompilerError package-missing; package-broken on a missing part, and on links, which could lead out of the folder
 */
export async function readPackageFiles(folder: string): Promise<PackageFiles> {
  const isFolder = await lstat(folder).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) throw CompilerError.of("package-missing", { path: folder });
  const paths = [...(await filesBelow(folder, "src")), ...(await filesBelow(folder, "weights")), "manifest.json"];
  const files = await Promise.all(
    paths.map(async (path) => ({
      path,
      bytes: await readFile(join(folder, path)).catch(() => unreadable(folder, path)),
    })),
  );
  const hash = createHash("sha256");
  for (const { path, bytes } of files) hash.update(`${path}\n${bytes.length}\n`).update(bytes);
  const texts = files
    .filter(({ path }) => path.startsWith("src/"))
    .map(({ path, bytes }): SourceText => ({ path, text: bytes.toString("utf8") }));
  const inWeights = files.filter(({ path }) => path.startsWith("weights/"));
  const isTensors = ({ path }: { path: string }): boolean => path.endsWith(".safetensors");
  return {
    folder,
    sources: texts.filter(({ path }) => !path.startsWith(RUNTIME)),
    runtime: texts.filter(({ path }) => path.startsWith(RUNTIME)),
    manifest: files.find(({ path }) => path === "manifest.json")?.bytes.toString("utf8") ?? "",
    weights: inWeights.filter(isTensors),
    others: inWeights.filter((file) => !isTensors(file)),
    sha256: hash.digest("hex"),
  };
}

/** Paths of the plain files below a folder of the package, sorted. */
async function filesBelow(folder: string, name: string): Promise<string[]> {
  const found: string[] = [];
  const pending = [name];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const entries = await readdir(join(folder, path), { withFileTypes: true }).catch(() => unreadable(folder, path));
    for (const entry of entries) {
      const child = `${path}/${entry.name}`;
      if (entry.isDirectory()) pending.push(child);
      else if (entry.isFile()) found.push(child);
      else throw broken(folder, `${child} is neither a file nor a folder.`);
    }
    if (found.length + pending.length > MOST_FILES) throw broken(folder, `it has more than ${MOST_FILES} files.`);
  }
  return found.sort();
}

function unreadable(folder: string, path: string | undefined): never {
  throw broken(folder, `${path ?? "a file"} cannot be read.`);
}

function broken(path: string, reason: string): CompilerError {
  return CompilerError.of("package-broken", { path, reason });
}
