import type { Program } from "../ir/index.ts";
import { headBases, survey, trueCosts, type HeadBases, type Profile, type Survey } from "../profile/index.ts";
import { alignHeads } from "./exact/align-heads.ts";
import { movedRules, patternRules, type RuledHead, type RuledHeads } from "./fit/look-rules.ts";
import { withTokenClasses } from "./fit/token-classes.ts";
import { tokenMoves } from "./fit/token-moves.ts";
import { tokenTables } from "./fit/token-tables.ts";
import type { MlpReplacement } from "./candidate.ts";
import { worthOfNumber } from "./cost.ts";
import type { Workshop } from "./workshop.ts";

/** What replacements would cost a program as it is, and the rules that were fitted to it. */
export interface Surveyed extends Pick<Survey, "columns"> {
  /** Heads that look by rules, each with its predicted KL. */
  readonly heads: readonly PricedHead[];
  /** Heads that look by rules and move a vector by token. */
  readonly tokenMoves: readonly PricedHead[];
  /** MLPs that write a vector by token. */
  readonly tokenTables: readonly MlpReplacement[];
  /** What holding a neuron at its best constant costs on held-out text, for the cheapest: by MLP part, and by row. */
  readonly measuredNeurons: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

export type PricedHead = RuledHead & { readonly price: number };

/** The part of a survey that does not depend on what may be spent. */
interface Begun {
  readonly bases: readonly (readonly HeadBases[])[];
  readonly ruled: RuledHeads;
}

/** A program with its heads in other bases, and what was surveyed there. */
interface SurveyedProgram {
  readonly program: Program;
  readonly surveyed: Omit<Surveyed, "measuredNeurons">;
  /** Measures when it is first asked: a strategy that goes by prices alone has no use for it. */
  readonly measuredNeurons: () => Promise<Surveyed["measuredNeurons"]>;
}

/** Surveys by program, and by what may be spent and what tables stay: budgets share what they can. */
export type Surveys = WeakMap<
  Program,
  { readonly begun: Promise<Begun>; readonly whole: Map<string, Promise<SurveyedProgram>> }
>;

/** Of how many neurons, cheapest first, costs are measured: until their prices come to this many times what may be spent. */
const MEASURED_SHARE = 4;
const FEWEST_MEASURED = 8;
const MOST_MEASURED = 48;

/** Documents that are enough to find the bases of heads, and classes of tokens: what is dropped is then priced on all. */
const BASES_SHARE = 4;

/** What fitting rules on to what heads move, in the priced metric, leaves at best of the cost of what they do not explain. */
const BEST_LEFT = 0.25;

/**
 * The program with its heads in the bases in which columns can be left out one by one, and what everything would cost there.
 *
 * @param most KL that may be spent, in nats: heads whose rules would cost more are not fitted to an end
 * @param allTables whether rules for heads keep tables of scores that are not worth their numbers
 */
export function surveyed(
  workshop: Workshop,
  program: Program,
  profile: Profile,
  most: number,
  allTables = false,
): Promise<SurveyedProgram> {
  const { surveys } = workshop;
  const known = surveys.get(program) ?? {
    begun: begin(workshop, program, profile),
    whole: new Map<string, Promise<SurveyedProgram>>(),
  };
  surveys.set(program, known);
  const key = `${most} ${String(allTables)}`;
  const whole = known.whole.get(key) ?? known.begun.then((begun) => finish(workshop, begun, profile, most, allTables));
  known.whole.set(key, whole);
  return whole;
}

async function finish(
  workshop: Workshop,
  { bases, ruled }: Begun,
  profile: Profile,
  most: number,
  allTables: boolean,
): Promise<SurveyedProgram> {
  const affordable = ruled.heads.filter(({ block, head, explained }) => {
    const price = profile.heads[block]?.[head]?.price ?? 0;
    return BEST_LEFT * Math.max(0, 1 - explained) * price <= most;
  });
  const worth = worthOfNumber(ruled.program, most);
  const fitted = await movedRules(
    workshop,
    { program: ruled.program, heads: affordable },
    profile,
    bases,
    allTables ? 0 : worth,
  );
  const blocks = profile.mlps.flatMap(({ price, tokenTable }, block) =>
    price * (1 - Math.max(0, tokenTable?.explained ?? 0)) <= most ? [block] : [],
  );
  const moving = await tokenMoves(workshop, fitted, profile, worth);
  const tables = await tokenTables(workshop, fitted.program, blocks, profile, worth);
  const asked = [...fitted.heads, ...moving.heads];
  const { columns, changes } = await survey(workshop.engine, moving.program, workshop.priced, asked, workshop);
  const priced = asked.map((head, index): PricedHead => ({ ...head, price: changes[index] as number }));
  const [heads, moved] = [priced.slice(0, fitted.heads.length), priced.slice(fitted.heads.length)];
  let known: Promise<Surveyed["measuredNeurons"]> | undefined;
  return {
    program: moving.program,
    surveyed: { columns, heads, tokenMoves: moved, tokenTables: tables },
    measuredNeurons: () => (known ??= measured(workshop, moving.program, columns, most)),
  };
}

/**
 * Measures the neurons that may be chosen: among thousands of prices the lowest ones are those of neurons that chance spared
 * on the text where prices were made.
 */
async function measured(
  { engine, select, decision, seed, signal }: Workshop,
  program: Program,
  columns: Survey["columns"],
  most: number,
): Promise<Surveyed["measuredNeurons"]> {
  if (most === Infinity) return new Map();
  const all = program.blocks.flatMap(({ mlp }, block) =>
    mlp.parts.flatMap(({ kind, id }, part) =>
      kind === "densePart"
        ? (columns.get(id) ?? []).map(({ price, constant }, row) => ({ id, block, part, row, price, constant }))
        : [],
    ),
  );
  let sum = 0;
  const cheapest = all
    .sort((a, b) => a.price - b.price)
    .slice(0, MOST_MEASURED)
    .filter(({ price }, index) => (sum += price) <= MEASURED_SHARE * most || index < FEWEST_MEASURED);
  const sites = cheapest.map(({ block, part, row, constant }) => {
    return { at: "neuron" as const, block, part, row, mean: constant };
  });
  const costs = await trueCosts(engine, program, sites, select, { decision, seed, ...(signal && { signal }) });
  const byPart = new Map<string, Map<number, number>>();
  cheapest.forEach(({ id, row }, index) => {
    const own = byPart.get(id) ?? new Map<number, number>();
    byPart.set(id, own.set(row, costs[index] as number));
  });
  return byPart;
}

async function begin(workshop: Workshop, program: Program, profile: Profile): Promise<Begun> {
  const { engine, calibrate } = workshop;
  const some = calibrate.filter((_, index) => index % BASES_SHARE === 0);
  const bases = await headBases(engine, program, some, workshop);
  const classed = await withTokenClasses(workshop, alignHeads(program, bases), some);
  return { bases, ruled: await patternRules(workshop, classed, profile) };
}
