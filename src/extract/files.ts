import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { CompilerError, systemCodeOf, systemReasonOf } from "../errors.ts";

/** Most bytes read by one call to the system, which takes fewer than 2^31. */
const LARGEST_READ = 2 ** 30;

/** Most bytes of a JSON or text file: GPT-2's own tokenizer.json has 1.4 MB. */
export const TEXT_LIMIT = 100_000_000;

/** A file open for reading at any place, with the length that it had when it was opened. */
export interface OpenFile {
  readonly path: string;
  readonly length: number;
  /** The bytes from `position` on; throws a CompilerError where the file ends before, and allocates nothing then. */
  read(position: number, length: number): Uint8Array;
  /** Fills `target` with the bytes from `position` on; throws a CompilerError where the file ends before. */
  readInto(target: Uint8Array, position: number): void;
}

/** Is there something of that name? What cannot be looked at counts as there: reading it then says why it fails. */
export function isPresent(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** Names of what a folder holds, in order. Throws a CompilerError where it cannot be listed. */
export function filesIn(folder: string): string[] {
  return readable(folder, () => readdirSync(folder)).sort();
}

/** Files opened for one piece of work, and closed with it. */
export class OpenFiles {
  readonly #descriptors: number[] = [];
  #bytes = 0;

  /** Bytes of all files opened so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Opens a regular file of at most `limit` bytes.
   * Throws a CompilerError: file-missing, file-unreadable or file-too-large.
   */
  open(path: string, limit: number): OpenFile {
    // Looked at before it is opened: opening a named pipe would wait for a writer.
    if (!readable(path, () => statSync(path)).isFile()) throw unreadable(path, "it is not a regular file");
    const descriptor = readable(path, () => openSync(path, "r"));
    this.#descriptors.push(descriptor);
    const length = readable(path, () => fstatSync(descriptor)).size;
    if (length > limit) throw CompilerError.of("file-too-large", { path, bytes: length, limit });
    this.#bytes += length;
    return openFile(descriptor, path, length);
  }

  close(): void {
    for (const descriptor of this.#descriptors.splice(0)) closeSync(descriptor);
  }
}

/** All bytes of a file of at most TEXT_LIMIT bytes. Throws a CompilerError as `OpenFiles.open` does. */
export function readWhole(path: string): Uint8Array {
  const files = new OpenFiles();
  try {
    const file = files.open(path, TEXT_LIMIT);
    return file.read(0, file.length);
  } finally {
    files.close();
  }
}

/** Bytes as UTF-8 text; throws a CompilerError where they are none. */
export function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(path, "it is not UTF-8 text");
  }
}

function openFile(descriptor: number, path: string, length: number): OpenFile {
  const check = (position: number, count: number) => {
    if (!(position >= 0 && count >= 0 && position + count <= length)) {
      throw unreadable(path, `it has ${length} bytes, and ${count} from byte ${position} on are wanted`);
    }
  };
  const readInto = (target: Uint8Array, position: number) => {
    check(position, target.length);
    let done = 0;
    while (done < target.length) {
      const count = Math.min(target.length - done, LARGEST_READ);
      const read = readable(path, () => readSync(descriptor, target, done, count, position + done));
      if (read === 0) throw unreadable(path, "it became shorter while it was read");
      done += read;
    }
  };
  const read = (position: number, count: number) => {
    // Before the memory is taken.
    check(position, count);
    const bytes = new Uint8Array(count);
    readInto(bytes, position);
    return bytes;
  };
  return { path, length, read, readInto };
}

/** Runs a call to the file system; a failure becomes a CompilerError that names the file. */
function readable<Result>(path: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(error))) throw CompilerError.of("file-missing", { path });
    throw unreadable(path, systemReasonOf(error));
  }
}

function unreadable(path: string, reason: string): CompilerError {
  return CompilerError.of("file-unreadable", { path, reason });
}
