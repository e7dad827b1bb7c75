import { waves, type Case, type Wave } from "../../../runtime/index.ts";
import { gauged } from "../readout.ts";
import { written } from "../written.ts";
import { fittedNumbers } from "./linear.ts";
import type { RecentInput, Row } from "./rows.ts";

const FEWEST_NUMBERS = 5;
const MOST_NUMBERS = 128;
/** Share of the scores' variance that waves are to explain, that one of them must, and most of them. */
const ENOUGH = 0.985;
const LEAST = 2e-3;
const MOST_WAVES = 48;
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
  const { rows, values, words } = input;
  const modulus = values.filter((value) => !Number.isNaN(value)).length;
  const ids = Array.from({ length: modulus }, (_, number) => values.indexOf(number));
  if (modulus < FEWEST_NUMBERS || modulus > MOST_NUMBERS || ids.includes(-1)) return undefined;
  const places = numberPlaces(rows, values);
  if (!places) return undefined;
  const terms = strongest(input, ids, places);
  if (terms.reduce((sum, { energy }) => sum + energy, 0) < 1 / 2) return undefined;
  const others = words.flatMap((word, id) => (Number.isNaN(values[id]) ? [[word, id] as const] : []));
  // Cosine and sine of each wave, then a constant for each token that is no number.
  const columns = rows.map(({ back }) => [
    ...terms.flatMap((term) => {
      const own = places.reduce((sum, place, at) => sum + (term.turns[at] as number) * valueOf(values, back[place]), 0);
      const column = (turn: (angle: number) => number): Float64Array => {
        const scores = new Float64Array(words.length);
        ids.forEach((id, number) => {
          scores[id] = turn((2 * Math.PI * (own - term.frequency * number)) / modulus);
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
  ]);
  const numbers = fittedNumbers(input, (row) => columns[row] as Float64Array[], columns[0]?.length ?? 0);
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

/** How many tokens back the last two numbers stand, wherever something is scored; undefined where they do not stand alike. */
function numberPlaces(rows: readonly Row[], values: readonly number[]): readonly [number, number] | undefined {
  const least = Math.min(...rows.map(({ back }) => back.length));
  const places = Array.from({ length: least }, (_, back) => back).filter((back) =>
    rows.every((row) => !Number.isNaN(valueOf(values, row.back[back]))),
  );
  const [one, other] = places;
  return one === undefined || other === undefined ? undefined : [other, one];
}

const valueOf = (values: readonly number[], token: number | undefined): number => values[token ?? -1] ?? NaN;

/** The waves that most of the scores' variance lies in, from the strongest on. */
function strongest({ rows, values, decision }: RecentInput, ids: readonly number[], places: readonly number[]): Term[] {
  const modulus = ids.length;
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
  let energy = 0;
  for (const { back, scores } of rows) {
    const target = gauged(scores, decision);
    const own = ids.map((id) => target[id] as number);
    const mean = own.reduce((sum, score) => sum + score, 0) / modulus;
    energy += own.reduce((sum, score) => sum + (score - mean) ** 2, 0);
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
  }
  const terms: Term[] = [];
  for (let frequency = 1; frequency <= half; frequency++) {
    for (let one = 0; one < modulus; one++) {
      const row = new Float64Array(modulus);
      const rest = new Float64Array(modulus);
      for (let first = 0; first < modulus; first++) {
        const [cosine, sine] = turned(one * first);
        const start = (frequency * modulus + first) * modulus;
        for (let turns = 0; turns < modulus; turns++) {
          const [re, im] = [real[start + turns] as number, imaginary[start + turns] as number];
          row[turns] = (row[turns] as number) + re * cosine + im * sine;
          rest[turns] = (rest[turns] as number) + im * cosine - re * sine;
        }
      }
      for (let other = 0; other < modulus; other++) {
        const square = (row[other] as number) ** 2 + (rest[other] as number) ** 2;
        // A real wave over rows x modulus points has this much of their squares.
        const share = (2 * square) / (rows.length * modulus) / energy;
        if (share >= LEAST)
          terms.push({ frequency, turns: [centred(one, modulus), centred(other, modulus)], energy: share });
      }
    }
  }
  terms.sort((one, other) => other.energy - one.energy);
  let explained = 0;
  return terms.slice(0, MOST_WAVES).filter(({ energy: share }) => {
    const wanted = explained < ENOUGH;
    explained += share;
    return wanted;
  });
}

/** Turns between minus half the modulus and half of it: one less than a whole turn is one turn back. */
const centred = (turns: number, modulus: number): number => (turns > modulus / 2 ? turns - modulus : turns);
