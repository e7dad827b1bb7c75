import type { OpenFile } from "../files.ts";

/** Bytes that are read of the file at once. */
const CHUNK = 2 ** 16;

/** Takes little-endian values of a file one after the other. */
export class FileCursor {
  readonly #file: OpenFile;
  readonly #end: number;
  readonly #cutOff: () => Error;
  #chunk: Uint8Array = new Uint8Array();
  #chunkStart = 0;
  /** Bytes from the beginning of the file; may be set to any place of it. */
  position = 0;

  /** Takes at most the first `end` bytes; throws what `cutOff` makes where more are asked for. */
  constructor(file: OpenFile, end: number, cutOff: () => Error) {
    this.#file = file;
    this.#end = Math.min(file.length, end);
    this.#cutOff = cutOff;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#end - this.position;
  }

  /** The next bytes, in memory that is valid until the next call. */
  take(length: number): Uint8Array {
    if (!(length >= 0 && length <= this.left)) throw this.#cutOff();
    const begin = this.position - this.#chunkStart;
    if (begin < 0 || begin + length > this.#chunk.length) {
      this.#chunkStart = this.position;
      this.#chunk = this.#file.read(this.position, Math.min(Math.max(length, CHUNK), this.left));
    }
    const offset = this.position - this.#chunkStart;
    this.position += length;
    return this.#chunk.subarray(offset, offset + length);
  }

  view(length: number): DataView {
    const bytes = this.take(length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint32 = (): number => this.view(4).getUint32(0, true);
  uint64 = (): number => Number(this.view(8).getBigUint64(0, true));

  /** Text of so many bytes; what is not UTF-8 becomes U+FFFD. */
  text(length: number): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.take(length));
  }
}
