import { interpolatedRows, read, startReading, type Machine, type Model } from "../runtime/index.ts";
import { sourcesBefore, type ReadingPoint } from "./paths.ts";
import { headId, mlpId, type DenseLookNode, type NormNode, type Program, type Source } from "./program.ts";
import type { TensorHandle } from "./tensors.ts";

/** One matrix a source, row by row; 64 bits, so that sums over many sources stay exact. */
export type Terms = ReadonlyMap<Source, Float64Array>;

/** What every head and MLP wrote while a text was read: (time, width) by id, constants of the MLPs included. */
export interface Writes {
  readonly tokens: readonly number[];
  /** Position index of the first token. */
  readonly firstPosition: number;
  readonly byId: ReadonlyMap<Source, Float32Array>;
}

/** Reads a text from its start and keeps what every head and MLP writes. `model` is the program's, instantiated. */
export function captureWrites(machine: Machine, model: Model, tokens: readonly number[], firstPosition = 0): Writes {
  const byId = new Map<Source, Float32Array>();
  machine.scope(() => {
    read(machine, model, startReading(machine, model, tokens.length, firstPosition), tokens, {
      headOutput: (block, head, output) => byId.set(headId(block, head), machine.values(output).slice()),
      mlpOutput: (block, output) => byId.set(mlpId(block), machine.values(output).slice()),
    });
  });
  return { tokens, firstPosition, byId };
}

/**
 * The normed stream at a point as a sum over sources, with the norm's scale taken as given: every source's own vector,
 * centred, over the standard deviation of the whole stream, times the gain; the norm's bias is part of "constant".
 */
export function normedTerms(program: Program, writes: Writes, point: ReadingPoint): Terms {
  const { width } = program;
  const time = writes.tokens.length;
  const norm = normAt(program, point);
  const gain = norm.gain && program.tensors.get(norm.gain);
  const bias = norm.bias && program.tensors.get(norm.bias);
  const terms = new Map(
    sourcesBefore(program, point).map((source) => [source, centred(written(program, writes, source, point), width)]),
  );
  for (let row = 0; row < time; row++) {
    let squares = 0;
    for (let index = row * width; index < (row + 1) * width; index++) {
      let sum = 0;
      for (const term of terms.values()) sum += term[index] as number;
      squares += sum * sum;
    }
    const scale = 1 / Math.sqrt(squares / width + norm.epsilon);
    for (const [source, term] of terms) {
      for (let column = 0; column < width; column++) {
        const index = row * width + column;
        const shift = source === "constant" ? (bias?.[column] ?? 0) : 0;
        term[index] = (term[index] as number) * scale * (gain?.[column] ?? 1) + shift;
      }
    }
  }
  return terms;
}

/** Every term times weights (width, columns) -> (time, columns); a bias (columns) is part of "constant". */
export function projectedTerms(program: Program, terms: Terms, weights: TensorHandle, bias?: TensorHandle): Terms {
  const [rows = 0, columns = 0] = weights.shape;
  const values = program.tensors.get(weights);
  const shift = bias && program.tensors.get(bias);
  return new Map(
    [...terms].map(([source, term]) => {
      const out = new Float64Array((term.length / rows) * columns);
      for (let index = 0; index < out.length; index++) {
        const column = index % columns;
        const first = ((index - column) / columns) * rows;
        let sum = source === "constant" ? (shift?.[column] ?? 0) : 0;
        for (let row = 0; row < rows; row++) {
          sum += (term[first + row] as number) * (values[row * columns + column] as number);
        }
        out[index] = sum;
      }
      return [source, out] as const;
    }),
  );
}

/** Queries and keys (time, head width) of a look, by the sources that its paths list. */
export interface ScoreTerms {
  readonly query: Terms;
  readonly key: Terms;
}

