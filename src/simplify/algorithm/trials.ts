import { handlesOf, type Program } from "../../ir/index.ts";
import { ObservedModel, type Observation } from "../../profile/index.ts";
import { runnerOf, type Algorithm } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import type { LedgerEntry } from "../ledger.ts";
import { fidelityOf, type AnswerFidelity, type DocumentScores } from "./fidelity.ts";
import { Finishing, type Candidate } from "./finish.ts";
import type { Vocabulary } from "./looks.ts";
import { noteTrial, type RecogniseInput } from "./recognised.ts";
import { phasesOf, withoutIdleHeads, type Trimmed } from "./trim.ts";

/** Documents that are read, and more of them while they are short. */
const MOST_DOCUMENTS = 400;
const ENOUGH_TOKENS = 10_000;
/** Parameters times tokens that are read at once. */
const MOST_WORK = 2e10;
/** Flips that are tolerated while it is found out what matters, whatever the budget is; what has more is a last resort. */
const MOST_FLIPS = 0.01;
/** A head is idle when this many flips, and this much KL in nats a position, come of its mean. */
const IDLE = { flips: 0.001, kl: 0.01 };
/** Flips beyond which averages, or relations, do not lead to the answers. */
export const MUCH_TOO_MANY = 0.3;

/** What all trials share: the model without its idle heads, the documents, the original's scores on them, and the ledger. */
export class Trials {
  readonly input: RecogniseInput;
  readonly calibrate: readonly TokenDocument[];
  readonly vocabulary: Vocabulary;
  readonly trimmed: Trimmed;
  readonly ledger: Omit<LedgerEntry, "step">[] = [];
  /** One of `limits`. */
  mostFlips = 0;
  /** The original's scores on the documents that are chosen on. */
  readonly #targets: DocumentScores;

  constructor(input: RecogniseInput) {
    const { program, words } = input;
    const affordable = firstOf(program);
    const select = affordable(input.select);
    this.input = { ...input, select };
    this.calibrate = enoughOf(affordable(input.calibrate));
    this.#targets = new ObservedModel(program).scores(select);
    this.vocabulary = { words, ...phasesOf(program, select, (scores) => this.#judged(scores), MOST_FLIPS) };
    this.trimmed = withoutIdleHeads(program, this.calibrate, (without) => {
      const { flips, kl } = this.#judged(new ObservedModel(without).scores(select));
      return flips <= IDLE.flips && kl <= IDLE.kl;
    });
  }

  /** With its numbers adjusted to each other, and without those that it can do without. */
  finished(found: Candidate, observations: readonly Observation[], worth: number): Candidate {
    const finishing = this.finishing(found, observations, worth);
    finishing.adjust();
    return finishing.shorten();
  }

  finishing(found: Candidate, observations: readonly Observation[], worth: number): Finishing {
    const { decision, words } = this.input;
    return new Finishing(found, {
      decision,
      words,
      observations,
      answersAtObserved: (algorithm) => this.#answers(algorithm, this.calibrate).flat(),
      judge: (algorithm) => this.judged(algorithm),
      worth,
      note: (action, candidate, reason) => this.note(action, "model", candidate, reason),
    });
  }

  /** How an algorithm's answers differ from the original's where it is chosen. */
  judged(algorithm: Algorithm): AnswerFidelity {
    return this.#judged(this.#answers(algorithm, this.input.select));
  }

  /** How many flips are allowed, one after the other: as few as there can be, before the budget is spent. */
  get limits(): number[] {
    const { metric, limit } = this.input.allowance;
    if (metric === "kl") return [MOST_FLIPS];
    return limit > MOST_FLIPS ? [MOST_FLIPS, limit] : [limit];
  }

  isAllowed({ fidelity: { flipsHigh, kl } }: Candidate): boolean {
    const { metric, limit } = this.input.allowance;
    return flipsHigh <= this.mostFlips && (metric === "flips" || kl <= limit);
  }

  /**
   * Where phases are counted from the first token, texts may begin anywhere, and what heads do is seen where they all begin at
   * the same position, such that the longest is about in the middle; then as if that were 0.
   */
  observed(model: ObservedModel, documents: readonly TokenDocument[]): Observation[] {
    if (this.vocabulary.phasesFrom === undefined) return model.observe(documents);
    const { context } = this.input.program;
    const known = [...this.calibrate, ...this.input.select];
    const longest = known.reduce((most, { tokens }) => Math.max(most, tokens.length), 0);
    const middle = Math.floor((context - longest) / 2);
    // Where a text does begin, for a model need not have learnt other places.
    const begins = known.map(({ position }) => position).filter((begin) => begin + longest <= context);
    const position = begins.reduce(
      (nearest, begin) => (Math.abs(begin - middle) < Math.abs(nearest - middle) ? begin : nearest),
      begins[0] ?? 0,
    );
    return documents.flatMap((document) => {
      const moved = { ...document, position: 0 };
      return model.observe([{ ...document, position }]).map((observation) => ({ ...observation, document: moved }));
    });
  }

  note(action: "accepted" | "rejected", site: string, { fidelity }: Candidate, reason: string): void {
    noteTrial(this.input, this.ledger, { action, site, reason }, fidelity);
  }

  /** What was rejected before it was asked what it answers. */
  noteUnmeasured(site: string, reason: string): void {
    noteTrial(this.input, this.ledger, { action: "rejected", site, reason });
  }

  #answers(algorithm: Algorithm, documents: readonly TokenDocument[]): DocumentScores {
    const run = runnerOf(algorithm, this.vocabulary.words);
    return documents.map(({ tokens, position, scored }) => {
      const rows = run(tokens, position).scores;
      return scored.map((place) => rows[place] as Float32Array);
    });
  }

  #judged(scores: DocumentScores): AnswerFidelity {
    return fidelityOf(this.input.decision, this.#targets, scores);
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
