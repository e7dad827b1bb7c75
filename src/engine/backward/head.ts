import {
  attentionPattern,
  headOutput,
  rowsOf,
  type ClassVectors,
  type DenseLook,
  type DenseMove,
  type Head,
  type Machine,
  type Tensor,
  type TokenVectors,
} from "../../runtime/index.ts";
import type { HeadBackwardWeights } from "../backward-weights.ts";
import { patternToScoreGradient } from "../derivatives.ts";
import { addRowSum, addWeightGradient, projected } from "./products.ts";
import { addRuleGradient } from "./scores.ts";
import type { ParameterSink } from "./sink.ts";
import { throughMovedTokenWrites } from "./token-writes.ts";

/** One head on the way back. */
export interface HeadPass {
  readonly machine: Machine;
  readonly head: Head;
  readonly place: { readonly block: number; readonly head: number };
  readonly transposed: HeadBackwardWeights;
  readonly tokens: readonly number[];
  /** The normed stream (time, width), and the same transposed where gradients of weights are wanted. */
  readonly input: Tensor;
  readonly inputTransposed: Tensor | undefined;
  /** What the forward pass kept: (time, time), and (time, head width) both. */
  readonly pattern: Tensor | undefined;
  readonly keys: Tensor | undefined;
  readonly values: Tensor | undefined;
  /** At the head's output (time, width). */
  readonly gradient: Tensor;
  /** At `input`: what comes back through the head is added to it. */
  readonly atInput: Tensor;
  readonly sink: ParameterSink | undefined;
  /** Is told of the pattern, and what the head adds to the stream (time, width). */
  readonly onHead: ((output: Tensor, pattern?: Tensor) => void) | undefined;
}

/** Adds what comes back through a head to the gradient at its input, and the gradients of its numbers to the sink. */
export function throughHead(pass: HeadPass): void {
  const { machine, head, gradient, input, tokens, sink, onHead } = pass;
  const { looks, moves } = head;
  if (moves.kind === "constant") {
    addRowSum(machine, sink?.tensor(moves.vector), gradient);
    if (onHead) machine.scope(() => onHead(headOutput(machine, head, input, { tokens, past: 0 })));
    return;
  }
  const pattern = pass.pattern ?? attentionPattern(machine, looks, input, { tokens, past: 0 }); // (time, time)
  const atScores =
    moves.kind === "dense" ? throughDenseMove(pass, moves, pattern) : throughTokenMove(pass, moves, pattern);
  if (!atScores) return;
  if (!sink && !looks.some(({ kind }) => kind === "dense")) return;
  patternToScoreGradient(machine.values(atScores), machine.values(pattern), rowsOf(pattern));
  looks.forEach((look, index) =>
    machine.scope(() => {
      if (look.kind === "dense") throughDenseLook(pass, look, atScores);
      else if (sink) addRuleGradient(machine, look, { ...pass.place, look: index }, tokens, atScores, sink);
    }),
  );
}

/** Gives the gradient at the pattern (time, time). */
function throughDenseMove(pass: HeadPass, moves: DenseMove, pattern: Tensor): Tensor | undefined {
  const { machine, transposed, input, inputTransposed, gradient, atInput, sink, onHead } = pass;
  if (!transposed.output || !transposed.value) return undefined;
  const values = pass.values ?? projected(machine, input, moves.value, moves.valueBias); // (time, head width)
  const atOutput = sink?.tensor(moves.output);
  if (atOutput || onHead) {
    machine.scope(() => {
      const moved = projected(machine, pattern, values);
      onHead?.(projected(machine, moved, moves.output), pattern);
      addWeightGradient(machine, atOutput, atOutput && machine.transposed(moved), gradient);
    });
  }
  const atMoved = projected(machine, gradient, transposed.output); // (time, head width)
  const atPattern = projected(machine, atMoved, machine.transposed(values));
  const atValues = projected(machine, machine.transposed(pattern), atMoved);
  machine.matmul(atValues, transposed.value, atInput, true);
  addWeightGradient(machine, sink?.tensor(moves.value), inputTransposed, atValues);
  addRowSum(machine, sink?.tensor(moves.valueBias), atValues);
  return atPattern;
}

/** The same where tokens say what is moved. */
function throughTokenMove(pass: HeadPass, moves: ClassVectors | TokenVectors, pattern: Tensor): Tensor {
  const { machine, head, input, tokens, gradient, sink, onHead } = pass;
  if (onHead) machine.scope(() => onHead(headOutput(machine, head, input, { tokens, past: 0 }), pattern));
  return throughMovedTokenWrites(machine, moves, tokens, pattern, gradient, sink);
}

function throughDenseLook(pass: HeadPass, look: DenseLook, atScores: Tensor): void {
  const { machine, transposed, input, inputTransposed, atInput, sink } = pass;
  if (!transposed.query || !transposed.key) return;
  const queries = projected(machine, input, look.query, look.queryBias);
  const keys = pass.keys ?? projected(machine, input, look.key, look.keyBias);
  const atQueries = projected(machine, atScores, keys);
  const atKeys = projected(machine, machine.transposed(atScores), queries);
  machine.matmul(atQueries, transposed.query, atInput, true);
  machine.matmul(atKeys, transposed.key, atInput, true);
  if (!sink) return;
  addWeightGradient(machine, sink.tensor(look.query), inputTransposed, atQueries);
  addRowSum(machine, sink.tensor(look.queryBias), atQueries);
  addWeightGradient(machine, sink.tensor(look.key), inputTransposed, atKeys);
  addRowSum(machine, sink.tensor(look.keyBias), atKeys);
}
