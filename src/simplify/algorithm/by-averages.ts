import { headId, type HeadPlace } from "../../ir/index.ts";
import { readOut, recognisedAs, type Seen } from "./averaged.ts";
import type { AnswerFidelity } from "./fidelity.ts";
import { NEGLIGIBLE_KL, type Candidate } from "./finish.ts";
import { fittedLooks, headFit, type HeadFit } from "./head-fit.ts";
import type { Strictness } from "./layers.ts";
import { lookForms, sparserLooks, type LookForm } from "./looks.ts";
import type { Recognised } from "./recognised.ts";
import { MUCH_TOO_MANY, type Trials } from "./trials.ts";
import { worthVectors } from "./worth.ts";
import { worthOf } from "./written.ts";

/** Averages that an algorithm may have. */
const MOST_AVERAGES = 12;
const STRICT: Strictness = { tolerance: 1e-4, worth: 1e-5 };
/** From the most lenient on. */
const LENIENT: readonly Strictness[] = [1e-1, 1e-2, 1e-3].map((tolerance) => ({ tolerance, worth: 1e-4 }));
/** Share of an algorithm's KL that a number has to take off in the end. */
const WORTH_OF_KL = 0.1;
/** Attention scores nearer to 0 than these are left out on trial, from the most lenient on. */
const LEAST_SCORES = [1, 0.5, 0.25];
/** What has up to so many times the flips that are allowed may have fewer once its numbers are adjusted. */
const NEARLY = 2;
/** Share of what a head's variance costs that a simpler look may miss, and the cost up to which it may miss all, in nats. */
const MOST_MISSED = 0.05;
const NEGLIGIBLE_HEAD = 0.03;

/** What one layer of averages came to. */
export interface OneLayer {
  readonly found?: Recognised;
  /** Whether it was so far from the answers that two layers are not worth a trial. */
  readonly isHopeless: boolean;
}

/** A fit that says a head in fewer words. */
interface SimplerFit {
  readonly fit: HeadFit;
  readonly reason: string;
}

/** By averages that one layer of heads takes, each head in the simplest form that says as much of it as the richest. */
export function byAverages(trials: Trials, seen: Seen): OneLayer {
  return new ByAverages(trials, seen).run();
}

class ByAverages {
  readonly #trials: Trials;
  readonly #seen: Seen;
  /** What the heads' richest forms come to. */
  #richest: { readonly fidelity: AnswerFidelity; readonly isAllowed: boolean; readonly fits: readonly HeadFit[] };
  #best: Candidate | undefined;

  constructor(trials: Trials, seen: Seen) {
    this.#trials = trials;
    this.#seen = seen;
    this.#richest = { fidelity: { flips: 0, flipsHigh: 0, match: 1, kl: 0 }, isAllowed: true, fits: [] };
  }

