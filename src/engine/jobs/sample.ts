import { read, rowRange, rowsOf, scoresOf, startReading, type Machine, type Model } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import type { Job } from "../job.ts";
import { createRandom, type Random } from "../random.ts";

/** One text to be written. */
export interface SampleItem {
  readonly id: string;
  readonly seed: number;
  /** Tokens. */
  readonly length: number;
}

/** Writes a text token by token from the model's own distribution at temperature 1. */
const sample: Job<object, SampleItem, TokenDocument> = ({ program }, { id, seed, length }) => {
  const { machine, model, program: shape } = program("program");
  const random = createRandom(seed);
  const tokens = [Math.floor(random() * shape.vocabulary)];
  machine.scope(() => {
    const reading = startReading(machine, model, length);
    while (tokens.length < length) {
      const unread = tokens.slice(reading.length);
      tokens.push(machine.scope(() => drawn(nextScores(machine, model, reading, unread), random)));
    }
  });
  return { id, domain: "self", tokens, position: 0, scored: tokens.map((_, index) => index) };
};

export default sample;

function nextScores(machine: Machine, model: Model, reading: ReturnType<typeof startReading>, unread: number[]) {
  const rows = read(machine, model, reading, unread);
  return machine.values(scoresOf(machine, model, rowRange(rows, rowsOf(rows) - 1, 1)));
}

/** An index with probability proportional to exp(score). */
function drawn(scores: Float32Array, random: Random): number {
  const highest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const weights = Float64Array.from(scores, (score) => Math.exp(score - highest));
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (let index = 0; index < weights.length - 1; index++) {
    left -= weights[index] as number;
    if (left < 0) return index;
  }
  return weights.length - 1;
}
