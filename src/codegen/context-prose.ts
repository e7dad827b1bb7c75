import type { FiringContext } from "../profile/index.ts";
import type { TokenText } from "./token-text.ts";

/** Widest line of effects, in characters, and the most tokens named on each side. */
const EFFECTS_WIDTH = 96;
const EFFECTS = 4;

/** A part of a character, shown as its byte. */
const PIECE = /<0x[0-9A-F]{2}>/u;

/** Something with contexts, strongest first, and tokens that it raises and lowers. */
interface Firing {
  readonly contexts: readonly FiringContext[];
  readonly raises: readonly number[];
  readonly lowers: readonly number[];
}

/**
 * One line a context, below the strongest one the tokens raised and lowered there. A token alone at the start of a text
 * is shown only where there is nothing else to show, and contexts with pieces of characters come last.
 */
export function headContextLines({ contexts, raises, lowers }: Firing, tokens: TokenText): string[] {
  const [strongest] = contexts;
  const lines = new Map<string, readonly string[]>();
  for (const context of withSurroundings(contexts)) {
    const line = tokens.context(context);
    if (!lines.has(line)) lines.set(line, context === strongest ? effectLines(tokens, raises, lowers) : []);
  }
  const readableFirst = [...lines].sort(([one], [other]) => Number(PIECE.test(one)) - Number(PIECE.test(other)));
  return readableFirst.flatMap(([line, effects]) => [line, ...effects.map((effect) => `  ${effect}`)]);
}

/** Contexts with something before the firing token, or all where none has. */
export function withSurroundings(contexts: readonly FiringContext[]): readonly FiringContext[] {
  const surrounded = contexts.filter(({ before }) => before.length > 0);
  return surrounded.length > 0 ? surrounded : contexts;
}

/** `raises " 4", " 1776"; lowers " the"` with as many tokens as fit, or nothing where neither is known. */
export function effectLines(tokens: TokenText, raised: readonly number[], lowered: readonly number[]): string[] {
  // In a small vocabulary both lists reach into the middle, where neither says anything.
  const raises = tokens.telling(raised.filter((token) => !lowered.includes(token)));
  const lowers = tokens.telling(lowered.filter((token) => !raised.includes(token)));
  for (let most = EFFECTS; most > 0; most--) {
    const effects = [
      ...(raises.length > 0 ? [`raises ${tokens.list(raises.slice(0, most))}`] : []),
      ...(lowers.length > 0 ? [`lowers ${tokens.list(lowers.slice(0, most))}`] : []),
    ];
    const line = effects.join("; ");
    if (line.length <= EFFECTS_WIDTH) return line === "" ? [] : [line];
    if (most === 1) return effects;
  }
  return [];
}
