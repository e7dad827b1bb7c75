import { positionRows, type Program } from "../../ir/index.ts";
import { interpolatedRows } from "../../runtime/index.ts";
import { solvePositiveDefinite } from "../../profile/index.ts";

/** Position embeddings on straight lines between knots. */
export interface PositionCurve {
  readonly knots: readonly number[];
  /** (knots, width) */
  readonly rows: Float32Array;
  /** What the curve differs from the embeddings by: (context, width). */
  readonly change: Float32Array;
}

/** Positions a knot, on average, of the curves that are tried. */
const SPACINGS = [1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/** Variance that a knot's row is drawn to 0 by, as a share: keeps the fit solvable where knots are neighbours. */
const RIDGE = 1e-9;

/**
 * The curves through fewer and fewer knots that are nearest to a program's position embeddings. Knots are set one after
 * the other where the straight lines so far are worst; their rows are then fitted by least squares.
 */
export function positionCurves(program: Program): PositionCurve[] {
  if (program.embed.knots) return [];
  const { context, width } = program;
  const rows = positionRows(program);
  const most = Math.floor(context / (SPACINGS[0] as number));
  const order = knotOrder(rows, context, width, most);
  return SPACINGS.map((spacing) => Math.floor(context / spacing))
    .filter((count) => count >= 2 && count < context)
    .map((count) =>
      curveThrough(
        order.slice(0, count).toSorted((a, b) => a - b),
        rows,
        context,
        width,
      ),
    );
}

/** Positions in the order in which they become knots. */
function knotOrder(rows: Float32Array, context: number, width: number, most: number): number[] {
  const order = [0, context - 1];
  const errors = new Float64Array(context);
  const measure = (from: number, to: number): void => {
    for (let position = from + 1; position < to; position++) {
      const share = (position - from) / (to - from);
      let error = 0;
      for (let column = 0; column < width; column++) {
        const start = rows[from * width + column] as number;
        const line = start + share * ((rows[to * width + column] as number) - start);
        const distance = (rows[position * width + column] as number) - line;
        error += distance * distance;
      }
      errors[position] = error;
    }
  };
  measure(0, context - 1);
  while (order.length < most) {
    const worst = errors.indexOf(errors.reduce((highest, error) => Math.max(highest, error), 0));
    errors[worst] = 0;
    const before = Math.max(...order.filter((knot) => knot < worst));
    const after = Math.min(...order.filter((knot) => knot > worst));
    order.push(worst);
    measure(before, worst);
    measure(worst, after);
  }
  return order;
}

function curveThrough(knots: readonly number[], rows: Float32Array, context: number, width: number): PositionCurve {
  // The share of every knot at each position: the curve of a table that is 1 at one knot, for all knots at once.
  const unit = Float32Array.from({ length: knots.length ** 2 }, (_, index) => Number(index % (knots.length + 1) === 0));
  const shares = interpolatedRows(knots, unit, context); // (context, knots)
  const count = knots.length;
  const products = new Float64Array(count * count);
  for (let position = 0; position < context; position++) {
    for (let one = 0; one < count; one++) {
      const share = shares[position * count + one] as number;
      if (share === 0) continue;
      for (let other = 0; other < count; other++) {
        const place = one * count + other;
        products[place] = (products[place] as number) + share * (shares[position * count + other] as number);
      }
    }
  }
  for (let knot = 0; knot < count; knot++)
    products[knot * (count + 1)] = (products[knot * (count + 1)] as number) + RIDGE;
  const fitted = new Float32Array(count * width);
  for (let column = 0; column < width; column++) {
    const right = new Float64Array(count);
    for (let position = 0; position < context; position++) {
      for (let knot = 0; knot < count; knot++) {
        const share = shares[position * count + knot] as number;
        right[knot] = (right[knot] as number) + share * (rows[position * width + column] as number);
      }
    }
    solvePositiveDefinite(products, right).forEach((value, knot) => (fitted[knot * width + column] = value));
  }
  const curve = interpolatedRows(knots, fitted, context);
  return { knots, rows: fitted, change: curve.map((value, index) => value - (rows[index] as number)) };
}
