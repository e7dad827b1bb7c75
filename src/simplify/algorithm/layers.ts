import { mapHeads, type HeadPlace, type Program } from "../../ir/index.ts";
import { squareRoot, symmetricEigen, type Observation } from "../../profile/index.ts";
import type { AlgorithmLook, Average, WorthCase } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { dot } from "./gradient.ts";
import { averagesAt, sharesOf, simplestLooks, symbolsOf, type Metrics } from "./head-fit.ts";
import type { LookForm, Vocabulary } from "./looks.ts";
import { fittedCases, symbolAt, type Symbol } from "./readout.ts";
import { fittedWorth, worthVectors, type WorthFit } from "./worth.ts";
import { casesOf, worthOf } from "./written.ts";

/** Keys of lower heads' averages that are regressed on, drawn as often as they are attended to. */
const MOST_KEYS = 3000;
/** Keys that what upper heads find there is fitted to, drawn likewise. */
const MOST_ROWS = 1500;
/** Most directions in which what one head finds may matter. */
const MOST_DIRECTIONS = 4;
/** Directions in which less than this varies are left out, in nats a position. */
const NEGLIGIBLE = 1e-3;
/** A key that gets less than this share of all attention decides nothing. */
const LEAST_SHARE = 1e-3;

/** Two layers of heads: the upper ones find, where they look, what the lower ones found there. */
export interface LayersInput {
  /** Reads no idle head. */
  readonly program: Program;
  readonly vocabulary: Vocabulary;
  /** In which heads may look, from the simplest to the richest. */
  readonly forms: readonly LookForm[];
  readonly lower: readonly HeadPlace[];
  /** All in one block. */
  readonly upper: readonly HeadPlace[];
  /** What a program does at all positions of some documents, and which of these are scored. */
  readonly observe: (program: Program) => Observation[];
  readonly isScored: readonly boolean[];
  readonly metrics: Metrics;
}

/** The average and the head that it stands for. */
export interface PlacedAverage {
  readonly place: HeadPlace;
  readonly average: Average;
}

/** Where a lower head looks, and what attention each symbol gets of it: (positions x symbols). */
interface LowerHead {
  readonly place: HeadPlace;
  readonly looks: readonly AlgorithmLook[];
  readonly shares: readonly Float64Array[];
}

/** What one upper head would write of a key, in directions that matter, in nats^1/2; and how much attention the key gets. */
interface Writes {
  readonly place: HeadPlace;
  readonly looks: readonly AlgorithmLook[];
  /** (keys x directions) */
  readonly rows: readonly Float64Array[];
  /** By key, summed over scored positions. */
  readonly attention: Float64Array;
}

/** How much averages in two layers may lose for the sake of being few. */
export interface Strictness {
  /** KL that may go with what averages do not tell, in nats a position, foreseen. */
  readonly tolerance: number;
  /** What one number has to take off the KL to be worth its place. */
  readonly worth: number;
}

/** Averages of lower heads, then those of upper heads, worth what the lower ones are at the key, as strictly as is asked for. */
export function layeredAverages(input: LayersInput): (strictness: Strictness) => PlacedAverage[] {
  const { program, vocabulary, forms, metrics } = input;
  const everywhere = input.observe(program);
  const scored = everywhere.filter((_, index) => input.isScored[index]);
  const symbols = symbolsOf(everywhere, vocabulary);
  const lower = input.lower.map((place): LowerHead => {
    const { looks } = simplestLooks(place, forms, everywhere, vocabulary);
    return { place, looks, shares: sharesOf(looks, symbols, everywhere, vocabulary) };
  });
  const writes = writesOf(input, everywhere, scored);
  // Of all lower heads together: one may say what another has said.
  const fits = [
    ...readByScores(everywhere, input.isScored, lower, metrics),
    ...readByKeys(everywhere, writes, lower, scored.length, vocabulary),
  ];
  return ({ tolerance, worth }) => {
    const own = worthVectors(fits, tolerance, symbols).flatMap((vector) =>
      lower.flatMap(({ place, looks }, index): PlacedAverage[] => {
        const part = vector.slice(index * symbols.length, (index + 1) * symbols.length);
        return part.some((each) => each !== 0)
          ? [{ place, average: { looks, worth: worthOf(part, symbols, vocabulary) } }]
          : [];
      }),
    );
    return [...own, ...upperAverages(own, writes, everywhere, scored.length, vocabulary, worth)];
  };
}

