import { mapHeads, TensorDraft, touched, type Program, type TensorHandle } from "../../ir/index.ts";

const NAME = "balance-heads";

/**
 * Scales the columns of every head's queries and keys, and of its values and output weights, so that both sides of a column
 * are of about one size: learning steps of one size then suit both, and columns that matter little hold small numbers. The
 * factors are powers of two, which cancel without rounding.
 */
export function balanceHeads(program: Program): Program {
  const draft = new TensorDraft(NAME);
  const valuesOf = (handle: TensorHandle): Float32Array => program.tensors.get(handle);
  const scaled = (handle: TensorHandle, factorAt: (index: number) => number): TensorHandle =>
    draft.rewrite(
      handle,
      valuesOf(handle).map((value, index) => value * factorAt(index)),
    );
  const balanced = mapHeads(program, (head) => {
    const looks = head.looks.map((look) => {
      if (look.kind !== "denseLook") return look;
      const size = look.query.shape[1] as number;
      const column = (index: number): number => index % size;
      const factors = factorsOf(sizesBy(valuesOf(look.query), size, column), sizesBy(valuesOf(look.key), size, column));
      const up = (index: number): number => factors[column(index)] as number;
      const down = (index: number): number => 1 / up(index);
      return {
        ...look,
        origin: touched(look.origin, NAME),
        query: scaled(look.query, up),
        queryBias: scaled(look.queryBias, up),
        key: scaled(look.key, down),
        ...(look.keyBias && { keyBias: scaled(look.keyBias, down) }),
      };
    });
    if (head.moves.kind !== "denseMove") return { ...head, looks };
    const { value, valueBias, output } = head.moves;
    const [size, width] = [value.shape[1], output.shape[1]] as [number, number];
    const column = (index: number): number => index % size;
    const row = (index: number): number => Math.floor(index / width);
    const factors = factorsOf(sizesBy(valuesOf(value), size, column), sizesBy(valuesOf(output), size, row));
    const up = (index: number): number => factors[column(index)] as number;
    const moves = {
      ...head.moves,
      origin: touched(head.moves.origin, NAME),
      value: scaled(value, up),
      ...(valueBias && { valueBias: scaled(valueBias, up) }),
      output: scaled(output, (index) => 1 / (factors[row(index)] as number)),
    };
    return { ...head, looks, moves };
  });
  return draft.into(balanced);
}

/** Sums of squares, by what each number belongs to. */
function sizesBy(values: Float32Array, count: number, of: (index: number) => number): Float64Array {
  const sums = new Float64Array(count);
  values.forEach((value, index) => (sums[of(index)] = (sums[of(index)] as number) + value * value));
  return sums;
}

/** The powers of two that bring one side nearest to the other's size when the other is divided by them. */
function factorsOf(one: Float64Array, other: Float64Array): Float64Array {
  return one.map((square, index) => {
    const exponent = Math.round(Math.log2((other[index] as number) / square) / 4);
    return Number.isFinite(exponent) ? 2 ** exponent : 1;
  });
}
