import type { Nears } from "./excerpts.ts";

/** What numbers near another one score, and room for the slopes of that. */
interface NearTable {
  /** Places of all numbers that it is worked out from. */
  readonly places: readonly number[];
  readonly values: Float64Array;
  readonly slopes: Float64Array;
  isStale: boolean;
}

/** What numbers near others score by an algorithm's numbers, worked out anew only where these have changed. */
export class NearTables {
  #numbers = new Float64Array();
  readonly #tables = new Map<Nears, NearTable>();

  /** Goes on with other numbers, and without slopes. */
  renew(numbers: Float64Array): void {
    const before = this.#numbers;
    this.#numbers = numbers.slice();
    for (const table of this.#tables.values()) {
      table.isStale ||= table.places.some((place) => before[place] !== numbers[place]);
      table.slopes.fill(0);
    }
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
    const table = this.#tables.get(nears) ?? this.#made(nears);
    if (table.isStale) this.#fill(table, nears);
    return table;
  }

  #made(nears: Nears): NearTable {
    const [values, slopes] = [new Float64Array(nears.share.length), new Float64Array(nears.share.length)];
    const table = { places: [...new Set([...nears.left, ...nears.right])], values, slopes, isStale: true };
    this.#tables.set(nears, table);
    return table;
  }

  #fill(table: NearTable, { left, right, share }: Nears): void {
    const numbers = this.#numbers;
    for (let at = 0; at < share.length; at++) {
      const low = numbers[left[at] as number] as number;
      table.values[at] = low + (share[at] as number) * ((numbers[right[at] as number] as number) - low);
    }
    table.isStale = false;
  }
}
