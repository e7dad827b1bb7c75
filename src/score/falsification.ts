import { createRandom, type Random } from "../engine/index.ts";
import type { Report } from "../report/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { isConstant, type ModelOutline, type RuleLook } from "./outline.ts";
import { klOfVariants, type Scoring } from "./scoring.ts";
import type { Variant } from "./variant.ts";

const SHUFFLES = 5;
const MOST_DRAWS = 100;

/** One rule of a package, and the changes that it must win against. */
interface Trial {
  /** The rule taken away: the behaviour must get worse. */
  readonly without: Variant;
  /** The rule with its own numbers in another order: they must be worse on average. */
  readonly shuffled: readonly Variant[];
}

/**
 * Tries to show that rules are idle: a rule passes when the program without it is further from the original, and when
 * the same numbers in another order are, on the average of five shuffles.
 */
export async function falsify(
  scoring: Scoring,
  documents: readonly TokenDocument[],
): Promise<Report["explanation"]["falsification"]> {
  const trials = trialsOf(scoring);
  const variants = trials.flatMap(({ without, shuffled }) => [without, ...shuffled]);
  if (variants.length === 0) return { rules: 0, passed: 0 };
  const [whole = 0, ...kl] = await klOfVariants(scoring, [[], ...variants], documents);
  let next = 0;
  const passed = trials.filter(({ shuffled }) => {
    const [without = 0, ...others] = kl.slice(next, next + 1 + shuffled.length);
    next += 1 + shuffled.length;
    const average = others.reduce((sum, value) => sum + value, 0) / others.length;
    return without > whole && (others.length === 0 || average > whole);
  });
  return { rules: trials.length, passed: passed.length };
}

function trialsOf(scoring: Pick<Scoring, "outline" | "original" | "seed">): Trial[] {
  return scoring.outline.blocks.flatMap((_, block) => [
    ...headTrials(scoring.outline, block, scoring.seed),
    ...mlpTrials(scoring, block),
  ]);
}

function headTrials({ blocks, width }: ModelOutline, block: number, seed: number): Trial[] {
  const heads = blocks[block]?.heads ?? [];
  return heads.flatMap(({ ruleLooks, move, silent }, head): Trial[] => {
    if (silent) return [];
    const nothing = new Array<number>(width).fill(0);
    if (isConstant(move)) return [{ without: [{ at: "head", block, head, writes: nothing }], shuffled: [] }];
    if (ruleLooks.length === 0) return [];
    const withLooks = (looks: readonly RuleLook[]): Variant => [{ at: "looks", block, head, ruleLooks: looks }];
    const shuffled = shuffles(ruleLooks, createRandom(seed, block, head)).map(withLooks);
    return [{ without: withLooks([]), shuffled }];
  });
}

/** An MLP's constant is a rule where it stands for neurons; without it, what is left is the original's output bias. */
function mlpTrials({ outline, original }: Pick<Scoring, "outline" | "original">, block: number): Trial[] {
  const before = original.blocks[block]?.mlp.parts ?? [];
  const parts = outline.blocks[block]?.parts ?? [];
  const neurons = before.reduce((sum, part) => sum + (part.kind === "densePart" ? part.neurons.length : 0), 0);
  const part = parts.findIndex(({ kind }) => isConstant(kind));
  if (part < 0 || parts.reduce((sum, own) => sum + own.neurons, 0) >= neurons) return [];
  const bias = before.find(({ kind }) => kind === "constantPart");
  const writes =
    bias?.kind === "constantPart"
      ? Array.from(original.tensors.get(bias.vector))
      : new Array<number>(outline.width).fill(0);
  return [{ without: [{ at: "part", block, part, writes }], shuffled: [] }];
}

/** The looks with their scores in another order, five times; none where all scores are equal. */
export function shuffles(looks: readonly RuleLook[], random: Random): RuleLook[][] {
  const scores = scoresOf(looks);
  if (new Set(scores).size < 2) return [];
  return Array.from({ length: SHUFFLES }, () => withScores(looks, otherOrder(scores, random)));
}

function scoresOf(looks: readonly RuleLook[]): number[] {
  return looks.flatMap((look) => (look.kind === "sink" ? [look.score] : look.steps.map(([, score]) => score)));
}

function withScores(looks: readonly RuleLook[], scores: readonly number[]): RuleLook[] {
  let next = 0;
  const take = (): number => scores[next++] ?? 0;
  return looks.map((look): RuleLook =>
    look.kind === "sink" ? { ...look, score: take() } : { ...look, steps: look.steps.map(([back]) => [back, take()]) },
  );
}

/** A random order (Fisher and Yates) that differs from the given one. */
function otherOrder(scores: readonly number[], random: Random): number[] {
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const order = [...scores];
    for (let last = order.length - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      [order[last], order[other]] = [order[other] as number, order[last] as number];
    }
    if (order.some((score, index) => score !== scores[index])) return order;
  }
  return scores.toReversed();
}
