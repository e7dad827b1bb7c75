import { realpathSync, statSync } from "node:fs";
import { isAbsolute, join, sep, win32 } from "node:path";
import { z } from "zod";
import { CompilerError } from "../errors.ts";
import { isPresent, readWhole } from "./files.ts";
import { jsonOf } from "./json.ts";
import type { Task } from "./model.ts";

const file = z.string().min(1);
const schema = z.object({ decision: z.enum(["argmax", "positive"]), calibrate: file, select: file, test: file });

/**
 * Reads task.json of a model's folder; undefined where there is none. Throws a CompilerError that names the key where it
 * is incomplete or names a file that is missing or outside the folder.
 */
export function readTask(folder: string): Task | undefined {
  const path = join(folder, "task.json");
  if (!isPresent(path)) return undefined;
  const parsed = schema.safeParse(jsonOf(path, readWhole(path)));
  if (!parsed.success) {
    const key = String(parsed.error.issues[0]?.path[0]);
    throw invalid(path, key, "is missing or makes no sense");
  }
  const { decision, ...names } = parsed.data;
  const inside = (key: keyof typeof names) => fileInside(folder, path, key, names[key]);
  return { folder, decision, calibrate: inside("calibrate"), select: inside("select"), test: inside("test") };
}

/** The path of a file that a task names, which must lie in the folder, also after symbolic links. */
function fileInside(folder: string, path: string, key: string, name: string): string {
  const shown = JSON.stringify(name);
  const leaves = isAbsolute(name) || win32.isAbsolute(name) || name.split(/[\\/]/).includes("..");
  if (leaves) throw invalid(path, key, `names ${shown}, which is not inside the folder`);
  const full = join(folder, name);
  let real: string;
  try {
    real = realpathSync(full);
  } catch {
    throw invalid(path, key, `names ${shown}, which is missing`);
  }
  if (!real.startsWith(realpathSync(folder) + sep)) {
    throw invalid(path, key, `names ${shown}, a link to outside the folder`);
  }
  if (!statSync(real).isFile()) throw invalid(path, key, `names ${shown}, which is no file`);
  return full;
}

function invalid(path: string, key: string, problem: string): CompilerError {
  return CompilerError.of("task-invalid", { path, key, problem });
}
