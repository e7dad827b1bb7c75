import { ObservedModel } from "../../../profile/index.ts";
import { runnerOf, type Algorithm, type Case } from "../../../runtime/index.ts";
import type { LedgerEntry } from "../../ledger.ts";
import { fidelityOf, type DocumentScores } from "../fidelity.ts";
import { spread } from "../spread.ts";
import { noteTrial, type RecogniseInput, type Recognised } from "../recognised.ts";
import { fittedFacts } from "./facts.ts";
import { fittedNear } from "./near.ts";
import { inputOf, type RecentInput } from "./rows.ts";
import { fittedWaves } from "./waves.ts";

/** Texts up to this long are tried: what comes next may then follow from the last few tokens. */
const MOST_TOKENS = 16;
/** Scored positions that are fitted, about. */
const MOST_ROWS = 3_000;

/** A way to say what the last few tokens come to. */
interface Form {
  readonly says: string;
  readonly fit: (input: RecentInput) => { readonly cases: readonly Case[]; readonly period?: number } | undefined;
}

const onlyCase = (own: Case | undefined) => own && { cases: [own] };

const FORMS: readonly Form[] = [
  { says: "facts that follow a few tokens", fit: (input) => onlyCase(fittedFacts(input)) },
  { says: "waves over the last two numbers", fit: (input) => onlyCase(fittedWaves(input)) },
  { says: "a number that recent ones foresee", fit: fittedNear },
];

/**
 * Writes a model of short texts down as what its last few tokens say of the next one: facts, waves of numbers that go round, or
 * a number that is foreseen. Undefined where none of that gives the model's answers.
 */
export function recogniseRecent(input: RecogniseInput): Recognised | undefined {
  const { program, words, decision, calibrate, select, allowance } = input;
  if ([...calibrate, ...select].some(({ scored }) => (scored.at(-1) ?? 0) >= MOST_TOKENS)) return undefined;
  const model = new ObservedModel(program);
  const positions = calibrate.reduce((sum, { scored }) => sum + scored.length, 0);
  const said = model.observe(spread(calibrate, Math.ceil((MOST_ROWS * calibrate.length) / positions)));
  const data = inputOf(
    said.map(({ document: { tokens, position: first }, position, scores }) => ({
      text: tokens.slice(0, position + 1),
      position: first + position,
      scores,
    })),
    words,
    decision,
  );
  const targets = model.scores(select);
  const ledger: Omit<LedgerEntry, "step">[] = [];
  for (const { says, fit } of FORMS) {
    const found = fit(data);
    if (!found) continue;
    const algorithm: Algorithm = {
      context: program.context,
      ...(found.period !== undefined && found.period > 1 && { period: found.period }),
      averages: [],
      cases: found.cases,
    };
    const run = runnerOf(algorithm, words);
    const answers: DocumentScores = select.map(({ tokens, position, scored }) => {
      const rows = run(tokens, position).scores;
      return scored.map((place) => rows[place] as Float32Array);
    });
    const fidelity = fidelityOf(decision, targets, answers);
    const stands = (allowance.metric === "kl" ? fidelity.kl : fidelity.flipsHigh) <= allowance.limit;
    noteTrial(input, ledger, { action: stands ? "accepted" : "rejected", site: "model", reason: says }, fidelity);
    if (stands)
      return { algorithm, heads: [], patternHeads: [], attended: [], explained: [], idle: [], fidelity, ledger };
  }
  return undefined;
}
