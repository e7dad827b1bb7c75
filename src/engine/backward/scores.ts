import {
  classesAt,
  columnsOf,
  matchLength,
  rowsOf,
  stepsByDistance,
  tokensBefore,
  type ClassLook,
  type KernelLook,
  type Machine,
  type MatchLook,
  type RuleLook,
  type Tensor,
  type TokenLook,
} from "../../runtime/index.ts";
import type { ParameterSink } from "./sink.ts";

/** Which look of the model a rule is. */
export interface LookPlace {
  readonly block: number;
  readonly head: number;
  readonly look: number;
}

/** Adds the gradients of a rule's scores, given the one at all scores (time, time); keys after their query are left out. */
export function addRuleGradient(
  machine: Machine,
  look: RuleLook,
  { block, head, look: index }: LookPlace,
  tokens: readonly number[],
  atScores: Tensor,
  sink: ParameterSink,
): void {
  const gradient = machine.values(atScores);
  const time = rowsOf(atScores);
  switch (look.kind) {
    case "token":
    case "classes": {
      const into = sink.tensor(look.scores);
      if (!into) return;
      if (look.kind === "token") return addTokenGradient(machine.values(into), look, tokens, gradient);
      const classes = machine.values(look.classes);
      return addClassGradient(machine.values(into), columnsOf(look.scores), look, classes, tokens, gradient);
    }
    default: {
      const into = sink.rule(block, head, index);
      if (!into) return;
      if (look.kind === "kernel") return addKernelGradient(into, look, gradient, time);
      if (look.kind === "match") return addMatchGradient(into, look, tokens, gradient);
      for (let query = 0; query < time; query++) into[0] = (into[0] as number) + (gradient[query * time] as number);
    }
  }
}

function addKernelGradient(into: Float64Array, look: KernelLook, gradient: Float32Array, time: number): void {
  const steps = stepsByDistance(look, time - 1);
  for (let query = 0; query < time; query++) {
    const start = query * time;
    for (let key = 0; key <= query; key++) {
      const step = steps[query - key] as number;
      into[step] = (into[step] as number) + (gradient[start + key] as number);
    }
  }
}

function addTokenGradient(
  into: Float32Array,
  { back }: TokenLook,
  tokens: readonly number[],
  gradient: Float32Array,
): void {
  const time = tokens.length;
  const byKey = new Float64Array(time);
  for (let query = 0; query < time; query++) {
    const start = query * time;
    for (let key = 0; key <= query; key++) byKey[key] = (byKey[key] as number) + (gradient[start + key] as number);
  }
  tokensBefore(tokens, back).forEach((token, key) => {
    if (token >= 0) into[token] = (into[token] as number) + (byKey[key] as number);
  });
}

function addClassGradient(
  into: Float32Array,
  count: number,
  look: ClassLook,
  classes: Float32Array,
  tokens: readonly number[],
  gradient: Float32Array,
): void {
  const time = tokens.length;
  const [queries, keys] = classesAt(classes, look, tokens);
  for (let query = 0; query < time; query++) {
    const asking = queries[query] as number;
    if (asking < 0) continue;
    const [start, row] = [query * time, asking * count];
    for (let key = 0; key <= query; key++) {
      const found = keys[key] as number;
      if (found >= 0) into[row + found] = (into[row + found] as number) + (gradient[start + key] as number);
    }
  }
}

function addMatchGradient(
  into: Float64Array,
  look: MatchLook,
  tokens: readonly number[],
  gradient: Float32Array,
): void {
  const time = tokens.length;
  for (let query = 0; query < time; query++) {
    for (let key = look.keyBack; key <= query; key++) {
      const length = matchLength(tokens, query, key, look.keyBack, look.scores.length);
      if (length > 0) into[length - 1] = (into[length - 1] as number) + (gradient[query * time + key] as number);
    }
  }
}
