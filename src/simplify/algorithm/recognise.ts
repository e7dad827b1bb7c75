import { handlesOf, headId, type HeadPlace, type Program } from "../../ir/index.ts";
import {
  explainedByLinearMap,
  LinearSum,
  ObservedModel,
  squareRoot,
  streamMetric,
  type Observation,
} from "../../profile/index.ts";
import { runnerOf, type Algorithm } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import type { LedgerEntry } from "../ledger.ts";
import { significant } from "../select.ts";
import { attendedBy } from "./attended.ts";
import { fidelityOf, type AnswerFidelity, type DocumentScores } from "./fidelity.ts";
import { finished, GAIN, NEGLIGIBLE_KL, type Candidate } from "./finish.ts";
import { averagesAt, fittedLooks, headFit, type HeadFit, type Metrics } from "./head-fit.ts";
import { layeredAverages, type PlacedAverage, type Strictness } from "./layers.ts";
import { lookForms, sparserLooks, type LookForm, type Vocabulary } from "./looks.ts";
import { fittedReadout } from "./readout.ts";
import { alikeTokens, fittedRelations } from "./relations.ts";
import { RECOGNISE, type RecogniseInput, type Recognised } from "./recognised.ts";
import { recogniseRecent } from "./recent/index.ts";
import { phasesOf, withoutIdleHeads, type Trimmed } from "./trim.ts";
import { worthVectors } from "./worth.ts";
import { averagesInWorth, averagesRead, casesOf, worthOf } from "./written.ts";

/** Larger vocabularies need rules over relations between tokens, not over single ones. */
const MOST_TOKENS = 32;
/** Documents that are read, and more of them while they are short. */
const MOST_DOCUMENTS = 400;
const ENOUGH_TOKENS = 10_000;
/** Parameters times tokens that are read at once. */
const MOST_WORK = 2e10;
/** Positions that scores are fitted to. */
const MOST_POSITIONS = 5000;
/** Tokens at which it is looked what upper heads read of lower ones. */
const MOST_KEYS = 6000;
/** Averages that an algorithm may have, and two layers of them before they are adjusted. */
const MOST_AVERAGES = 12;
const MOST_LAYERED = 24;
/** Flips beyond which averages, or relations, do not lead to the answers, and those of two layers beyond which they are not worth adjusting. */
const MUCH_TOO_MANY = 0.3;
const HOPELESS = 0.1;
/** Flips that are tolerated while it is found out what matters, whatever the budget is. */
const MOST_FLIPS = 0.01;
/** A head is idle when this many flips, and this much KL in nats a position, come of its mean. */
const IDLE = { flips: 0.001, kl: 0.01 };

/** Even chances mixed into the original's, where it is asked what its scores depend on. */
const DOUBT = 0.05;

/** From the most lenient on: what two layers lose by linear prices is mostly won back when their numbers are adjusted. */
const LAYERED: readonly Strictness[] = [
  { tolerance: 1, worth: 1e-3 },
  { tolerance: 1e-1, worth: 1e-3 },
  { tolerance: 1e-2, worth: 1e-3 },
  { tolerance: 1e-3, worth: 1e-4 },
];
const STRICT: Strictness = { tolerance: 1e-4, worth: 1e-5 };
/** What a number of scores that speak of relations has to take off the KL. */
const RELATION_WORTH = 1e-4;
/** Share of an algorithm's KL that a number has to take off in the end. */
const WORTH_OF_KL = 0.1;
/** From the most lenient on. */
const LENIENT: readonly Strictness[] = [1e-1, 1e-2, 1e-3].map((tolerance) => ({ tolerance, worth: 1e-4 }));
/** Attention scores nearer to 0 than these are left out on trial, from the most lenient on. */
const LEAST_SCORES = [1, 0.5, 0.25];
/** Share of what a head's variance costs that a simpler look may miss, and the cost up to which it may miss all, in nats. */
const MOST_MISSED = 0.05;
const NEGLIGIBLE_HEAD = 0.03;

/**
 * Writes a small model down as an algorithm: averages that one layer of heads takes, and scores that follow from the current
 * token and from them (compare the programs of arXiv 2602.08857). Undefined where that does not give the model's answers.
 */
