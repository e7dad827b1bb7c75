import { randomUUID } from "node:crypto";
import {
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { systemCodeOf } from "../../errors.ts";
import { isCommit, type HubReference } from "./reference.ts";

/** A repository's folder in huggingface_hub's cache, which other tools read and write as well. */
export interface CacheFolder {
  readonly path: string;
  /** Files by their etag. */
  readonly blobs: string;
  /** Files named like a branch or tag, with the commit that it was when it was fetched. */
  readonly refs: string;
  /** A folder per commit, whose files are links to blobs. */
  readonly snapshots: string;
  readonly locks: string;
}

/** Deepest folder that a wanted file lies in, such as onnx/decoder_model.onnx. */
const DEEPEST = 1;

/** What a file system says that has no symbolic links, or a user who may make none. */
const NO_LINKS: ReadonlySet<string> = new Set([
  "EPERM",
  "EACCES",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EINVAL",
  "UNKNOWN",
]);

export function cacheFolder(cache: string, repository: string): CacheFolder {
  const name = `models--${repository.replace("/", "--")}`;
  const path = join(cache, name);
  return {
    path,
    blobs: join(path, "blobs"),
    refs: join(path, "refs"),
    snapshots: join(path, "snapshots"),
    locks: join(cache, ".locks", name),
  };
}

/** The commit that a revision was when it was last fetched. */
export async function cachedCommit(folder: CacheFolder, { revision }: HubReference): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const text = await readFile(join(folder.refs, revision), "utf8").catch(() => "");
  return isCommit(text.trim()) ? text.trim() : undefined;
}

/** Names of the files of a snapshot whose blobs are there, with "/" between folders. */
export async function snapshotFiles(folder: string, depth = 0): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  const files = entries.map(async (name) => {
    const status = await stat(join(folder, name)).catch(() => undefined);
    if (status?.isFile()) return [name];
    if (!status?.isDirectory() || depth === DEEPEST) return [];
    return (await snapshotFiles(join(folder, name), depth + 1)).map((inner) => `${name}/${inner}`);
  });
  return (await Promise.all(files)).flat();
}

/** The size of a file; undefined where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() ? status.size : undefined;
}

/** Puts a blob into a snapshot under a file's name: as a relative link, or as a copy where links cannot be made. */
export async function putIntoSnapshot(folder: CacheFolder, commit: string, file: string, etag: string): Promise<void> {
  const path = join(folder.snapshots, commit, ...file.split("/"));
  const blob = join(folder.blobs, etag);
  await mkdir(dirname(path), { recursive: true });
  const target = relative(dirname(path), blob);
  try {
    await symlink(target, path);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === "EEXIST") {
      if (await leadsTo(path, target)) return;
      await rm(path, { force: true });
      await putIntoSnapshot(folder, commit, file, etag);
    } else if (NO_LINKS.has(code)) await replace(folder, path, (temporary) => copyFile(blob, temporary));
    else throw error;
  }
}

/** Is it a link to the target, or a whole file that another tool put there instead of one? */
async function leadsTo(path: string, target: string): Promise<boolean> {
  const status = await lstat(path).catch(() => undefined);
  if (!status?.isSymbolicLink()) return status?.isFile() === true;
  return (await readlink(path).catch(() => "")) === target;
}

/** Remembers which commit a branch or tag was; the name of a commit needs no remembering. */
export async function rememberCommit(folder: CacheFolder, { revision }: HubReference, commit: string): Promise<void> {
  const path = join(folder.refs, ...revision.split("/"));
  if (isCommit(revision) || (await readFile(path, "utf8").catch(() => "")) === commit) return;
  await mkdir(dirname(path), { recursive: true });
  await replace(folder, path, (temporary) => writeFile(temporary, commit));
}

/** Makes a file appear whole: what is written first lies among the locks, where nobody takes it for a ref or snapshot. */
async function replace(folder: CacheFolder, path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(folder.locks, { recursive: true });
  const temporary = join(folder.locks, `${randomUUID()}.tmp`);
  try {
    await write(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
