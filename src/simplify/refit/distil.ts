import { cacheKey, type Cache } from "../../cache.ts";
import { Distillation, type Engine, type Hint } from "../../engine/index.ts";
import {
  parametersOf,
  parameterValues,
  withParameters,
  type Parameter,
  type Program,
  type Trainable,
} from "../../ir/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { adamStep, clipByNorm, scheduleAt } from "./adam.ts";
import { batchesOf } from "./batches.ts";
import { decodeState, encodeState, type DistilPoint, type DistilState } from "./state.ts";

/** What a program is trained with. */
export interface DistilInput {
  readonly engine: Engine;
  readonly original: Program;
  /** Its structure stays; its numbers change. */
  readonly program: Program;
  /** Text to train on. */
  readonly documents: readonly TokenDocument[];
  readonly decision: Decision;
  readonly seed: number;
  /** Most steps. */
  readonly steps: number;
  /** About how many tokens each step reads. */
  readonly tokensPerStep?: number;
  /** Highest learning rate of Adam. */
  readonly rate: number;
  /** What the learning rate of a parameter is multiplied with; rules may need other rates than weights. */
  readonly rateOf?: (parameter: Parameter) => number;
  /** What is trained; by default everything but token embeddings. */
  readonly trainable?: Trainable;
  /** What learns what the original's writes, too. */
  readonly hints?: readonly Hint[];
  /** KL(original || program) per position on text that is not trained on, in nats. */
  readonly measure: (program: Program) => Promise<number>;
  /** Steps from one measurement to the next; the state is kept as often. */
  readonly every?: number;
  /** Measurements without a new best after which training ends. */
  readonly patience?: number;
  /** Norm to which gradients are cut. */
  readonly clip?: number;
  readonly cache: Cache;
  /** What the result depends on beside the options here, as JSON: model hash, text identity, what made the program. */
  readonly key: readonly unknown[];
  readonly signal?: AbortSignal;
  /** Is told of every step, and of its KL on the batch. */
  readonly onStep?: (step: number, steps: number, kl: number) => void;
}

/** What training came to. */
export interface Distilled {
  /** The program with the numbers of the least held-out KL; the very same object where none had less than it has. */
  readonly program: Program;
  /** Steps that were made. */
  readonly steps: number;
  /** Held-out KL per position of the program that came in, and of the one that is given back. */
  readonly before: number;
  readonly after: number;
  readonly curve: readonly DistilPoint[];
}

const TOKENS_PER_STEP = 2048;
const STEPS_BETWEEN_MEASUREMENTS = 50;
const PATIENCE = 4;
const CLIP = 1;
/** Share of the steps in which the learning rate rises. */
const WARM_UP = 0.1;

/** The vocabulary's own table: also what the original reads its answers with. */
const TOKEN_TABLES: ReadonlySet<string> = new Set(["embed.tokens", "unembed.tokens"]);

const allButTokenTables: Trainable = ({ kind }) => !TOKEN_TABLES.has(kind);

/**
 * Distillation with the structure fixed (Hinton, Vinyals and Dean 2015, at temperature 1): gradient descent on
 * KL(original || program) with respect to the program's numbers. A run that was killed goes on from its last measurement;
 * results are the same to the bit, on any number of workers.
 */
export async function distil(input: DistilInput): Promise<Distilled> {
  const { program, steps, measure, cache, signal, every = STEPS_BETWEEN_MEASUREMENTS, patience = PATIENCE } = input;
  const { trainable = allButTokenTables, tokensPerStep = TOKENS_PER_STEP } = input;
  const layout = parametersOf(program, trainable);
  if (layout.length === 0 || input.documents.length === 0) {
    const kl = await measure(program);
    return { program, steps: 0, before: kl, after: kl, curve: [] };
  }
  const rates = layout.parameters.map((parameter) => input.rate * (input.rateOf?.(parameter) ?? 1));
  const { seed, decision, hints = [], clip = CLIP } = input;
  const options = { layout, rates, seed, decision, hints, steps, tokensPerStep, every, patience, clip };
  const key = await cacheKey("distil", [input.key, options]);

  const kept = await cache.get(key);
  let state =
    (kept && decodeState(kept, layout.length)) ?? (await begun(program, measure, parameterValues(program, layout)));
  const distillation = new Distillation(input.engine, input.original, { decision, hints });
  const batches = batchesOf(input.documents, tokensPerStep, seed);
  const { values, first, second } = state;
  let done = lastOf(state.curve).step;
  for (let step = 0; step < done; step++) batches.next();
  while (done < steps && measurementsSinceBest(state.curve) < patience) {
    const end = Math.min(steps, done + every);
    let sum = 0;
    for (let step = done + 1; step <= end; step++) {
      signal?.throwIfAborted();
      const student = withParameters(program, layout, values);
      const batch = batches.next().value;
      const { kl, gradient } = await distillation.gradient(student, layout, batch, { signal });
      clipByNorm(gradient, clip);
      const share = scheduleAt(step, steps, Math.ceil(WARM_UP * steps));
      adamStep(
        { values, first, second },
        gradient,
        step,
        layout,
        rates.map((rate) => rate * share),
      );
      sum += kl;
      input.onStep?.(step, steps, kl);
    }
    const heldOut = await measure(withParameters(program, layout, values));
    const best = heldOut < leastOf(state.curve) ? values.slice() : state.best;
    state = { ...state, best, curve: [...state.curve, { step: end, training: sum / (end - done), heldOut }] };
    done = end;
    await cache.put(key, encodeState(state));
  }
  const [before, after] = [state.curve[0]?.heldOut ?? 0, leastOf(state.curve)];
  const better = after < before;
  return {
    program: better ? withParameters(program, layout, state.best) : program,
    steps: done,
    before,
    after,
    curve: state.curve,
  };
}

async function begun(program: Program, measure: DistilInput["measure"], values: Float32Array): Promise<DistilState> {
  const heldOut = await measure(program);
  return {
    curve: [{ step: 0, training: heldOut, heldOut }],
    values,
    first: new Float32Array(values.length),
    second: new Float32Array(values.length),
    best: values.slice(),
  };
}

function lastOf(curve: readonly DistilPoint[]): DistilPoint {
  const last = curve.at(-1);
  if (!last) throw new Error("A run begins with a measurement.");
  return last;
}

const leastOf = (curve: readonly DistilPoint[]): number => Math.min(...curve.map(({ heldOut }) => heldOut));

function measurementsSinceBest(curve: readonly DistilPoint[]): number {
  const least = leastOf(curve);
  return curve.length - 1 - curve.findIndex(({ heldOut }) => heldOut === least);
}