export function recognise(input: RecogniseInput): Recognised | undefined {
  const recent = recogniseRecent(input);
  if (recent) return recent;
  const recognising = new Recognising(input);
  const found = input.program.vocabulary <= MOST_TOKENS ? recognising.run() : undefined;
  return found ?? recognising.runRelations(alikeTokens(input.words));
}

class Recognising {
  readonly #input: RecogniseInput;
  readonly #calibrate: readonly TokenDocument[];
  readonly #vocabulary: Vocabulary;
  /** The original's scores on the documents that are chosen on. */
  readonly #targets: DocumentScores;
  readonly #trimmed: Trimmed;
  /** What the heads' richest forms come to. */
  #richest: { readonly fidelity: AnswerFidelity; readonly fits: readonly HeadFit[] };
  readonly #ledger: Omit<LedgerEntry, "step">[] = [];

  constructor(input: RecogniseInput) {
    const { program, words } = input;
    const affordable = firstOf(program);
    const select = affordable(input.select);
    this.#input = { ...input, select };
    this.#calibrate = enoughOf(affordable(input.calibrate));
    this.#targets = new ObservedModel(program).scores(select);
    this.#vocabulary = { words, ...phasesOf(program, select, (scores) => this.#judged(scores), MOST_FLIPS) };
    this.#richest = { fidelity: { flips: 0, match: 1, kl: 0 }, fits: [] };
    this.#trimmed = withoutIdleHeads(program, this.#calibrate, (without) => {
      const { flips, kl } = this.#judged(new ObservedModel(without).scores(select));
      return flips <= IDLE.flips && kl <= IDLE.kl;
    });
  }

  run(): Recognised | undefined {
    const { program, decision, select } = this.#input;
    const { active } = this.#trimmed;
    const model = new ObservedModel(this.#trimmed.program);
    const observations = this.#observed(model, this.#calibrate);
    const blocks = new Set(active.map((place) => place.block));
    const metrics = program.blocks.map((_, block) =>
      blocks.has(block) ? streamMetric(model, observations, block, decision, DOUBT) : new Float64Array(),
    );
    const forms = lookForms(this.#vocabulary);
    const richest = forms.at(-1) as LookForm;
    let chosen = active.map((place) => this.#fitHead(place, richest, observations, metrics));
    // So many numbers at each position would explain nothing.
    const found = chosen.reduce(
      (sum, { worth, symbols }) => sum + worthVectors([worth], STRICT.tolerance, symbols).length,
      0,
    );
    const isFew = found <= MOST_AVERAGES;
    if (!isFew) {
      this.#input.onStep?.(`model: ${found} numbers at each position would explain nothing: not read as averages`);
    }
    let best = isFew ? this.#built(chosen, observations, STRICT) : undefined;
    if (!best || !this.#isAllowed(best)) {
      if (best) this.#note("rejected", "model", best, `${found} averages tell too little of the answers`);
      const isHopeless = (best?.fidelity.flips ?? 0) > MUCH_TOO_MANY;
      return blocks.size > 1 && !isHopeless ? this.#runLayers(model, observations, metrics) : undefined;
    }
    this.#richest = { fidelity: best.fidelity, fits: chosen };
    this.#note("accepted", "model", best, `heads look by ${chosen.map(({ form }) => form).join("; ")}`);
    active.forEach((place, index) => {
      for (const form of forms.slice(0, -1)) {
        const fit = this.#fitHead(place, form, observations, metrics);
        const next = chosen.map((before, at) => (at === index ? fit : before));
        const tried = this.#built(next, observations, STRICT);
        const stands = this.#isAsGood(tried, fit);
        const site = headId(fit.place.block, fit.place.head);
        this.#note(stands ? "accepted" : "rejected", site, tried, `the head looks by ${fit.form}`);
        if (!stands) continue;
        [chosen, best] = [next, tried];
        break;
      }
    });
    chosen.forEach(({ place, form, looks }, index) => {
      for (const least of LEAST_SCORES) {
        const fewer = sparserLooks(looks, least);
        if (looks.length === 0 || JSON.stringify(fewer) === JSON.stringify(looks)) continue;
        const fit = headFit(place, form, fewer, observations, metrics, this.#vocabulary);
        const next = chosen.map((before, at) => (at === index ? fit : before));
        const tried = this.#built(next, observations, STRICT);
        const stands = this.#isAsGood(tried, fit);
        const site = headId(place.block, place.head);
        this.#note(stands ? "accepted" : "rejected", site, tried, `without attention scores below ${least}`);
        if (!stands) continue;
        [chosen, best] = [next, tried];
        break;
      }
    });
    for (const strictness of LENIENT) {
      const tried = this.#built(chosen, observations, strictness);
      const stands = this.#isAsGood(tried);
      const reason = `averages may miss ${strictness.tolerance} nats, and a number is worth ${strictness.worth}`;
      this.#note(stands ? "accepted" : "rejected", "model", tried, reason);
      if (!stands) continue;
      best = tried;
      break;
    }
    const finished = this.#finished(best, observations, Math.max(STRICT.worth, WORTH_OF_KL * best.fidelity.kl));
    if (this.#isAllowed(finished)) best = finished;
    const explained = this.#explained(best, observations, this.#observed(model, select), metrics);
    return { ...best, explained, attended: [], ledger: this.#ledger };
  }

  /** With heads in the last block that go by what earlier ones found where they look. */
  #runLayers(model: ObservedModel, observations: readonly Observation[], metrics: Metrics): Recognised | undefined {
    const layered = this.#layered(metrics);
    for (const strictness of LAYERED) {
      const averages = layered(strictness);
      if (averages.length > MOST_LAYERED) break;
      // One layer was tried before.
      if (averages.every(({ average: { worth } }) => averagesInWorth(worth).length === 0)) continue;
      const tried = this.#readOut(averages, observations, strictness.worth);
      this.#note("rejected", "model", tried, `${averages.length} averages in two layers, before they are adjusted`);
      if (tried.fidelity.flips > MUCH_TOO_MANY) break;
      if (tried.fidelity.flips > HOPELESS) continue;
      const best = this.#finished(tried, observations, strictness.worth);
      const stands = this.#isAllowed(best);
      this.#note(stands ? "accepted" : "rejected", "model", best, `${best.heads.length} averages in two layers`);
      if (!stands) continue;
      const explained = this.#explained(best, observations, this.#observed(model, this.#input.select), metrics);
      return { ...best, explained, attended: [], ledger: this.#ledger };
    }
    return undefined;
  }

  /** By relations between tokens that are alike: only the last block's heads have a say, earlier ones in where they look. */
  runRelations(alike: ReadonlySet<number>): Recognised | undefined {
    const { program, decision, words, select } = this.#input;
    const { active, idle } = this.#trimmed;
    if (alike.size === 0 || active.length === 0) return undefined;
    const last = Math.max(...active.map(({ block }) => block));
    const heads = active.filter(({ block }) => block === last);
    const observations = new ObservedModel(this.#trimmed.program).observe(this.#calibrate);
    const worth = RELATION_WORTH;
    const relations = { observations, words, context: program.context, decision, alike, heads, worth };
    let best: Candidate | undefined;
    for (const found of fittedRelations(relations)) {
      const tried = { ...found, idle, fidelity: this.#judged(this.#answers(found.algorithm, select)) };
      if (tried.fidelity.flips > MUCH_TOO_MANY) {
        this.#note("rejected", "model", tried, `${found.notes.join("; ")}, before numbers are adjusted`);
        continue;
      }
      const next = this.#finished(tried, observations, worth);
      const stands = this.#isAllowed(next) && next.fidelity.kl < GAIN * (best?.fidelity.kl ?? Infinity);
      this.#note(stands ? "accepted" : "rejected", "model", next, found.notes.join("; "));
      if (stands) best = next;
      if (best && best.fidelity.kl <= NEGLIGIBLE_KL) break;
    }
    return (
      best && {
        ...best,
        explained: best.heads.map(() => 0),
        attended: attendedBy(best.algorithm, words, select),
        ledger: this.#ledger,
      }
    );
  }

  /** With its numbers adjusted to each other, and without those that it can do without. */
  #finished(found: Candidate, observations: readonly Observation[], worth: number): Candidate {
    const { decision, words, select } = this.#input;
    return finished(found, {
      decision,
      words,
      observations,
      answersAtObserved: (algorithm) => this.#answers(algorithm, this.#calibrate).flat(),
      judge: (algorithm) => this.#judged(this.#answers(algorithm, select)),
      worth,
      note: (action, candidate, reason) => this.#note(action, "model", candidate, reason),
    });
  }

  #answers(algorithm: Algorithm, documents: readonly TokenDocument[]): DocumentScores {
    const run = runnerOf(algorithm, this.#vocabulary.words);
    return documents.map(({ tokens, position, scored }) => {
      const rows = run(tokens, position).scores;
      return scored.map((place) => rows[place] as Float32Array);
    });
  }

  #isAllowed({ fidelity: { flips, kl } }: Candidate): boolean {
    const { metric, limit } = this.#input.allowance;
    return (metric === "kl" ? kl : flips) <= limit && flips <= MOST_FLIPS;
  }

  /** Whether a shorter algorithm answers as the richest one does, and a head's fit says as much of it. */
  #isAsGood(candidate: Candidate, fit?: HeadFit): boolean {
    const { flips, kl } = candidate.fidelity;
    const { fidelity, fits } = this.#richest;
    const rich = fits.find(({ place }) => place === fit?.place)?.worth;
    const isSaid =
      !fit || !rich || rich.varies < NEGLIGIBLE_HEAD || fit.worth.missed <= rich.missed + MOST_MISSED * rich.varies;
    return (
      isSaid && this.#isAllowed(candidate) && flips <= fidelity.flips && kl <= Math.max(NEGLIGIBLE_KL, 2 * fidelity.kl)
    );
  }

  /**
   * Where phases are counted from the first token, texts may begin anywhere, and what heads do is seen where they all begin at
   * the same position, such that the longest is in the middle; then as if that were 0.
   */
  #observed(model: ObservedModel, documents: readonly TokenDocument[]): Observation[] {
    if (this.#vocabulary.phasesFrom === undefined) return model.observe(documents);
    const longest = [...this.#calibrate, ...this.#input.select].reduce(
      (most, { tokens }) => Math.max(most, tokens.length),
      0,
    );
    const position = Math.floor((this.#input.program.context - longest) / 2);
    return documents.flatMap((document) => {
      const moved = { ...document, position: 0 };
      return model.observe([{ ...document, position }]).map((observation) => ({ ...observation, document: moved }));
    });
  }

  #fitHead(place: HeadPlace, form: LookForm, observations: readonly Observation[], metrics: Metrics): HeadFit {
    const looks = fittedLooks(place, form, observations, this.#vocabulary);
    return headFit(place, form.name, looks, observations, metrics, this.#vocabulary);
  }

  #built(heads: readonly HeadFit[], observations: readonly Observation[], strictness: Strictness): Candidate {
    const averages = heads.flatMap(({ place, looks, worth, symbols }) =>
      worthVectors([worth], strictness.tolerance, symbols).map((vector) => ({
        place,
        average: { looks, worth: worthOf(vector, symbols, this.#vocabulary) },
      })),
    );
    return this.#readOut(averages, observations, strictness.worth);
  }

  /** Averages of heads in earlier blocks, and of those in the last one, which go by them. */
  #layered(metrics: Metrics): (strictness: Strictness) => PlacedAverage[] {
    const { active, program } = this.#trimmed;
    const last = Math.max(...active.map(({ block }) => block));
    let tokens = 0;
    const documents = this.#calibrate.filter((document) => (tokens += document.tokens.length) <= MOST_KEYS);
    const whole = documents.map((document) => ({
      ...document,
      scored: document.tokens.map((_, position) => position),
    }));
    const scored = new Set(documents.flatMap(({ scored }, index) => scored.map((position) => `${index} ${position}`)));
    return layeredAverages({
      program,
      vocabulary: this.#vocabulary,
      forms: lookForms(this.#vocabulary),
      lower: active.filter(({ block }) => block < last),
      upper: active.filter(({ block }) => block === last),
      observe: (own) => this.#observed(new ObservedModel(own), whole),
      isScored: whole.flatMap(({ tokens }, index) => tokens.map((_, position) => scored.has(`${index} ${position}`))),
      metrics,
    });
  }

  #readOut(all: readonly PlacedAverage[], observations: readonly Observation[], worth: number): Candidate {
    const { decision, program, select } = this.#input;
    const { period, phasesFrom } = this.#vocabulary;
    const averages = all.map(({ average }) => average);
    const step = Math.ceil(observations.length / MOST_POSITIONS);
    const few = observations.filter((_, index) => index % step === 0);
    const cases = fittedReadout({
      observations: few,
      averages: averagesAt(averages, few, this.#vocabulary),
      decision,
      vocabulary: this.#vocabulary,
      worth,
    }).flatMap((each) => casesOf(each, averages, this.#vocabulary));
    const read = averagesRead(cases, averages);
    const used = all.filter(({ average }) => read.has(average));
    const algorithm: Algorithm = {
      context: program.context,
      ...(period > 1 && { period, ...(phasesFrom && { phasesFrom }) }),
      averages: used.map(({ average }) => average),
      cases,
    };
    return {
      algorithm,
      heads: used.map(({ place }) => place),
      patternHeads: [],
      idle: this.#trimmed.idle,
      fidelity: this.#judged(this.#answers(algorithm, select)),
    };
  }

  #explained(
    found: Candidate,
    fitted: readonly Observation[],
    unseen: readonly Observation[],
    metrics: Metrics,
  ): number[] {
    const { averages } = found.algorithm;
    const [known, judged] = [fitted, unseen].map((own) => averagesAt(averages, own, this.#vocabulary)) as [
      Float64Array[],
      Float64Array[],
    ];
    const roots = metrics.map(squareRoot);
    return found.heads.map(({ block, head }) => {
      const own = found.heads.flatMap((place, index) => (place.block === block && place.head === head ? [index] : []));
      const sums = (values: readonly Float64Array[], observations: readonly Observation[]) => {
        const sum = new LinearSum();
        observations.forEach(({ heads }, at) => {
          const features = own.map((index) => values[index]?.[at] as number);
          sum.add(features, heads[block]?.[head]?.output ?? [], roots[block] as Float64Array);
        });
        return [sum.sums];
      };
      return explainedByLinearMap(sums(known, fitted), sums(judged, unseen));
    });
  }

  #judged(scores: DocumentScores): AnswerFidelity {
    return fidelityOf(this.#input.decision, this.#targets, scores);
  }

  #note(action: "accepted" | "rejected", site: string, { fidelity }: Candidate, reason: string): void {
    const measured = { measuredKl: significant(fidelity.kl), flips: significant(fidelity.flips) };
    this.#ledger.push({ action, pass: RECOGNISE, site, reason, ...measured });
    this.#input.onStep?.(
      `${site}: ${reason}: ${action}, ${(100 * fidelity.flips).toFixed(2)} % flips, KL ${measured.measuredKl}`,
    );
  }
}

/** The first documents, as many as can be read in a moment. */
function firstOf(program: Program): (documents: readonly TokenDocument[]) => TokenDocument[] {
  const parameters = handlesOf(program).reduce(
    (sum, { shape }) => sum + shape.reduce((size, extent) => size * extent, 1),
    0,
  );
  return (documents) => {
    let tokens = 0;
    return documents.filter((document) => {
      tokens += document.tokens.length;
      return tokens * parameters <= MOST_WORK;
    });
  };
}

/** The first documents: so many, or as many more as have too few tokens together. */
function enoughOf(documents: readonly TokenDocument[]): TokenDocument[] {
  let tokens = 0;
  return documents.filter((document, index) => {
    const wanted = index < MOST_DOCUMENTS || tokens < ENOUGH_TOKENS;
    tokens += document.tokens.length;
    return wanted;
  });
}
