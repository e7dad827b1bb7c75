import { z } from "zod";
import { BUDGET_METRICS } from "../budget.ts";

/** A measured value and its bootstrap 95 % interval over documents. */
const interval = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });

const share = z.number().min(0).max(1);
const count = z.int().min(0);

const marginBin = z.strictObject({
  /** Margins from here, in nats … */
  from: z.number().min(0),
  /** … to just below here; null where there is no upper end. */
  below: z.number().nullable(),
  positions: count,
  /** Share of the bin's positions that flip; 0 where it has none. */
  flips: share,
});

const domainFidelity = z.strictObject({
  documents: count,
  positions: count,
  flips: interval,
  confidentFlips: interval,
  match: interval,
  kl: interval,
  ceDelta: interval.nullable(),
});

const fidelity = z.strictObject({
  /** Share of scored positions whose decision differs from the original's. */
  flips: interval,
  /** Word error rate of greedy continuations; null where a model's tokens are not text. */
  wer: interval.nullable(),
  /** Flips where the original's margin is at least 0.3 nats, as a share of those positions. */
  confidentFlips: interval,
  /** Share of documents without a flip. */
  match: interval,
  /** KL(original || program) in nats a position. */
  kl: interval,
  /** Cross-entropy of the program less the original's, in nats a token; null where a model's tokens are not text. */
  ceDelta: interval.nullable(),
  agreementByMargin: z.array(marginBin),
  byDomain: z.record(z.string(), domainFidelity),
  documents: count,
  positions: count,
  continuations: count,
});

const coverage = z.strictObject({
  /** Heads whose attention pattern comes from rules alone. */
  headsSymbolicQk: count,
  /** Heads that read no opaque weights at all. */
  headsSymbolic: count,
  heads: count,
  neurons: z.strictObject({
    constant: count,
    affine: count,
    table: count,
    rule: count,
    guarded: count,
    total: count,
  }),
  /** Share of the original's parameters that the program does not read. */
  parametersNoLongerRead: z.number().max(1),
  /** Share of the original's multiplications a token, at half the context, that the program does not do. */
  flopsNoLongerRun: z.number().max(1),
  /** Price-weighted held-out score of the best rule of every head and cluster, replaced or not; null where unknown. */
  described: share.nullable(),
  /** Share of positions that an output-level rule decides before the rest runs. */
  decided: share,
});

const explanation = z.strictObject({
  /** The least of bits, recovery and simulation, and at least 0. */
  headline: share,
  /** 1 - bits(opaque tensors + tables + rule source) / bits(original); below 0 where the program is longer. */
  bits: z.number().max(1),
  /** 1 - KL(rules only) / KL(everything mean-ablated); below 0 where the rules alone are worse than nothing. */
  recovery: z.number().max(1),
  /** Price-weighted R^2 of what the sites write on unseen documents; opaque sites score 0. */
  simulation: z.number().max(1),
  coverage,
  falsification: z.strictObject({
    rules: count,
    passed: count,
    /** The rules that did not pass, such as "block00.head01.kernel"; absent where all did. */
    failed: z.array(z.string()).optional(),
  }),
});

const source = z.strictObject({
  files: count,
  lines: count,
  /** Lines of the longest file. */
  longestFile: count,
  /** Share of exported declarations with a doc comment. */
  documentedShare: share,
});

const calibration = z.strictObject({
  /** Parts that were replaced by their means, one at a time. */
  sample: count,
  /** Rank correlation of predicted and true KL; null where the sample has no order. */
  spearman: z.number().min(-1).max(1).nullable(),
  /** Median of predicted over true KL; null where nothing cost anything. */
  medianRatio: z.number().min(0).nullable(),
});

/** The shape of report.json in an emitted package. */
export const reportSchema = z.strictObject({
  schema: z.literal(1),
  model: z.strictObject({ id: z.string(), sha256: z.string(), parameters: count }),
  budget: z.strictObject({
    metric: z.enum(BUDGET_METRICS),
    /** Highest allowed upper end of the metric's interval; 0 for "exact" and for "rules". */
    limit: z.number().min(0),
    met: z.boolean(),
  }),
  fidelity,
  explanation,
  source,
  /** How true the predicted costs of heads and neurons are; absent where a package is scored without compiling it. */
  prices: z.strictObject({ heads: calibration, neurons: calibration }).optional(),
});

/** What a package's fidelity and explanation came to: the contents of report.json. */
export type Report = z.infer<typeof reportSchema>;

/** A measured value and its bootstrap 95 % interval over documents. */
export type Interval = z.infer<typeof interval>;

/** The fidelity of the documents of one domain. */
export type DomainFidelity = z.infer<typeof domainFidelity>;

/** Flips where the original's margin lies in one range. */
export type MarginBin = z.infer<typeof marginBin>;

/** The counts behind `explanation.coverage`. */
export type Coverage = Report["explanation"]["coverage"];
