import type { DecidedDocument } from "../../engine/index.ts";
import type { ShortcutsNode } from "../../ir/index.ts";
import { decidedNext, shortcutsOf, type Shortcut } from "../../runtime/index.ts";

/** What shortcuts decide on text that they were not found on, and how often they are right there; 1 where none decides. */
export function heldOutOf(rules: readonly Shortcut[], documents: readonly DecidedDocument[]): ShortcutsNode["heldOut"] {
  const shortcuts = shortcutsOf(rules);
  let [positions, decided, right] = [0, 0, 0];
  for (const { tokens, scored, decisions } of documents) {
    positions += scored.length;
    scored.forEach((time, index) => {
      const next = decidedNext(shortcuts, tokens, time + 1);
      if (next === undefined) return;
      decided++;
      if (next === decisions[index]) right++;
    });
  }
  return { decided: positions === 0 ? 0 : decided / positions, precision: decided === 0 ? 1 : right / decided };
}
