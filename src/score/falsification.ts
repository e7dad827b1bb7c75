import { createRandom } from "../engine/index.ts";
import { headId, mlpId } from "../ir/index.ts";
import type { Report } from "../report/index.ts";
import type { RuleLook } from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { LookOutline, RuleOutline } from "./outline.ts";
import { lookKind } from "./rule-kinds.ts";
import { firstPositions, klOfVariants, type Scoring } from "./scoring.ts";
import { shuffledPositions, type PositionLook } from "./shuffle.ts";
import type { RulePlace, Variant } from "./variant.ts";

/** Shuffles of one rule, over all that can be put in another order. */
const SHUFFLES = 3;
/** Most positions that are read, over all changes: what bounds the time of a program with many rules. */
const MOST_POSITIONS = 200_000;

/** One rule of a package, and the changes that it must win against. */
interface Trial {
  /** "block00.head01.kernel", "block00.head01.moves", "block00.mlp.part1" */
  readonly id: string;
  /** The rule taken away: the behaviour must get worse. */
  readonly without: Variant;
  /** Groups of rivals, such as the rule with its own numbers in other orders: each group must be worse on average. */
  readonly rivals: readonly (readonly Variant[])[];
}

/** What trying all rules came to. */
export interface Falsification {
  readonly result: Report["explanation"]["falsification"];
  /** KL a position of the model as it is, and the documents that it was measured on. */
  readonly kl: number;
  readonly documents: number;
}

/**
 * Tries to show that rules are idle: a rule passes when the program without it is further from the original, and when
 * the same numbers in another order are, on the average of some shuffles.
 */
export async function falsify(scoring: Scoring, documents: readonly TokenDocument[]): Promise<Falsification> {
  const trials = trialsOf(scoring);
  const variants = trials.flatMap(({ without, rivals }) => [without, ...rivals.flat()]);
  const few = firstPositions(documents, MOST_POSITIONS / (1 + variants.length));
  const [whole = 0, ...kl] = await klOfVariants(scoring, [[], ...variants], few);
  let next = 0;
  const take = (count: number): number => {
    const sum = kl.slice(next, next + count).reduce((total, value) => total + value, 0);
    next += count;
    return sum / count;
  };
  const failed = trials.flatMap(({ id, rivals }) => {
    const [without, ...others] = [take(1), ...rivals.map(({ length }) => take(length))];
    return [without, ...others].every((changed) => changed > whole) ? [] : [id];
  });
  return {
    result: { rules: trials.length, passed: trials.length - failed.length, ...(failed.length > 0 && { failed }) },
    kl: whole,
    documents: few.length,
  };
}

function trialsOf(scoring: Pick<Scoring, "outline" | "original" | "seed">): Trial[] {
  return scoring.outline.blocks.flatMap((_, block) => [...headTrials(scoring, block), ...mlpTrials(scoring, block)]);
}

function headTrials({ outline, seed }: Pick<Scoring, "outline" | "seed">, block: number): Trial[] {
  const heads = outline.blocks[block]?.heads ?? [];
  const writes = new Array<number>(outline.width).fill(0);
  return heads.flatMap(({ looks, move, silent }, head): Trial[] => {
    if (silent) return [];
    const id = headId(block, head);
    const without: Variant = [{ at: "head", block, head, writes }];
    if (move.standing === "constant") return [{ id: `${id}.moves`, without, rivals: [] }];
    const moved =
      move.standing === "rule"
        ? [{ id: `${id}.moves`, without, rivals: orders(move, { of: "move", block, head }, seed) }]
        : [];
    return [...lookTrials(looks, block, head, seed), ...moved];
  });
}

