import { mapHeads, type HeadPlace, type Program } from "../../ir/index.ts";
import { squareRoot, symmetricEigen, type Observation } from "../../profile/index.ts";
import type { AlgorithmLook, Average, WorthCase } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { dot } from "./gradient.ts";
import { averagesAt, headFit, sharesOf, simplestLooks, type HeadFit, type Metrics } from "./head-fit.ts";
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
  /** Most averages. */
  readonly most: number;
  /** KL that may go with what averages do not tell, in nats a position. */
  readonly tolerance: number;
  /** What one more number must take off the KL, in nats a position. */
  readonly worth: number;
}

/** The average and the head that it stands for. */
export interface PlacedAverage {
  readonly place: HeadPlace;
  readonly average: Average;
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

/**
 * Averages of lower heads, then those of upper heads, worth what the lower ones are at the key; undefined where there would be
 * more of them than are allowed.
 */
export function layeredAverages(input: LayersInput): PlacedAverage[] | undefined {
  const { program, vocabulary, forms, metrics } = input;
  const everywhere = input.observe(program);
  const scored = everywhere.filter((_, index) => input.isScored[index]);
  const lower = input.lower.map((place) => {
    const { form, looks } = simplestLooks(place, forms, everywhere, vocabulary);
    return headFit(place, form, looks, scored, metrics, vocabulary);
  });
  const writes = writesOf(input, everywhere, scored);
  const read = readByKeys(everywhere, writes, lower, scored.length, vocabulary);
  const own = lower.flatMap(({ place, looks, worth, symbols }, index) =>
    worthVectors([worth, ...(read[index] ?? [])], input.tolerance).map((vector): PlacedAverage => ({
      place,
      average: { looks, worth: worthOf(vector, symbols, vocabulary) },
    })),
  );
  const count = own.length + writes.reduce((sum, { rows }) => sum + (rows[0]?.length ?? 0), 0);
  if (count > input.most) return undefined;
  const averages = own.map(({ average }) => average);
  const values = averagesAt(averages, everywhere, vocabulary);
  const found = writes.flatMap(({ place, looks, rows, attention }) => {
    // Each key once, with how often it was drawn.
    const times = new Map<number, number>();
    for (const row of drawnBy(attention, MOST_ROWS)) times.set(row, (times.get(row) ?? 0) + 1);
    const drawn = [...times.keys()];
    const keys = drawn.map((row) => symbolOf(everywhere[row] as Observation, vocabulary));
    const weight = total(attention) / scored.length / MOST_ROWS;
    return Array.from({ length: rows[0]?.length ?? 0 }, (_, direction): PlacedAverage => {
      const cases = fittedCases({
        symbols: keys,
        averages: values.map((all) => Float64Array.from(drawn, (row) => all[row] as number)),
        targets: drawn.map((row) => Float64Array.of(rows[row]?.[direction] as number)),
        weights: drawn.map((row) => Float64Array.of(weight * (times.get(row) as number))),
        unlikely: drawn.map(() => new Uint8Array(1)),
        worth: input.worth,
      });
      const worth = cases.flatMap((each): WorthCase[] =>
        casesOf(each, averages, vocabulary).map(({ after, phase, scores }) => ({
          ...(after && { tokens: after }),
          ...(phase !== undefined && { phase }),
          worth: Object.values(scores)[0] ?? 0,
        })),
      );
      return { place, average: { looks, worth } };
    });
  });
  return [...own, ...found];
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

/** By lower head: what upper heads read of the attention that symbols get from it, at the keys of each symbol. */
function readByKeys(
  everywhere: readonly Observation[],
  writes: readonly Writes[],
  lower: readonly HeadFit[],
  positions: number,
  vocabulary: Vocabulary,
): WorthFit[][] {
  const shares = lower.map(({ looks, symbols }) => sharesOf(looks, symbols, everywhere, vocabulary));
  const read = lower.map((): WorthFit[] => []);
  for (const { rows, attention } of writes) {
    const drawn = drawnBy(attention, MOST_KEYS);
    const bySymbol = new Map<string, number[]>();
    for (const row of drawn) {
      const { token, phase } = symbolOf(everywhere[row] as Observation, vocabulary);
      const group = bySymbol.get(`${token} ${phase}`);
      if (group) group.push(row);
      else bySymbol.set(`${token} ${phase}`, [row]);
    }
    for (const group of bySymbol.values()) {
      if (group.length < LEAST_SHARE * drawn.length) continue;
      const directions = rows[0]?.length ?? 0;
      const { covariance, prices, ...fit } = fittedWorth(
        group.map((row) => Float64Array.from(shares.flatMap((all) => [...(all[row] as Float64Array)]))),
        group.map((row) => rows[row] as Float64Array),
        Float64Array.from({ length: directions ** 2 }, (_, at) => (at % (directions + 1) === 0 ? 1 : 0)),
      );
      const weight = ((total(attention) / positions) * group.length) / drawn.length;
      const size = Math.sqrt(covariance.length);
      let from = 0;
      lower.forEach(({ symbols }, index) => {
        const places = symbols.map((_, at) => from + at);
        from += symbols.length;
        const own = (matrix: Float64Array): number[] =>
          places.flatMap((row) => places.map((column) => matrix[row * size + column] as number));
        read[index]?.push({
          ...fit,
          covariance: Float64Array.from(own(covariance)),
          prices: Float64Array.from(own(prices), (price) => weight * price),
        });
      });
    }
  }
  return read;
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