  run(): OneLayer {
    const trials = this.#trials;
    const { observations } = this.#seen;
    const forms = lookForms(trials.vocabulary);
    const richest = forms.at(-1) as LookForm;
    const fits = trials.trimmed.active.map((place) => this.#fitHead(place, richest));
    // So many numbers at each position would explain nothing.
    const found = fits.reduce(
      (sum, { worth, symbols }) => sum + worthVectors([worth], STRICT.tolerance, symbols).length,
      0,
    );
    if (found > MOST_AVERAGES) {
      trials.input.onStep?.(`model: ${found} numbers at each position would explain nothing: not read as averages`);
      return { isHopeless: false };
    }
    const rich = this.#built(fits, STRICT);
    const isAllowed = trials.isAllowed(rich);
    if (!isAllowed && rich.fidelity.flips > NEARLY * trials.mostFlips) {
      trials.note("rejected", "model", rich, `${found} averages tell too little of the answers`);
      return { isHopeless: rich.fidelity.flips > MUCH_TOO_MANY };
    }
    this.#richest = { fidelity: rich.fidelity, isAllowed, fits };
    this.#best = rich;
    trials.note("accepted", "model", rich, `heads look by ${fits.map(({ form }) => form).join("; ")}`);
    const formed = this.#simpler(fits, (head) => this.#inSimplerForms(head, forms.slice(0, -1)));
    const chosen = this.#simpler(formed, (head) => this.#withFewerScores(head));
    let best = this.#best;
    for (const strictness of LENIENT) {
      const tried = this.#built(chosen, strictness);
      const stands = this.#isAsGood(tried);
      const reason = `averages may miss ${strictness.tolerance} nats, and a number is worth ${strictness.worth}`;
      trials.note(stands ? "accepted" : "rejected", "model", tried, reason);
      if (!stands) continue;
      best = tried;
      break;
    }
    const worth = Math.max(STRICT.worth, WORTH_OF_KL * best.fidelity.kl);
    const finished = trials.finished(best, observations, worth);
    if (trials.isAllowed(finished)) best = finished;
    if (!trials.isAllowed(best)) {
      trials.note("rejected", "model", finished, `${finished.heads.length} averages, adjusted, tell too little`);
      return { isHopeless: false };
    }
    return { found: recognisedAs(trials, best, this.#seen), isHopeless: false };
  }

  /** For each head in turn, the first of its simpler fits that stands. */
  #simpler(heads: readonly HeadFit[], fitsOf: (head: HeadFit) => Iterable<SimplerFit>): readonly HeadFit[] {
    return heads.reduce((chosen, head, index) => {
      for (const { fit, reason } of fitsOf(head)) {
        const tried = chosen.with(index, fit);
        if (this.#stands(tried, fit, reason)) return tried;
      }
      return chosen;
    }, heads);
  }

  *#inSimplerForms({ place }: HeadFit, forms: readonly LookForm[]): Iterable<SimplerFit> {
    for (const form of forms) {
      const fit = this.#fitHead(place, form);
      yield { fit, reason: `the head looks by ${fit.form}` };
    }
  }

  *#withFewerScores({ place, form, looks }: HeadFit): Iterable<SimplerFit> {
    for (const least of LEAST_SCORES) {
      const fewer = sparserLooks(looks, least);
      if (looks.length === 0 || JSON.stringify(fewer) === JSON.stringify(looks)) continue;
      yield { fit: this.#fitWith(place, form, fewer), reason: `without attention scores below ${least}` };
    }
  }

  /** Tries a simpler fit of a head in the place of the one before. */
  #stands(heads: readonly HeadFit[], fit: HeadFit, reason: string): boolean {
    const site = headId(fit.place.block, fit.place.head);
    if (!this.#saysAsMuch(fit)) {
      this.#trials.noteUnmeasured(site, `${reason}, which says too little of it`);
      return false;
    }
    const tried = this.#built(heads, STRICT);
    const stands = this.#isAsGood(tried);
    if (stands) this.#best = tried;
    this.#trials.note(stands ? "accepted" : "rejected", site, tried, reason);
    return stands;
  }

  /** Whether a fit foresees as much of what its head writes as the richest one does. */
  #saysAsMuch({ place, worth }: HeadFit): boolean {
    const rich = this.#richest.fits.find((own) => own.place === place)?.worth;
    return !rich || rich.varies < NEGLIGIBLE_HEAD || worth.missed <= rich.missed + MOST_MISSED * rich.varies;
  }

  /** Whether a shorter algorithm answers as the richest one does. */
  #isAsGood(candidate: Candidate): boolean {
    const { flips, kl } = candidate.fidelity;
    const { fidelity } = this.#richest;
    return (
      (this.#trials.isAllowed(candidate) || !this.#richest.isAllowed) &&
      flips <= fidelity.flips &&
      kl <= Math.max(NEGLIGIBLE_KL, 2 * fidelity.kl)
    );
  }

  #fitHead(place: HeadPlace, form: LookForm): HeadFit {
    const looks = fittedLooks(place, form, this.#seen.observations, this.#trials.vocabulary);
    return this.#fitWith(place, form.name, looks);
  }

  #fitWith(place: HeadPlace, form: string, looks: HeadFit["looks"]): HeadFit {
    const { observations, metrics } = this.#seen;
    return headFit(place, form, looks, observations, metrics, this.#trials.vocabulary);
  }

  #built(heads: readonly HeadFit[], strictness: Strictness): Candidate {
    const averages = heads.flatMap(({ place, looks, worth, symbols }) =>
      worthVectors([worth], strictness.tolerance, symbols).map((vector) => ({
        place,
        average: { looks, worth: worthOf(vector, symbols, this.#trials.vocabulary) },
      })),
    );
    return readOut(this.#trials, averages, this.#seen.observations, strictness.worth);
  }
}
