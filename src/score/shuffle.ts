import type { Random } from "../engine/index.ts";
import type { KernelLook, SinkLook } from "../runtime/index.ts";

const MOST_DRAWS = 100;

/** Scores by position: a sink, and a kernel by distance, which are one rule. */
export type PositionLook = SinkLook | KernelLook;

/** The looks with their scores in another order; undefined where all scores are equal. */
export function shuffledPositions(looks: readonly PositionLook[], random: Random): PositionLook[] | undefined {
  const scores = looks.flatMap((look) => (look.kind === "sink" ? [look.score] : look.steps.map(([, score]) => score)));
  if (new Set(scores).size < 2) return undefined;
  const other = otherOrder(scores, random);
  let next = 0;
  const take = (): number => other[next++] ?? 0;
  return looks.map((look): PositionLook =>
    look.kind === "sink" ? { ...look, score: take() } : { ...look, steps: look.steps.map(([back]) => [back, take()]) },
  );
}

/** A random order (Fisher and Yates) of rows of so many numbers that differs from the given one. */
export function otherOrder(values: ArrayLike<number>, random: Random, columns = 1): number[] {
  const rows = values.length / columns;
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const order = Array.from({ length: rows }, (_, row) => row);
    for (let last = rows - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      [order[last], order[other]] = [order[other] as number, order[last] as number];
    }
    const moved = rowsInOrder(values, order, columns);
    if (moved.some((value, index) => value !== values[index])) return moved;
  }
  const reversed = Array.from({ length: rows }, (_, row) => rows - 1 - row);
  return rowsInOrder(values, reversed, columns);
}

function rowsInOrder(values: ArrayLike<number>, order: readonly number[], columns: number): number[] {
  const moved = new Array<number>(values.length);
  order.forEach((row, to) => {
    for (let column = 0; column < columns; column++)
      moved[to * columns + column] = values[row * columns + column] as number;
  });
  return moved;
}
