import { compareRows } from "../../engine/index.ts";
import type { Observation } from "../../profile/index.ts";
import type { Algorithm } from "../../runtime/index.ts";
import type { Decision } from "../../text/index.ts";
import type { AnswerFidelity } from "./fidelity.ts";
import { joined } from "./join.ts";
import type { Held } from "./layout.ts";
import { numbersOf, withNumbers } from "./numbers.ts";
import { polished, spreadFor } from "./polish.ts";
import { left, Pruning } from "./prune.ts";
import type { Recognised } from "./recognised.ts";
import { withNearNumbers } from "./relation-scores.ts";
import { tidied, type Shorter } from "./tidy.ts";
import { isLayered, written } from "./written.ts";

/** Positions that an algorithm's numbers are adjusted to, more of them where little text is before them, and steps of doing so. */
const MOST_POLISHED = 1500;
const ENOUGH_POLISHED = 40_000;
const POLISH_STEPS = 60;
/** Times that numbers are adjusted once more with the positions where they answer worst. */
const HARD_ROUNDS = 2;
/** Share of its KL that is left of an algorithm that is worth having in place of another. */
export const GAIN = 0.95;
/** KL that is no reason for a longer algorithm, in nats a position. */
export const NEGLIGIBLE_KL = 2e-3;
/** Share of documents that a shorter algorithm answers as the original throughout, however many more a longer one does. */
const NEARLY_ALL = 0.998;
/** Below this KL more of it may be spent on being shorter: so many times as much a number. */
const SPARE_KL = NEGLIGIBLE_KL / 4;
const LENIENT = 10;
/** Where pruning costs answers, it is tried once more at so many times the price. */
const CAUTIOUS = 1 / 4;
/** Flips that scores of near numbers may cost before what they do not need is left out. */
const NEAR_SLACK = 0.002;

/** An algorithm that may be chosen. */
export type Candidate = Omit<Recognised, "explained" | "attended" | "ledger">;

/** What finishing an algorithm works with. */
export interface FinishInput {
  readonly decision: Decision;
  /** The text of every token, by id. */
  readonly words: readonly string[];
  /** What numbers are adjusted to. */
  readonly observations: readonly Observation[];
  /** An algorithm's scores (vocabulary) at each of these. */
  readonly answersAtObserved: (algorithm: Algorithm) => readonly Float32Array[];
  /** On other documents. */
  readonly judge: (algorithm: Algorithm) => AnswerFidelity;
  /** KL that a number may cost to be spared, in nats a position. */
  readonly worth: number;
  readonly note: (action: "accepted" | "rejected", candidate: Candidate, reason: string) => void;
}

/** Makes of a candidate the best that it can be. */
export class Finishing {
  readonly #input: FinishInput;
  readonly #few: readonly Observation[];
  #best: Candidate;

  constructor(found: Candidate, input: FinishInput) {
    const { observations } = input;
    const read = observations.reduce((sum, { position }) => sum + position + 1, 0) / observations.length;
    const most = Math.max(MOST_POLISHED, Math.floor(ENOUGH_POLISHED / read));
    this.#few = spreadFor(found.algorithm, observations, most);
    this.#input = input;
    this.#best = found;
  }

