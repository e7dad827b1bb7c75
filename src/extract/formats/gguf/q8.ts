import { decodeTensor } from "../../../runtime/index.ts";

const NUMBERS = 32;
const BYTES = 34;

/** ggml's Q8_0: blocks of 32 numbers, each a scale of 16 bits and 32 integers of 8 bits to be multiplied with it. */
export function decodeQ8(bytes: Uint8Array): Float32Array {
  const blocks = bytes.length / BYTES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const halves = new Uint8Array(2 * blocks);
  for (let block = 0; block < blocks; block++) halves.set(bytes.subarray(block * BYTES, block * BYTES + 2), 2 * block);
  const entry = { name: "scales", dtype: "F16", shape: [blocks], begin: 0, end: halves.length };
  const scales = decodeTensor(halves, entry).values;
  const values = new Float32Array(blocks * NUMBERS);
  for (let index = 0; index < values.length; index++) {
    const block = Math.floor(index / NUMBERS);
    values[index] = (scales[block] as number) * view.getInt8(block * BYTES + 2 + (index % NUMBERS));
  }
  return values;
}