/** An average for each direction in which what an upper head finds may matter. */
function upperAverages(
  lower: readonly PlacedAverage[],
  writes: readonly Writes[],
  everywhere: readonly Observation[],
  positions: number,
  vocabulary: Vocabulary,
  worth: number,
): PlacedAverage[] {
  const averages = lower.map(({ average }) => average);
  const values = averagesAt(averages, everywhere, vocabulary);
  return writes.flatMap(({ place, looks, rows, attention }) => {
    // Each key once, with how often it was drawn.
    const times = new Map<number, number>();
    for (const row of drawnBy(attention, MOST_ROWS)) times.set(row, (times.get(row) ?? 0) + 1);
    const drawn = [...times.keys()];
    const keys = drawn.map((row) => symbolOf(everywhere[row] as Observation, vocabulary));
    const weight = total(attention) / positions / MOST_ROWS;
    return Array.from({ length: rows[0]?.length ?? 0 }, (_, direction): PlacedAverage => {
      const cases = fittedCases({
        symbols: keys,
        averages: values.map((all) => Float64Array.from(drawn, (row) => all[row] as number)),
        targets: drawn.map((row) => Float64Array.of(rows[row]?.[direction] as number)),
        weights: drawn.map((row) => Float64Array.of(weight * (times.get(row) as number))),
        unlikely: drawn.map(() => new Uint8Array(1)),
        worth,
      });
      const found = cases.flatMap((each): WorthCase[] =>
        casesOf(each, averages, vocabulary).map(({ after, phase, scores }) => ({
          ...(after && { tokens: after }),
          ...(phase !== undefined && { phase }),
          worth: Object.values(scores)[0] ?? 0,
        })),
      );
      return { place, average: { looks, worth: found } };
    });
  });
}

/** What each upper head would write of each key, if it attended to that alone. */
function writesOf(
  { program, observe, upper, forms, vocabulary, metrics }: LayersInput,
  everywhere: readonly Observation[],
  scored: readonly Observation[],
): Writes[] {
  const block = upper[0]?.block ?? 0;
  const metric = metrics[block] as Float64Array;
  const rowOf = new Map<TokenDocument, Map<number, number>>();
  everywhere.forEach(({ document, position }, row) => {
    const known = rowOf.get(document) ?? new Map<number, number>();
    rowOf.set(document, known.set(position, row));
  });
  const alone = observe(attendingToItself(program, block));
  return upper.map((place): Writes => {
    const attention = new Float64Array(everywhere.length);
    for (const { document, position, heads } of scored) {
      const pattern = heads[block]?.[place.head]?.pattern ?? new Float32Array();
      for (let key = 0; key <= position; key++) {
        const row = rowOf.get(document)?.get(key) as number;
        attention[row] = (attention[row] as number) + (pattern[key] as number);
      }
    }
    const outputOf = ({ heads }: Observation): Float32Array => heads[block]?.[place.head]?.output as Float32Array;
    const directions = directionsOf(scored.map(outputOf), metric);
    const rows = alone.map((own) => Float64Array.from(directions, (direction) => dot(direction, outputOf(own))));
    return { place, ...simplestLooks(place, forms, scored, vocabulary), rows, attention };
  });
}

/** Every head of a block attends to its own position alone. */
function attendingToItself(program: Program, block: number): Program {
  const rule = {
    kind: "kernel",
    steps: [
      [0, 100],
      [program.context, 0],
    ],
  } as const;
  return mapHeads(program, (head, place) => {
    if (place.block !== block) return head;
    const look = {
      kind: "kernelLook",
      id: `${head.id}.itself`,
      shape: ["time", "time"],
      origin: head.origin,
      rule,
    } as const;
    return { ...head, looks: [look] };
  });
}

