/** What one head does: where it looks, and what it moves from there. */
import type { Machine } from "./machine.ts";
import type { DenseLook, Head, Look } from "./parts.ts";
import { addRuleScores } from "./rule-scores.ts";
import { columnsOf, rowRange, rowsOf, type Tensor } from "./tensor.ts";
import { movedTokenWrites } from "./token-writes.ts";

/** What a head remembers of the text so far, a row a position: keys and values (context, head width). */
export interface HeadMemory {
  readonly keys: Tensor | undefined;
  readonly values: Tensor | undefined;
}

/** The text that a head reads. */
export interface HeadText {
  /** All tokens so far, those of the new rows included. */
  readonly tokens: readonly number[];
  /** How many of them come before the new rows. */
  readonly past: number;
  /** What the head remembers of the past; absent where there is none. */
  readonly memory?: HeadMemory | undefined;
}

/**
 * What one head writes for each new row: normed input (time, width) -> (time, width). When `onPattern` is told of the pattern,
 * the head remembers the new rows' keys and values.
 */
export function headOutput(
  machine: Machine,
  head: Head,
  input: Tensor,
  text: HeadText,
  onPattern: (pattern: Tensor) => void = () => undefined,
): Tensor {
  const time = rowsOf(input);
  const output = machine.allocate(time, columnsOf(input));
  const { moves } = head;
  if (moves.kind === "constant") {
    machine.values(output).fill(0);
    machine.addRow(output, moves.vector);
    return output;
  }
  const pattern = attentionPattern(machine, head.looks, input, text); // (time, past + time)
  if (moves.kind !== "dense") {
    onPattern(pattern);
    movedTokenWrites(machine, moves, text.tokens, pattern, output);
    return output;
  }
  const values = remembered(machine, input, moves.value, moves.valueBias, text.memory?.values, text.past); // (past + time, head width)
  onPattern(pattern);
  const moved = machine.allocate(time, columnsOf(values));
  machine.matmul(pattern, values, moved); // (time, head width)
  machine.matmul(moved, moves.output, output); // (time, width)
  return output;
}

/** Scores of all looks added up, then softmax over what was read so far: (time, past + time). */
export function attentionPattern(machine: Machine, looks: readonly Look[], input: Tensor, text: HeadText): Tensor {
  const time = rowsOf(input);
  const scores = machine.allocate(time, text.past + time);
  const dense = denseLookOf(looks);
  if (dense) {
    const queries = machine.allocate(time, columnsOf(dense.query));
    machine.matmul(input, dense.query, queries);
    machine.addRow(queries, dense.queryBias);
    const keys = remembered(machine, input, dense.key, dense.keyBias, text.memory?.keys, text.past);
    machine.matmul(queries, machine.transposed(keys), scores);
  } else {
    machine.values(scores).fill(0);
  }
  for (const look of looks) if (look.kind !== "dense") addRuleScores(machine, look, text.tokens, scores);
  machine.softmaxCausal(scores, text.past);
  return scores;
}

/** The one look that reads weights, if there is one. */
export function denseLookOf(looks: readonly Look[]): DenseLook | undefined {
  return looks.find((look) => look.kind === "dense");
}

/** Rows projected through weights, plus a bias, and appended to what is remembered: returns all (past + time, head width). */
function remembered(
  machine: Machine,
  input: Tensor,
  weights: Tensor,
  bias: Tensor | undefined,
  memory: Tensor | undefined,
  past: number,
): Tensor {
  const time = rowsOf(input);
  const all = memory ?? machine.allocate(time, columnsOf(weights));
  const added = rowRange(all, past, time);
  machine.matmul(input, weights, added);
  if (bias) machine.addRow(added, bias);
  return rowRange(all, 0, past + time);
}
