import { decodeTensor, SafetensorsError } from "../../runtime/index.ts";
import type { OpenFile } from "../files.ts";
import { damaged } from "./stored.ts";

/** Bytes a number of the types that weights come in. */
const BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };

/** `count` numbers of a type from `position` on, one after the other. Throws a CompilerError where the file has not as many. */
export function readFloats(
  file: OpenFile,
  { position, count, dtype, format }: { position: number; count: number; dtype: string; format: string },
): Float32Array {
  if (dtype === "F32") {
    if (!(position + count * 4 <= file.length)) throw damaged(file.path, format, "it ends inside a tensor");
    // Read where they stay: files and every host that runs this are little-endian.
    const values = new Float32Array(count);
    file.readInto(new Uint8Array(values.buffer), position);
    return values;
  }
  const length = count * (BYTES[dtype] ?? 0);
  try {
    return decodeTensor(file.read(position, length), { name: "", dtype, shape: [count], begin: 0, end: length }).values;
  } catch (error) {
    if (error instanceof SafetensorsError) throw damaged(file.path, format, error.message);
    throw error;
  }
}
