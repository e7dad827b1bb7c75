import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { CompilerError } from "../errors.ts";

/** Most bytes read by one call to the system, which takes fewer than 2^31. */
const LARGEST_READ = 2 ** 30;

/** Most bytes of a JSON or text file: GPT-2's own tokenizer.json has 1.4 MB. */
export const TEXT_LIMIT = 100_000_000;

/** A file open for reading at any place, with the length that it had when it was opened. */
export interface OpenFile {
  readonly path: string;
  readonly length: number;
  /** The bytes from `position` on; throws a CompilerError where the file ends before. */
  read(position: number, length: number): Uint8Array;
}

/** Is there something of that name? What cannot be looked at counts as there: reading it then says why it fails. */
export function isPresent(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/**
 * Opens a regular file of at most `limit` bytes for the duration of `work`.
 * Throws a CompilerError: file-missing, file-unreadable or file-too-large.
 */
export function withFile<Result>(path: string, limit: number, work: (file: OpenFile) => Result): Result {
  // Looked at before it is opened: opening a named pipe would wait for a writer.
  if (!readable(path, () => statSync(path)).isFile()) throw unreadable(path, "it is not a regular file");
  const descriptor = readable(path, () => openSync(path, "r"));
  try {
    const length = readable(path, () => fstatSync(descriptor)).size;
    if (length > limit) throw CompilerError.of("file-too-large", { path, bytes: length, limit });
    return work({ path, length, read: (position, count) => readAt(descriptor, path, position, count) });
  } finally {
    closeSync(descriptor);
  }
}

/** All bytes of a file of at most TEXT_LIMIT bytes. Throws a CompilerError as `withFile` does. */
export function readWhole(path: string): Uint8Array {
  return withFile(path, TEXT_LIMIT, (file) => file.read(0, file.length));
}

/** Bytes as UTF-8 text; throws a CompilerError where they are none. */
export function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(path, "it is not UTF-8 text");
  }
}

function readAt(descriptor: number, path: string, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = Math.min(length - done, LARGEST_READ);
    const read = readable(path, () => readSync(descriptor, bytes, done, count, position + done));
    if (read === 0) throw unreadable(path, "it became shorter while it was read");
    done += read;
  }
  return bytes;
}

/** Runs a call to the file system; a failure becomes a CompilerError that names the file. */
function readable<Result>(path: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw CompilerError.of("file-missing", { path });
    throw unreadable(path, REASONS[code ?? ""] ?? code ?? String(error));
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  ELOOP: "its symbolic links go in a circle",
  EIO: "the disk reports an error",
  ERR_INVALID_ARG_VALUE: "its name is not a path",
};

function unreadable(path: string, reason: string): CompilerError {
  return CompilerError.of("file-unreadable", { path, reason });
}
