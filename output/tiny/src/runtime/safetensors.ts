/** Tensors out of the bytes of a safetensors file, and into them. */
import {
  LENGTH_BYTES,
  quoted,
  SafetensorsError,
  shapeText,
  type SafetensorsHeader,
  type TensorEntry,
} from "./safetensors-header.ts";

/** A tensor's shape and its values, row by row. */
export interface TensorValues {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Values of the named tensor, from all bytes of the file. Throws a SafetensorsError where it cannot be read. */
export function readTensor(bytes: Uint8Array, header: SafetensorsHeader, name: string): TensorValues {
  const entry = header.tensors.get(name);
  if (!entry) throw new SafetensorsError("name", `it has no tensor named ${quoted(name)}`);
  return decodeTensor(bytes.subarray(header.dataStart + entry.begin, header.dataStart + entry.end), entry);
}

/** Values of a tensor, from its own bytes. Throws a SafetensorsError where they are too few or of another type. */
export function decodeTensor(data: Uint8Array, entry: TensorEntry): TensorValues {
  const decode = DECODERS[entry.dtype as keyof typeof DECODERS] as Decoder | undefined;
  if (!decode) {
    throw new SafetensorsError(
      "dtype",
      `tensor ${quoted(entry.name)} holds ${entry.dtype}, and only ${Object.keys(DECODERS).join(", ")} can be read`,
    );
  }
  if (data.length !== entry.end - entry.begin) {
    throw new SafetensorsError("truncated", `it ends inside tensor ${quoted(entry.name)}`);
  }
  return { shape: entry.shape, values: decode(data) };
}

type Decoder = (data: Uint8Array) => Float32Array;

const DECODERS: Readonly<Record<"F32" | "F16" | "BF16", Decoder>> = {
  // A copy of the bytes: files, WebAssembly and every host that runs this are little-endian.
  F32: (data) => new Float32Array(new Uint8Array(data).buffer),
  F16: (data) => new Float32Array(sixteenBits(data)).map(halfFloat),
  // The upper half of a 32-bit float.
  BF16: (data) => new Float32Array(new Uint32Array(sixteenBits(data)).map((bits) => bits << 16).buffer),
};

function sixteenBits(data: Uint8Array): Uint16Array {
  return new Uint16Array(new Uint8Array(data).buffer);
}

/** IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * A file of 32-bit floats with the tensors in the order given; the same tensors make the same bytes.
 * Throws a SafetensorsError where a name comes twice or a shape does not fit its values.
 */
export function writeSafetensors(
  tensors: Iterable<{ readonly name: string } & TensorValues>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const list = [...tensors];
  const entries = new Map<string, { dtype: string; shape: readonly number[]; data_offsets: [number, number] }>();
  let end = 0;
  for (const { name, shape, values } of list) {
    const begin = end;
    end += values.length * 4;
    if (entries.has(name) || name === "__metadata__") {
      throw new SafetensorsError("name", `two tensors would be named ${quoted(name)}`);
    }
    if (shape.reduce((product, extent) => product * extent, 1) !== values.length) {
      throw new SafetensorsError(
        "size",
        `tensor ${quoted(name)} of shape ${shapeText(shape)} has ${values.length} values`,
      );
    }
    entries.set(name, { dtype: "F32", shape, data_offsets: [begin, end] });
  }
  const about = Object.keys(metadata).length > 0 ? [`"__metadata__":${JSON.stringify(metadata)}`] : [];
  // Written member by member: an object would put names that look like numbers first.
  const members = [...entries].map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  const text = new TextEncoder().encode(`{${[...about, ...members].join(",")}}`);
  const headerLength = Math.ceil(text.length / LENGTH_BYTES) * LENGTH_BYTES;
  const bytes = new Uint8Array(LENGTH_BYTES + headerLength + end).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerLength;
  for (const { values } of list) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return bytes;
}
