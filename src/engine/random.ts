/** Uniform numbers in [0, 1), one a call. */
export type Random = () => number;

const WARM_UP = 12;

/**
 * A seeded generator: sfc32 (Doty-Humphrey, PractRand: 128 bits of state), its state filled by splitmix32.
 * Every further number, such as a document's index, gives an independent stream of the same seed.
 */
export function createRandom(seed: number, ...streams: readonly number[]): Random {
  let mixed = 0;
  for (const part of [seed, ...streams]) mixed = splitmix32((mixed ^ part) | 0);
  let a = (mixed = splitmix32(mixed));
  let b = (mixed = splitmix32(mixed));
  let c = splitmix32(mixed);
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < WARM_UP; round++) next();
  return next;
}

/** One step of splitmix32 (Steele, Lea and Flood 2014, with the 32-bit finaliser of MurmurHash3). */
function splitmix32(state: number): number {
  let mixed = (state + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
