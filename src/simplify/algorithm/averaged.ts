import { createWasmMachine } from "../../engine/index.ts";
import {
  explainedByLinearMap,
  LinearSum,
  ObservedModel,
  squareRoot,
  streamMetric,
  weighed,
  type Observation,
} from "../../profile/index.ts";
import type { Algorithm } from "../../runtime/index.ts";
import type { Candidate } from "./finish.ts";
import { averagesAt, type Metrics } from "./head-fit.ts";
import type { PlacedAverage } from "./layers.ts";
import { fittedReadout, type FittedCase, type IsHopeful } from "./readout.ts";
import type { Recognised } from "./recognised.ts";
import { spread } from "./spread.ts";
import type { Trials } from "./trials.ts";
import { averagesRead, casesOf } from "./written.ts";

/** Positions that scores are fitted to. */
const MOST_POSITIONS = 5000;
/** Even chances mixed into the original's, where it is asked what its scores depend on. */
const DOUBT = 0.05;

/** What the model without its idle heads does where averages are fitted. */
export interface Seen {
  readonly model: ObservedModel;
  readonly observations: readonly Observation[];
  readonly metrics: Metrics;
}

export function seenIn(trials: Trials): Seen {
  const { program, active } = trials.trimmed;
  const model = new ObservedModel(program);
  const observations = trials.observed(model, trials.calibrate);
  const blocks = new Set(active.map(({ block }) => block));
  const metrics = program.blocks.map((_, block) =>
    blocks.has(block) ? streamMetric(model, observations, block, trials.input.decision, DOUBT) : new Float64Array(),
  );
  return { model, observations, metrics };
}

/**
 * An algorithm of averages, with the scores that follow them best: a number has to be worth so much.
 *
 * @param mostFlips beyond these, cases are not joined
 */
export function readOut(
  trials: Trials,
  all: readonly PlacedAverage[],
  observations: readonly Observation[],
  worth: number,
  mostFlips = 1,
): Candidate {
  const { vocabulary, input } = trials;
  const averages = all.map(({ average }) => average);
  const few = spread(observations, MOST_POSITIONS);
  const readout = {
    observations: few,
    averages: averagesAt(averages, few, vocabulary),
    decision: input.decision,
    vocabulary,
    worth,
  };
  const isHopeful: IsHopeful = (cases) => mostFlips >= 1 || withCases(trials, all, cases).fidelity.flips <= mostFlips;
  return withCases(trials, all, fittedReadout(readout, isHopeful));
}

function withCases(trials: Trials, all: readonly PlacedAverage[], fitted: readonly FittedCase[]): Candidate {
  const { vocabulary, trimmed, input } = trials;
  const { period, phasesFrom } = vocabulary;
  const averages = all.map(({ average }) => average);
  const cases = fitted.flatMap((each) => casesOf(each, averages, vocabulary));
  const read = averagesRead(cases, averages);
  const used = all.filter(({ average }) => read.has(average));
  const algorithm: Algorithm = {
    context: input.program.context,
    ...(period > 1 && { period, ...(phasesFrom && { phasesFrom }) }),
    averages: used.map(({ average }) => average),
    cases,
  };
  return {
    algorithm,
    heads: used.map(({ place }) => place),
    patternHeads: [],
    idle: trimmed.idle,
    fidelity: trials.judged(algorithm),
  };
}

/** What was chosen, with how much of its heads the averages foresee. */
export function recognisedAs(trials: Trials, best: Candidate, seen: Seen): Recognised {
  return { ...best, explained: explainedBy(trials, best, seen), attended: [], ledger: trials.ledger };
}

function explainedBy(trials: Trials, found: Candidate, { model, observations, metrics }: Seen): number[] {
  const { averages } = found.algorithm;
  const unseen = trials.observed(model, trials.input.select);
  const [known, judged] = [observations, unseen].map((own) => averagesAt(averages, own, trials.vocabulary)) as [
    Float64Array[],
    Float64Array[],
  ];
  const roots = metrics.map(squareRoot);
  const machine = createWasmMachine();
  return found.heads.map(({ block, head }) => {
    const own = found.heads.flatMap((place, index) => (place.block === block && place.head === head ? [index] : []));
    const sums = (values: readonly Float64Array[], at: readonly Observation[]) => {
      const sum = new LinearSum();
      const outputs = at.flatMap(({ heads }) => [...(heads[block]?.[head]?.output ?? [])]);
      const rows = weighed(machine, Float32Array.from(outputs), roots[block] as Float64Array);
      const width = rows.length / at.length;
      at.forEach((_, row) => {
        const features = own.map((index) => values[index]?.[row] as number);
        sum.add(features, rows.subarray(row * width, (row + 1) * width));
      });
      return [sum.sums];
    };
    return explainedByLinearMap(sums(known, observations), sums(judged, unseen));
  });
}
