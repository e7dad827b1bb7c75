import { realpathSync } from "node:fs";
import { dirname, isAbsolute, join, sep, win32 } from "node:path";
import { CompilerError } from "../errors.ts";
import { snapshotOf } from "./locate.ts";

/**
 * The path of a file of a model's folder that another of its files names. It must lie in the folder, also after symbolic
 * links; the snapshots of the Hugging Face cache link to the blobs beside them.
 * Throws a CompilerError: file-outside, or file-missing.
 */
export function pathBeside(folder: string, naming: string, name: string): string {
  const outside = (how: string) => CompilerError.of("file-outside", { path: naming, name: JSON.stringify(name), how });
  if (isAbsolute(name) || win32.isAbsolute(name) || /[\\\0]/.test(name) || name.split("/").includes("..")) {
    throw outside("is not inside the folder");
  }
  const path = join(folder, name);
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    throw CompilerError.of("file-missing", { path });
  }
  const home = realpathSync(folder);
  const blobs = snapshotOf(home) === undefined ? [] : [join(dirname(dirname(home)), "blobs")];
  if (![home, ...blobs].some((allowed) => real.startsWith(allowed + sep)))
    throw outside("is a link to outside the folder");
  return path;
}
