import { formatBudget, type Budget } from "./budget.ts";
import { cached, type Cache } from "./cache.ts";
import { Comparison, summarise, type Engine, type JobWatch } from "./engine/index.ts";
import type { ExtractedModel } from "./extract/index.ts";
import type { Program } from "./ir/index.ts";
import {
  calibratePrices,
  firstTokens,
  profileProgram,
  type FiringContext,
  type PriceCalibration,
  type Profile,
} from "./profile/index.ts";
import type { Progress } from "./progress.ts";
import type { Measure, SimplifyOptions } from "./simplify/index.ts";
import type { TextReader, TokenDocument } from "./text/index.ts";

/** What long work is done with, and how it is watched, stopped and remembered. */
export interface WorkOptions {
  readonly seed: number;
  readonly cache: Cache;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What is profiled: a model's program after the exact passes, on its text. */
export interface Profiled {
  readonly model: ExtractedModel;
  readonly program: Program;
  readonly text: TextReader;
}

/** The profile of a program: from the cache where it is known. */
export function cachedProfile(
  engine: Engine,
  { model, program, text, priced }: Profiled & { readonly priced: readonly TokenDocument[] },
  options: WorkOptions,
): Promise<Profile> {
  const { cache, seed } = options;
  return cached(cache, "profile", [model.sha256, text.identity, seed], () =>
    profileProgram(
      engine,
      program,
      { calibrate: text.calibrate(), priced, heldOut: text.select() },
      { decision: text.decision, seed, ...watching(options) },
    ),
  );
}

/** Text in which it is looked where the heads of a small model do most. */
const CONTEXT_TOKENS = 10_000;

/** Where each head of each block does most: from the cache where it is known. */
export function cachedContexts(
  engine: Engine,
  { model, program, text }: Profiled,
  options: WorkOptions,
): Promise<FiringContext[][][]> {
  const { cache, seed } = options;
  return cached(cache, "contexts", [model.sha256, text.identity, seed], async () => {
    const [calibrate, heldOut] = [text.calibrate(), text.select()].map((all) => firstTokens(all, CONTEXT_TOKENS)) as [
      TokenDocument[],
      TokenDocument[],
    ];
    const documents = { calibrate, priced: calibrate, heldOut };
    const found = await profileProgram(engine, program, documents, {
      decision: text.decision,
      seed,
      ...watching(options),
    });
    return found.heads.map((heads) => heads.map(({ contexts }) => [...contexts]));
  });
}

/** Held-out text that true costs are measured on: what fires seldom is seen there about as often as where it was priced. */
const CALIBRATED_POSITIONS = 62_000;

/** How true the profile's prices are: from the cache where it is known. */
export function cachedCalibration(
  engine: Engine,
  { model, program, text }: Profiled,
  profile: Profile,
  options: WorkOptions,
): Promise<PriceCalibration> {
  const { cache, seed } = options;
  return cached(cache, "prices", [model.sha256, text.identity, seed], () =>
    calibratePrices(engine, program, profile, text.selectUpTo(CALIBRATED_POSITIONS), {
      decision: text.decision,
      seed,
      ...watching(options),
    }),
  );
}

/** Measures a program on the `select` split against the original; what was measured before comes from the cache. */
export function cachedMeasure(
  engine: Engine,
  { model, program: original, text }: Profiled,
  budget: Budget,
  simplifying: SimplifyOptions,
  options: WorkOptions,
): Measure {
  const { cache, seed } = options;
  // What stands after a refit depends on all that was chosen, not only on the changes that are named.
  const chosen = [formatBudget(budget), simplifying.strategy, simplifying.refit, [...simplifying.without].sort()];
  let comparison: Comparison | undefined;
  return (candidate, changes) =>
    cached(cache, "measure", [model.sha256, text.identity, seed, ...chosen, changes], async () => {
      comparison ??= new Comparison(engine, original, text.select(), { decision: text.decision });
      return summarise(await comparison.with(candidate, watching(options)), seed);
    });
}

function watching({ progress, signal }: WorkOptions): JobWatch {
  return { signal, onDone: (done, total) => progress.step(done, total) };
}
