/** The merging of byte-pair encoding, fast enough for long words. */

/** What becomes of two neighbouring tokens: the rank of their merge (lower goes first) and the token they turn into. */
interface Merge {
  readonly rank: number;
  readonly result: number;
}

/** The merges of a vocabulary, found by the pair of token ids they join. */
export class Merges {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #byPair = new Map<number, Merge>();

  /**
   * @param ids the id of every vocabulary entry
   * @param pairs vocabulary entries to join, the first ones first; throws a RangeError where one is unknown
   */
  constructor(ids: ReadonlyMap<string, number>, pairs: readonly (readonly [string, string])[]) {
    this.#ids = ids;
    pairs.forEach(([left, right], rank) => {
      this.#byPair.set(pairKey(this.#id(left), this.#id(right)), { rank, result: this.#id(left + right) });
    });
  }

  #id(entry: string): number {
    const id = this.#ids.get(entry);
    if (id === undefined)
      throw new RangeError(`A merge names ${JSON.stringify(entry)}, which is not in the vocabulary.`);
    return id;
  }

  /**
   * Joins neighbours until no merge applies, the lowest rank first and the leftmost among equals.
   * A queue of candidates and a linked list of what is left keep this at n log n, however long the word.
   */
  apply(word: readonly number[]): number[] {
    const { length } = word;
    const tokens = word.slice();
    const next = Array.from(word, (_, place) => place + 1);
    const previous = Array.from(word, (_, place) => place - 1);
    const queue: number[] = [];
    const mergeAt = (place: number): Merge | undefined => {
      const after = next[place] ?? length;
      return after < length ? this.#byPair.get(pairKey(tokens[place] as number, tokens[after] as number)) : undefined;
    };
    const offer = (place: number): void => {
      const merge = mergeAt(place);
      if (merge !== undefined) push(queue, merge.rank * length + place);
    };
    for (let place = 0; place < length; place++) offer(place);

    while (queue.length > 0) {
      const best = pop(queue);
      const place = best % length;
      const merge = mergeAt(place);
      // An entry is stale when one of its two tokens has since become part of another.
      if (merge?.rank !== Math.floor(best / length)) continue;
      const joined = next[place] as number;
      const after = next[joined] as number;
      tokens[place] = merge.result;
      next[place] = after;
      next[joined] = length;
      if (after < length) previous[after] = place;
      const before = previous[place] as number;
      if (before >= 0) offer(before);
      offer(place);
    }

    const merged: number[] = [];
    for (let place = 0; place < length; place = next[place] as number) merged.push(tokens[place] as number);
    return merged;
  }
}

/** One number for a pair of ids: ids stay far below 2^26. */
function pairKey(left: number, right: number): number {
  return left * 2 ** 26 + right;
}

/** Adds a number to a binary heap whose smallest number comes first. */
function push(heap: number[], value: number): void {
  let place = heap.length;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if ((heap[parent] as number) <= value) break;
    heap[place] = heap[parent] as number;
    place = parent;
  }
  heap[place] = value;
}

/** Takes the smallest number off a binary heap that is not empty. */
function pop(heap: number[]): number {
  const smallest = heap[0] as number;
  const last = heap.pop() as number;
  if (heap.length === 0) return smallest;
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++;
    if ((heap[child] as number) >= last) break;
    heap[place] = heap[child] as number;
    place = child;
  }
  heap[place] = last;
  return smallest;
}