/** Splits a look's queries and keys; terms are the normed stream's before the attention of its block. */
export function scoreTerms(program: Program, look: DenseLookNode, terms: Terms): ScoreTerms {
  const only = (sources: readonly Source[] = [...terms.keys()]): Terms =>
    new Map(
      sources.map((source) => {
        const term = terms.get(source);
        if (!term)
          throw new Error(`${look.id} reads from ${source}, which varies nowhere before it: expand its paths.`);
        return [source, term] as const;
      }),
    );
  return {
    query: projectedTerms(program, only(look.paths?.query), look.query, look.queryBias),
    key: projectedTerms(program, only(look.paths?.key), look.key, look.keyBias),
  };
}

/** One term of a score: what a query's source at one position finds in a key's source at another. */
export function scoreTerm(
  terms: ScoreTerms,
  query: readonly [source: Source, position: number],
  key: readonly [source: Source, position: number],
  headWidth: number,
): number {
  const left = terms.query.get(query[0]);
  const right = terms.key.get(key[0]);
  let sum = 0;
  for (let index = 0; index < headWidth; index++) {
    sum += (left?.[query[1] * headWidth + index] ?? 0) * (right?.[key[1] * headWidth + index] ?? 0);
  }
  return sum;
}

function normAt(program: Program, { block, before }: ReadingPoint): NormNode {
  const node = before === "end" ? undefined : program.blocks[block];
  if (!node) return program.finalNorm;
  return before === "attention" ? node.attention.norm : node.mlp.norm;
}

/** What a source has written to the stream before a point: (time, width). */
function written(program: Program, writes: Writes, source: Source, point: ReadingPoint): Float64Array {
  const { width, embed, tensors } = program;
  const out = new Float64Array(writes.tokens.length * width);
  const addRows = (rowAt: (time: number) => ArrayLike<number>, factor = 1): void => {
    writes.tokens.forEach((_, time) => {
      const row = rowAt(time);
      for (let column = 0; column < width; column++) {
        out[time * width + column] = (out[time * width + column] as number) + factor * (row[column] as number);
      }
    });
  };
  const rowOf = (values: Float32Array, row: number): Float32Array => values.subarray(row * width, (row + 1) * width);
  if (source === "token") addRows((time) => rowOf(tensors.get(embed.tokens), writes.tokens[time] as number));
  else if (source === "position") {
    const positions = positionRows(program);
    addRows((time) => rowOf(positions, writes.firstPosition + time));
  } else if (source === "constant") {
    for (const vector of constantsBefore(program, point)) addRows(() => tensors.get(vector));
  } else {
    const values = writes.byId.get(source);
    if (!values) throw new Error(`Nothing was captured for ${source}.`);
    addRows((time) => rowOf(values, time));
    const mlp = program.blocks.find((block) => block.mlp.id === source)?.mlp;
    for (const part of mlp?.parts ?? []) {
      if (part.kind === "constantPart") addRows(() => tensors.get(part.vector), -1);
    }
  }
  return out;
}

/** The position embeddings (context, width), spelt out where they are on lines between knots. */
export function positionRows({ context, embed, tensors }: Program): Float32Array {
  const rows = tensors.get(embed.positions);
  return embed.knots ? interpolatedRows(embed.knots, rows, context) : rows;
}

/** The vectors that are written everywhere alike before a point. */
function constantsBefore(program: Program, { block: last, before }: ReadingPoint): TensorHandle[] {
  return program.blocks
    .slice(0, before === "mlp" ? last + 1 : last)
    .flatMap(({ attention, mlp }, block) => [
      ...attention.heads.flatMap(({ moves }) => (moves.kind === "constantMove" ? [moves.vector] : [])),
      ...(attention.bias ? [attention.bias] : []),
      ...(block < last ? mlp.parts.flatMap((part) => (part.kind === "constantPart" ? [part.vector] : [])) : []),
    ]);
}

/** Every row less its mean, in place. */
function centred(rows: Float64Array, width: number): Float64Array {
  for (let first = 0; first < rows.length; first += width) {
    const row = rows.subarray(first, first + width);
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    for (let column = 0; column < width; column++) row[column] = (row[column] as number) - mean;
  }
  return rows;
}
