import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { z } from "zod";
import { CompilerError, systemCodeOf } from "./errors.ts";

/** What is read of manifest.json: the SHA-256 of every source file as it was written, by its path in the package. */
const recordSchema = z.object({ files: z.record(z.string(), z.string()).optional() });

/**
 * Refuses a package whose source was changed by hand, since compiling over it would throw that work away. A folder that
 * is no package, or a package from before manifests listed their files, has nothing to compare and passes.
 *
 * @throws CompilerError output-edited, which names the first file in the order of paths that is not as it was written
 */
export async function refuseHandEdits(folder: string): Promise<void> {
  const text = await readFile(join(folder, "manifest.json"), "utf8").catch(() => undefined);
  if (text === undefined) return;
  const record = recordSchema.safeParse(parsed(text));
  if (!record.success) throw CompilerError.of("output-edited", { path: folder, file: "manifest.json" });
  const { files } = record.data;
  if (!files) return;
  for (const file of await sourcesOf(folder)) {
    const written = Object.hasOwn(files, file) ? files[file] : undefined;
    if (written === undefined || !(await isAsWritten(join(folder, file), written))) {
      throw CompilerError.of("output-edited", { path: folder, file });
    }
  }
}

/** Paths below src/, less the hidden files that editors and file managers leave. */
async function sourcesOf(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, "src"), { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      if (systemCodeOf(error) === "ENOENT") return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** Line ends do not count: git may check a text file out with others. */
async function isAsWritten(path: string, written: string): Promise<boolean> {
  const contents = await readFile(path);
  return sha256(contents) === written || sha256(contents.toString("utf8").replaceAll("\r\n", "\n")) === written;
}

function sha256(contents: Uint8Array | string): string {
  return createHash("sha256").update(contents).digest("hex");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
