import {
  decodeTensor,
  LENGTH_BYTES,
  readHeader,
  readHeaderLength,
  SafetensorsError,
  type SafetensorsHeader,
  type TensorEntry,
} from "../../runtime/index.ts";
import type { OpenFile } from "../files.ts";
import { damaged, type StoredModel } from "./stored.ts";

/** Reads what a safetensors file lists. */
export function openSafetensors(file: OpenFile): StoredModel {
  const header = headerOf(file);
  const tensors = [...header.tensors.values()].map((entry) => ({
    name: entry.name,
    shape: entry.shape,
    dtype: entry.dtype,
    read: () => valuesOf(file, header.dataStart + entry.begin, entry),
  }));
  return { path: file.path, tensors };
}

function headerOf(file: OpenFile): SafetensorsHeader {
  try {
    const start = file.read(0, Math.min(LENGTH_BYTES, file.length));
    return readHeader(file.read(0, LENGTH_BYTES + readHeaderLength(start, file.length)), file.length);
  } catch (error) {
    if (error instanceof SafetensorsError) throw damaged(file.path, "safetensors file", error.message);
    throw error;
  }
}

function valuesOf(file: OpenFile, position: number, entry: TensorEntry): Float32Array {
  const length = entry.end - entry.begin;
  if (entry.dtype !== "F32") return decodeTensor(file.read(position, length), entry).values;
  // Read where they stay: files and every host that runs this are little-endian.
  const values = new Float32Array(length / Float32Array.BYTES_PER_ELEMENT);
  file.readInto(new Uint8Array(values.buffer), position);
  return values;
}
