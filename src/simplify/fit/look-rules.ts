import {
  isRule,
  parametersOf,
  parameterValues,
  rewrite,
  withParameters,
  type HeadNode,
  type Origin,
  type Program,
  type RuleLookNode,
  type RuleNode,
} from "../../ir/index.ts";
import { describeHeads, type HeadChange, type HeadProfile, type Profile } from "../../profile/index.ts";
import type { AttentionFit, AttentionLane, FitAttentionOptions } from "../jobs/fit-attention.ts";
import { adamStep, scheduleAt } from "../refit/adam.ts";
import { batchesOf } from "../refit/batches.ts";
import type { Workshop } from "../workshop.ts";

/** A head that looks by rules, moving what it moved. */
export interface RuledHead extends HeadChange {
  /** Share of what the head writes on held-out text that the rules foresee. */
  readonly explained: number;
}

const NAME = "symbolic-heads";

/** Steps of the fit, tokens a step, and its highest learning rate: scores are of the order of 1. */
const STEPS = 80;
const TOKENS_PER_STEP = 1024;
const RATE = 0.05;
const WARM_UP = 5;
/** Documents that are enough to say how much a rule explains. */
const HELD_OUT_DOCUMENTS = 32;

/** A batch is cut into so many parts whatever the number of workers, so that sums are the same on all machines. */
const LANES = 4;

/** Which tokens a class table compares: so many before the query, and so many before the key. */
const TABLES = [
  [0, 0],
  [0, 1],
  [1, 0],
] as const;

/**
 * For every head that looks by weights the rules that come nearest to its attention: distance, first token, the key's token,
 * the classes of the tokens at query and key and of those before them, and repetitions, all under one softmax, fitted by
 * cross-entropy with the head's own attention. The program that is given back holds the rules' tensors.
 */
export async function lookRules(
  workshop: Workshop,
  program: Program,
  profile: Profile,
): Promise<{ readonly program: Program; readonly heads: readonly RuledHead[] }> {
  const heads = program.blocks.flatMap(({ attention }, block) =>
    attention.heads.flatMap((node, head) => (looksByWeights(node) ? [{ block, head, node }] : [])),
  );
  if (!program.tokenClasses || heads.length === 0) return { program, heads: [] };
  const values = new Map<string, Float32Array>();
  const blocks = program.blocks.map((block, index) => ({
    ...block,
    attention: {
      ...block.attention,
      heads: block.attention.heads.map((node, head) => {
        const measured = profile.heads[index]?.[head];
        return looksByWeights(node) && measured ? ruled(program, node, measured, values) : node;
      }),
    },
  }));
  const begun = { ...program, blocks, tensors: program.tensors.with(values) };
  const fitted = await fit(workshop, program, begun);
  const holding = {
    ...program,
    tensors: program.tensors.with([...values.keys()].map((name) => [name, fitted.tensors.get({ name })])),
  };
  const changes = heads.map(({ block, head }) => ({
    block,
    head,
    replacement: fitted.blocks[block]?.attention.heads[head] as HeadNode,
  }));
  const means = profile.heads.map((block) => block.map(({ mean }) => Float32Array.from(mean)));
  const heldOut = workshop.select.slice(0, HELD_OUT_DOCUMENTS);
  const explained = await describeHeads(workshop.engine, holding, changes, means, heldOut, workshop);
  return { program: holding, heads: changes.map((change, index) => ({ ...change, explained: explained[index] ?? 0 })) };
}

function looksByWeights({ looks, moves }: HeadNode): boolean {
  return moves.kind !== "constantMove" && looks.some(({ kind }) => kind === "denseLook");
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
    { ...base("tokenScores"), kind: "tokenLook", back: 0, scores: table("tokenScores", vocabulary) },
    ...TABLES.map(([queryBack, keyBack]): RuleLookNode => {
      const name = `classScores${queryBack}${keyBack}`;
      return { ...base(name), kind: "classLook", queryBack, keyBack, scores: table(name, classes, classes) };
    }),
  ];
  return { ...head, looks };
}

/** Adam on the rules' numbers. */
async function fit({ engine, calibrate, seed, signal }: Workshop, taught: Program, begun: Program): Promise<Program> {
  const layout = parametersOf(begun, ({ kind }) => /^(?:sink|kernel|match|token|class)Look\./u.test(kind));
  const values = parameterValues(begun, layout);
  const [first, second] = [new Float32Array(layout.length), new Float32Array(layout.length)];
  const gradients = Array.from({ length: LANES }, () => new Float32Array(new SharedArrayBuffer(4 * layout.length)));
  const batches = batchesOf(calibrate, TOKENS_PER_STEP, seed);
  for (let step = 1; step <= STEPS; step++) {
    signal?.throwIfAborted();
    const batch = batches.next().value;
    const lanes = gradients.map((gradient, lane): AttentionLane => {
      const [start, end] = [lane, lane + 1].map((cut) => Math.floor((cut * batch.length) / LANES));
      return { documents: batch.slice(start, end), gradient };
    });
    const ruledProgram = withParameters(begun, layout, values);
    const results = await engine.map<FitAttentionOptions, AttentionLane, AttentionFit>(
      new URL("../jobs/fit-attention.ts", import.meta.url),
      { programs: { taught, ruled: ruledProgram }, options: { layout } },
      lanes,
      { signal },
    );
    const queries = results.reduce((sum, lane) => sum + lane.queries, 0);
    const mean = values.map((_, index) => gradients.reduce((sum, lane) => sum + (lane[index] as number), 0) / queries);
    const rate = RATE * scheduleAt(step, STEPS, WARM_UP);
    adamStep(
      { values, first, second },
      mean,
      step,
      layout,
      layout.parameters.map(() => rate),
    );
  }
  // What the source prints has three decimals.
  const fitted = withParameters(begun, layout, values);
  return rewrite(fitted, { look: (node) => (isRule(node) ? withRoundedRule(node) : node) });
}

const rounded = (score: number): number => Number(score.toFixed(3)) + 0; // + 0 turns -0 into 0

/** The rule with the decimals that 32 bits left behind taken off again. */
function withRoundedRule(node: RuleNode): RuleNode {
  switch (node.kind) {
    case "sinkLook":
      return { ...node, rule: { ...node.rule, score: rounded(node.rule.score) } };
    case "kernelLook":
      return {
        ...node,
        rule: { ...node.rule, steps: node.rule.steps.map(([back, score]) => [back, rounded(score)] as const) },
      };
    case "matchLook":
      return { ...node, rule: { ...node.rule, scores: node.rule.scores.map(rounded) } };
  }
}
