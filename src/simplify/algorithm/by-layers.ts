import { ObservedModel } from "../../profile/index.ts";
import { readOut, recognisedAs, type Seen } from "./averaged.ts";
import { layeredAverages, type PlacedAverage, type Strictness } from "./layers.ts";
import { lookForms } from "./looks.ts";
import type { Recognised } from "./recognised.ts";
import { MUCH_TOO_MANY, type Trials } from "./trials.ts";
import { averagesInWorth } from "./written.ts";

/** Tokens at which it is looked what upper heads read of lower ones. */
const MOST_KEYS = 6000;
/** Averages that two layers of them may have, and flips beyond which these are not worth adjusting. */
const MOST_LAYERED = 24;
const HOPELESS = 0.1;

/** From the most lenient on: what two layers lose by linear prices is mostly won back when their numbers are adjusted. */
const LAYERED: readonly Strictness[] = [
  { tolerance: 1, worth: 1e-3 },
  { tolerance: 1e-1, worth: 1e-3 },
  { tolerance: 1e-2, worth: 1e-3 },
  { tolerance: 1e-3, worth: 1e-4 },
];

/** With heads in the last block that go by what earlier ones found where they look. */
export function byLayers(trials: Trials, seen: Seen): Recognised | undefined {
  const averagesFor = layered(trials, seen);
  for (const strictness of LAYERED) {
    const averages = averagesFor(strictness);
    if (averages.length > MOST_LAYERED) break;
    // One layer was tried before.
    if (averages.every(({ average: { worth } }) => averagesInWorth(worth).length === 0)) continue;
    const tried = readOut(trials, averages, seen.observations, strictness.worth, HOPELESS);
    trials.note("rejected", "model", tried, `${averages.length} averages in two layers, before they are adjusted`);
    if (tried.fidelity.flips > MUCH_TOO_MANY) break;
    if (tried.fidelity.flips > HOPELESS) continue;
    const best = trials.finished(tried, seen.observations, strictness.worth);
    const stands = trials.isAllowed(best);
    trials.note(stands ? "accepted" : "rejected", "model", best, `${best.heads.length} averages in two layers`);
    if (stands) return recognisedAs(trials, best, seen);
  }
  return undefined;
}

/** Averages of heads in earlier blocks, and of those in the last one, which go by them. */
function layered(trials: Trials, { metrics }: Seen): (strictness: Strictness) => PlacedAverage[] {
  const { calibrate, vocabulary } = trials;
  const { active, program } = trials.trimmed;
  const last = Math.max(...active.map(({ block }) => block));
  let tokens = 0;
  const documents = calibrate.filter((document) => (tokens += document.tokens.length) <= MOST_KEYS);
  const whole = documents.map((document) => ({
    ...document,
    scored: document.tokens.map((_, position) => position),
  }));
  const scored = new Set(documents.flatMap((own, index) => own.scored.map((position) => `${index} ${position}`)));
  return layeredAverages({
    program,
    vocabulary,
    forms: lookForms(vocabulary),
    lower: active.filter(({ block }) => block < last),
    upper: active.filter(({ block }) => block === last),
    observe: (own) => trials.observed(new ObservedModel(own), whole),
    isScored: whole.flatMap((own, index) => own.tokens.map((_, position) => scored.has(`${index} ${position}`))),
    metrics,
  });
}
