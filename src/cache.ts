import { createHash } from "node:crypto";
import { readdir, readFile, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import envPaths from "env-paths";
import writeFileAtomic from "write-file-atomic";
import { systemCodeOf } from "./errors.ts";

/** Results of long work, kept between runs under content-addressed keys. */
export interface Cache {
  /** The bytes stored under a key; undefined where there are none or they are damaged. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Stores bytes; never fails: where nothing can be written, the next run computes again. */
  put(key: string, bytes: Uint8Array): Promise<void>;
}

const CHECKSUM_BYTES = 32;

/** Where results are kept: $WEIGHTS2TS_CACHE, or the folder that the operating system gives to caches. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const chosen = environment["WEIGHTS2TS_CACHE"];
  return chosen === undefined || chosen === "" ? envPaths("weights2ts", { suffix: "" }).cache : resolve(chosen);
}

/**
 * A cache of files in a folder: each a SHA-256 of the bytes, then the bytes. Files are written to a temporary name and
 * renamed, so that two runs may share the folder.
 *
 * @param note told once, in a sentence, when the folder cannot be written
 */
export function openCache(folder: string, note: (text: string) => void): Cache {
  let told = false;
  const pathOf = (key: string): string => join(folder, key.slice(0, 2), key);
  return {
    async get(key) {
      const file = await readFile(pathOf(key)).catch(() => undefined);
      if (file === undefined || file.length < CHECKSUM_BYTES) return undefined;
      const bytes = file.subarray(CHECKSUM_BYTES);
      return sha256(bytes).equals(file.subarray(0, CHECKSUM_BYTES)) ? new Uint8Array(bytes) : undefined;
    },
    async put(key, bytes) {
      try {
        await mkdir(join(folder, key.slice(0, 2)), { recursive: true });
        await writeFileAtomic(pathOf(key), Buffer.concat([sha256(bytes), bytes]), { fsync: false });
      } catch (error) {
        if (!told) note(`The cache folder ${folder} cannot be written (${systemCodeOf(error)}); going on without it.`);
        told = true;
      }
    },
  };
}

/** The key of a stage's result: everything that it depends on, the compiler's own code included. */
export async function cacheKey(stage: string, parts: readonly unknown[]): Promise<string> {
  return sha256(JSON.stringify([stage, await codeVersion(), ...parts])).toString("hex");
}

/**
 * The JSON value of a stage from the cache, or else computed and stored.
 *
 * @param parts what the value depends on, as JSON: model hash, text identity, options
 */
export async function cached<Value>(
  cache: Cache,
  stage: string,
  parts: readonly unknown[],
  compute: () => Promise<Value>,
): Promise<Value> {
  const key = await cacheKey(stage, parts);
  const known = await cache.get(key);
  if (known !== undefined) return JSON.parse(new TextDecoder().decode(known)) as Value;
  const value = await compute();
  await cache.put(key, new TextEncoder().encode(JSON.stringify(value)));
  return value;
}

let version: Promise<string> | undefined;

/** A hash of the compiler's own code: this module's folder and the kernels. */
function codeVersion(): Promise<string> {
  version ??= hashCode(fileURLToPath(new URL(".", import.meta.url)));
  return version;
}

async function hashCode(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const code = names.filter((name) => /\.(js|ts)$/.test(name) && !name.endsWith(".d.ts")).sort();
  const hash = createHash("sha256");
  for (const name of code) hash.update(`${name}\n`).update(await readFile(join(folder, name)));
  const kernels = await readFile(join(folder, "..", "dist", "kernels.wasm")).catch(() => "");
  return hash.update(kernels).digest("hex");
}

function sha256(data: Uint8Array | string): Buffer {
  return createHash("sha256").update(data).digest();
}
