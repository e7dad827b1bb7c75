import { sharedFloats } from "../../engine/index.ts";
import {
  handlesOf,
  isLookNumber,
  mapHeads,
  parametersOf,
  parameterValues,
  withParameters,
  type HeadNode,
  type Origin,
  type Program,
  type RuleLookNode,
} from "../../ir/index.ts";
import type { HeadBases, HeadChange, HeadProfile, Profile } from "../../profile/index.ts";
import { looksByWeights } from "../heads.ts";
import type { AttentionFit, AttentionLane, FitAttentionOptions } from "../jobs/fit-attention.ts";
import { adamStep, scheduleAt } from "../refit/adam.ts";
import { batchesOf } from "../refit/batches.ts";
import { FITTED_POSITIONS, type Workshop } from "../workshop.ts";
import { explainedBy } from "./explained.ts";
import { withoutIdleTables } from "./idle-tables.ts";
import { withRoundedRules } from "./rounded-rules.ts";

/** A head that looks by rules, moving what it moved. */
export interface RuledHead extends HeadChange {
  /** Share of what the head writes on held-out text that the rules foresee. */
  readonly explained: number;
}

const NAME = "symbolic-heads";

/** Tokens that a step of the fit reads, and steps in which the learning rate rises. */
const TOKENS_PER_STEP = 1024;
const WARM_UP = 5;
/** Steps that bring the patterns near, then steps for what is moved; highest learning rates: scores are of the order of 1. */
const PATTERN_STEPS = 40;
const PATTERN_RATE = 0.05;
const MOVED_STEPS = 60;
const MOVED_RATE = 0.03;

/** A batch is cut into so many parts whatever the number of workers, so that sums are the same on all machines. */
const LANES = 4;

/** Which tokens a class table compares: so many before the query, and so many before the key. */
const TABLES = [
  [0, 0],
  [0, 1],
  [1, 0],
] as const;

/** Rules for heads, and the program that they were made for, which holds their tensors. */
export interface RuledHeads {
  readonly program: Program;
  readonly heads: readonly RuledHead[];
}

/**
 * For every head that looks by weights the rules that come nearest to its attention: distance, first token, the key's token,
 * the classes of the tokens at query and key and of those before them, and repetitions, all under one softmax, fitted by
 * cross-entropy with the head's own attention.
 */
export async function patternRules(workshop: Workshop, program: Program, profile: Profile): Promise<RuledHeads> {
  if (!program.tokenClasses) return { program, heads: [] };
  const values = new Map<string, Float32Array>();
  const begun = mapHeads(program, (node, { block, index }) => {
    const measured = profile.heads[block]?.[index];
    return looksByWeights(node) && measured ? ruled(program, node, measured, values) : node;
  });
  if (values.size === 0) return { program, heads: [] };
  const options = { steps: PATTERN_STEPS, rate: PATTERN_RATE };
  const fitted = await fit(workshop, program, { ...begun, tensors: program.tensors.with(values) }, options);
  return measuredRules(workshop, program, fitted, profile);
}

/**
 * The same rules, without tables that are not worth their numbers, fitted on to what each head moves, in the priced metric.
 *
 * @param bases that the values which heads move are in
 * @param worth what each number of a table has to foresee, in nats a position; where nothing, all tables stay
 */
export async function movedRules(
  workshop: Workshop,
  { program, heads }: RuledHeads,
  profile: Profile,
  bases: readonly (readonly HeadBases[])[],
  worth: number,
): Promise<RuledHeads> {
  if (heads.length === 0) return { program, heads };
  const shorter = worth > 0 ? (await withoutIdleTables(workshop, { program, heads }, profile, worth)).heads : heads;
  const begun = mapHeads(
    program,
    (node, { block, index }) =>
      shorter.find((change) => change.block === block && change.head === index)?.replacement ?? node,
  );
  const weights = bases.map((block) => block.map(({ moves }) => moves?.weights));
  const fitted = await fit(workshop, program, begun, { steps: MOVED_STEPS, rate: MOVED_RATE, weights });
  return measuredRules(workshop, program, withRoundedRules(fitted), profile);
}

