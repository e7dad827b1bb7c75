/**
 * The header of the safetensors format: eight bytes with the header's length (little-endian), a JSON header, then the tensors' bytes.
 * Follows the checks of the reference implementation (github.com/huggingface/safetensors); nothing is allocated
 * for a tensor before the whole header has passed them.
 */

/** Why a file is refused. */
export type SafetensorsErrorCode =
  | "truncated" // the file ends before what it announces
  | "header-length" // the announced header length is impossible
  | "header-text" // the header is not a JSON object in UTF-8, or repeats a key
  | "metadata" // __metadata__ is not a flat object of strings
  | "entry" // a tensor's entry is incomplete, or its shape or offsets are no sensible numbers
  | "dtype" // a number type that is unknown, or that cannot be read as 32-bit floats
  | "size" // a tensor's byte range does not fit its shape
  | "layout" // byte ranges overlap, leave holes, or do not end with the file
  | "name"; // no tensor has this name, or two have

/** A safetensors file that cannot be read, and why. */
export class SafetensorsError extends Error {
  readonly code: SafetensorsErrorCode;

  constructor(code: SafetensorsErrorCode, message: string) {
    super(message);
    this.name = "SafetensorsError";
    this.code = code;
  }
}

/** One tensor of a file: `begin` and `end` count bytes from the end of the header. */
export interface TensorEntry {
  readonly name: string;
  /** "F32", "F16" and "BF16" can be read; others are only listed. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** What a file says about itself, checked. */
export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Byte offset of the first tensor in the file. */
  readonly dataStart: number;
}

/** Bytes that hold the header's length. */
export const LENGTH_BYTES = 8;

/** Longest header that is read, as in the reference implementation. */
export const HEADER_LIMIT = 100_000_000;

/** Bits of one element, for every number type of the format. */
const DTYPE_BITS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6 },
    ...{ BOOL: 8, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
    ...{ U16: 16, I16: 16, F16: 16, BF16: 16, U32: 32, I32: 32, F32: 32, U64: 64, I64: 64, F64: 64, C64: 64 },
  }),
);

/**
 * Reads the header's length from the first bytes of a file of `fileLength` bytes.
 * Throws a SafetensorsError where it is beyond the limit or the file.
 */
export function readHeaderLength(bytes: Uint8Array, fileLength = bytes.length): number {
  if (fileLength < LENGTH_BYTES || bytes.length < LENGTH_BYTES) {
    throw new SafetensorsError(
      "truncated",
      `it has ${fileLength} bytes, fewer than the ${LENGTH_BYTES} that come first`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(HEADER_LIMIT)) {
    throw new SafetensorsError(
      "header-length",
      `its header claims ${length} bytes, more than the limit of ${HEADER_LIMIT}`,
    );
  }
  if (length > BigInt(fileLength - LENGTH_BYTES)) {
    throw new SafetensorsError("truncated", `its header claims ${length} bytes, but the file has only ${fileLength}`);
  }
  return Number(length);
}

/**
 * Reads and checks the header of a file of `fileLength` bytes, of which `bytes` are the first ones, at least
 * up to the header's end. Throws a SafetensorsError where anything is wrong with it.
 */
export function readHeader(bytes: Uint8Array, fileLength = bytes.length): SafetensorsHeader {
  const dataStart = LENGTH_BYTES + readHeaderLength(bytes, fileLength);
  if (bytes.length < dataStart) throw new SafetensorsError("truncated", "it ends inside its header");
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart));
  const entries: TensorEntry[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = metadataOf(value);
    else entries.push(entryOf(name, value));
  }
  entries.sort((one, other) => one.begin - other.begin || one.end - other.end);
  checkLayout(entries, fileLength - dataStart);
  return { tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata, dataStart };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SafetensorsError("header-text", "its header is not UTF-8 text");
  }
  if (!text.startsWith("{")) throw new SafetensorsError("header-text", 'its header does not begin with "{"');
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new SafetensorsError("header-text", "its header is not valid JSON");
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw new SafetensorsError("name", `its header has ${quoted(repeated)} twice`);
  return header;
}

/** A key that some object of a valid JSON text has twice: JSON.parse keeps the last one and says nothing. */
export function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  let lastString = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{") open.push(new Set());
    else if (character === "}") open.pop();
    else if (character === '"') {
      const start = at++;
      while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
      lastString = text.slice(start, at + 1);
    } else if (character === ":") {
      const key = JSON.parse(lastString) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

function metadataOf(value: unknown): ReadonlyMap<string, string> {
  if (!isObject(value)) throw new SafetensorsError("metadata", "its __metadata__ is not an object");
  const entries = Object.entries(value);
  const wrong = entries.find(([, text]) => typeof text !== "string");
  if (wrong) throw new SafetensorsError("metadata", `its __metadata__ has ${quoted(wrong[0])}, which is not a string`);
  return new Map(entries as [string, string][]);
}

function entryOf(name: string, value: unknown): TensorEntry {
  const tensor = `tensor ${quoted(name)}`;
  if (!isObject(value)) throw new SafetensorsError("entry", `${tensor} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  const bits = typeof dtype === "string" ? DTYPE_BITS.get(dtype) : undefined;
  if (typeof dtype !== "string" || bits === undefined) {
    throw new SafetensorsError("dtype", `${tensor} has a dtype that the format does not know`);
  }
  if (!isSizes(shape)) throw new SafetensorsError("entry", `${tensor} has a shape that is not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw new SafetensorsError("entry", `${tensor} has data_offsets that are not two byte offsets`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw new SafetensorsError("entry", `${tensor} ends before it begins`);
  const count = elementCount(shape);
  if (count === undefined) throw new SafetensorsError("size", `${tensor} has a shape beyond all memory`);
  const bytes = (count * bits) / 8;
  if (bytes !== end - begin) {
    throw new SafetensorsError(
      "size",
      `${tensor} of shape ${shapeText(shape)} and dtype ${dtype} needs ${bytes} bytes but has ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The product of the extents; undefined where it, or a product on the way to it, is no safe integer. */
function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const extent of shape) {
    count *= extent;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/** Sorted byte ranges must follow one another without overlap or hole, and end with the file. */
function checkLayout(entries: readonly TensorEntry[], dataLength: number): void {
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) {
      const how = entry.begin < end ? "overlaps the tensor before it" : "leaves a hole before it";
      throw new SafetensorsError("layout", `tensor ${quoted(entry.name)} ${how}`);
    }
    end = entry.end;
  }
  if (end > dataLength) {
    throw new SafetensorsError(
      "truncated",
      `its tensors need ${end} bytes after the header, and ${dataLength} are there`,
    );
  }
  if (end < dataLength) {
    throw new SafetensorsError("layout", `${dataLength - end} bytes after the last tensor belong to none`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A shape for a message, cut where it is long. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.slice(0, 8).join(", ")}${shape.length > 8 ? ", …" : ""}]`;
}

/** A name for a message, cut where it is long. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}
