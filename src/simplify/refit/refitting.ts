import type { Program } from "../../ir/index.ts";
import type { LedgerEntry } from "../ledger.ts";
import type { SimplifyOptions } from "../options.ts";
import type { Measure, Measured } from "../select.ts";
import type { Workshop } from "../workshop.ts";
import { ridge } from "./ridge.ts";

/** A program, what it costs, and what was done to it. */
export interface Refitted {
  readonly program: Program;
  readonly measured: Measured;
  readonly history: readonly string[];
}

/** How much more a selection may spend than is allowed, in flips, because refitting is expected to win it back. */
const EXPECTED_GAIN = { none: 1, ridge: 1.25, distil: 1.8 } as const;

/** The steps that fit what remains of a program again, each kept only where held-out KL falls. */
export class Refitting {
  readonly #options: SimplifyOptions;
  readonly #workshop: Workshop;
  readonly #measure: Measure;

  constructor(options: SimplifyOptions, workshop: Workshop, measure: Measure) {
    this.#options = options;
    this.#workshop = workshop;
    this.#measure = measure;
  }

  /** Factor on the allowance's limit. */
  get expectedGain(): number {
    return EXPECTED_GAIN[this.#options.refit];
  }

  /** Runs every step of the ladder that is wanted; the ledger says what each bought. */
  async refit(start: Refitted): Promise<Refitted & { readonly ledger: Omit<LedgerEntry, "step">[] }> {
    const ledger: Omit<LedgerEntry, "step">[] = [];
    let best = start;
    if (this.#wants("ridge"))
      best = await this.#step(best, "ridge", ledger, (program) => ridge(this.#workshop, program));
    return { ...best, ledger };
  }

  #wants(step: "ridge" | "distil"): boolean {
    const { refit, without } = this.#options;
    return !without.includes(step) && (refit === "distil" || refit === step);
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
      measuredKl: Number((falls ? is : was).toPrecision(6)),
      flips: Number((falls ? measured : before.measured).flips.value.toPrecision(6)),
      flipsHigh: Number((falls ? measured : before.measured).flips.high.toPrecision(6)),
    });
    return falls ? { program, measured, history } : before;
  }
}
