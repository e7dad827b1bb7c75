import { createHash, type Hash } from "node:crypto";

/** Etags whose meaning is known: a SHA-256 of the bytes, or git's SHA-1 of a blob. */
const ETAG = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const SHA256_DIGITS = 64;

/** The bare hash in an ETag header, without quotes and W/; undefined where it is none that can be checked. */
export function etagOf(header: string | null): string | undefined {
  const text = header
    ?.trim()
    .replace(/^W\//, "")
    .replace(/^"(.*)"$/, "$1");
  return text !== undefined && ETAG.test(text) ? text : undefined;
}

/** A hash of the kind that the etag is, of a file of `size` bytes. */
export function checksum(etag: string, size: number): Hash {
  if (etag.length === SHA256_DIGITS) return createHash("sha256");
  return createHash("sha1").update(`blob ${size}\0`);
}