/** The heads that look by weights in one program and by rules in the other, and how much of the former the latter explain. */
async function measuredRules(
  workshop: Workshop,
  program: Program,
  fitted: Program,
  profile: Profile,
): Promise<RuledHeads> {
  const changes = program.blocks.flatMap(({ attention }, block) =>
    attention.heads.flatMap((node, head) => {
      const replacement = fitted.blocks[block]?.attention.heads[head];
      return looksByWeights(node) && replacement && !looksByWeights(replacement) ? [{ block, head, replacement }] : [];
    }),
  );
  const handles = changes.flatMap(({ replacement }) => replacement.looks.flatMap(handlesOf));
  const tensors = handles.map((handle) => [handle.name, fitted.tensors.get(handle)] as const);
  const holding = { ...program, tensors: program.tensors.with(tensors) };
  const explained = await explainedBy(workshop, holding, changes, profile);
  return { program: holding, heads: changes.map((change, index) => ({ ...change, explained: explained[index] ?? 0 })) };
}

/** The head with rules that so far know distance and the first token alone. */
function ruled(
  { vocabulary, tokenClasses }: Program,
  head: HeadNode,
  { kernelFit }: HeadProfile,
  values: Map<string, Float32Array>,
): HeadNode {
  const tensors = head.looks.flatMap(({ origin }) => origin.tensors);
  const origin: Origin = { tensors: [...new Set(tensors)], passes: [NAME] };
  const shape = ["time", "time"] as const;
  const classes = tokenClasses?.names.length ?? 0;
  const table = (name: string, ...extents: number[]) => {
    values.set(`${head.id}.${name}`, new Float32Array(extents.reduce((product, extent) => product * extent, 1)));
    return { name: `${head.id}.${name}`, shape: extents, origin };
  };
  const base = (name: string) => ({ id: `${head.id}.${name}`, shape, origin });
  const steps = kernelFit?.rule.steps ?? [[0, 0] as const];
  const looks: RuleLookNode[] = [
    { ...base("sink"), kind: "sinkLook", rule: { kind: "sink", score: kernelFit?.sink.score ?? 0 } },
    { ...base("kernel"), kind: "kernelLook", rule: { kind: "kernel", steps } },
    { ...base("sameToken"), kind: "matchLook", rule: { kind: "match", keyBack: 0, scores: [0, 0] } },
    { ...base("followsMatch"), kind: "matchLook", rule: { kind: "match", keyBack: 1, scores: [0, 0] } },
    { ...base("tokenScores"), kind: "tokenLook", back: 0, scores: table("tokenScores", 1, vocabulary) },
    ...TABLES.map(([queryBack, keyBack]): RuleLookNode => {
      const name = `classScores${queryBack}${keyBack}`;
      return { ...base(name), kind: "classLook", queryBack, keyBack, scores: table(name, classes, classes) };
    }),
  ];
  return { ...head, looks };
}

/** Adam on the rules' numbers. */
async function fit(
  { engine, training, seed, signal }: Workshop,
  taught: Program,
  begun: Program,
  { steps, rate, weights }: Pick<FitAttentionOptions, "weights"> & { readonly steps: number; readonly rate: number },
): Promise<Program> {
  const layout = parametersOf(begun, isLookNumber);
  const values = parameterValues(begun, layout);
  const [first, second] = [new Float32Array(layout.length), new Float32Array(layout.length)];
  const gradients = Array.from({ length: LANES }, () => sharedFloats(layout.length));
  const batches = batchesOf(training(FITTED_POSITIONS), TOKENS_PER_STEP, seed);
  for (let step = 1; step <= steps; step++) {
    signal?.throwIfAborted();
    const batch = batches.next().value;
    const lanes = gradients.map((gradient, lane): AttentionLane => {
      const [start, end] = [lane, lane + 1].map((cut) => Math.floor((cut * batch.length) / LANES));
      return { documents: batch.slice(start, end), gradient };
    });
    const ruled = withParameters(begun, layout, values);
    const results = await engine.map<FitAttentionOptions, AttentionLane, AttentionFit>(
      new URL("../jobs/fit-attention.ts", import.meta.url),
      { programs: { taught, ruled }, options: { layout, ...(weights && { weights }) } },
      lanes,
      { signal },
    );
    const queries = results.reduce((sum, lane) => sum + lane.queries, 0);
    const mean = values.map((_, index) => gradients.reduce((sum, lane) => sum + (lane[index] as number), 0) / queries);
    const rates = layout.parameters.map(() => rate * scheduleAt(step, steps, WARM_UP));
    adamStep({ values, first, second }, mean, step, layout, rates);
  }
  return withParameters(begun, layout, values);
}
