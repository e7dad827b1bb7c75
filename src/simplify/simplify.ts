import { nodesOf, pruned, verify, type Program } from "../ir/index.ts";
import type { Profile } from "../profile/index.ts";
import { expectedKl, spendable, type Allowance } from "./allowance.ts";
import { balanceHeads } from "./exact/balance-heads.ts";
import { expandPaths } from "./exact/expand-paths.ts";
import type { Candidate } from "./candidate.ts";
import type { LedgerEntry } from "./ledger.ts";
import type { SimplifyOptions } from "./options.ts";
import { proposersFor } from "./propose/index.ts";
import { Refitting, type Refitted, type RefitResult } from "./refit/refitting.ts";
import { explainedAgain } from "./fit/explained.ts";
import { withoutIdleLooks } from "./idle-looks.ts";
import { withPositionKnots } from "./position-knots.ts";
import { rulesOnly } from "./rules-only.ts";
import { saysSetsByText } from "./sets-by-text.ts";
import { foreseenUse, select, significant, type Measure, type Measured } from "./select.ts";
import { surveyed } from "./surveyed.ts";
import type { Workshop } from "./workshop.ts";

/** What the simplifier works with. */
export interface SimplifyInput {
  /** The program after the exact passes. */
  readonly program: Program;
  readonly profile: Profile;
  /** What may be lost; undefined where nothing may. */
  readonly allowance: Allowance | undefined;
  readonly options: SimplifyOptions;
  readonly workshop: Workshop;
  /** Runs a program on held-out text against the original. */
  readonly measure: Measure;
  readonly onStep?: (sentence: string) => void;
}

type Entry = Omit<LedgerEntry, "step">;

/** A program within the allowance, and how it came about. */
interface Standing {
  readonly program: Program;
  readonly measured: Measured | undefined;
  /** How many times less was lost after the last refit than before it; undefined where nothing was refitted. */
  readonly gain: number | undefined;
  /** Names what was done so far: decides what a measurement is of. */
  readonly history: readonly string[];
  readonly ledger: readonly Entry[];
  /** What was last offered, and of that rejected. */
  readonly offered: readonly Candidate[];
  readonly rejected: readonly Entry[];
}

/** Rounds of proposing, choosing and refitting: what refitting wins back, the next round spends. */
const ROUNDS = { full: 2, baseline: 1 } as const;

/** Selections that are tried in one round, each with less to spend, until the refitted program is within the allowance. */
const TRIES = 4;

/** A distilled program that takes up to so much of the allowance is distilled further, as often as this at most. */
const NEARLY = 1.2;
const FURTHER = 2;

/** A round that would gain less than this share of the allowance is not worth its time. */
const WORTH_A_ROUND = 0.1;

/**
 * Proposers propose, the selector chooses, refits win back what that cost: the simplified program, and what was decided
 * about every candidate. Every round surveys the program as it is by then.
 */
export async function simplify(input: SimplifyInput): Promise<{ program: Program; ledger: Entry[] }> {
  const { program, allowance, options } = input;
  if (!allowance) return { program, ledger: [] };
  let standing: Standing = {
    ...{ program, measured: undefined, gain: undefined },
    ...{ history: [], ledger: [], offered: [], rejected: [] },
  };
  for (let round = 0; round < ROUNDS[options.strategy]; round++) {
    if (1 - usedShare(standing, allowance) < WORTH_A_ROUND || (round > 0 && allowance.limit === Infinity)) break;
    const next = await simplifyRound(input, standing, allowance, round);
    if (!next) break;
    standing = next;
  }
  if (options.strategy === "full") standing = await withNeurons(input, standing, allowance);
  // What became constant is no longer a source of anything.
  const simplified = expandPaths.apply(pruned(withoutUnusedClasses(standing.program)));
  verify(simplified, "simplify");
  return { program: simplified, ledger: [...standing.ledger, ...standing.rejected] };
}

/** Share of the allowance that what stands takes. */
function usedShare({ measured }: Standing, allowance: Allowance): number {
  return measured ? foreseenUse(measured, allowance) / allowance.limit : 0;
}

/** What little is left after the last refit goes to neurons, which want none when they become constant. */
async function withNeurons(
  { measure, onStep }: SimplifyInput,
  standing: Standing,
  allowance: Allowance,
): Promise<Standing> {
  const open = new Set(standing.rejected.map(({ site }) => site));
  const neurons = standing.offered.filter(({ site, replacement }) => replacement.kind === "neurons" && open.has(site));
  if (allowance.limit === Infinity || neurons.length === 0) return standing;
  const history = [...standing.history, "last neurons"];
  const { program, measured, accepted, ledger } = await select(
    standing.program,
    neurons,
    allowance,
    (candidate, changes) => measure(candidate, [...history, ...changes]),
    () => {},
    standing.measured,
  );
  if (!measured || accepted.length === 0) return standing;
  onStep?.(`${accepted.length} neurons more for what was left`);
  const sites = new Set(accepted.map(({ site }) => site));
  return {
    ...standing,
    program,
    measured,
    history: [...history, ...sites],
    ledger: [...standing.ledger, ...ledger.filter(({ action }) => action === "accepted")],
    rejected: standing.rejected.filter(({ site }) => !sites.has(site)),
  };
}