/** Each look of a head is a rule; its kernel and its sink are one. */
function lookTrials(looks: readonly LookOutline[], block: number, head: number, seed: number): Trial[] {
  const changed = (without: readonly number[], instead: readonly RuleLook[]): Variant => [
    { at: "looks", block, head, without, instead },
  ];
  const rules = looks.flatMap((look, index) => (look.standing === "rule" ? [{ look, index }] : []));
  const positions = rules.filter(({ look }) => isPosition(look.literal));
  const places = positions.map(({ index }) => index);
  const literals = positions.map(({ look }) => look.literal).filter(isPosition);
  const random = createRandom(seed, block, head);
  const shuffled = Array.from({ length: SHUFFLES }, () => shuffledPositions(literals, random)).filter(
    (own) => own !== undefined,
  );
  const byPosition: Trial[] =
    positions.length === 0
      ? []
      : [
          {
            id: `${headId(block, head)}.${literals.some(({ kind }) => kind === "kernel") ? "kernel" : "sink"}`,
            without: changed(places, []),
            rivals: groups([shuffled.map((own) => changed(places, own))]),
          },
        ];
  const others = rules
    .filter(({ look }) => !isPosition(look.literal))
    .map(({ look, index }): Trial => {
      const { literal, kind } = look;
      const rivals = literal ? (lookKind(kind)?.rivals?.(literal) ?? []) : [];
      const same = rules.filter((rule) => rule.look.kind === kind);
      const number = same.length > 1 ? same.findIndex((rule) => rule.index === index) : "";
      return {
        id: `${headId(block, head)}.${kind}${number}`,
        without: changed([index], []),
        rivals: groups([
          ...orders(look, { of: "look", block, head, look: index }, seed),
          rivals.map((rival) => changed([index], [rival])),
        ]),
      };
    });
  return [...byPosition, ...others];
}

function isPosition(look: RuleLook | undefined): look is PositionLook {
  return look?.kind === "sink" || look?.kind === "kernel";
}

/** The numbers of each field in other orders; no group where all are equal. */
function orders({ shuffled }: RuleOutline, place: RulePlace, seed: number): Variant[][] {
  const times = Math.floor(SHUFFLES / Math.max(1, shuffled.length));
  const { block } = place;
  const where = place.of === "part" ? [place.part] : [place.head, place.of === "look" ? place.look : 0];
  return shuffled.map((field, index) =>
    Array.from({ length: times }, (_, time): Variant => {
      return [{ at: "order", block, place, field, seeds: [seed, block, ...where, index, time] }];
    }),
  );
}

function groups(rivals: readonly (readonly Variant[])[]): (readonly Variant[])[] {
  return rivals.filter(({ length }) => length > 0);
}

function mlpTrials(scoring: Pick<Scoring, "outline" | "original" | "seed">, block: number): Trial[] {
  const { outline, seed } = scoring;
  const writes = new Array<number>(outline.width).fill(0);
  const parts = outline.blocks[block]?.parts ?? [];
  const rules = parts.flatMap((own, part): Trial[] =>
    own.standing === "rule"
      ? [
          {
            id: `${mlpId(block)}.part${part}`,
            without: [{ at: "part", block, part, writes }],
            rivals: orders(own, { of: "part", block, part }, seed),
          },
        ]
      : [],
  );
  return [...constantTrials(scoring, block), ...rules];
}

/** An MLP's constant is a rule where it stands for neurons; without it, what is left is the original's output bias. */
function constantTrials({ outline, original }: Pick<Scoring, "outline" | "original">, block: number): Trial[] {
  const before = original.blocks[block]?.mlp.parts ?? [];
  const parts = outline.blocks[block]?.parts ?? [];
  const neurons = before.reduce((sum, part) => sum + (part.kind === "densePart" ? part.neurons.length : 0), 0);
  const part = parts.findIndex(({ standing }) => standing === "constant");
  if (part < 0 || parts.reduce((sum, own) => sum + own.neurons, 0) >= neurons) return [];
  const bias = before.find(({ kind }) => kind === "constantPart");
  const writes =
    bias?.kind === "constantPart"
      ? Array.from(original.tensors.get(bias.vector))
      : new Array<number>(outline.width).fill(0);
  return [{ id: `${mlpId(block)}.part${part}`, without: [{ at: "part", block, part, writes }], rivals: [] }];
}
