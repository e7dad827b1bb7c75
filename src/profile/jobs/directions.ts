import type { Job } from "../../engine/index.ts";
import { columnsOf, rowRange, rowsOf, type Machine, type Model, type Tensor } from "../../runtime/index.ts";

/** Vectors in the residual stream: the output weights of one MLP part, or rows given as they are (rows, width). */
export type Directions =
  | { readonly kind: "neurons"; readonly block: number; readonly part: number }
  | { readonly kind: "rows"; readonly rows: Float32Array };

/** For each direction the tokens that it raises and lowers most, strongest first. */
export interface DirectTokens {
  readonly raises: readonly (readonly number[])[];
  readonly lowers: readonly (readonly number[])[];
}

const LISTED = 5;
/** Scores in memory at a time: 16 MiB. */
const SCORES_AT_ONCE = 2 ** 22;

/**
 * Which tokens a direction raises and lowers by itself: its product with the unembedding, through the final norm's
 * centring and gain, the norm's scale taken as given (the "logit lens" of nostalgebraist 2020).
 */
const directions: Job<undefined, Directions, DirectTokens> = ({ program }, item) => {
  const { machine, model } = program("program");
  return machine.scope(() => {
    const rows = centred(machine, model, item);
    const raises: number[][] = [];
    const lowers: number[][] = [];
    const chunk = Math.max(1, Math.floor(SCORES_AT_ONCE / columnsOf(model.unembed.directions)));
    for (let first = 0; first < rowsOf(rows); first += chunk) {
      const count = Math.min(chunk, rowsOf(rows) - first);
      machine.scope(() => {
        const scores = machine.allocate(count, columnsOf(model.unembed.directions));
        machine.matmul(rowRange(rows, first, count), model.unembed.directions, scores);
        for (let row = 0; row < count; row++) {
          const values = machine.values(rowRange(scores, row, 1));
          raises.push(highest(values, 1));
          lowers.push(highest(values, -1));
        }
      });
    }
    return { raises, lowers };
  });
};

export default directions;

/** The directions less their mean over the width, times the final gain. */
function centred(machine: Machine, model: Model, item: Directions): Tensor {
  const width = columnsOf(model.unembed.tokens);
  const source = item.kind === "rows" ? item.rows : machine.values(outputWeights(model, item)).slice();
  const rows = machine.store(source, source.length / width, width);
  const gain = model.finalNorm.gain && machine.values(model.finalNorm.gain);
  const values = machine.values(rows);
  for (let start = 0; start < values.length; start += width) {
    let mean = 0;
    for (let column = 0; column < width; column++) mean += (values[start + column] as number) / width;
    for (let column = 0; column < width; column++) {
      values[start + column] = ((values[start + column] as number) - mean) * (gain ? (gain[column] as number) : 1);
    }
  }
  return rows;
}

function outputWeights(model: Model, { block, part }: Extract<Directions, { kind: "neurons" }>): Tensor {
  const found = model.blocks[block]?.mlp.parts[part];
  if (found?.kind !== "dense") throw new Error(`Part ${part} of block ${block} has no neurons.`);
  return found.output;
}

/** Indices of the highest values times `sign`, highest first, the lowest index among equals. */
function highest(values: Float32Array, sign: 1 | -1): number[] {
  const best: number[] = [];
  const at = (index: number): number => sign * (values[index] as number);
  for (let index = 0; index < values.length; index++) {
    const value = at(index);
    if (best.length === LISTED && value <= at(best[LISTED - 1] as number)) continue;
    let place = best.length;
    while (place > 0 && value > at(best[place - 1] as number)) place--;
    best.splice(place, 0, index);
    if (best.length > LISTED) best.pop();
  }
  return best;
}