/** One round; undefined where it gains nothing. */
async function simplifyRound(
  input: SimplifyInput,
  standing: Standing,
  allowance: Allowance,
  round: number,
): Promise<Standing | undefined> {
  const { profile, options, workshop, measure, onStep } = input;
  const refitting = new Refitting(options, workshop, profile, measure);
  let overshoot = spendable(allowance, usedShare(standing, allowance), standing.gain ?? refitting.expectedGain);
  const most = expectedKl({ ...allowance, limit: allowance.limit * overshoot });
  // The baseline goes by prices and bits alone, with all that its rules were fitted with, as FINDINGS did.
  const isBaseline = options.strategy === "baseline";
  const survey = await surveyed(workshop, standing.program, profile, most, isBaseline);
  const proposers = proposersFor(options);
  const measuredNeurons = isBaseline ? new Map() : await survey.measuredNeurons();
  const known = { ...survey.surveyed, measuredNeurons };
  const all = proposers
    .flatMap((proposer) => proposer.propose(survey.program, profile, known))
    .filter(saysSetsByText(workshop.tokenTexts))
    .map((candidate) => (isBaseline ? { ...candidate, weight: 1 } : candidate));
  const candidates = allowance.limit === Infinity ? rulesOnly(all) : all;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const prefix = [...standing.history, `round ${round + 1}`];
    const chosen = await select(
      survey.program,
      candidates,
      { ...allowance, limit: allowance.limit * overshoot },
      (program, changes) => measure(program, [...prefix, ...changes]),
      (accepted, measurements) =>
        onStep?.(`round ${round + 1}: ${accepted} replacements stand after measurement ${measurements}`),
      standing.measured,
    );
    if (!chosen.measured || chosen.accepted.length === 0) return undefined;
    const history = [...prefix, ...chosen.accepted.map(({ site, proposer }) => `${site} ${proposer}`)];
    const balanced = balanceHeads(chosen.program);
    const busy = await withoutIdle(input, { program: balanced, measured: chosen.measured, history });
    const nearly = await untilWithin(refitting, await refitting.refit(busy), allowance);
    const refitted = await withoutIdle(input, nearly);
    const use = foreseenUse(refitted.measured, allowance);
    onStep?.(
      `round ${round + 1}: ${chosen.accepted.length} replacements; ${((100 * use) / allowance.limit).toFixed(0)} % of the budget after refitting`,
    );
    if (use <= allowance.limit) {
      return {
        ...refitted,
        gain: use > 0 ? foreseenUse(chosen.measured, allowance) / use : undefined,
        ledger: [
          ...standing.ledger,
          ...(await explainedAgain(
            workshop,
            profile,
            { before: survey.program, after: refitted.program, accepted: chosen.accepted },
            chosen.ledger.filter(({ action }) => action === "accepted"),
          )),
          ...busy.ledger,
          ...nearly.ledger,
          ...refitted.ledger,
        ],
        offered: candidates,
        rejected: chosen.ledger.filter(({ action }) => action === "rejected"),
      };
    }
    overshoot *= Math.min(0.95, Math.max(0.5, (0.97 * allowance.limit) / use));
  }
  return undefined;
}

/** Distils what is nearly within the allowance further, as long as that wins anything. */
async function untilWithin(refitting: Refitting, first: RefitResult, allowance: Allowance): Promise<RefitResult> {
  let best = first;
  for (let pass = 0; pass < FURTHER; pass++) {
    const use = foreseenUse(best.measured, allowance) / allowance.limit;
    if (use <= 1 || use > NEARLY) break;
    const more = await refitting.further(best);
    if (!more) break;
    const wins = more.program !== best.program;
    best = { ...more, ledger: [...best.ledger, ...more.ledger] };
    if (!wins) break;
  }
  return best;
}

/** The program without looks of heads, and positions, that do nothing. */
async function withoutIdle({ workshop, measure }: SimplifyInput, start: Refitted): Promise<RefitResult> {
  const { program: busy, idle: looks } = await withoutIdleLooks(workshop, start.program);
  const program = await withPositionKnots(workshop, busy);
  const knots = program === busy ? undefined : program.embed.knots?.length;
  const idle = [...looks, ...(knots ? [`positions other than ${String(knots)} and those on lines between them`] : [])];
  if (idle.length === 0) return { ...start, ledger: [] };
  const history = [...start.history, ...idle.map((id) => `without ${id}`)];
  const measured = await measure(program, history);
  const { kl, flips } = measured;
  const entry: Entry = {
    action: "accepted",
    pass: "idle-looks",
    site: "model",
    reason: `held-out KL goes from ${significant(start.measured.kl.value)} to ${significant(kl.value)} nats without ${idle.join(", ")}; each alone is missed by no more than chance`,
    measuredKl: significant(kl.value),
    flips: significant(flips.value),
    flipsHigh: significant(flips.high),
  };
  return { program, measured, history, ledger: [entry] };
}

/** Classes that no rule speaks of are no part of the program. */
function withoutUnusedClasses(program: Program): Program {
  const used = nodesOf(program).some(({ kind }) => kind === "classLook" || kind === "classVectors");
  if (used || !program.tokenClasses) return program;
  const { tokenClasses: _unused, ...rest } = program;
  return rest;
}
