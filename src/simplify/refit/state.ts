import type { Moments } from "./adam.ts";

/** How a run went so far: one entry a measurement. */
export interface DistilPoint {
  /** Steps before the measurement. */
  readonly step: number;
  /** Mean KL(original || program) per scored position in nats: of the training batches since the last entry, and held out. */
  readonly training: number;
  readonly heldOut: number;
}

/** Everything that a run goes on from. */
export interface DistilState extends Moments {
  readonly curve: readonly DistilPoint[];
  /** The numbers that had the least held-out KL so far. */
  readonly best: Float32Array;
}

const LENGTH_BYTES = 4;

/** The state as bytes: the length of a JSON text, the curve as JSON, then the vectors as little-endian floats. */
export function encodeState({ curve, values, first, second, best }: DistilState): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(curve));
  const vectors = [values, first, second, best];
  const bytes = new Uint8Array(LENGTH_BYTES + text.length + 4 * vectors.length * values.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + text.length;
  for (const vector of vectors) {
    bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), at);
    at += vector.byteLength;
  }
  return bytes;
}

/** The state that the bytes are; undefined where they are another layout's. */
export function decodeState(bytes: Uint8Array, length: number): DistilState | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const textLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const start = LENGTH_BYTES + textLength;
  if (bytes.length !== start + 16 * length) return undefined;
  const curve = JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, start))) as DistilPoint[];
  const vector = (index: number): Float32Array => {
    const from = start + index * 4 * length;
    return new Float32Array(bytes.slice(from, from + 4 * length).buffer);
  };
  return { curve, values: vector(0), first: vector(1), second: vector(2), best: vector(3) };
}
