/** What the last few tokens say of the next one: facts that are known, waves of numbers that go round, foreseen numbers. */
import { along, type Points } from "./points.ts";

/** What is added to scores by the last few tokens. */
export type Recent = Facts | Waves | Near;

/** Tokens that follow others for certain. */
export interface Facts {
  readonly kind: "facts";
  /** Each a few tokens in a row, and as the last one what follows them. */
  readonly lines: readonly (readonly string[])[];
  /** What is added to the score of what follows. */
  readonly score: number;
}

/** Numbers that go round: modulus is as good as 0. */
export interface Waves {
  readonly kind: "waves";
  readonly modulus: number;
  readonly waves: readonly Wave[];
}

/**
 * Adds to the score of number c: amplitude * cos(2 pi / modulus * (the sum of turns times recent numbers - frequency * c) + phase).
 */
export interface Wave {
  readonly frequency: number;
  /** How often each of the recent numbers counts, the current one first. */
  readonly turns: readonly number[];
  readonly amplitude: number;
  /** In radians; 0 where it is absent. */
  readonly phase?: number;
}

/** Numbers near one that is foreseen. */
export interface Near {
  readonly kind: "near";
  /** The sum of factors times products of recent numbers, each by how many tokens before the current one it stands. */
  readonly foreseen: readonly Term[];
  /** What is added to the score of a number by how much larger than the foreseen one it is. */
  readonly points: Points;
}

/** A factor, and the places of the numbers that it is multiplied by; none of them for a constant. */
export type Term = readonly [factor: number, ...back: number[]];

/** Facts that are known, each of which adds so much to the score of what follows. */
export const facts = (lines: Facts["lines"], score: number): Facts => ({ kind: "facts", lines, score });

/** Sums of recent numbers that go round at a modulus. */
export const waves = (modulus: number, own: Waves["waves"]): Waves => ({ kind: "waves", modulus, waves: own });

/** Numbers near a foreseen one. */
export const near = (foreseen: Near["foreseen"], points: Points): Near => ({ kind: "near", foreseen, points });

/** The sum of factors times products of recent numbers; NaN where one of them is no number, or stands before the text. */
export function foreseenNumber(foreseen: Near["foreseen"], numberBack: (back: number) => number): number {
  return foreseen.reduce(
    (sum, [factor, ...back]) => sum + back.reduce((product, place) => product * numberBack(place), factor),
    0,
  );
}

/** Adds to the scores after a position of a text. */
export type AddRecent = (text: readonly number[], position: number, scores: Float32Array) => void;

/** Makes what recent tokens say runnable. `values` are the numbers that tokens are, by id, NaN for others. */
export function recentOf(own: Recent, values: readonly number[], idOf: (word: string) => number): AddRecent {
  switch (own.kind) {
    case "facts":
      return factsOf(own, idOf);
    case "waves":
      return wavesOf(own, values);
    case "near":
      return (text, position, scores) => {
        const center = foreseenNumber(own.foreseen, (back) => values[text[position - back] ?? -1] ?? NaN);
        values.forEach((value, token) => {
          scores[token] = (scores[token] as number) + along(own.points, value - center);
        });
      };
  }
}

function factsOf({ lines, score }: Facts, idOf: (word: string) => number): AddRecent {
  const known = new Map<string, number[]>();
  for (const line of lines) {
    const ids = line.map(idOf);
    const key = ids.slice(0, -1).join();
    known.set(key, [...(known.get(key) ?? []), ids.at(-1) as number]);
  }
  const lengths = [...new Set(lines.map((line) => line.length - 1))];
  return (text, position, scores) => {
    for (const length of lengths) {
      if (length > position + 1) continue;
      const recent = text.slice(position + 1 - length, position + 1);
      for (const next of known.get(recent.join()) ?? []) scores[next] = (scores[next] as number) + score;
    }
  };
}

function wavesOf({ modulus, waves: own }: Waves, values: readonly number[]): AddRecent {
  return (text, position, scores) => {
    for (const { frequency, turns, amplitude, phase = 0 } of own) {
      const sum = turns.reduce(
        (total, times, back) => (times === 0 ? total : total + times * (values[text[position - back] ?? -1] ?? NaN)),
        0,
      );
      if (Number.isNaN(sum)) continue;
      values.forEach((value, token) => {
        if (Number.isNaN(value)) return;
        const angle = (2 * Math.PI * (sum - frequency * value)) / modulus + phase;
        scores[token] = (scores[token] as number) + amplitude * Math.cos(angle);
      });
    }
  };
}
