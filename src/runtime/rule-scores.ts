/** Attention scores that read tokens and distances, never the residual stream. */
import type { Machine } from "./machine.ts";
import type { ClassLook, KernelLook, MatchLook, RuleLook, TokenLook } from "./parts.ts";
import { columnsOf, rowsOf, type Tensor } from "./tensor.ts";

/** A token that does not exist: what stands before the first one. */
const NONE = -1;

/**
 * Adds a rule's score of every query and key to `scores` (time, past + time). The rows are the last of the tokens; keys
 * after their query stay as they are.
 */
export function addRuleScores(machine: Machine, look: RuleLook, tokens: readonly number[], scores: Tensor): void {
  const values = machine.values(scores);
  const [time, length] = [rowsOf(scores), columnsOf(scores)];
  const past = length - time;
  const eachRow = (add: (query: number, first: number) => void): void => {
    for (let row = 0; row < time; row++) add(past + row, row * length);
  };
  switch (look.kind) {
    case "sink":
      return eachRow((_, first) => (values[first] = (values[first] as number) + look.score));
    case "kernel": {
      const byDistance = stepsByDistance(look, length - 1);
      const stepScores = Float64Array.from(look.steps, ([, score]) => score);
      return eachRow((query, first) => {
        for (let back = 0; back <= query; back++) {
          const at = first + query - back;
          values[at] = (values[at] as number) + (stepScores[byDistance[back] as number] ?? 0);
        }
      });
    }
    case "token": {
      const byKey = keyScores(machine.values(look.scores), look, tokens);
      return eachRow((query, first) => addScores(values, first, byKey, 0, query));
    }
    case "classes": {
      const table = machine.values(look.scores);
      const classes = machine.values(look.classes);
      const count = columnsOf(look.scores);
      const [queries, keys] = classesAt(classes, look, tokens);
      return eachRow((query, first) => {
        const asking = queries[query] as number;
        if (asking !== NONE) addClassScores(values, first, table, asking * count, keys, query);
      });
    }
    case "match":
      return eachRow((query, first) => addMatchScores(values, first, look, tokens, query));
  }
}

/** Index of the step that scores each distance up to `furthest`: steps list [most tokens back, score] by rising distance. */
export function stepsByDistance({ steps }: KernelLook, furthest: number): Int32Array {
  const indices = new Int32Array(furthest + 1);
  let step = 0;
  for (let back = 0; back <= furthest; back++) {
    while (step < steps.length - 1 && back > (steps[step]?.[0] ?? 0)) step++;
    indices[back] = step;
  }
  return indices;
}

/** The token so many before each position, or NONE. */
export function tokensBefore(tokens: readonly number[], back: number): Int32Array {
  const before = new Int32Array(tokens.length).fill(NONE);
  for (let position = back; position < tokens.length; position++) before[position] = tokens[position - back] as number;
  return before;
}

/** The classes that a look asks for at each position as a query and as a key; NONE where there is no token. */
export function classesAt(
  classes: Float32Array,
  { queryBack, keyBack }: Pick<ClassLook, "queryBack" | "keyBack">,
  tokens: readonly number[],
): readonly [queries: Int32Array, keys: Int32Array] {
  const at = (back: number): Int32Array =>
    tokensBefore(tokens, back).map((token) => (token === NONE ? NONE : (classes[token] as number)));
  return [at(queryBack), at(keyBack)];
}

/** How many tokens in a row repeat: those that end at `query`, and those that end `keyBack` before `key`; at most `most`. */
export function matchLength(
  tokens: readonly number[],
  query: number,
  key: number,
  keyBack: number,
  most: number,
): number {
  let length = 0;
  if (key - keyBack === query) return length; // a token is no repetition of itself
  while (length < most && key - keyBack - length >= 0 && tokens[query - length] === tokens[key - keyBack - length]) {
    length++;
  }
  return length;
}

/** Score of each position as a key. */
function keyScores(scores: Float32Array, { back }: TokenLook, tokens: readonly number[]): Float32Array {
  return Float32Array.from(tokensBefore(tokens, back), (token) => (token === NONE ? 0 : (scores[token] as number)));
}

function addScores(scores: Float32Array, first: number, byKey: Float32Array, start: number, query: number): void {
  for (let key = 0; key <= query; key++) {
    scores[first + key] = (scores[first + key] as number) + (byKey[start + key] as number);
  }
}

function addClassScores(
  scores: Float32Array,
  first: number,
  table: Float32Array,
  row: number,
  keys: Int32Array,
  query: number,
): void {
  for (let key = 0; key <= query; key++) {
    const found = keys[key] as number;
    if (found !== NONE) scores[first + key] = (scores[first + key] as number) + (table[row + found] as number);
  }
}

function addMatchScores(
  scores: Float32Array,
  first: number,
  look: MatchLook,
  tokens: readonly number[],
  query: number,
): void {
  for (let key = look.keyBack; key <= query; key++) {
    const length = matchLength(tokens, query, key, look.keyBack, look.scores.length);
    if (length > 0) scores[first + key] = (scores[first + key] as number) + (look.scores[length - 1] as number);
  }
}
