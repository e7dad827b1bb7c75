import { waves, type Case, type Wave } from "../../../runtime/index.ts";
import { gauged } from "../readout.ts";
import { written } from "../written.ts";
import { fittedNumbers } from "./linear.ts";
import { valueOf, type RecentInput, type Row } from "./rows.ts";

const FEWEST_NUMBERS = 5;
const MOST_NUMBERS = 128;
/** Share of the scores' variance that waves are to explain, that one of them must, and most of them. */
const ENOUGH = 0.999;
const LEAST = 3e-4;
const MOST_WAVES = 64;
/** The same of those that are found first: where not all pairs are known, strong waves look like many weak ones besides. */
const LEAST_FIRST = 2e-3;
/** Times that waves are looked for in what those before have left. */
const ROUNDS = 4;
/** An angle that is as good as 0 or half a turn, in radians. */
const STRAIGHT = 0.03;

/** A wave over two recent numbers and the next one, and how much of the scores it is. */
interface Term {
  readonly frequency: number;
  /** By number, in the order of `places`. */
  readonly turns: readonly [number, number];
  readonly energy: number;
}

/**
 * Scores as a sum of few waves over the last two numbers and the next one (the discrete Fourier transform of the scores as
 * Nanda et al. 2023 take it); undefined where they are not. All whole numbers from 0 on are tokens, and the last one is as near
 * to 0 as to the one before it.
 */
export function fittedWaves(input: RecentInput): Case | undefined {
  const { rows, values, words, decision } = input;
  const modulus = values.filter((value) => !Number.isNaN(value)).length;
  const ids = Array.from({ length: modulus }, (_, number) => values.indexOf(number));
  if (modulus < FEWEST_NUMBERS || modulus > MOST_NUMBERS || ids.includes(-1)) return undefined;
  const places = numberPlaces(rows, values);
  if (!places) return undefined;
  const others = words.flatMap((word, id) => (Number.isNaN(values[id]) ? [[word, id] as const] : []));
  const targets = rows.map(({ scores }) => gauged(scores, decision));
  const numberScores = targets.map((target) => centredScores(ids.map((id) => target[id] as number)));
  const energy = numberScores.reduce((sum, row) => sum + dot(row, row), 0);
  // Cosine and sine of each wave, then a constant for each token that is no number.
  const columnsOf = (back: readonly number[], own: readonly Term[]): Float64Array[] => [
    ...own.flatMap(({ frequency, turns }) => {
      const sum = places.reduce((total, place, at) => total + (turns[at] as number) * valueOf(values, back[place]), 0);
      const column = (turn: (angle: number) => number): Float64Array => {
        const scores = new Float64Array(words.length);
        ids.forEach((id, number) => {
          scores[id] = turn((2 * Math.PI * (sum - frequency * number)) / modulus);
        });
        return scores;
      };
      return [column(Math.cos), column((angle) => -Math.sin(angle))];
    }),
    ...others.map(([, id]) => {
      const scores = new Float64Array(words.length);
      scores[id] = 1;
      return scores;
    }),
  ];
  const terms: Term[] = [];
  let numbers: Float64Array = new Float64Array();
  for (let round = 0; round < ROUNDS; round++) {
    const columns = rows.map(({ back }) => columnsOf(back, terms));
    const rest = numberScores.map((target, row) => {
      const own = columns[row] as Float64Array[];
      return target.map((score, number) =>
        own.reduce((left, column, at) => left - (numbers[at] ?? 0) * (column[ids[number] as number] as number), score),
      );
    });
    const left = rest.reduce((sum, row) => sum + dot(row, row), 0) / energy;
    const least = round === 0 ? LEAST_FIRST : LEAST;
    const more =
      left < 1 - ENOUGH
        ? []
        : strongest(rows, rest, values, places, energy)
            .filter((term) => term.energy >= least && !terms.some((known) => isSame(known, term)))
            .slice(0, MOST_WAVES - terms.length);
    if (round === 0 && more.reduce((sum, { energy: share }) => sum + share, 0) < 1 / 2) return undefined;
    if (more.length === 0) break;
    terms.push(...more);
    const all = rows.map(({ back }) => columnsOf(back, terms));
    numbers = fittedNumbers(input, (row) => all[row] as Float64Array[], 2 * terms.length + others.length);
  }
  const found = terms.map(({ frequency, turns }, index): Wave => {
    const [cosine, sine] = [numbers[2 * index] as number, numbers[2 * index + 1] as number];
    const phase = Math.atan2(sine, cosine);
    const byBack = Array.from({ length: Math.max(...places) + 1 }, (_, back) => {
      const at = places.indexOf(back);
      return at < 0 ? 0 : (turns[at] as number);
    });
    const isUpsideDown = Math.abs(Math.abs(phase) - Math.PI) < STRAIGHT;
    const isStraight = isUpsideDown || Math.abs(phase) < STRAIGHT;
    return {
      frequency,
      turns: byBack,
      amplitude: written(Math.hypot(cosine, sine) * (isUpsideDown ? -1 : 1)),
      ...(!isStraight && { phase: written(phase) }),
    };
  });
  const scores = others.map(([word], index) => [word, written(numbers[2 * terms.length + index] as number)] as const);
  return { recent: [waves(modulus, found)], scores: Object.fromEntries(scores), others: 0 };
}

