import type { Decision } from "../text/index.ts";
import type { Observation, ObservedModel } from "./observed.ts";

const STEP = 1e-2;
/** Positions times dimensions that are tried. */
const MOST_TRIALS = 20_000;

/**
 * How much KL a change of the stream before a block's MLP costs: the mean over positions of J^T F J (width x width), with J
 * the scores' derivatives by finite differences and F the Fisher information of the scores. What later attention finds is taken
 * as given.
 *
 * @param doubt share of even chances that is mixed in: where the original is certain, nothing near it costs anything
 */
export function streamMetric(
  model: ObservedModel,
  observations: readonly Observation[],
  block: number,
  decision: Decision,
  doubt = 0,
): Float64Array {
  const width = observations[0]?.streams[block]?.length ?? 0;
  const count = Math.max(1, Math.min(observations.length, Math.floor(MOST_TRIALS / width)));
  const metric = new Float64Array(width * width);
  for (let index = 0; index < count; index++) {
    const observation = observations[Math.floor((index * observations.length) / count)] as Observation;
    const stream = observation.streams[block] as Float32Array;
    const moved = Array.from({ length: width }, (_, column) => {
      const row = stream.slice();
      row[column] = (row[column] as number) + STEP;
      return row;
    });
    const [here = new Float32Array(), ...there] = model.scoresFrom(block, [stream, ...moved], observation);
    const even = decision === "positive" ? 1 / 2 : 1 / here.length;
    const shares = sharesOf(here, decision).map((share) => (1 - doubt) * share + doubt * even);
    const slopes = there.map((scores) => scores.map((score, token) => (score - (here[token] as number)) / STEP));
    const roots = shares.map((share) => Math.sqrt(decision === "positive" ? share * (1 - share) : share));
    const priced = slopes.map((slope) => {
      const mean =
        decision === "positive" ? 0 : slope.reduce((sum, value, token) => sum + value * (shares[token] as number), 0);
      return roots.map((root, token) => root * ((slope[token] as number) - mean));
    });
    for (let row = 0; row < width; row++) {
      for (let column = 0; column <= row; column++) {
        const [one, other] = [priced[row] as Float64Array, priced[column] as Float64Array];
        let sum = 0;
        for (let token = 0; token < one.length; token++) sum += (one[token] as number) * (other[token] as number);
        metric[row * width + column] = (metric[row * width + column] as number) + sum / count;
      }
    }
  }
  for (let row = 0; row < width; row++) {
    for (let column = row + 1; column < width; column++) {
      metric[row * width + column] = metric[column * width + row] as number;
    }
  }
  return metric;
}

/** Probabilities of all tokens. */
export function sharesOf(scores: Float32Array, decision: Decision): Float64Array {
  if (decision === "positive") return Float64Array.from(scores, (score) => 1 / (1 + Math.exp(-score)));
  const highest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const weights = Float64Array.from(scores, (score) => Math.exp(score - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** The negative entropy of probabilities, in nats; where each is of its own, of all of them. */
export function certaintyOf(shares: Float32Array | Float64Array, decision: Decision): number {
  let sum = 0;
  for (const share of shares) sum += xlogx(share) + (decision === "positive" ? xlogx(1 - share) : 0);
  return sum;
}

const xlogx = (share: number): number => (share > 0 ? share * Math.log(share) : 0);
