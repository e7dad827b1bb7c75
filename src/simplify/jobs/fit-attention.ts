import { addRuleGradient, ParameterGradients, patternToScoreGradient, type Job } from "../../engine/index.ts";
import type { ParameterLayout } from "../../ir/index.ts";
import { attentionPattern, read, rowsOf, startReading, type Machine, type Tensor } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";

/** What all lanes have in common. The job needs programs named "taught" and "ruled": the second one's heads look by rules. */
export interface FitAttentionOptions {
  /** The numbers of the rules. */
  readonly layout: ParameterLayout;
  /**
   * What a squared deviation costs along each of the values that a head moves, by block and head: the loss is then the cost
   * of what the head moves, as a share of what its mean in place of it would cost. Without it, and where a head has none,
   * the loss is the cross-entropy of the two patterns.
   */
  readonly weights?: readonly (readonly (Float64Array | undefined)[])[];
}

/** Documents that are read one after the other; the sum of their gradients goes to `gradient`, in shared memory. */
export interface AttentionLane {
  readonly documents: readonly TokenDocument[];
  /** (layout's length) */
  readonly gradient: Float32Array;
}

/** Sums over the queries of a lane. */
export interface AttentionFit {
  /** Of all ruled heads together. */
  readonly loss: number;
  readonly queries: number;
}

/** The gradient of how far the rules' attention, or what they move, is from that of the heads in whose place they are. */
const fitAttention: Job<FitAttentionOptions, AttentionLane, AttentionFit> = ({ program, options }, lane) => {
  const [taught, ruled] = [program("taught"), program("ruled")];
  return ruled.machine.scope(() => {
    const gradients = new ParameterGradients(ruled, options.layout);
    let [loss, queries] = [0, 0];
    for (const { tokens, position } of lane.documents) {
      taught.machine.scope(() => {
        const reading = startReading(taught.machine, taught.model, tokens.length, position);
        read(taught.machine, taught.model, reading, tokens, {
          pattern: (block, head, pattern) => {
            const looks = ruled.model.blocks[block]?.attention.heads[head]?.looks ?? [];
            if (looks.length === 0 || looks.some(({ kind }) => kind === "dense")) return;
            const weights = options.weights?.[block]?.[head];
            const values = reading.heads[block]?.[head]?.values;
            loss += ruled.machine.scope(() => {
              // Rules do not read the stream.
              const input = ruled.machine.allocate(rowsOf(pattern), 1);
              const shares = attentionPattern(ruled.machine, looks, input, { tokens, past: 0 });
              const wanted = taught.machine.values(pattern);
              const sum =
                weights && values
                  ? throughMoved(ruled.machine, shares, wanted, taught.machine.values(values), weights)
                  : throughCrossEntropy(ruled.machine.values(shares), wanted);
              looks.forEach((look, index) => {
                if (look.kind !== "dense")
                  addRuleGradient(ruled.machine, look, { block, head, look: index }, tokens, shares, gradients);
              });
              return sum;
            });
          },
        });
      });
      queries += tokens.length;
    }
    gradients.writeTo(lane.gradient);
    return { loss, queries };
  });
};

export default fitAttention;

/** Turns a pattern into the gradient, at its scores, of its cross-entropy with the pattern that is wanted; gives the loss. */
function throughCrossEntropy(has: Float32Array, wanted: Float32Array): number {
  let loss = 0;
  for (let index = 0; index < has.length; index++) {
    const share = wanted[index] as number;
    if (share > 0) loss -= share * Math.log(Math.max(has[index] as number, Number.MIN_VALUE));
    has[index] = (has[index] as number) - share;
  }
  return loss;
}

/**
 * Turns a pattern (time, time) into the gradient, at its scores, of half the weighted square of what is moved too much;
 * gives that loss.
 *
 * @param wanted the pattern that is wanted (time, time)
 * @param moved what is moved from each place (time, head width)
 */
function throughMoved(
  machine: Machine,
  pattern: Tensor,
  wanted: Float32Array,
  moved: Float32Array,
  weights: Float64Array,
): number {
  const time = rowsOf(pattern);
  const width = weights.length;
  const has = machine.values(pattern);
  const excess = machine.store(
    has.map((share, index) => share - (wanted[index] as number)),
    time,
    time,
  );
  const values = machine.store(moved.subarray(0, time * width), time, width);
  const atMoved = machine.allocate(time, width);
  machine.matmul(excess, values, atMoved);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let loss = 0;
  const off = machine.values(atMoved);
  for (let index = 0; index < off.length; index++) {
    const [deviation, weight] = [off[index] as number, (weights[index % width] as number) / total];
    loss += (weight * deviation * deviation) / 2;
    off[index] = weight * deviation;
  }
  const gradient = machine.allocate(time, time);
  machine.matmul(atMoved, machine.transposed(values), gradient);
  patternToScoreGradient(machine.values(gradient), machine.values(pattern), time);
  machine.values(pattern).set(machine.values(gradient));
  return loss;
}
