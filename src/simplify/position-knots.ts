import { Comparison } from "../engine/index.ts";
import { merged, type Program } from "../ir/index.ts";
import { factorised, firstTokens } from "../profile/index.ts";
import { interpolatedRows } from "../runtime/index.ts";
import { looksByWeights } from "./heads.ts";
import { HELD_OUT_TOKENS, isNoWorse } from "./idle-looks.ts";
import type { Workshop } from "./workshop.ts";

/** So few knots are tried, the fewest first. */
const KNOTS = [2, 3, 5, 9, 17];

/**
 * The program with its positions on straight lines between as few knots as lose nothing on held-out text, where no head looks
 * by weights any more: by these, most of what positions say is read. The very same program where it takes more knots.
 */
export async function withPositionKnots(
  workshop: Pick<Workshop, "engine" | "original" | "select" | "decision" | "signal">,
  program: Program,
): Promise<Program> {
  const { engine, original, select, decision, signal } = workshop;
  const { embed, context, blocks } = program;
  if (embed.knots || blocks.some(({ attention }) => attention.heads.some(looksByWeights))) return program;
  const comparison = new Comparison(engine, original, firstTokens(select, HELD_OUT_TOKENS), { decision });
  const before = await comparison.with(program, { signal });
  for (const count of KNOTS.filter((knots) => 2 * knots <= context)) {
    const candidate = onLines(program, count);
    if (isNoWorse(before, await comparison.with(candidate, { signal }))) return candidate;
  }
  return program;
}

/** Least squares over all positions. */
function onLines(program: Program, count: number): Program {
  const { embed, context, width, tensors } = program;
  const rows = tensors.get(embed.positions); // (context, width)
  const knots = Array.from({ length: count }, (_, knot) => Math.round((knot * (context - 1)) / (count - 1)));
  // What part of each position comes from each knot: (context, knots).
  const shares = interpolatedRows(
    knots,
    Float32Array.from({ length: count * count }, (_, at) => (at % (count + 1) === 0 ? 1 : 0)),
    context,
  );
  const sumOver = (of: (position: number) => number): number =>
    Array.from({ length: context }, (_, position) => of(position)).reduce((sum, value) => sum + value, 0);
  const share = (position: number, knot: number): number => shares[position * count + knot] as number;
  const solve = factorised(
    Float64Array.from({ length: count * count }, (_, at) =>
      sumOver((position) => share(position, Math.floor(at / count)) * share(position, at % count)),
    ),
  );
  const fitted = new Float32Array(count * width);
  for (let column = 0; column < width; column++) {
    const right = Float64Array.from(knots, (_, knot) =>
      sumOver((position) => share(position, knot) * (rows[position * width + column] as number)),
    );
    solve(right).forEach((value, knot) => (fitted[knot * width + column] = value));
  }
  const origin = { ...embed.positions.origin, passes: [...embed.positions.origin.passes, "position-knots"] };
  const positions = { name: `${embed.positions.name}.knots`, shape: [count, width], origin };
  return merged(program, { embed: { ...embed, knots, positions }, tensors: tensors.with([[positions.name, fitted]]) });
}
