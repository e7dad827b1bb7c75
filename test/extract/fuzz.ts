import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, type Random } from "../../src/engine/index.ts";
import { CompilerError } from "../../src/errors.ts";
import { loadModel } from "../../src/extract/index.ts";

/** A file to break, as it is when it is sound. */
export interface Specimen {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Where its structure is, in bytes from its beginning; by default the first ones. */
  readonly structure?: readonly (readonly [begin: number, end: number])[];
}

/** A case that was not refused with an error of the catalogue, or took too long or too much. */
export interface Finding {
  readonly file: string;
  readonly seed: number;
  readonly problem: string;
}

/** Longest that one case may take, in milliseconds: beyond it a person would call it hanging. */
const PATIENCE = 1000;

/** Memory that one case may take: so many times the size of the file, and what any case takes. */
const MEMORY_FACTOR = 64;
const MEMORY_BASE = 64 * 2 ** 20;

/** Texts that parsers of JSON, headers and lists of tokens trip over. */
const HOSTILE = [
  ...['"__proto__"', '"constructor"', "null", "true", "-1", "1e999", "9007199254740992", "9007199254740993", "0.5"],
  ...["[".repeat(20_000), '{"a":'.repeat(20_000), "]", "}", '"', ":", ",", "\\", "\\u0000", "\\ud800", "\u0000"],
  ...["*/", "${x}", "</script>", "\u001b[2J", "\u202e", "\ufeff", "../../x", "/etc/passwd", " ", "\n", "{}", "[]"],
];

/**
 * Breaks one of a folder's files in as many ways as there are seeds, and loads the folder each time. The file stays
 * broken.
 */
export async function fuzz(folder: string, specimen: Specimen, seeds: Iterable<number>): Promise<Finding[]> {
  const path = join(folder, specimen.name);
  const findings: Finding[] = [];
  for (const seed of seeds) {
    const broken = mutate(specimen, createRandom(seed));
    writeFileSync(path, broken);
    const problem = await problemWith(folder, broken.length);
    if (problem !== undefined) findings.push({ file: specimen.name, seed, problem });
  }
  return findings;
}

async function problemWith(folder: string, size: number): Promise<string | undefined> {
  const before = memory();
  const began = performance.now();
  try {
    await loadModel(folder);
  } catch (error) {
    if (!(error instanceof CompilerError)) return String(error);
    if (error.code === "internal") return error.message;
    // What a message shows goes to a terminal.
    if (/\p{Cc}|\p{Bidi_Control}/u.test(error.message)) return `control characters in ${JSON.stringify(error.message)}`;
  }
  const took = performance.now() - began;
  if (took > PATIENCE) return `took ${Math.round(took)} ms`;
  const grown = memory() - before;
  return grown > MEMORY_BASE + MEMORY_FACTOR * size ? `took ${grown} bytes of memory` : undefined;
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Numbers that lengths, counts and places of binary formats may be, as little-endian bytes. */
const NUMBERS = [
  ...[0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0xffffffff].map((value) => littleEndian(BigInt(value), 4)),
  ...[0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n].map((value) => littleEndian(value, 8)),
  // As varints.
  ...[
    [0x80, 0x80, 0x01],
    [0xff, 0xff, 0xff, 0xff, 0x0f],
    [...Array.from({ length: 9 }, () => 0xff), 0x01],
  ].map(Buffer.from),
];

function littleEndian(value: bigint, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes.subarray(0, length);
}

/** Some bytes flipped, cut, doubled, moved or replaced, half of the time at the places where the structure is. */
function mutate({ bytes, structure = [[0, 600]] }: Specimen, random: Random): Uint8Array {
  const below = (limit: number) => Math.floor(random() * limit);
  const placeIn = ({ length }: Uint8Array): number => {
    const [begin, end] = structure[below(structure.length)] ?? [0, length];
    return below(2) === 0 ? Math.min(begin + below(end - begin), length - 1) : below(length);
  };
  let mutated = Buffer.from(bytes);
  const rounds = 1 + below(3);
  for (let round = 0; round < rounds && mutated.length > 0; round++) {
    const at = placeIn(mutated);
    const kind = below(8);
    if (kind === 0) mutated[at] = (mutated[at] ?? 0) ^ (1 << below(8));
    else if (kind === 1) mutated = mutated.subarray(0, at);
    else if (kind === 2) mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(at + 1 + below(16))]);
    else if (kind === 3) {
      const from = placeIn(mutated);
      mutated = Buffer.concat([
        mutated.subarray(0, at),
        mutated.subarray(from, from + 1 + below(64)),
        mutated.subarray(at),
      ]);
    } else if (kind === 4) {
      const text = Buffer.from(HOSTILE[below(HOSTILE.length)] ?? "");
      mutated = Buffer.concat([mutated.subarray(0, at), text, mutated.subarray(at + below(3))]);
    } else if (kind === 5) mutated = withNumber(mutated, at, HOSTILE[2 + below(7)] ?? "0");
    else if (kind === 6)
      mutated.set((NUMBERS[below(NUMBERS.length)] ?? Buffer.alloc(0)).subarray(0, mutated.length - at), at);
    else mutated[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)] ?? 0;
  }
  return mutated;
}

/** The first number after a place replaced by another one. */
function withNumber(bytes: Buffer, at: number, number: string): Buffer<ArrayBuffer> {
  const start = bytes.subarray(at).findIndex((byte) => byte >= 0x30 && byte <= 0x39) + at;
  let end = start;
  while ((bytes[end] ?? 0) >= 0x30 && (bytes[end] ?? 0) <= 0x39) end++;
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(number), bytes.subarray(end)]);
}
