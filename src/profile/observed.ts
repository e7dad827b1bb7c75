import { createWasmMachine, instantiate, scoredRows } from "../engine/index.ts";
import type { Program } from "../ir/index.ts";
import {
  columnsOf,
  read,
  readOn,
  rowRange,
  scoresOf,
  startReading,
  type Machine,
  type Model,
} from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";

/** What one head did at a scored position. */
export interface HeadObservation {
  /** Attention to each token so far. */
  readonly pattern: Float32Array;
  /** What the head wrote (width). */
  readonly output: Float32Array;
}

/** A scored position of a document, and what the original did there. */
export interface Observation {
  readonly document: TokenDocument;
  readonly position: number;
  /** By block and head. */
  readonly heads: readonly (readonly HeadObservation[])[];
  /** What each block's MLP read, before the norm (width). */
  readonly streams: readonly Float32Array[];
  /** What each block's attention added to the stream (width). */
  readonly attended: readonly Float32Array[];
  /** Scores of all tokens. */
  readonly scores: Float32Array;
}

/** Scores (vocabulary) at the scored positions of a document. */
export function scoresAt(machine: Machine, model: Model, document: TokenDocument): Float32Array[] {
  return machine.scope(() => {
    const scores = scoresOf(machine, model, scoredRows(machine, model, document));
    return document.scored.map((_, row) => machine.values(rowRange(scores, row, 1)).slice());
  });
}

/** A program on a machine of its own. */
export class ObservedModel {
  readonly #machine: Machine = createWasmMachine();
  readonly #model: Model;

  constructor(program: Program) {
    this.#model = instantiate(this.#machine, program);
  }

  /** What the program does at every scored position. */
  observe(documents: readonly TokenDocument[]): Observation[] {
    return documents.flatMap((document) => this.#machine.scope(() => this.#observe(document)));
  }

  /** Scores (vocabulary) at the scored positions of each document. */
  scores(documents: readonly TokenDocument[]): Float32Array[][] {
    return documents.map((document) => scoresAt(this.#machine, this.#model, document));
  }

  /**
   * Scores where a block's MLP reads other streams: rows (width each) of independent positions. Attention after it adds what it
   * did at an observed position, whatever it would find.
   */
  scoresFrom(block: number, streams: readonly Float32Array[], { attended }: Observation): Float32Array[] {
    const machine = this.#machine;
    return machine.scope(() => {
      const width = columnsOf(this.#model.embed.tokens);
      const stream = machine.allocate(streams.length, width);
      streams.forEach((row, index) => machine.values(stream).set(row, index * width));
      const reading = startReading(machine, this.#model, streams.length);
      reading.tokens.push(...streams.map(() => 0));
      let before = new Float32Array();
      const rows = readOn(
        machine,
        this.#model,
        reading,
        stream,
        { block, before: "mlp" },
        {
          stream: (at, part, own) => {
            const values = machine.values(own);
            if (part === "attention") before = values.slice();
            else if (part === "mlp" && at > block) {
              values.forEach(
                (_, index) => (values[index] = (before[index] as number) + (attended[at]?.[index % width] as number)),
              );
            }
          },
        },
      );
      const scores = scoresOf(machine, this.#model, rows);
      return streams.map((_, index) => machine.values(rowRange(scores, index, 1)).slice());
    });
  }

  #observe(document: TokenDocument): Observation[] {
    const machine = this.#machine;
    const patterns: Float32Array[][] = [];
    const outputs: Float32Array[][] = [];
    const streams: Float32Array[] = [];
    const before: Float32Array[] = [];
    const { tokens, position, scored } = document;
    const keep = (to: Float32Array[][], block: number, head: number, values: Float32Array): void => {
      (to[block] ??= [])[head] = values.slice();
    };
    const rows = read(machine, this.#model, startReading(machine, this.#model, tokens.length, position), tokens, {
      stream: (block, part, stream) => {
        if (part === "mlp") streams[block] = machine.values(stream).slice();
        if (part === "attention") before[block] = machine.values(stream).slice();
      },
      pattern: (block, head, pattern) => keep(patterns, block, head, machine.values(pattern)),
      headOutput: (block, head, output) => keep(outputs, block, head, machine.values(output)),
    });
    const scores = scoresOf(machine, this.#model, rows);
    const width = columnsOf(rows);
    return scored.map((place): Observation => ({
      document,
      position: place,
      scores: machine.values(rowRange(scores, place, 1)).slice(),
      streams: streams.map((stream) => stream.slice(place * width, (place + 1) * width)),
      attended: streams.map((stream, block) =>
        stream
          .slice(place * width, (place + 1) * width)
          .map((value, column) => value - (before[block]?.[place * width + column] as number)),
      ),
      heads: outputs.map((heads, block) =>
        heads.map((output, head): HeadObservation => ({
          pattern: (patterns[block]?.[head] ?? new Float32Array()).slice(
            place * tokens.length,
            place * tokens.length + place + 1,
          ),
          output: output.slice(place * width, (place + 1) * width),
        })),
      ),
    }));
  }
}
