/** The public face: a model with its tokenizer, as a program that scores and continues texts. */
import { read, scoresOf, startReading } from "./forward.ts";
import type { Machine } from "./machine.ts";
import type { Model } from "./parts.ts";
import { decidedNext, decideScores } from "./shortcuts.ts";
import { rowRange, rowsOf } from "./tensor.ts";

/** Text to token ids and back. */
export interface Tokenizer {
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
}

/** A runnable program: the whole public face of a compiled package. */
export interface Program extends Tokenizer {
  /** Most tokens that fit in one text. */
  readonly context: number;
  /** Next-token scores after each token: one row (vocabulary) a position. Throws a RangeError on texts that do not fit. */
  logits(ids: readonly number[], options?: { readonly firstPosition?: number }): Float32Array[];
  /** The most likely continuation, token by token, at most `tokens` long; it ends early where the context is full. */
  generate(ids: readonly number[], options: { readonly tokens: number }): Generator<number>;
}

/** Makes a program of a model in a machine's memory. */
export function createProgram(machine: Machine, model: Model, tokenizer: Tokenizer): Program {
  const vocabulary = rowsOf(model.embed.tokens);
  return {
    context: model.context,
    encode: (text) => tokenizer.encode(text),
    decode: (ids) => tokenizer.decode(ids),
    logits(ids, { firstPosition = 0 } = {}) {
      checkTokens(ids, vocabulary, model.context - firstPosition);
      return machine.scope(() => {
        const reading = startReading(machine, model, ids.length, firstPosition);
        const scores = scoresOf(machine, model, read(machine, model, reading, ids));
        return Array.from(ids, (_, time) => {
          const row = machine.values(rowRange(scores, time, 1)).slice();
          decideScores(model.shortcuts, ids, time + 1, row);
          return row;
        });
      });
    },
    *generate(ids, { tokens }) {
      checkTokens(ids, vocabulary, model.context);
      const length = Math.min(ids.length + tokens, model.context);
      machine.hold();
      try {
        const reading = startReading(machine, model, length);
        const text = [...ids];
        const mostLikely = (): number =>
          machine.scope(() => {
            // What shortcuts decided is read together, when the model is asked again.
            const rows = read(machine, model, reading, text.slice(reading.tokens.length));
            const last = rowRange(rows, rowsOf(rows) - 1, 1);
            return indexOfHighest(machine.values(scoresOf(machine, model, last)));
          });
        while (text.length < length) {
          const next = decidedNext(model.shortcuts, text) ?? mostLikely();
          text.push(next);
          yield next;
        }
      } finally {
        machine.release();
      }
    },
  };
}

/** Index of the highest score; the lowest index among equals. */
export function indexOfHighest(scores: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < scores.length; index++) {
    if ((scores[index] as number) > (scores[best] as number)) best = index;
  }
  return best;
}

function checkTokens(ids: readonly number[], vocabulary: number, room: number): void {
  if (ids.length === 0) throw new RangeError("The text is empty: at least one token is needed.");
  if (ids.length > room) throw new RangeError(`The text has ${ids.length} tokens; ${room} fit.`);
  const unknown = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (unknown !== undefined) throw new RangeError(`Token ${unknown} is not in the vocabulary of ${vocabulary}.`);
}
