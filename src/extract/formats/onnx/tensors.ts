import { decodeTensor } from "../../../runtime/index.ts";
import type { OpenFile } from "../../files.ts";
import { readFloats } from "../floats.ts";
import { countOf, damaged, type StoredTensor } from "../stored.ts";
import type { GraphTensor } from "./graph.ts";
import { FORMAT } from "./slim.ts";

/** Names of the types that can be read, by their numbers in ONNX, and the bytes of a number. */
const TYPES = new Map<number, readonly [dtype: string, bytes: number]>([
  [1, ["F32", 4]],
  [10, ["F16", 2]],
  [16, ["BF16", 2]],
]);

/** Fields of TensorProto with numbers. */
const FLOAT_DATA = 4;
const INT32_DATA = 5;

/** A tensor of a graph, whose numbers lie in the file or in another that `open` opens. Throws a CompilerError. */
export function storedTensor(
  file: OpenFile,
  open: (name: string) => OpenFile,
  name: string,
  { shape, type, place, external }: GraphTensor,
): StoredTensor {
  const [dtype, bytes] = TYPES.get(type) ?? [`numbers of ONNX's type ${type}`, 0];
  const count = countOf(shape);
  const unsound = (reason: string) => damaged(file.path, FORMAT, `the tensor used as ${name} ${reason}`);
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) throw unsound("has a shape without sense");
  if (external) {
    const [position, length] = [external.get("offset") ?? "0", external.get("length") ?? String(count * bytes)].map(
      Number,
    );
    if (!Number.isSafeInteger(position) || (position ?? -1) < 0 || length !== count * bytes) {
      throw unsound("lies at a place without sense");
    }
    const data = open(external.get("location") ?? "");
    return {
      name,
      shape,
      dtype,
      read: () => readFloats(data, { position: position ?? 0, count, dtype, format: FORMAT }),
    };
  }
  if (!place) throw unsound("has no numbers");
  const { field, position, length } = place;
  if (field === INT32_DATA) {
    return { name, shape, dtype, read: () => readHalves(file, { position, length }, { count, dtype, unsound }) };
  }
  if (length !== count * bytes || (field === FLOAT_DATA && dtype !== "F32"))
    throw unsound("has more or less numbers than its shape");
  return { name, shape, dtype, read: () => readFloats(file, { position, count, dtype, format: FORMAT }) };
}

/** Floats of 16 bits that are each written as an integer of one to three bytes. */
function readHalves(
  file: OpenFile,
  { position, length }: { position: number; length: number },
  { count, dtype, unsound }: { count: number; dtype: string; unsound: (reason: string) => Error },
): Float32Array {
  if (!(count <= length)) throw unsound("has less numbers than its shape");
  const bytes = file.read(position, length);
  const halves = new Uint16Array(count);
  let place = 0;
  for (let index = 0; index < count; index++) {
    let value = 0;
    let more = true;
    for (let shift = 0; more; shift += 7) {
      const byte = bytes[place++];
      if (byte === undefined || shift > 14) throw unsound("has numbers of other than 16 bits");
      value |= (byte & 0x7f) << shift;
      more = byte >= 0x80;
    }
    halves[index] = value;
  }
  if (place !== length) throw unsound("has more numbers than its shape");
  const entry = { name: "", dtype, shape: [count], begin: 0, end: halves.byteLength };
  return decodeTensor(new Uint8Array(halves.buffer), entry).values;
}
