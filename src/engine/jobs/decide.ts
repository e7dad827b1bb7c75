import { decideScores, indexOfHighest, read, rowRange, scoresOf, startReading } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import type { Job } from "../job.ts";

/** Rows scored at a time: enough for the kernels to be fast, few enough for large vocabularies. */
const ROWS = 16;

/** The most likely token after each of a document's scored positions, in their order. */
const decide: Job<null, TokenDocument, number[]> = ({ program }, { tokens, position, scored }) => {
  const { machine, model } = program("program");
  return machine.scope(() => {
    const stream = read(machine, model, startReading(machine, model, tokens.length, position), tokens);
    const decisions = new Map<number, number>();
    const wanted = new Set(scored);
    for (let first = 0; first < tokens.length; first += ROWS) {
      const count = Math.min(ROWS, tokens.length - first);
      machine.scope(() => {
        const scores = scoresOf(machine, model, rowRange(stream, first, count));
        for (let time = first; time < first + count; time++) {
          if (!wanted.has(time)) continue;
          const row = machine.values(rowRange(scores, time - first, 1));
          decideScores(model.shortcuts, tokens, time + 1, row);
          decisions.set(time, indexOfHighest(row));
        }
      });
    }
    return scored.map((time) => decisions.get(time) as number);
  });
};

export default decide;
