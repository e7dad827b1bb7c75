import {
  LENGTH_BYTES,
  readHeader,
  readHeaderLength,
  SafetensorsError,
  type SafetensorsHeader,
} from "../../runtime/index.ts";
import type { OpenFile } from "../files.ts";
import { readFloats } from "./floats.ts";
import { countOf, damaged, type StoredModel } from "./stored.ts";

const FORMAT = "safetensors file";

/** Reads what a safetensors file lists. */
export function openSafetensors(file: OpenFile): StoredModel {
  const header = headerOf(file);
  const tensors = [...header.tensors.values()].map((entry) => ({
    name: entry.name,
    shape: entry.shape,
    dtype: entry.dtype,
    read: () =>
      readFloats(file, {
        position: header.dataStart + entry.begin,
        count: countOf(entry.shape),
        dtype: entry.dtype,
        format: FORMAT,
      }),
  }));
  return { path: file.path, tensors };
}

function headerOf(file: OpenFile): SafetensorsHeader {
  try {
    const start = file.read(0, Math.min(LENGTH_BYTES, file.length));
    return readHeader(file.read(0, LENGTH_BYTES + readHeaderLength(start, file.length)), file.length);
  } catch (error) {
    if (error instanceof SafetensorsError) throw damaged(file.path, FORMAT, error.message);
    throw error;
  }
}