const isSame = (one: Term, other: Term): boolean =>
  one.frequency === other.frequency && one.turns.join() === other.turns.join();

/** How many tokens back the last two numbers stand, wherever something is scored; undefined where they do not stand alike. */
function numberPlaces(rows: readonly Row[], values: readonly number[]): readonly [number, number] | undefined {
  const least = Math.min(...rows.map(({ back }) => back.length));
  const places = Array.from({ length: least }, (_, back) => back).filter((back) =>
    rows.every((row) => !Number.isNaN(valueOf(values, row.back[back]))),
  );
  const [one, other] = places;
  return one === undefined || other === undefined ? undefined : [other, one];
}

/** The waves that the rest of the scores of numbers (modulus, by row) lies in, each a share of all energy, from the strongest on. */
function strongest(
  rows: readonly Row[],
  rest: readonly (readonly number[])[],
  values: readonly number[],
  places: readonly number[],
  energy: number,
): Term[] {
  const modulus = rest[0]?.length ?? 0;
  const half = Math.floor(modulus / 2);
  const [cosines, sines] = [Math.cos, Math.sin].map((of) =>
    Float64Array.from({ length: modulus }, (_, index) => of((2 * Math.PI * index) / modulus)),
  ) as [Float64Array, Float64Array];
  // By frequency, by the first number, by the turns of the second one.
  const real = new Float64Array((half + 1) * modulus * modulus);
  const imaginary = new Float64Array(real.length);
  const turned = (index: number): readonly [number, number] => [
    cosines[index % modulus] as number,
    sines[index % modulus] as number,
  ];
  rows.forEach(({ back }, index) => {
    const own = rest[index] as readonly number[];
    const [first, second] = places.map((place) => valueOf(values, back[place])) as [number, number];
    for (let frequency = 1; frequency <= half; frequency++) {
      let [re, im] = [0, 0];
      own.forEach((score, number) => {
        const [cosine, sine] = turned(frequency * number);
        re += score * cosine;
        im += score * sine;
      });
      const start = (frequency * modulus + first) * modulus;
      for (let turns = 0; turns < modulus; turns++) {
        const [cosine, sine] = turned(turns * second);
        real[start + turns] = (real[start + turns] as number) + re * cosine + im * sine;
        imaginary[start + turns] = (imaginary[start + turns] as number) + im * cosine - re * sine;
      }
    }
  });
  const terms: Term[] = [];
  for (let frequency = 1; frequency <= half; frequency++) {
    for (let one = 0; one < modulus; one++) {
      const row = new Float64Array(modulus);
      const other = new Float64Array(modulus);
      for (let first = 0; first < modulus; first++) {
        const [cosine, sine] = turned(one * first);
        const start = (frequency * modulus + first) * modulus;
        for (let turns = 0; turns < modulus; turns++) {
          const [re, im] = [real[start + turns] as number, imaginary[start + turns] as number];
          row[turns] = (row[turns] as number) + re * cosine + im * sine;
          other[turns] = (other[turns] as number) + im * cosine - re * sine;
        }
      }
      for (let two = 0; two < modulus; two++) {
        const square = (row[two] as number) ** 2 + (other[two] as number) ** 2;
        // A real wave over rows x modulus points has this much of their squares.
        const share = (2 * square) / (rows.length * modulus) / energy;
        if (share >= LEAST)
          terms.push({ frequency, turns: [centred(one, modulus), centred(two, modulus)], energy: share });
      }
    }
  }
  return terms.sort((one, other) => other.energy - one.energy);
}

/** Turns between minus half the modulus and half of it: one less than a whole turn is one turn back. */
const centred = (turns: number, modulus: number): number => (turns > modulus / 2 ? turns - modulus : turns);

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, at) => sum + value * (other[at] as number), 0);
}

function centredScores(scores: readonly number[]): number[] {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return scores.map((score) => score - mean);
}
