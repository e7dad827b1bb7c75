import { statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CompilerError } from "../errors.ts";
import { placeInside } from "./beside.ts";
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

const PROBLEMS = {
  outside: "which is not inside the folder",
  missing: "which is missing",
  link: "a link to outside the folder",
};

/** The path of a file that a task names, which must lie in the folder, also after symbolic links. */
function fileInside(folder: string, path: string, key: string, name: string): string {
  const refuse = (problem: string) => invalid(path, key, `names ${JSON.stringify(name)}, ${problem}`);
  const placed = placeInside(folder, name);
  if ("problem" in placed) throw refuse(PROBLEMS[placed.problem]);
  if (!statSync(placed.real).isFile()) throw refuse("which is no file");
  return join(folder, name);
}

function invalid(path: string, key: string, problem: string): CompilerError {
  return CompilerError.of("task-invalid", { path, key, problem });
}
