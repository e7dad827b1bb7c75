import { mapHeads, TensorDraft, touched, type HeadNode, type Program, type TensorHandle } from "../../ir/index.ts";
import { transposedSquare, type Basis, type HeadBases } from "../../profile/index.ts";

const NAME = "align-heads";

/**
 * Turns the columns of every head's queries and keys, and of the values that it moves, into the given bases. A score is
 * the product of query and key, an output that of value and output weights: a basis and its inverse cancel, so that every
 * logit stays where it was, up to rounding. Unlike the other exact passes this one needs text, which the bases are from.
 */
export function alignHeads(program: Program, bases: readonly (readonly HeadBases[])[]): Program {
  const draft = new TensorDraft(NAME);
  const turned = (handle: TensorHandle, values: Float32Array): TensorHandle => draft.rewrite(handle, values);
  const valuesOf = (handle: TensorHandle): Float32Array => program.tensors.get(handle);
  const alignedLooks = (head: HeadNode, basis: Basis | undefined): HeadNode["looks"] =>
    head.looks.map((look) => {
      if (look.kind !== "denseLook" || !basis) return look;
      const size = look.query.shape[1] as number;
      const into = (handle: TensorHandle): TensorHandle => turned(handle, product(valuesOf(handle), basis.into, size));
      const keys = transposedSquare(basis.back, size);
      return {
        ...look,
        origin: touched(look.origin, NAME),
        query: into(look.query),
        queryBias: into(look.queryBias),
        key: turned(look.key, product(valuesOf(look.key), keys, size)),
        ...(look.keyBias && { keyBias: turned(look.keyBias, product(valuesOf(look.keyBias), keys, size)) }),
      };
    });
  const aligned = mapHeads(program, (head, { block, index }) => {
    const { looks, moves } = bases[block]?.[index] ?? {};
    if (!looks && !moves) return head;
    if (head.moves.kind !== "denseMove" || !moves) return { ...head, looks: alignedLooks(head, looks) };
    const { value, valueBias, output } = head.moves;
    const size = value.shape[1] as number;
    return {
      ...head,
      looks: alignedLooks(head, looks),
      moves: {
        ...head.moves,
        origin: touched(head.moves.origin, NAME),
        value: turned(value, product(valuesOf(value), moves.into, size)),
        ...(valueBias && { valueBias: turned(valueBias, product(valuesOf(valueBias), moves.into, size)) }),
        output: turned(output, leftProduct(moves.back, valuesOf(output), size)),
      },
    };
  });
  return draft.into(aligned);
}

/** Rows (rows, size) times a square matrix (size, size); sums in 64 bits. */
function product(rows: Float32Array, square: Float64Array, size: number): Float32Array {
  const out = new Float32Array(rows.length);
  const sums = new Float64Array(size);
  for (let start = 0; start < rows.length; start += size) {
    sums.fill(0);
    for (let inner = 0; inner < size; inner++) {
      const factor = rows[start + inner] as number;
      for (let column = 0; column < size; column++) {
        sums[column] = (sums[column] as number) + factor * (square[inner * size + column] as number);
      }
    }
    out.set(sums, start);
  }
  return out;
}

/** A square matrix (size, size) times rows (size, width); sums in 64 bits. */
function leftProduct(square: Float64Array, rows: Float32Array, size: number): Float32Array {
  const width = rows.length / size;
  const out = new Float32Array(rows.length);
  const sums = new Float64Array(width);
  for (let row = 0; row < size; row++) {
    sums.fill(0);
    for (let inner = 0; inner < size; inner++) {
      const factor = square[row * size + inner] as number;
      for (let column = 0; column < width; column++) {
        sums[column] = (sums[column] as number) + factor * (rows[inner * width + column] as number);
      }
    }
    out.set(sums, row * width);
  }
  return out;
}
