import type { Hint } from "../../engine/index.ts";
import type { MlpPartNode, MoveNode, Program } from "../../ir/index.ts";
import type { Profile } from "../../profile/index.ts";
import { looksByRules } from "../heads.ts";

/** Whether the text alone says what is moved or written. */
const isByText = ({ kind }: MoveNode | MlpPartNode): boolean => kind === "tokenVectors" || kind === "classVectors";

/**
 * What learns what the original's parts write, as well as the answers: heads and MLPs that rules alone stand for. What a rule
 * misses counts as much as it would cost to do without the part; without that, rules in training soon do something else than
 * the parts that they explain.
 */
export function hintsFor({ blocks }: Program, profile: Profile): Hint[] {
  return blocks.flatMap(({ attention, mlp }, block) => [
    ...attention.heads.flatMap((node, head) => {
      const price = profile.heads[block]?.[head]?.price;
      const isRule = looksByRules(node) && isByText(node.moves);
      return isRule && price !== undefined ? [{ block, head, weight: price }] : [];
    }),
    ...(mlp.parts.some(isByText) && mlp.parts.every((part) => part.kind === "constantPart" || isByText(part))
      ? [{ block, weight: profile.mlps[block]?.price ?? 0 }]
      : []),
  ]);
}
