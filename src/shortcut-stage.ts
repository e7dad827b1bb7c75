import type { Budget } from "./budget.ts";
import { cached } from "./cache.ts";
import type { WorkOptions } from "./cached-stages.ts";
import { Comparison, decidedDocuments, summarise, type Engine } from "./engine/index.ts";
import type { ExtractedModel } from "./extract/index.ts";
import type { Program } from "./ir/index.ts";
import { createTokenizer, tokensByText } from "./runtime/index.ts";
import { addShortcuts, allowanceOf, mineShortcuts, type LedgerEntry } from "./simplify/index.ts";
import { openText, type TextReader, type TextSource } from "./text/index.ts";

/** What shortcuts are found with. */
export interface ShortcutStageInput {
  readonly engine: Engine;
  readonly model: ExtractedModel;
  readonly original: Program;
  readonly source: TextSource;
  /** What the program was chosen on. */
  readonly text: TextReader;
  /** For the program and its shortcuts together. */
  readonly budget: Budget;
}

/** Part of a budget that is kept for shortcuts. */
const SHARE = 0.4;

/** What is left to simplify with. */
export function withoutShare({ metric, limit }: Budget): Budget {
  return { metric, limit: Number(((1 - SHARE) * limit).toPrecision(6)) };
}

/**
 * Positions to find shortcuts on: rare contexts are the ones that decide, so that more text finds more of them. A model of
 * a million parameters reads these in about ten seconds, a larger one what it reads in a few minutes.
 */
const MOST_POSITIONS = 120_000;
const FEWEST_POSITIONS = 16_000;
const PARAMETERS_READ = 1.2e11;

/** The simplified program with shortcuts from the original's own choices; unchanged where the allowance has no room. */
export async function withShortcuts(
  program: Program,
  { engine, model, original, source, text, budget }: ShortcutStageInput,
  { cache, seed, progress, signal }: WorkOptions,
): Promise<{ program: Program; ledger: Omit<LedgerEntry, "step">[] }> {
  const allowance = allowanceOf(budget);
  // Where every positive token is an answer, no single token decides.
  if (!allowance || text.decision !== "argmax") return { program, ledger: [] };
  const tokenizer = createTokenizer(model.tokenizer);
  const calibrate = Math.max(FEWEST_POSITIONS, Math.min(MOST_POSITIONS, PARAMETERS_READ / model.parameters));
  const more = openText(source, tokenizer, model.config.context, { calibrate: Math.round(calibrate) });
  const watch = { signal, onDone: (done: number, total: number): void => progress.step(done, total) };
  const { found, heldOut } = await cached(cache, "decisions", [model.sha256, more.identity], async () => ({
    found: await decidedDocuments(engine, original, more.calibrate(), watch),
    heldOut: await decidedDocuments(engine, original, text.select(), watch),
  }));
  const ids = tokensByText(tokenizer);
  const isNameable = (token: number): boolean =>
    token < tokenizer.size && ids.get(tokenizer.tokenText(token)) === token;
  const comparison = new Comparison(engine, original, text.select(), { decision: text.decision });
  return addShortcuts({
    program,
    mined: mineShortcuts(found, isNameable),
    heldOut,
    allowance,
    measure: async (trial) => summarise(await comparison.with(trial, watch), seed),
  });
}