  /** First: its numbers adjusted to each other. */
  adjust(): Candidate {
    const few = this.#few;
    this.#tryBetter(this.#adjusted(this.#best, few), "all numbers adjusted to each other");
    if (this.#best.fidelity.kl > NEGLIGIBLE_KL && this.#best.patternHeads.length > 0) {
      const near = { ...this.#best, algorithm: withNearNumbers(this.#best.algorithm) };
      const reason = "numbers near an attended one score a part of what it does";
      this.#tryBetter(this.#adjusted(near, few), reason, NEAR_SLACK);
    }
    return this.#best;
  }

  /** Then: without those that it can do without. */
  shorten(): Candidate {
    const few = this.#few;
    this.#prune(few);
    let all = few;
    for (let round = 0; round < HARD_ROUNDS && isHard(this.#best.algorithm); round++) {
      const harder = [...few, ...this.#hardest(few.length)];
      const again = this.#adjusted(this.#best, harder);
      if (!this.#tryBetter(again, "numbers adjusted once more, where answers are worst as well")) break;
      all = harder;
    }
    if (all !== few) this.#prune(all);
    this.#join(all);
    return this.#best;
  }

  #prune(to: readonly Observation[]): void {
    const { algorithm, fidelity } = this.#best;
    const { worth } = this.#input;
    const pruning = new Pruning(algorithm, this.#held(this.#best, to));
    const worths = [...(fidelity.kl <= SPARE_KL ? [LENIENT * worth] : []), worth, CAUTIOUS * worth];
    for (const own of worths) {
      const short = this.#adjusted(this.#shorter(pruning.at(own)), to);
      const [before, after] = [algorithm, short.algorithm].map((each) => numbersOf(each).length);
      if (own > worth && short.fidelity.flips > fidelity.flips) continue;
      if (this.#tryShorter(short, `${after} numbers do instead of ${before}`)) return;
    }
  }

  #join(to: readonly Observation[]): void {
    for (;;) {
      const algorithm = joined(this.#best.algorithm, this.#held(this.#best, to), this.#input.worth);
      if (!algorithm) return;
      const count = algorithm.cases.length;
      const tried = this.#adjusted(this.#shorter(tidied(algorithm)), to);
      if (!this.#tryShorter(tried, `${count} cases do instead of ${count + 1}`)) return;
    }
  }

  #held({ heads, patternHeads }: Candidate, observations: readonly Observation[]): Held {
    const { words, decision } = this.#input;
    return { words, decision, observations, heads, patternHeads };
  }

  /** The best one as it is now, shorter. */
  #shorter({ algorithm, patterns, averages }: Shorter): Candidate {
    const { heads, patternHeads } = this.#best;
    return { ...this.#best, algorithm, heads: left(heads, averages), patternHeads: left(patternHeads, patterns) };
  }

  /** With its numbers adjusted to each other, and as they are written. */
  #adjusted(candidate: Candidate, to: readonly Observation[]): Candidate {
    const numbers = numbersOf(polished(candidate.algorithm, this.#held(candidate, to), POLISH_STEPS)).map(written);
    const algorithm = withNumbers(candidate.algorithm, numbers);
    return { ...candidate, algorithm, fidelity: this.#input.judge(algorithm) };
  }

  #tryBetter(tried: Candidate, reason: string, slack = 0): boolean {
    const { flips, kl } = this.#best.fidelity;
    return this.#choose(tried, tried.fidelity.flips <= flips + slack && tried.fidelity.kl < GAIN * kl, reason);
  }

  #tryShorter(tried: Candidate, reason: string): boolean {
    const { flips, kl } = this.#best.fidelity;
    const answersAlike = tried.fidelity.flips <= flips || tried.fidelity.match >= NEARLY_ALL;
    const isAsGood = answersAlike && tried.fidelity.kl <= Math.max(NEGLIGIBLE_KL, 2 * kl);
    return this.#choose(tried, isAsGood, reason);
  }

  #choose(tried: Candidate, stands: boolean, reason: string): boolean {
    this.#input.note(stands ? "accepted" : "rejected", tried, reason);
    if (stands) this.#best = tried;
    return stands;
  }

  /** The observations where the best one is furthest from the original, the furthest first. */
  #hardest(most: number): Observation[] {
    const { decision, observations, answersAtObserved } = this.#input;
    const answers = answersAtObserved(this.#best.algorithm);
    const missed = observations.map((observation, at) => {
      return { observation, kl: compareRows(decision, observation.scores, answers[at] as Float32Array).kl };
    });
    missed.sort((one, other) => other.kl - one.kl);
    return missed.slice(0, most).map(({ observation }) => observation);
  }
}

/** Whether few positions decide how good an algorithm is: where rules speak of relations, or averages go by others. */
function isHard(algorithm: Algorithm): boolean {
  return (algorithm.patterns ?? []).length > 0 || isLayered(algorithm);
}
