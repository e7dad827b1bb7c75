import type { Hash } from "node:crypto";
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { checksum } from "./checksum.ts";

const CHUNK = 2 ** 20;

/** A file that grows from its beginning to its known size, across processes, and the hash of what it has so far. */
export class PartialFile {
  readonly #handle: FileHandle;
  readonly #etag: string;
  readonly #size: number;
  #hash: Hash;
  #length = 0;

  private constructor(handle: FileHandle, etag: string, size: number) {
    this.#handle = handle;
    this.#etag = etag;
    this.#size = size;
    this.#hash = checksum(etag, size);
  }

  /** Opens what an earlier run has left, or an empty file; what is too long to be a part of it is thrown away. */
  static async open(path: string, etag: string, size: number): Promise<PartialFile> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT);
    const partial = new PartialFile(handle, etag, size);
    try {
      await partial.#takeOver();
      return partial;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes there so far. */
  get length(): number {
    return this.#length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      // At a place, not at the end: a second writer, should a lock ever fail, writes the same bytes to the same place.
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#length + done);
      done += bytesWritten;
    }
    this.#hash.update(bytes);
    this.#length += bytes.length;
  }

  /** Throws away what is there. */
  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#length = 0;
    this.#hash = checksum(this.#etag, this.#size);
  }

  /** Whether the bytes have the hash that they should have. */
  isSound(): boolean {
    return this.#length === this.#size && this.#hash.copy().digest("hex") === this.#etag;
  }

  /** Makes sure that the bytes outlast a power failure. */
  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #takeOver(): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size > this.#size) return this.restart();
    const buffer = new Uint8Array(Math.min(CHUNK, size));
    while (this.#length < size) {
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#length);
      if (bytesRead === 0) return;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#length += bytesRead;
    }
  }
}
