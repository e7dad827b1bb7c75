import type { OpenFile } from "../../files.ts";
import { readFloats } from "../floats.ts";
import { countOf, damaged, type StoredTensor } from "../stored.ts";
import { PickleError, PickleGlobal, type PickleWorld, type Unpickled } from "../../pickle.ts";
import type { Stretch } from "./zip.ts";

/** Names of PyTorch's storages, and what they hold: the type of a number, and its bytes. */
const STORAGES: Readonly<Record<string, readonly [dtype: string, bytes: number]>> = {
  FloatStorage: ["F32", 4],
  HalfStorage: ["F16", 2],
  BFloat16Storage: ["BF16", 2],
  DoubleStorage: ["F64", 8],
  LongStorage: ["I64", 8],
  IntStorage: ["I32", 4],
  ShortStorage: ["I16", 2],
  CharStorage: ["I8", 1],
  ByteStorage: ["U8", 1],
  BoolStorage: ["BOOL", 1],
};

/** Numbers one after the other, which tensors are views of. */
export interface PickledStorage {
  readonly key: string;
  readonly dtype: string;
  /** Bytes a number. */
  readonly bytes: number;
  readonly elements: number;
}

/** A view of a storage: where it begins, its shape, and how far neighbours along each axis lie apart, in numbers. */
export class PickledTensor {
  readonly storage: PickledStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  /** Throws a PickleError where the view leaves the storage, or shows more numbers than it has. */
  constructor([storage, offset, shape, strides]: readonly Unpickled[]) {
    if (!isStorage(storage) || !isSize(offset) || !isSizes(shape) || !isSizes(strides)) {
      throw new PickleError("it has a tensor that makes no sense");
    }
    const last = shape.reduce((place, extent, axis) => place + (extent - 1) * (strides[axis] ?? NaN), offset);
    const count = countOf(shape);
    if (count > storage.elements || (count > 0 && !(last < storage.elements)) || strides.length !== shape.length) {
      throw new PickleError(
        `it has a tensor of shape [${shape.join(", ")}] in a storage of ${storage.elements} numbers`,
      );
    }
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** What PyTorch's files ask Python for: dictionaries, tensors and their storages, and nothing else. */
export const TORCH: PickleWorld = {
  calls: new Map<string, (parameters: readonly Unpickled[]) => Unpickled>([
    ["collections OrderedDict", orderedDictionary],
    ["torch._utils _rebuild_tensor", (parameters) => new PickledTensor(parameters)],
    ["torch._utils _rebuild_tensor_v2", (parameters) => new PickledTensor(parameters)],
    ["torch._utils _rebuild_parameter", ([tensor]) => tensor],
    ["torch Size", ([extents]) => extents],
  ]),
  isName: (name) => /^torch \w+Storage$/.test(name) && Object.hasOwn(STORAGES, name.slice("torch ".length)),
  persistent: (id) => {
    const [kind, type, key, , elements] = Array.isArray(id) ? (id as Unpickled[]) : [];
    if (kind !== "storage" || !(type instanceof PickleGlobal) || typeof key !== "string" || !isSize(elements)) {
      throw new PickleError("it names data that is no storage");
    }
    const [dtype, bytes] = STORAGES[type.name.slice("torch ".length)] ?? [];
    if (dtype === undefined || bytes === undefined) throw new PickleError(`it has a storage of ${type.name}`);
    return { key, dtype, bytes, elements } satisfies PickledStorage;
  },
};

/** A tensor of a file whose storages lie at known places. Throws a CompilerError where its own has no place. */
export function storedTensor(
  file: OpenFile,
  name: string,
  tensor: PickledTensor,
  storages: ReadonlyMap<string, Stretch>,
): StoredTensor {
  const { storage, shape, strides, offset } = tensor;
  const place = storages.get(storage.key);
  if (!place || place.length < storage.elements * storage.bytes) {
    throw damaged(file.path, FORMAT, `the storage of ${JSON.stringify(name)} is ${place ? "cut off" : "missing"}`);
  }
  const read = (): Float32Array => {
    const count = countOf(shape);
    const span =
      count === 0 ? 0 : 1 + shape.reduce((sum, extent, axis) => sum + (extent - 1) * (strides[axis] ?? 0), 0);
    const position = place.position + offset * storage.bytes;
    const values = readFloats(file, { position, count: span, dtype: storage.dtype, format: FORMAT });
    return isContiguous(shape, strides) ? values : gathered(values, shape, strides);
  };
  return { name, shape, dtype: storage.dtype, read };
}

/** What messages call such a file. */
export const FORMAT = "PyTorch file";

function orderedDictionary([pairs]: readonly Unpickled[]): Map<Unpickled, Unpickled> {
  if (pairs === undefined) return new Map();
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw new PickleError("it has a dictionary of something else than pairs");
  }
  return new Map(pairs as [Unpickled, Unpickled][]);
}

function isStorage(value: Unpickled): value is PickledStorage {
  return typeof value === "object" && value !== null && "elements" in value && "bytes" in value;
}

function isSize(value: Unpickled): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isSizes(value: Unpickled): value is readonly number[] {
  return Array.isArray(value) && value.length <= 8 && value.every(isSize);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis] as number;
  }
  return true;
}

/** The values of a view, row by row. */
function gathered(values: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const result = new Float32Array(countOf(shape));
  for (let index = 0; index < result.length; index++) {
    let rest = index;
    let place = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const extent = shape[axis] as number;
      place += (rest % extent) * (strides[axis] as number);
      rest = Math.floor(rest / extent);
    }
    result[index] = values[place] as number;
  }
  return result;
}
