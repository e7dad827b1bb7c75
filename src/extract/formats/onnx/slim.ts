/**
 * Copies what an ONNX file says about its graph, and in place of the numbers of its tensors only where they lie, so that
 * a file of any size is decoded in the memory that its graph takes. Numbers of fields are those of onnx.proto3.
 */
import type { OpenFile } from "../../files.ts";
import { FileCursor } from "../cursor.ts";
import { damaged, WEIGHTS_LIMIT } from "../stored.ts";

/** What messages call such a file. */
export const FORMAT = "ONNX file";

/** Where the numbers of a tensor lie: in the file itself, as bytes of its type or as protobuf's packed list of its field. */
export interface DataPlace {
  readonly field: number;
  readonly position: number;
  readonly length: number;
}

/** Most bytes of the copy, most fields, and how deep graphs may lie in nodes of graphs: GPT-2 XL has 2 MB and 200,000. */
const COPY_LIMIT = 64 * 2 ** 20;
const FIELDS_LIMIT = 2_000_000;
const DEPTH_LIMIT = 24;

/** Which fields of a message are copied, which are messages to look into, and which hold numbers. */
interface Message {
  readonly copied: readonly number[];
  readonly inner: () => Readonly<Record<number, Message>>;
  readonly numbers?: readonly number[];
}

const TENSOR: Message = {
  // dims, data_type, name, external_data, data_location
  copied: [1, 2, 8, 13, 14],
  inner: () => ({}),
  // float_data, int32_data, raw_data
  numbers: [4, 5, 9],
};
// name, i; t and g
const ATTRIBUTE: Message = { copied: [1, 3], inner: () => ({ 5: TENSOR, 6: GRAPH }) };
// input, output, op_type, domain; attribute
const NODE: Message = { copied: [1, 2, 4, 7], inner: () => ({ 5: ATTRIBUTE }) };
// input; node and initializer
const GRAPH: Message = { copied: [11], inner: () => ({ 1: NODE, 5: TENSOR }) };
// graph
const MODEL: Message = { copied: [], inner: () => ({ 7: GRAPH }) };

/** Field of TensorProto for remarks, which carries the place of its numbers in the copy. */
const REMARK = 12;

/** The copy, which decodes as the file would. Throws a CompilerError where the file is no protobuf, or too deep. */
export function slimCopy(file: OpenFile): Uint8Array {
  const slimmer = new Slimmer(file);
  return slimmer.message(file.length, MODEL, 0);
}

class Slimmer {
  readonly #cursor: FileCursor;
  readonly #unsound: (reason: string) => Error;
  #fields = 0;
  #bytes = 0;

  constructor(file: OpenFile) {
    this.#unsound = (reason) => damaged(file.path, FORMAT, reason);
    this.#cursor = new FileCursor(file, WEIGHTS_LIMIT, () => this.#unsound("it is cut off"));
  }

  message(end: number, message: Message, depth: number): Uint8Array {
    if (depth > DEPTH_LIMIT) throw this.#unsound("its graphs lie too deep in one another");
    const inner = message.inner();
    const parts: Uint8Array[] = [];
    let place: DataPlace | undefined;
    while (this.#cursor.position < end) {
      if (++this.#fields > FIELDS_LIMIT) throw this.#unsound(`it has more than ${FIELDS_LIMIT} fields`);
      const tag = this.#varint();
      const field = Math.floor(tag / 8);
      const length = this.#lengthOf(tag % 8);
      const position = this.#cursor.position;
      const next = position + length;
      if (!(next <= end)) throw this.#unsound("a part of it is longer than the whole");
      const within = tag % 8 === LENGTH_DELIMITED ? inner[field] : undefined;
      if (within) parts.push(delimited(field, this.message(next, within, depth + 1)));
      else if (message.copied.includes(field)) parts.push(this.#copied(tag, length));
      else if (message.numbers?.includes(field)) place = this.#placeOf(tag, { field, position, length }, place);
      this.#cursor.position = next;
    }
    if (place) parts.push(delimited(REMARK, new TextEncoder().encode(JSON.stringify(place))));
    return joined(parts);
  }

  /** Numbers that come one by one, or twice, are not written by any exporter. */
  #placeOf(tag: number, found: DataPlace, before: DataPlace | undefined): DataPlace {
    if (tag % 8 !== LENGTH_DELIMITED || (before && before.length > 0)) {
      throw this.#unsound("the numbers of a tensor are in pieces");
    }
    return found;
  }

  #copied(tag: number, length: number): Uint8Array {
    this.#bytes += length;
    if (this.#bytes > COPY_LIMIT) throw this.#unsound(`its graph has more than ${COPY_LIMIT} bytes`);
    const bytes = this.#cursor.take(length).slice();
    return tag % 8 === LENGTH_DELIMITED ? delimited(Math.floor(tag / 8), bytes) : joined([varint(tag), bytes]);
  }

  /** How many bytes a value has, after its length where it has one. */
  #lengthOf(wireType: number): number {
    if (wireType === LENGTH_DELIMITED) return this.#varint();
    if (wireType === 1) return 8;
    if (wireType === 5) return 4;
    if (wireType !== 0) throw this.#unsound("it is no protobuf message");
    const begin = this.#cursor.position;
    this.#varint();
    const length = this.#cursor.position - begin;
    this.#cursor.position = begin;
    return length;
  }

  #varint(): number {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.#cursor.take(1)[0] as number;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw this.#unsound("it has a number of more than ten bytes");
  }
}

const LENGTH_DELIMITED = 2;

function delimited(field: number, bytes: Uint8Array): Uint8Array {
  return joined([varint(field * 8 + LENGTH_DELIMITED), varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
