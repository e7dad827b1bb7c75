import { CompilerError } from "../errors.ts";
import { repeatedKey } from "../runtime/index.ts";
import { textOf } from "./files.ts";

/** Longest value that a message shows whole. */
const SHOWN_LENGTH = 80;

/** Bytes as a JSON object, no part of which has a key twice; throws a CompilerError where they are none. */
export function jsonOf(path: string, bytes: Uint8Array): Record<string, unknown> {
  const text = textOf(path, bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw CompilerError.of("json-invalid", { path });
  }
  if (!isObject(value)) throw CompilerError.of("json-invalid", { path });
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw CompilerError.of("json-repeated", { path, key: repeated });
  return value;
}

/** Is it a JSON object, and not a list? */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value of a JSON object for a message, cut where it is long. */
export function shown(value: unknown): string {
  if (value === undefined) return "missing";
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
