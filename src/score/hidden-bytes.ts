import { readFileSync } from "node:fs";
import { readHeader, type TokenizerData } from "../runtime/index.ts";
import type { PackageFiles } from "./package-files.ts";

const OWN_KERNELS = new URL("../../dist/kernels.wasm", import.meta.url);

/** Bytes of a tensor's entry in its file's header that are free, and values that a tensor has to hold to be entitled to them. */
const FREE_ENTRY = 160;
const FEWEST_VALUES = 4;
const FREE_HEADER = 64;

/**
 * Bytes in a package's weights that are neither a tensor's values nor what the original has as well: files that are not
 * known; kernels that are not this compiler's; a tokenizer that is not the original's; and what a tensor file holds beside
 * its tensors (long names, metadata).
 */
export function hiddenBytes(
  { others, weights }: Pick<PackageFiles, "others" | "weights">,
  tokenizer: TokenizerData,
): number {
  const known: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
    "weights/kernels.wasm": (bytes) => readFileSync(OWN_KERNELS).equals(bytes),
    "weights/tokenizer.json": (bytes) => Buffer.from(bytes).toString().replace(/\n$/, "") === JSON.stringify(tokenizer),
  };
  const unknown = others.filter(({ path, bytes }) => known[path]?.(bytes) !== true);
  const beside = weights.map(({ bytes }) => Math.max(0, bytes.length - FREE_HEADER - freeBytes(bytes)));
  return [...unknown.map(({ bytes }) => bytes.length), ...beside].reduce((sum, count) => sum + count, 0);
}

/** What the tensors of a file may take in it. */
function freeBytes(bytes: Uint8Array): number {
  return [...readHeader(bytes).tensors.values()].reduce((sum, { shape, begin, end }) => {
    const values = shape.reduce((product, extent) => product * extent, 1);
    return sum + (end - begin) + (values < FEWEST_VALUES ? 0 : FREE_ENTRY);
  }, 0);
}
