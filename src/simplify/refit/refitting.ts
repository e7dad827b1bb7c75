import { createHash } from "node:crypto";
import {
  handlesOf,
  isLookNumber,
  isRule,
  nodesOf,
  numbersOfRule,
  type Parameter,
  type Program,
} from "../../ir/index.ts";
import type { Profile } from "../../profile/index.ts";
import type { LedgerEntry } from "../ledger.ts";
import type { SimplifyOptions } from "../options.ts";
import { significant, type Measure, type Measured } from "../select.ts";
import type { Workshop } from "../workshop.ts";
import { withRoundedRules } from "../fit/rounded-rules.ts";
import { distil } from "./distil.ts";
import { hintsFor } from "./hints.ts";
import { ridge } from "./ridge.ts";

/** A program, what it costs, and what was done to it. */
export interface Refitted {
  readonly program: Program;
  readonly measured: Measured;
  readonly history: readonly string[];
}

/** What a refit gives: the ledger says what each step bought. */
export interface RefitResult extends Refitted {
  readonly ledger: readonly Omit<LedgerEntry, "step">[];
}

/** How much more a selection may spend than is allowed, in flips, because refitting is expected to win it back. */
const EXPECTED_GAIN = { none: 1, ridge: 1.12, distil: 1.5 } as const;

/** Steps of 2,048 tokens, and the text that they draw from. */
const STEPS = 300;
const TRAINING_POSITIONS = 800_000;
/** The learning rate falls with what there is to win: Adam's steps are of its size however small the gradient. */
const RATE_PER_ROOT_KL = 8e-4;
const MOST_RATE = 1e-3;
/** Of what was distilled already, which stands at the end of a falling rate: a high one would lose what was won. */
const FURTHER_RATE = 0.5;
/** Scores of rules are of the order of 1, weights of the order of a tenth. */
const RULES_RATE = 40;

/**
 * What the learning rate of a parameter is multiplied with. Tables of what heads move and MLPs write learn no faster than
 * weights: they would soon do something else than the parts that they stand for.
 */
export const rulesRate = (parameter: Parameter): number => (isLookNumber(parameter) ? RULES_RATE : 1);

/** The steps that fit what remains of a program again, each kept only where held-out KL falls. */
export class Refitting {
  readonly #options: SimplifyOptions;
  readonly #workshop: Workshop;
  readonly #profile: Profile;
  readonly #measure: Measure;

  constructor(options: SimplifyOptions, workshop: Workshop, profile: Profile, measure: Measure) {
    this.#options = options;
    this.#workshop = workshop;
    this.#profile = profile;
    this.#measure = measure;
  }

  /** Factor on the limit of an allowance. */
  get expectedGain(): number {
    return EXPECTED_GAIN[this.#options.refit];
  }

  /** Runs every step of the ladder that is wanted. */
  async refit(start: Refitted): Promise<RefitResult> {
    const ledger: Omit<LedgerEntry, "step">[] = [];
    let best = start;
    if (this.#wants("ridge"))
      best = await this.#step(best, "ridge", ledger, (program) => ridge(this.#workshop, program));
    if (this.#wants("distil"))
      best = await this.#step(best, "distil", ledger, (program) => this.#distilled(program, best));
    return { ...best, ledger };
  }

  /** Distils what was distilled once more, to the end of its steps; undefined where that is not wanted. */
  async further(start: Refitted): Promise<RefitResult | undefined> {
    if (!this.#wants("distil")) return undefined;
    const ledger: Omit<LedgerEntry, "step">[] = [];
    // Held-out KL rises while the rate does, and falls below what it was only as the rate falls again.
    const slowly = { share: FURTHER_RATE, patience: STEPS };
    const best = await this.#step(start, "distil", ledger, (program) => this.#distilled(program, start, slowly));
    return { ...best, ledger };
  }

  #wants(step: "ridge" | "distil"): boolean {
    const { refit, without } = this.#options;
    return !without.includes(step) && (refit === "distil" || refit === step);
  }

  async #distilled(
    program: Program,
    { measured, history }: Refitted,
    { share, ...patience }: { readonly share: number; readonly patience?: number } = { share: 1 },
  ): Promise<Program> {
    const { engine, original, decision, seed, cache, identity, signal, onDone, training } = this.#workshop;
    const { program: trained } = await distil({
      ...{ engine, original, program, decision, seed, cache, ...(signal && { signal }) },
      documents: training(TRAINING_POSITIONS),
      steps: STEPS,
      ...patience,
      rate: share * Math.min(MOST_RATE, RATE_PER_ROOT_KL * Math.sqrt(measured.kl.value)),
      rateOf: rulesRate,
      hints: hintsFor(program, this.#profile),
      measure: async (candidate) =>
        (await this.#measure(candidate, [...history, "distil", numbersOf(candidate)])).kl.value,
      key: [...identity, history],
      ...(onDone && { onStep: onDone }),
    });
    return trained === program ? program : withRoundedRules(trained);
  }

  async #step(
    before: Refitted,
    pass: string,
    ledger: Omit<LedgerEntry, "step">[],
    fit: (program: Program) => Promise<Program>,
  ): Promise<Refitted> {
    const program = await fit(before.program);
    const history = [...before.history, pass];
    const measured = await this.#measure(program, history);
    const [was, is] = [before.measured.kl.value, measured.kl.value];
    const falls = is < was;
    ledger.push({
      action: "refit",
      pass,
      site: "model",
      reason: `held-out KL ${falls ? "falls" : "does not fall"} from ${was.toExponential(3)} to ${is.toExponential(3)} nats${falls ? "" : "; what was there stays"}`,
      measuredKl: significant(falls ? is : was),
      flips: significant((falls ? measured : before.measured).flips.value),
      flipsHigh: significant((falls ? measured : before.measured).flips.high),
    });
    return falls ? { program, measured, history } : before;
  }
}

/** A hash of every number of a program: what a measurement of a program in training is of. */
function numbersOf(program: Program): string {
  const hash = createHash("sha256");
  for (const handle of handlesOf(program)) hash.update(program.tensors.get(handle));
  for (const node of nodesOf(program)) if (isRule(node)) hash.update(numbersOfRule(node).join());
  return hash.digest("hex");
}