/** Along these, outputs vary by more than is negligible: half the variance is what it costs to miss it, in nats. */
function directionsOf(outputs: readonly Float32Array[], metric: Float64Array): Float64Array[] {
  const width = Math.sqrt(metric.length);
  const root = squareRoot(metric);
  const mean = new Float64Array(width);
  for (const output of outputs)
    output.forEach((value, at) => (mean[at] = (mean[at] as number) + value / outputs.length));
  const covariance = new Float64Array(width * width);
  const priced = outputs.map((output) =>
    Float64Array.from({ length: width }, (_, row) => {
      let sum = 0;
      for (let at = 0; at < width; at++)
        sum += (root[row * width + at] as number) * ((output[at] as number) - (mean[at] as number));
      return sum;
    }),
  );
  for (const row of priced) {
    for (let one = 0; one < width; one++) {
      for (let other = 0; other < width; other++) {
        const at = one * width + other;
        covariance[at] = (covariance[at] as number) + ((row[one] as number) * (row[other] as number)) / outputs.length;
      }
    }
  }
  const { values, vectors } = symmetricEigen(covariance);
  const kept = [...values.keys()].filter((at) => (values[at] as number) / 2 > NEGLIGIBLE).slice(0, MOST_DIRECTIONS);
  return kept.map((at) =>
    Float64Array.from({ length: width }, (_, column) => {
      let sum = 0;
      for (let row = 0; row < width; row++)
        sum += (vectors[row * width + at] as number) * (root[row * width + column] as number);
      return sum;
    }),
  );
}

/** What scores read of the attention that symbols get from the lower heads of each block, one head after the other. */
function readByScores(
  everywhere: readonly Observation[],
  isScored: readonly boolean[],
  lower: readonly LowerHead[],
  metrics: Metrics,
): WorthFit[] {
  const rows = [...everywhere.keys()].filter((row) => isScored[row]);
  return [...new Set(lower.map(({ place }) => place.block))].map((block) => {
    const own = lower.filter(({ place }) => place.block === block);
    const outputs = rows.map((row) => {
      const each = own.map(({ place }) => everywhere[row]?.heads[block]?.[place.head]?.output ?? new Float32Array());
      return Float64Array.from(each[0] as Float32Array, (_, at) =>
        each.reduce((sum, output) => sum + (output[at] as number), 0),
      );
    });
    return fittedWorth(
      rows.map((row) => sharesAt(lower, row, (head) => head.place.block === block)),
      outputs,
      metrics[block] as Float64Array,
    );
  });
}

/** What upper heads read of the attention that symbols get from lower heads, at the keys of each symbol. */
function readByKeys(
  everywhere: readonly Observation[],
  writes: readonly Writes[],
  lower: readonly LowerHead[],
  positions: number,
  vocabulary: Vocabulary,
): WorthFit[] {
  return writes.flatMap(({ rows, attention }) => {
    const drawn = drawnBy(attention, MOST_KEYS);
    const bySymbol = new Map<string, number[]>();
    for (const row of drawn) {
      const { token, phase } = symbolOf(everywhere[row] as Observation, vocabulary);
      const group = bySymbol.get(`${token} ${phase}`);
      if (group) group.push(row);
      else bySymbol.set(`${token} ${phase}`, [row]);
    }
    return [...bySymbol.values()].flatMap((group): WorthFit[] => {
      if (group.length < LEAST_SHARE * drawn.length) return [];
      const directions = rows[0]?.length ?? 0;
      const fit = fittedWorth(
        group.map((row) => sharesAt(lower, row)),
        group.map((row) => rows[row] as Float64Array),
        Float64Array.from({ length: directions ** 2 }, (_, at) => (at % (directions + 1) === 0 ? 1 : 0)),
      );
      const weight = ((total(attention) / positions) * group.length) / drawn.length;
      return [{ ...fit, prices: fit.prices.map((price) => weight * price) }];
    });
  });
}

/** Of one lower head after the other; 0 where a head does not count. */
function sharesAt(
  lower: readonly LowerHead[],
  row: number,
  counts: (head: LowerHead) => boolean = () => true,
): Float64Array {
  return Float64Array.from(
    lower.flatMap((head) => {
      const shares = head.shares[row] as Float64Array;
      return counts(head) ? [...shares] : new Array<number>(shares.length).fill(0);
    }),
  );
}

const symbolOf = ({ document, position }: Observation, vocabulary: Vocabulary): Symbol =>
  symbolAt(document, position, vocabulary);

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** Indices at even steps of what weights add up to. */
function drawnBy(weights: Float64Array, count: number): number[] {
  const all = total(weights);
  const drawn: number[] = [];
  let reached = 0;
  weights.forEach((weight, index) => {
    reached += weight;
    while (drawn.length < count && reached >= ((drawn.length + 0.5) * all) / count) drawn.push(index);
  });
  return drawn;
}
