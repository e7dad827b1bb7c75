/** Numbers that all threads see, 0 at first. */
export const sharedFloats = (count: number): Float32Array<SharedArrayBuffer> =>
  new Float32Array(new SharedArrayBuffer(count * Float32Array.BYTES_PER_ELEMENT));
