import { handlesOf, nodesOf, pruned, verify, type Program } from "../ir/index.ts";
import type { Profile } from "../profile/index.ts";
import { expectedKl, type Allowance } from "./allowance.ts";
import type { Candidate } from "./candidate.ts";
import { expandPaths } from "./exact/expand-paths.ts";
import type { LedgerEntry } from "./ledger.ts";
import type { SimplifyOptions } from "./options.ts";
import { proposersFor } from "./propose/index.ts";
import { Refitting } from "./refit/refitting.ts";
import { explainedBy } from "./fit/explained.ts";
import { withoutIdleLooks } from "./idle-looks.ts";
import { rulesOnly } from "./rules-only.ts";
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
  /** Names what was done so far: decides what a measurement is of. */
  readonly history: readonly string[];
  readonly ledger: readonly Entry[];
  /** What was last rejected. */
  readonly rejected: readonly Entry[];
}

/** Rounds of proposing, choosing and refitting: what refitting wins back, the next round spends. */
const ROUNDS = { full: 2, baseline: 1 } as const;

/** Selections that are tried in one round, each with less to spend, until the refitted program is within the allowance. */
const TRIES = 4;

/** A round that would gain less than this share of the allowance is not worth its time. */
const WORTH_A_ROUND = 0.15;

/**
 * Proposers propose, the selector chooses, refits win back what that cost: the simplified program, and what was decided
 * about every candidate. Every round surveys the program as it is by then.
 */
export async function simplify(input: SimplifyInput): Promise<{ program: Program; ledger: Entry[] }> {
  const { program, allowance, options } = input;
  if (!allowance) return { program, ledger: [] };
  let standing: Standing = { program, measured: undefined, history: [], ledger: [], rejected: [] };
  for (let round = 0; round < ROUNDS[options.strategy]; round++) {
    const left = standing.measured ? 1 - foreseenUse(standing.measured, allowance) / allowance.limit : 1;
    if (left < WORTH_A_ROUND || (round > 0 && allowance.limit === Infinity)) break;
    const next = await simplifyRound(input, standing, allowance, round);
    if (!next) break;
    standing = next;
  }
  // What became constant is no longer a source of anything.
  const simplified = expandPaths.apply(pruned(withoutUnusedClasses(standing.program)));
  verify(simplified, "simplify");
  return { program: simplified, ledger: [...standing.ledger, ...standing.rejected] };
}

/** One round; undefined where it gains nothing. */
async function simplifyRound(
  { profile, options, workshop, measure, onStep }: SimplifyInput,
  standing: Standing,
  allowance: Allowance,
  round: number,
): Promise<Standing | undefined> {
  const refitting = new Refitting(options, workshop, measure);
  let overshoot = refitting.expectedGain(expectedKl(allowance));
  const most = expectedKl({ ...allowance, limit: allowance.limit * overshoot });
  const survey = await surveyed(workshop, standing.program, profile, most);
  const proposers = proposersFor(options);
  const all = proposers.flatMap((proposer) => proposer.propose(survey.program, profile, survey.surveyed));
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
    );
    if (!chosen.measured || chosen.accepted.length === 0) return undefined;
    const busy = await withoutIdleLooks(workshop, chosen.program);
    const history = [
      ...prefix,
      ...chosen.accepted.map(({ site, proposer }) => `${site} ${proposer}`),
      ...busy.idle.map((id) => `without ${id}`),
    ];
    const measured = busy.idle.length > 0 ? await measure(busy.program, history) : chosen.measured;
    const refitted = await refitting.refit({ program: busy.program, measured, history });
    const use = foreseenUse(refitted.measured, allowance);
    onStep?.(
      `round ${round + 1}: ${chosen.accepted.length} replacements; ${((100 * use) / allowance.limit).toFixed(0)} % of the budget after refitting`,
    );
    if (use <= allowance.limit) {
      return {
        ...refitted,
        ledger: [
          ...standing.ledger,
          ...(await explainedAgain(
            workshop,
            profile,
            { before: survey.program, after: refitted.program, accepted: chosen.accepted },
            chosen.ledger.filter(({ action }) => action === "accepted"),
          )),
          ...(busy.idle.length > 0 ? [withoutIdle(busy.idle, measured)] : []),
          ...refitted.ledger,
        ],
        rejected: chosen.ledger.filter(({ action }) => action === "rejected"),
      };
    }
    overshoot *= Math.min(0.95, Math.max(0.5, (0.97 * allowance.limit) / use));
  }
  return undefined;
}

/** The entries, with what rules of heads explain measured again: looks were left out, numbers fitted. */
async function explainedAgain(
  workshop: Workshop,
  profile: Profile,
  { before, after, accepted }: Record<"before" | "after", Program> & { readonly accepted: readonly Candidate[] },
  entries: readonly Entry[],
): Promise<Entry[]> {
  const changes = accepted.flatMap(({ site, explained, replacement }) => {
    if (replacement.kind !== "head" || explained === undefined) return [];
    const { block, head, bias } = replacement;
    const [was, is] = [before, after].map(({ blocks }) => blocks[block]?.attention.heads[head]);
    if (!was || !is) return [];
    // The values that a head moves by weights are those it had: fitted ones have the same names.
    const moves = is.moves.kind === "denseMove" ? was.moves : is.moves;
    return [{ site, explained, block, head, replacement: { ...is, moves }, ...(bias && { bias }) }];
  });
  if (changes.length === 0) return [...entries];
  const handles = changes
    .flatMap(({ replacement: { looks, moves } }) => [...looks, ...(moves.kind === "denseMove" ? [] : [moves])])
    .flatMap(handlesOf);
  const tensors = before.tensors.with(handles.map((handle) => [handle.name, after.tensors.get(handle)] as const));
  const measured = await explainedBy(workshop, { ...before, tensors }, changes, profile);
  return entries.map((entry) => {
    const index = changes.findIndex(({ site }) => site === entry.site);
    const [change, explained] = [changes[index], measured[index]];
    if (!change || explained === undefined) return entry;
    const [was, is] = [change.explained, explained].map((share) => (100 * Math.max(0, share)).toFixed(0));
    return {
      ...entry,
      explained: significant(Math.max(0, explained)),
      reason: was === is ? entry.reason : `${entry.reason}; ${is} % as it is in the end`,
    };
  });
}

function withoutIdle(idle: readonly string[], { kl, flips }: Measured): Entry {
  return {
    action: "accepted",
    pass: "idle-looks",
    site: "model",
    reason: `on held-out text nothing is lost without ${idle.join(", ")}`,
    measuredKl: significant(kl.value),
    flips: significant(flips.value),
    flipsHigh: significant(flips.high),
  };
}

/** Classes that no rule speaks of are no part of the program. */
function withoutUnusedClasses(program: Program): Program {
  const used = nodesOf(program).some(({ kind }) => kind === "classLook" || kind === "classVectors");
  if (used || !program.tokenClasses) return program;
  const { tokenClasses: _unused, ...rest } = program;
  return rest;
}
