import { sharesOf, type Observation } from "../../profile/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { fittedCurves, type Additive, type CurveData } from "./curves.ts";
import type { Vocabulary } from "./looks.ts";

/** Scores of what may come next after some tokens, in some phases. */
export interface FittedCase {
  /** Tokens and phases that it is for. */
  readonly symbols: readonly Symbol[];
  /** By next token; tokens that are not listed score `others`. */
  readonly scores: ReadonlyMap<number, Additive>;
  readonly others: Additive;
}

/** A token in a phase. */
export interface Symbol {
  readonly token: number;
  readonly phase: number;
}

/** Rows of a token in a phase, the values of the averages there, and what is to follow from them. */
export interface CasesInput {
  readonly symbols: readonly Symbol[];
  /** (averages x rows) */
  readonly averages: readonly Float64Array[];
  /** By row: the scores (one for each of some next tokens), and what half a squared error of each costs, in nats. */
  readonly targets: readonly Float64Array[];
  readonly weights: readonly Float64Array[];
  /** By row: 1 for scores that may be those of all others. */
  readonly unlikely: readonly Uint8Array[];
  /** What one more number must take off the cost, in nats. */
  readonly worth: number;
}

/** Positions, what the original says there, and the values of the averages (averages x positions). */
export interface ReadoutInput {
  readonly observations: readonly Observation[];
  readonly averages: readonly Float64Array[];
  readonly decision: Decision;
  readonly vocabulary: Vocabulary;
  /** What one more number must take off the KL, in nats a position. */
  readonly worth: number;
}

/** Certainty does not make a score weightless: where the answer is sure, it still may not turn. */
const LEAST_WEIGHT = 1e-3;
/** A next token that is less likely than this everywhere is one of the others. */
const UNLIKELY = 0.1;

/** Next-token scores as functions of the current token, its phase and the averages, fitted to the original's. */
export function fittedReadout(input: ReadoutInput, isHopeful?: IsHopeful): FittedCase[] {
  const { observations, averages, decision, vocabulary, worth } = input;
  const rows = {
    symbols: observations.map(({ document, position }) => symbolAt(document, position, vocabulary)),
    averages,
    targets: observations.map(({ scores }) => gauged(scores, decision)),
    weights: observations.map(({ scores }) => weightsOf(scores, decision)),
    unlikely: observations.map(({ scores }) =>
      Uint8Array.from(sharesOf(scores, decision), (share) => (share < UNLIKELY ? 1 : 0)),
    ),
    worth: worth * observations.length,
  };
  return fittedCases(rows, isHopeful);
}

/** What stands at an index of a document, and the phase of its position. */
export function symbolAt({ tokens, position }: TokenDocument, index: number, { period }: Vocabulary): Symbol {
  return { token: tokens[index] as number, phase: (position + index) % period };
}

/** Whether cases, one for each token and phase, are worth joining, which takes long and makes no answer better. */
export type IsHopeful = (cases: readonly FittedCase[]) => boolean;

/** Scores as functions of a token, its phase and averages, by case; cases that lose little by it are joined. */
export function fittedCases(input: CasesInput, isHopeful: IsHopeful = () => true): FittedCase[] {
  const groups = new Map<string, { readonly symbols: Symbol[]; readonly rows: number[] }>();
  input.symbols.forEach((symbol, row) => {
    const key = `${symbol.token} ${symbol.phase}`;
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { symbols: [symbol], rows: [row] });
  });
  const known = new Map<string, Fitted>();
  const fit = (symbols: readonly Symbol[], rows: readonly number[]): Fitted => {
    const key = symbols.map(({ token, phase }) => `${token} ${phase}`).join();
    const fitted = known.get(key) ?? fittedCase(input, rows);
    known.set(key, fitted);
    return fitted;
  };
  let cases: Grouped[] = [...groups.values()]
    .sort(({ symbols: [one] }, { symbols: [other] }) => bySymbol(one as Symbol, other as Symbol))
    .map(({ symbols, rows }) => ({ symbols, rows, ...fit(symbols, rows) }));
  if (!isHopeful(cases)) return cases;
  for (;;) {
    const merged = cheapestMerge(cases, fit, input.worth);
    if (!merged) break;
    cases = merged;
  }
  return cases;
}

