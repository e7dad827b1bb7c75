import { statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CompilerError } from "../errors.ts";
import { openerOf, WEIGHTS_FILES } from "./formats/index.ts";
import { fetchModel, hubReference, type FetchOptions } from "./hub/index.ts";

/** The package's models/, from src/extract as from dist/extract. */
const BUNDLED = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "models");

/** References of bundled models: "tiny" and "zoo/<name>". They win over folders of the same relative path. */
const BUNDLED_REFERENCE = /^(?:tiny|zoo\/[A-Za-z0-9][\w.-]*)$/;

/** Folders of snapshots in the Hugging Face cache. */
const SNAPSHOT = /[\\/]models--(?<repository>[^\\/]+)[\\/]snapshots[\\/][0-9a-f]{40}$/;

/**
 * The folder of a model that a reference names, fetched from the Hugging Face hub where it is no bundled model and no
 * path that exists, but a short name as "gpt2-small", or "owner/name", or "owner/name@revision".
 * Throws a CompilerError where it cannot be fetched; the signal's reason when it is aborted.
 */
export async function findModel(reference: string, options: FetchOptions): Promise<string> {
  if (BUNDLED_REFERENCE.test(reference) || kindOf(resolve(reference)) !== "nothing") return reference;
  const found = hubReference(reference);
  return found ? fetchModel(found, options) : reference;
}

/** The repository's name without its owner, for a snapshot's folder in the Hugging Face cache. */
export function snapshotOf(folder: string): string | undefined {
  return SNAPSHOT.exec(folder)?.groups?.["repository"]?.split("--").at(-1);
}

/** Where a model lies. */
export interface Place {
  /** Its folder, an absolute path. */
  readonly folder: string;
  /** Absolute path of its weights file, where that is what the reference names. */
  readonly file?: string;
}

/**
 * Where a model lies: a bundled one by name, otherwise the path of a folder or of a weights file.
 * Throws a CompilerError: folder-missing, file-not-weights or bundled-missing.
 */
export function locateModel(reference: string): Place {
  if (BUNDLED_REFERENCE.test(reference)) {
    const bundled = join(BUNDLED, reference);
    if (kindOf(bundled) === "folder") return { folder: bundled };
    if (kindOf(resolve(reference)) !== "folder") throw CompilerError.of("bundled-missing", { name: reference });
  }
  if (reference === "") throw CompilerError.of("folder-missing", { path: '""' });
  const path = resolve(reference);
  const kind = kindOf(path);
  if (kind === "nothing") throw CompilerError.of("folder-missing", { path });
  if (kind === "folder") return { folder: path };
  if (!openerOf(path)) throw CompilerError.of("file-not-weights", { path });
  return { folder: dirname(path), file: path };
}

/** A name for a model that is safe as a file name and in generated source. */
export function modelId({ folder, file }: Place): string {
  // A file of the usual name says nothing that its folder does not say better.
  const own = file !== undefined && !WEIGHTS_FILES.some((usual) => basename(usual) === basename(file));
  const name = (own ? basename(file, extname(file)) : (snapshotOf(folder) ?? basename(folder)))
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[.-]+|[.-]+$/g, "");
  return name === "" ? "model" : name;
}

function kindOf(path: string): "folder" | "file" | "nothing" {
  try {
    const status = statSync(path);
    return status.isDirectory() ? "folder" : "file";
  } catch {
    return "nothing";
  }
}
