/** Places kept for each slot. */
const KEPT = 3;
const NONE = -1;

/** A place in the text. */
export interface Place {
  readonly value: number;
  /** Index of the document. */
  readonly document: number;
  /** Index into the document's tokens. */
  readonly time: number;
  /** The most attended key's index into the document's tokens, where it was told. */
  readonly key?: number;
}

/** The places of strongest firing as plain data: three a slot, strongest first, unused ones with document -1. */
export interface PlaceTable {
  readonly values: Float32Array;
  readonly documents: Int32Array;
  readonly times: Int32Array;
  readonly keys: Int32Array;
}

/** For each of many slots (neurons, or heads) the three strongest places in different documents. */
export class StrongestPlaces {
  readonly table: PlaceTable;
  readonly #clusters: Int32Array;

  /** @param clusters for each document, a number shared by documents of the same id */
  constructor(slots: number, clusters: Int32Array) {
    this.#clusters = clusters;
    const count = slots * KEPT;
    this.table = {
      values: new Float32Array(count),
      documents: new Int32Array(count).fill(NONE),
      times: new Int32Array(count),
      keys: new Int32Array(count).fill(NONE),
    };
  }

  /** Takes a place if it is strong enough; between equals the earlier offer stays ahead. Tells whether it is now first. */
  offer(slot: number, { value, document, time, key = NONE }: Place): boolean {
    const { values, documents, times, keys } = this.table;
    const begin = slot * KEPT;
    const same = this.#placeOfCluster(begin, this.#clusters[document]);
    if (same !== NONE && (values[same] as number) >= value) return false;
    let place = same === NONE ? begin + KEPT - 1 : same;
    if (same === NONE && documents[place] !== NONE && (values[place] as number) >= value) return false;
    for (; place > begin; place--) {
      const ahead = place - 1;
      if (documents[ahead] !== NONE && (values[ahead] as number) >= value) break;
      for (const column of [values, documents, times, keys]) column[place] = column[ahead] as number;
    }
    values[place] = value;
    documents[place] = document;
    times[place] = time;
    keys[place] = key;
    return place === begin;
  }

  /** Offers everything in another table, strongest first. Tells of each slot that got a new first place. */
  merge(other: PlaceTable, onFirst: (slot: number) => void = () => {}): void {
    for (let index = 0; index < other.values.length; index++) {
      const document = other.documents[index] as number;
      if (document === NONE) continue;
      const slot = Math.floor(index / KEPT);
      const [value, time, key] = [other.values[index], other.times[index], other.keys[index]] as [
        number,
        number,
        number,
      ];
      if (this.offer(slot, { value, document, time, key })) onFirst(slot);
    }
  }

  /** The places of one slot, strongest first. */
  of(slot: number): Place[] {
    const { values, documents, times, keys } = this.table;
    return Array.from({ length: KEPT }, (_, rank) => slot * KEPT + rank)
      .filter((index) => documents[index] !== NONE)
      .map((index) => ({
        value: values[index] as number,
        document: documents[index] as number,
        time: times[index] as number,
        ...(keys[index] !== NONE && { key: keys[index] as number }),
      }));
  }

  #placeOfCluster(begin: number, cluster: number | undefined): number {
    const { documents } = this.table;
    for (let place = begin; place < begin + KEPT; place++) {
      const document = documents[place] as number;
      if (document !== NONE && this.#clusters[document] === cluster) return place;
    }
    return NONE;
  }
}
