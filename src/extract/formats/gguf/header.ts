import { TEXT_LIMIT, type OpenFile } from "../../files.ts";
import { FileCursor } from "../cursor.ts";
import { damaged } from "../stored.ts";

/** What messages call such a file. */
export const FORMAT = "GGUF file";

/** A value of the metadata: integers of 64 bits are numbers, rounded where they do not fit. */
export type GgufValue = number | boolean | string | readonly GgufValue[];

/** A tensor as the header lists it. */
export interface GgufTensor {
  readonly name: string;
  /** Rows first, the reverse of the file's order. */
  readonly shape: readonly number[];
  /** The number of its type in ggml. */
  readonly type: number;
  /** Bytes from the beginning of the file. */
  readonly position: number;
}

/** What a GGUF file says before its numbers. */
export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
}

/** Most entries of metadata and most tensors: files of GPT-2 XL have about 30 and 600. */
const COUNT_LIMIT = 100_000;
const AXES_LIMIT = 4;
const DEFAULT_ALIGNMENT = 32;
const ALIGNMENT_LIMIT = 2 ** 20;

const STRING = 8;
const ARRAY = 9;

/**
 * Reads the header of a GGUF file of version 2 or 3: metadata, and where the tensors lie.
 * Source: the format's description in docs/gguf.md of ggml. Throws a CompilerError.
 */
export function readGgufHeader(file: OpenFile): GgufHeader {
  const unsound = (reason: string) => damaged(file.path, FORMAT, reason);
  const cursor = new HeaderCursor(file, unsound);
  if (cursor.text(4) !== "GGUF") throw unsound('it does not begin with "GGUF"');
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) throw unsound(`its version is ${version}, and only 2 and 3 can be read`);
  const tensorCount = cursor.count(COUNT_LIMIT);
  const entryCount = cursor.count(COUNT_LIMIT);

  const metadata = new Map<string, GgufValue>();
  for (let entry = 0; entry < entryCount; entry++) {
    const key = cursor.string();
    if (metadata.has(key)) throw unsound(`it has the key ${JSON.stringify(key)} twice`);
    metadata.set(key, cursor.value());
  }
  const listed = Array.from({ length: tensorCount }, () => {
    const name = cursor.string();
    const axes = cursor.uint32();
    if (axes > AXES_LIMIT) throw unsound(`tensor ${JSON.stringify(name)} has ${axes} axes`);
    const shape = Array.from({ length: axes }, () => cursor.uint64()).reverse();
    return { name, shape, type: cursor.uint32(), offset: cursor.uint64() };
  });
  if (new Set(listed.map(({ name }) => name)).size < listed.length) throw unsound("it has two tensors of one name");

  const alignment = metadata.get("general.alignment") ?? DEFAULT_ALIGNMENT;
  if (typeof alignment !== "number" || !(alignment >= 1 && alignment <= ALIGNMENT_LIMIT)) {
    throw unsound('its "general.alignment" makes no sense');
  }
  const start = Math.ceil(cursor.position / alignment) * alignment;
  return { metadata, tensors: listed.map(({ offset, ...tensor }) => ({ ...tensor, position: start + offset })) };
}

/** Reads the values of metadata one after the other. */
class HeaderCursor extends FileCursor {
  readonly #unsound: (reason: string) => Error;

  constructor(file: OpenFile, unsound: (reason: string) => Error) {
    super(file, TEXT_LIMIT, () => unsound("its header is cut off"));
    this.#unsound = unsound;
  }

  count(limit: number): number {
    const count = this.uint64();
    if (count > limit) throw this.#unsound(`it claims ${count} entries`);
    return count;
  }

  string = (): string => this.text(this.uint64());

  /** A value with its type before it. */
  value(): GgufValue {
    const type = this.uint32();
    return type === ARRAY ? this.#array() : this.#single(type);
  }

  #array(): GgufValue[] {
    const type = this.uint32();
    const count = this.uint64();
    // Every value takes a byte, so that a count beyond the file is refused before there is room for it.
    if (count > this.left) throw this.#unsound(`it claims a list of ${count} values`);
    const values: GgufValue[] = [];
    for (let index = 0; index < count; index++) values.push(this.#single(type));
    return values;
  }

  #single(type: number): GgufValue {
    if (type === STRING) return this.string();
    const scalar = SCALARS[type];
    if (!scalar) throw this.#unsound(`it has a value of type ${type}`);
    return scalar[1](this.view(scalar[0]));
  }
}

/** Bytes and reader of each type of the metadata, by its number. */
const SCALARS: readonly (readonly [bytes: number, read: (view: DataView) => number | boolean] | undefined)[] = [
  [1, (view) => view.getUint8(0)],
  [1, (view) => view.getInt8(0)],
  [2, (view) => view.getUint16(0, true)],
  [2, (view) => view.getInt16(0, true)],
  [4, (view) => view.getUint32(0, true)],
  [4, (view) => view.getInt32(0, true)],
  [4, (view) => shortestDecimal(view.getFloat32(0, true))],
  [1, (view) => view.getUint8(0) !== 0],
  undefined,
  undefined,
  [8, (view) => Number(view.getBigUint64(0, true))],
  [8, (view) => Number(view.getBigInt64(0, true))],
  [8, (view) => view.getFloat64(0, true)],
];

/** What was written down before it became a 32-bit float: the decimal of fewest digits that becomes it, such as 1e-5. */
function shortestDecimal(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}
