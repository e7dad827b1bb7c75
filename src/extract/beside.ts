import { realpathSync } from "node:fs";
import { dirname, isAbsolute, join, sep, win32 } from "node:path";
import { CompilerError } from "../errors.ts";
import { snapshotOf } from "./locate.ts";

/** Where a file lies that another file names, or why it may not be read. */
export type Placed = { readonly real: string } | { readonly problem: "outside" | "missing" | "link" };

/**
 * Finds a file of a folder by a name from one of its files: it must lie in the folder, or after symbolic links in one of
 * `homes`, the folder itself unless others are given. All paths of `homes` must be real ones.
 */
export function placeInside(folder: string, name: string, homes: readonly string[] = [realpathSync(folder)]): Placed {
  const leaves = isAbsolute(name) || win32.isAbsolute(name) || name.split(/[\\/]/).includes("..");
  if (leaves) return { problem: "outside" };
  let real: string;
  try {
    real = realpathSync(join(folder, name));
  } catch {
    return { problem: "missing" };
  }
  return homes.some((home) => real.startsWith(home + sep)) ? { real } : { problem: "link" };
}

/**
 * The path of a file that a weights file of a model's folder names, beside itself; the snapshots of the Hugging Face cache
 * link to the blobs beside them. Throws a CompilerError: file-outside, or file-missing.
 */
export function pathBeside(folder: string, naming: string, name: string): string {
  const home = realpathSync(folder);
  const homes = snapshotOf(home) === undefined ? [home] : [home, join(dirname(dirname(home)), "blobs")];
  const parent = dirname(naming);
  const placed = /[\\\0]/.test(name) ? { problem: "outside" as const } : placeInside(parent, name, homes);
  const path = join(parent, name);
  if ("real" in placed) return path;
  if (placed.problem === "missing") throw CompilerError.of("file-missing", { path });
  const how = placed.problem === "link" ? "is a link to outside the folder" : "is not inside the folder";
  throw CompilerError.of("file-outside", { path: naming, name: JSON.stringify(name), how });
}
