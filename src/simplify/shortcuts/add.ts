import type { DecidedDocument } from "../../engine/index.ts";
import { verify, type Program, type ShortcutsNode } from "../../ir/index.ts";
import type { Allowance } from "../allowance.ts";
import type { LedgerEntry } from "../ledger.ts";
import { foreseenUse, type Measured } from "../select.ts";
import { heldOutOf } from "./held-out.ts";
import { MOST_ERROR, shortcutsWithin, type MinedShortcut } from "./mine.ts";

/** How often a shortcut may be wrong: what is tried, strict to lenient. */
const ERRORS = [0.02, 0.025, 0.03, 0.035, 0.04, 0.05, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2, MOST_ERROR];

/** What shortcuts are chosen by. */
export interface ShortcutsInput {
  readonly program: Program;
  /** See mineShortcuts. */
  readonly mined: readonly MinedShortcut[];
  /** What the original chose on text that nothing was mined from. */
  readonly heldOut: readonly DecidedDocument[];
  /** For the program and its shortcuts together. */
  readonly allowance: Allowance;
  /** Runs a program on held-out text against the original. */
  readonly measure: (program: Program) => Promise<Measured>;
}

/**
 * Adds as many shortcuts as the allowance has room for: the most lenient threshold at which the whole program is foreseen
 * to stay within it. The very same program where there is room for none.
 */
export async function addShortcuts({
  program,
  mined,
  heldOut,
  allowance,
  measure,
}: ShortcutsInput): Promise<{ program: Program; ledger: Omit<LedgerEntry, "step">[] }> {
  let best: { readonly program: Program; readonly measured: Measured } | undefined;
  let [fits, fails] = [-1, ERRORS.length];
  while (fails - fits > 1) {
    const middle = Math.floor((fits + fails) / 2);
    const rules = shortcutsWithin(mined, ERRORS[middle] as number);
    if (rules.length === 0) {
      fits = middle;
      continue;
    }
    const trial = withShortcuts(program, rules, heldOut);
    const measured = await measure(trial);
    if (foreseenUse(measured, allowance) <= allowance.limit) {
      fits = middle;
      best = { program: trial, measured };
    } else {
      fails = middle;
    }
  }
  if (!best) return { program, ledger: [] };
  verify(best.program, PASS);
  return { program: best.program, ledger: [entryOf(best.program.shortcuts as ShortcutsNode, best.measured)] };
}

const PASS = "shortcuts";

function withShortcuts(
  program: Program,
  mined: readonly MinedShortcut[],
  documents: readonly DecidedDocument[],
): Program {
  const rules = mined.map(({ after, next }) => ({ after, next }));
  const heldOut = heldOutOf(rules, documents);
  const origin = { tensors: [], passes: [PASS] };
  const node: ShortcutsNode = { kind: "shortcuts", id: "shortcuts", shape: ["time"], origin, rules, heldOut };
  return { ...program, shortcuts: node };
}

function entryOf({ rules, heldOut }: ShortcutsNode, { kl, flips }: Measured): Omit<LedgerEntry, "step"> {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const decided = `${percent(heldOut.decided)} of positions`;
  return {
    action: "accepted",
    pass: PASS,
    site: "model",
    reason: `${rules.length} shortcuts decide ${decided} on held-out text, ${percent(heldOut.precision)} of them as the original does`,
    measuredKl: significant(kl.value),
    flips: significant(flips.value),
    flipsHigh: significant(flips.high),
  };
}

/** Six significant digits: enough to read, few enough to be stable. */
const significant = (value: number): number => Number(value.toPrecision(6));
