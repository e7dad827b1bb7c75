import { read, scoresOf, startReading } from "../../runtime/index.ts";
import { drawToken } from "../draw-token.ts";
import type { Job } from "../job.ts";
import { createRandom } from "../random.ts";

/** What all samples have in common. */
export interface SampleOptions {
  readonly seed: number;
  /** Tokens of each sample. */
  readonly length: number;
}

/** Tokens drawn one after the other from the program at temperature 1, the first one evenly; the item is their number. */
const sample: Job<SampleOptions, number, number[]> = ({ program, options: { seed, length } }, index) => {
  const { machine, model, program: tree } = program("program");
  const random = createRandom(seed, index);
  const tokens = [Math.floor(random() * tree.vocabulary)];
  machine.scope(() => {
    const reading = startReading(machine, model, length);
    while (tokens.length < length) {
      const next = machine.scope(() => {
        const rows = read(machine, model, reading, tokens.slice(-1));
        return drawToken(machine.values(scoresOf(machine, model, rows)), random);
      });
      tokens.push(next);
    }
  });
  return tokens;
};

export default sample;