interface Fitted {
  readonly scores: ReadonlyMap<number, Additive>;
  readonly others: Additive;
  readonly loss: number;
}

type Grouped = Fitted & { readonly symbols: readonly Symbol[]; readonly rows: readonly number[] };

function bySymbol(one: Symbol, other: Symbol): number {
  return one.token - other.token || one.phase - other.phase;
}

/** The two cases that lose least by becoming one are joined, where that costs less than the numbers it spares are worth. */
function cheapestMerge(
  cases: readonly Grouped[],
  fit: (symbols: readonly Symbol[], rows: readonly number[]) => Fitted,
  worth: number,
): Grouped[] | undefined {
  let best: { readonly at: readonly [number, number]; readonly joined: Grouped; readonly cost: number } | undefined;
  cases.forEach((one, first) =>
    cases.slice(first + 1).forEach((other, offset) => {
      const rows = [...one.rows, ...other.rows];
      const symbols = [...one.symbols, ...other.symbols].sort(bySymbol);
      const joined = { symbols, rows, ...fit(symbols, rows) };
      const spared = numbersOf(one) + numbersOf(other) - numbersOf(joined);
      const cost = joined.loss - one.loss - other.loss - worth * spared;
      if (cost <= 0 && cost < (best?.cost ?? Infinity)) best = { at: [first, first + 1 + offset], joined, cost };
    }),
  );
  if (!best) return undefined;
  const { at, joined } = best;
  return cases.flatMap((each, index) => (index === at[0] ? [joined] : index === at[1] ? [] : [each]));
}

function numbersOf({ scores, others }: Fitted): number {
  return [...scores.values(), others].reduce(
    (sum, { curves }) => sum + 1 + curves.reduce((count, { points }) => count + 2 * points.length, 0),
    1,
  );
}

function fittedCase(
  { averages, worth, targets, weights, unlikely: isUnlikely }: CasesInput,
  rows: readonly number[],
): Fitted {
  const variables = averages.map((values) => Float64Array.from(rows, (row) => values[row] as number));
  const scores = new Map<number, Additive>();
  const size = targets[0]?.length ?? 0;
  const unlikely: number[] = [];
  let loss = 0;
  for (let token = 0; token < size; token++) {
    if (rows.every((row) => isUnlikely[row]?.[token] === 1)) {
      unlikely.push(token);
      continue;
    }
    const data: CurveData = {
      variables,
      target: Float64Array.from(rows, (row) => targets[row]?.[token] as number),
      weight: Float64Array.from(rows, (row) => weights[row]?.[token] as number),
    };
    const fitted = fittedCurves(data, worth);
    scores.set(token, fitted.score);
    loss += fitted.loss;
  }
  // What is unlikely shares one score.
  const weight = rows.map((row) => unlikely.reduce((sum, token) => sum + (weights[row]?.[token] as number), 0));
  const target = rows.map((row, at) => {
    const total = unlikely.reduce(
      (sum, token) => sum + (weights[row]?.[token] as number) * (targets[row]?.[token] as number),
      0,
    );
    return unlikely.length === 0 ? 0 : total / (weight[at] as number);
  });
  const shared = { variables, target: Float64Array.from(target), weight: Float64Array.from(weight) };
  const others = fittedCurves(shared, worth);
  return { scores, others: others.score, loss: loss + others.loss };
}

/** What adds the same to all scores says nothing where the highest decides: such rows are centred. */
export function gauged(scores: Float32Array, decision: Decision): Float64Array {
  if (decision === "positive") return Float64Array.from(scores);
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return Float64Array.from(scores, (score) => score - mean);
}

/** How much half a squared error of each score is in KL, with a floor. */
export function weightsOf(scores: Float32Array, decision: Decision): Float64Array {
  return sharesOf(scores, decision).map((share) => share * (1 - share) + LEAST_WEIGHT);
}
