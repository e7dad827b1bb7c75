import type { Nears } from "./layout.ts";

/** What numbers near another one score, and room for the slopes of that. */
interface NearTable {
  readonly values: Float64Array;
  readonly slopes: Float64Array;
}

/** What numbers near others score by an algorithm's numbers, worked out once for each of these, however often it is added. */
export class NearTables {
  readonly #numbers: Float64Array;
  readonly #tables = new Map<Nears, NearTable>();

  constructor(numbers: Float64Array) {
    this.#numbers = numbers;
  }

  /** Adds what each number gets by its difference, so many times. */
  add(scores: Float64Array, nears: Nears, times: number): void {
    const { values } = this.#tableOf(nears);
    const { tokens } = nears;
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at] as number;
      scores[token] = (scores[token] as number) + times * (values[at] as number);
    }
  }

  /** Takes the slopes of scores that this was added to, so many times; returns the slope by `times`. */
  addSlopes(scoreSlopes: Float64Array, nears: Nears, times: number): number {
    const { values, slopes } = this.#tableOf(nears);
    const { tokens } = nears;
    let byTimes = 0;
    for (let at = 0; at < tokens.length; at++) {
      const slope = scoreSlopes[tokens[at] as number] as number;
      byTimes += slope * (values[at] as number);
      slopes[at] = (slopes[at] as number) + times * slope;
    }
    return byTimes;
  }

  /** Adds the gradient of everything that was added. */
  addTo(gradient: Float64Array): void {
    for (const [{ left, right, share }, { slopes }] of this.#tables) {
      for (let at = 0; at < slopes.length; at++) {
        const [low, high, part] = [left[at] as number, right[at] as number, share[at] as number];
        gradient[low] = (gradient[low] as number) + (1 - part) * (slopes[at] as number);
        gradient[high] = (gradient[high] as number) + part * (slopes[at] as number);
      }
    }
  }

  #tableOf(nears: Nears): NearTable {
    const known = this.#tables.get(nears);
    if (known) return known;
    const { left, right, share } = nears;
    const values = Float64Array.from(share, (part, at) => {
      const [low, high] = [this.#numbers[left[at] as number] as number, this.#numbers[right[at] as number] as number];
      return low + part * (high - low);
    });
    const made = { values, slopes: new Float64Array(values.length) };
    this.#tables.set(nears, made);
    return made;
  }
}
