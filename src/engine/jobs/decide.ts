import { decideScores, read, rowRange, scoresOf, startReading } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { highestAndMargin } from "../decision.ts";
import type { DecisionsOfDocument } from "../decisions.ts";
import type { Job } from "../job.ts";

/** Rows scored at a time: enough for the kernels to be fast, few enough for large vocabularies. */
const ROWS = 16;

/** The most likely token after each of a document's scored positions, in their order. */
const decide: Job<null, TokenDocument, DecisionsOfDocument> = ({ program }, { tokens, position, scored }) => {
  const { machine, model } = program("program");
  return machine.scope(() => {
    const stream = read(machine, model, startReading(machine, model, tokens.length, position), tokens);
    const found = new Map<number, ReturnType<typeof highestAndMargin>>();
    const wanted = new Set(scored);
    for (let first = 0; first < tokens.length; first += ROWS) {
      const count = Math.min(ROWS, tokens.length - first);
      machine.scope(() => {
        const scores = scoresOf(machine, model, rowRange(stream, first, count));
        for (let time = first; time < first + count; time++) {
          if (!wanted.has(time)) continue;
          const row = machine.values(rowRange(scores, time - first, 1));
          decideScores(model.shortcuts, tokens, time + 1, row);
          found.set(time, highestAndMargin(row));
        }
      });
    }
    const inOrder = scored.flatMap((time) => found.get(time) ?? []);
    return { decisions: inOrder.map(({ index }) => index), margins: inOrder.map(({ margin }) => margin) };
  });
};

export default decide;
