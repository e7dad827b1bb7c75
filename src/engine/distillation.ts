import type { ParameterLayout, Program } from "../ir/index.ts";
import type { Decision, TokenDocument } from "../text/index.ts";
import type { Engine } from "./engine.ts";
import type { Hint } from "./hints.ts";
import type { JobWatch } from "./job.ts";
import { sharedFloats } from "./shared-floats.ts";
import type { DistilLane, DistilOptions, LaneResult, TaughtDocument } from "./jobs/distil.ts";

/** What a student's numbers do to KL(original || student) on some documents. */
export interface DistilGradient {
  /** Nats per scored position. */
  readonly kl: number;
  readonly positions: number;
  /** Of `kl`, and of what hints ask (layout's length); overwritten by the next call. */
  readonly gradient: Float32Array;
}

/** A batch is cut into so many parts whatever the number of workers, so that sums are the same on all machines. */
const LANES = 4;

/** Most numbers of the original's rows that are kept between steps: 256 MiB. */
const KEPT_ROWS = 2 ** 26;

/** Differentiates students of one original on batches of documents; what the original does is computed once a document. */
export class Distillation {
  readonly #engine: Engine;
  readonly #original: Program;
  readonly #decision: Decision;
  readonly #hints: readonly Hint[];
  readonly #taught = new Map<TokenDocument, TaughtDocument>();
  #kept = 0;
  #lanes: Float32Array[] = [];
  #sum = new Float32Array();

  constructor(
    engine: Engine,
    original: Program,
    { decision, hints = [] }: { readonly decision: Decision; readonly hints?: readonly Hint[] },
  ) {
    this.#engine = engine;
    this.#original = original;
    this.#decision = decision;
    this.#hints = hints;
  }

  /** The mean KL over the scored positions of a batch, and the gradient of it and of what hints ask. */
  async gradient(
    student: Program,
    layout: ParameterLayout,
    documents: readonly TokenDocument[],
    watch: JobWatch = {},
  ): Promise<DistilGradient> {
    this.#makeRoom(layout.length);
    const taught = documents.map((document) => this.#taughtDocument(document));
    const lanes = this.#lanes.map((gradient, lane): DistilLane => {
      const [start, end] = [lane, lane + 1].map((cut) => Math.floor((cut * taught.length) / LANES));
      return { documents: taught.slice(start, end), gradient };
    });
    const results = await this.#engine.map<DistilOptions, DistilLane, LaneResult>(
      new URL("./jobs/distil.ts", import.meta.url),
      {
        programs: { original: this.#original, student },
        options: { decision: this.#decision, layout, hints: this.#hints },
      },
      lanes,
      watch,
    );
    for (const document of documents) this.#markKept(document);
    const positions = results.reduce((sum, lane) => sum + lane.positions, 0);
    const scale = 1 / Math.max(1, positions);
    addLanes(this.#sum, this.#lanes, scale);
    return { kl: results.reduce((sum, { kl }) => sum + kl, 0) * scale, positions, gradient: this.#sum };
  }

  #makeRoom(length: number): void {
    if (this.#sum.length === length && this.#lanes.length > 0) return;
    this.#lanes = Array.from({ length: LANES }, () => sharedFloats(length));
    this.#sum = new Float32Array(length);
  }

  /** With room for the original's rows, as long as there is enough memory; hints need more than these. */
  #taughtDocument(document: TokenDocument): TaughtDocument {
    const known = this.#taught.get(document);
    if (known) return known;
    const count = document.scored.length * this.#original.width;
    const keep = this.#hints.length === 0 && this.#kept + count <= KEPT_ROWS;
    if (keep) this.#kept += count;
    const taught = { document, rowsKept: false, ...(keep && { rows: sharedFloats(count) }) };
    this.#taught.set(document, taught);
    return taught;
  }

  #markKept(document: TokenDocument): void {
    const taught = this.#taught.get(document);
    if (taught?.rows) this.#taught.set(document, { ...taught, rowsKept: true });
  }
}

/** The lanes added up in their order, times a factor. */
function addLanes(sum: Float32Array, lanes: readonly Float32Array[], scale: number): void {
  const [first, second, third, fourth] = lanes as [Float32Array, Float32Array, Float32Array, Float32Array];
  for (let index = 0; index < sum.length; index++) {
    const early = (first[index] as number) + (second[index] as number);
    sum[index] = (early + (third[index] as number) + (fourth[index] as number)) * scale;
  }
}
