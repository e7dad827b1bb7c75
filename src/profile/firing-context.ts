import type { TokenDocument } from "../text/index.ts";
import type { FiringContext } from "./profile.ts";
import type { Place } from "./strongest-places.ts";

const BEFORE = 16;
const AFTER = 5;

/** The tokens around a place. */
export function firingContext(
  documents: readonly TokenDocument[],
  { value, document, time, key }: Place,
): FiringContext {
  const tokens = documents[document]?.tokens ?? [];
  const begin = Math.max(0, time - BEFORE);
  return {
    before: tokens.slice(begin, time),
    token: tokens[time] ?? 0,
    after: tokens.slice(time + 1, time + 1 + AFTER),
    value,
    ...(key !== undefined && (key >= begin ? { lookedAt: key - begin } : { lookedFar: tokens[key] ?? 0 })),
  };
}
