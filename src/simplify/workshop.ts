import type { Cache } from "../cache.ts";
import type { Engine, JobWatch } from "../engine/index.ts";
import type { Program } from "../ir/index.ts";
import type { Decision, TokenDocument } from "../text/index.ts";
import type { Surveys } from "./surveyed.ts";

/** What fits and refits work with: the original, the text that they may see, and threads to run it on. */
export interface Workshop extends JobWatch {
  readonly engine: Engine;
  /** The program as it was lifted: what everything is compared with. */
  readonly original: Program;
  /** Text to fit on. */
  readonly calibrate: readonly TokenDocument[];
  /** More of it, for prices. */
  readonly priced: readonly TokenDocument[];
  /** Text to judge fits on. */
  readonly select: readonly TokenDocument[];
  /** More text to train on, about so many positions. */
  readonly training: (positions: number) => readonly TokenDocument[];
  /** The decoded text of every token, by id. */
  readonly tokenTexts: readonly string[];
  readonly cache: Cache;
  /** What everything here depends on, as JSON: for keys of the cache. */
  readonly identity: readonly unknown[];
  readonly decision: Decision;
  readonly surveys: Surveys;
  readonly seed: number;
}

/** Positions of training text that numbers by token are fitted to: a thousand tokens want many times that. */
export const FITTED_POSITIONS = 100_000;
