import { createHash } from "node:crypto";
import type { Budget } from "../budget.ts";
import { cached, type Cache } from "../cache.ts";
import { Engine } from "../engine/index.ts";
import { CompilerError } from "../errors.ts";
import type { ExtractedModel } from "../extract/index.ts";
import { lift } from "../ir/index.ts";
import { silentProgress, type Progress } from "../progress.ts";
import { rounded, type Report } from "../report/index.ts";
import { createTokenizer } from "../runtime/index.ts";
import { readTestDocuments } from "../text/held-out.ts";
import { openText, type TextSource, type TokenDocument } from "../text/index.ts";
import { scoreAlgorithm } from "./algorithm/score.ts";
import { bitsSaved, equivalentLevels, packageTensors } from "./bits.ts";
import { compareContinuations, promptsOf } from "./continuations.ts";
import { coverageOf } from "./coverage.ts";
import { falsify, type Falsification } from "./falsification.ts";
import {
  decidedShare,
  isExact,
  klOf,
  summariseFidelity,
  type ContinuationComparison,
  type DocumentComparison,
} from "./fidelity.ts";
import type { CompareOptions } from "./jobs/compare-document.ts";
import type { Continuations, Prompt } from "./jobs/continue-prompt.ts";
import { isAlgorithm, manifestSites } from "./manifest.ts";
import { opaqueParts, type ModelOutline, type OutlineOptions } from "./outline.ts";
import { buildForJobs } from "./package-jobs.ts";
import { readPackageFiles, type PackageFiles } from "./package-files.ts";
import { PhaseProgress, type Phase } from "./phases.ts";
import { measureRecovery } from "./recovery.ts";
import { changedRuntime } from "./rule-source.ts";
import { firstPositions, runPackageJob, type Scoring } from "./scoring.ts";
import { measureSimulation } from "./simulation.ts";
import { sourceFacts } from "./source-facts.ts";

/** How much text the measurements read, in scored positions, and how many continuations are compared. */
export interface Effort {
  /** Positions for fidelity; by default what the text has to offer. */
  readonly test?: number;
  readonly prompts: number;
  readonly bits: number;
  readonly recovery: number;
  /** Calibration text for the means that stand in for what is ablated. */
  readonly means: number;
  readonly simulation: number;
  readonly falsification: number;
}

const DEFAULT_EFFORT: Effort = {
  prompts: 200,
  bits: 4000,
  recovery: 6000,
  means: 4000,
  simulation: 4000,
  falsification: 2000,
};

/** How far the KL of the public face may be from that of the model behind it: rounding, in nats and as a share. */
const SAME_KL = 1e-6;
const SAME_KL_SHARE = 1e-3;

/** What to score, against what, and on which text. */
export interface ScoreOptions {
  /** Folder of the emitted package. Its code is run. */
  readonly folder: string;
  /** The model that it was compiled from. */
  readonly model: ExtractedModel;
  readonly source: TextSource;
  readonly budget: Budget;
  readonly seed: number;
  readonly workers: number;
  readonly effort?: Partial<Effort>;
  readonly cache?: Cache;
  readonly onProgress?: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Measures an emitted package against its original: the package itself is built, imported and run on worker threads, on
 * documents that nothing else has read. Nothing is written into the package.
 *
 * @throws CompilerError package-missing, package-broken or package-mismatch; the signal's reason when it is aborted
 */
export async function scorePackage(options: ScoreOptions): Promise<Report> {
  const { model, budget } = options;
  const files = await readPackageFiles(options.folder);
  const { fidelity, explanation, opaque } = isAlgorithm(files)
    ? { ...(await measuredAlgorithm(options, files)), opaque: 0 }
    : await withPackage(options, files, async (scoring) => ({
        ...(await measured(options, files, scoring)),
        opaque: opaqueParts(scoring.outline),
      }));
  return rounded({
    schema: 1,
    model: { id: model.id, sha256: model.sha256, parameters: model.parameters },
    budget: { metric: budget.metric, limit: budget.limit, met: isMet(budget, fidelity, opaque) },
    fidelity,
    explanation,
    source: sourceFacts(files.sources),
  });
}

/**
 * Reads the documents that a score would read, so that what is wrong with them shows before the long work.
 *
 * @throws CompilerError on text or documents that cannot be read, and where there are none
 */
export function checkTestDocuments(source: TextSource, model: ExtractedModel): void {
  readTestDocuments(source, createTokenizer(model.tokenizer), model.config.context);
}

/** Builds the package, starts the threads, and takes both away again whatever happens. */
export async function withPackage<Result>(
  { folder, model, source, seed, workers, signal }: ScoreOptions,
  files: PackageFiles,
  work: (scoring: Scoring) => Promise<Result>,
): Promise<Result> {
  const sites = manifestSites(files);
  const original = lift(model);
  const built = await buildForJobs(files);
  const engine = new Engine({ workers });
  try {
    const ready = { folder, engine, built, original, sites, seed, signal };
    const { width, heads, inner } = model.config;
    const trusted = changedRuntime(files.runtime).length === 0;
    const sizes: OutlineOptions = { headWidth: width / heads, inner, trusted };
    const [outline] = await runPackageJob<null, ModelOutline>(ready, "outline-package", sizes, [null]);
    if (!outline) throw CompilerError.of("package-broken", { path: folder, reason: "It has no model." });
    checkSizes(folder, model, outline);
    const decision = source.kind === "task" ? source.task.decision : "argmax";
    const isText = source.kind !== "task" && model.tokenizer.kind !== "words";
    return await work({ ...ready, outline, decision, isText });
  } finally {
    await engine.close();
    await built.remove();
  }
}

function measuredAlgorithm(
  options: ScoreOptions,
  files: PackageFiles,
): Promise<Pick<Report, "fidelity" | "explanation">> {
  const { folder, model, source, seed, workers, signal, onProgress = silentProgress } = options;
  const { bits, means } = { ...DEFAULT_EFFORT, ...options.effort };
  const tokenizer = createTokenizer(model.tokenizer);
  const { context } = model.config;
  return scoreAlgorithm(
    {
      folder,
      model,
      decision: source.kind === "task" ? source.task.decision : "argmax",
      calibrate: openText(source, tokenizer, context).calibrate(),
      test: readTestDocuments(source, tokenizer, context),
      bits,
      means,
      seed,
      workers,
      signal,
      onDone: (done, total) => onProgress.step(done, total),
    },
    files,
  );
}

async function measured(
  options: ScoreOptions,
  files: PackageFiles,
  scoring: Scoring,
): Promise<Pick<Report, "fidelity" | "explanation">> {
  const { model, source, seed, cache, onProgress = silentProgress } = options;
  const effort = { ...DEFAULT_EFFORT, ...options.effort };
  const { context } = model.config;
  const tokenizer = createTokenizer(model.tokenizer);
  const test = readTestDocuments(source, tokenizer, context, effort.test === undefined ? {} : { test: effort.test });
  const calibrate = openText(source, tokenizer, context).calibrate();
  const progress = new PhaseProgress(onProgress);
  const identity = [files.sha256, model.sha256, identityOf(test, calibrate), seed, effort];
  const phase = async <Value>(
    name: Phase,
    measure: (onDone: (done: number, total: number) => void) => Promise<Value>,
  ) => {
    scoring.signal?.throwIfAborted();
    const compute = (): Promise<Value> => measure(progress.within(name));
    const value = await (cache ? cached(cache, `score-${name}`, identity, compute) : compute());
    progress.end(name);
    return value;
  };
  const part = (positions: number): TokenDocument[] => firstPositions(test, positions);

  const comparisons = await phase("fidelity", (onDone) => compareDocuments(scoring, test, onDone));
  const continuations = await phase("continuations", async (onDone) => {
    const prompts = scoring.isText ? promptsOf(test, effort.prompts) : [];
    const results = await runPackageJob<Prompt, Continuations>(scoring, "continue-prompt", null, prompts, onDone);
    return results.map((result): ContinuationComparison => compareContinuations(result, tokenizer));
  });
  const tensors = packageTensors(files);
  const bits = await phase("bits", async () => {
    const documents = part(effort.bits);
    const levels = await equivalentLevels(scoring, documents, klOf(comparisons.slice(0, documents.length)));
    return bitsSaved(scoring.original, files, tensors, levels, model.tokenizer);
  });
  const recovery = await phase("recovery", () =>
    measureRecovery(scoring, firstPositions(calibrate, effort.means), part(effort.recovery)),
  );
  const simulation = await phase("simulation", () => measureSimulation(scoring, part(effort.simulation)));
  const falsification = await phase("falsification", () => falsify(scoring, part(effort.falsification)));
  checkFace(options.folder, falsification, comparisons);

  const tensorValues = tensors.reduce((sum, { values }) => sum + values.length, 0);
  const sizes = { ...model.config, parameters: model.parameters };
  return {
    fidelity: summariseFidelity(comparisons, continuations, { seed, isText: scoring.isText }),
    explanation: {
      headline: Math.max(0, Math.min(bits, recovery, simulation.explained)),
      bits,
      recovery,
      simulation: simulation.explained,
      coverage: {
        ...coverageOf(scoring.outline, sizes, tensorValues, scoring.sites, simulation.sites),
        decided: decidedShare(comparisons),
      },
      falsification: falsification.result,
    },
  };
}

function compareDocuments(
  scoring: Scoring,
  documents: readonly TokenDocument[],
  onDone: (done: number, total: number) => void,
): Promise<DocumentComparison[]> {
  const options: CompareOptions = { decision: scoring.decision, isText: scoring.isText };
  return runPackageJob(scoring, "compare-document", options, documents, onDone);
}

/** Whether the upper end of the metric's interval is within the budget; for "rules", whether nothing opaque is left. */
function isMet({ metric, limit }: Budget, fidelity: Report["fidelity"], opaque: number): boolean {
  if (metric === "rules") return opaque === 0;
  if (metric === "exact") return isExact(fidelity);
  const interval = fidelity[metric];
  return interval !== null && interval.high <= limit;
}

/**
 * What is explained is `model`, what is used is `load()`: where the two give different answers, the explanation would be
 * of something else.
 */
function checkFace(folder: string, { kl, documents }: Falsification, comparisons: readonly DocumentComparison[]): void {
  const faceKl = klOf(comparisons.slice(0, documents));
  if (Math.abs(kl - faceKl) <= SAME_KL + SAME_KL_SHARE * faceKl) return;
  const reason = "what load() answers is not what the model of src/model.ts gives, so that its rules explain nothing.";
  throw CompilerError.of("package-broken", { path: folder, reason });
}

function checkSizes(folder: string, { id, config }: ExtractedModel, outline: ModelOutline): void {
  const sizes: [name: string, original: number, program: number][] = [
    ["tokens", config.vocabulary, outline.vocabulary],
    ["positions", config.context, outline.context],
    ["residual dimensions", config.width, outline.width],
    ["blocks", config.layers, outline.blocks.length],
    ...outline.blocks.map(({ heads }, block): [string, number, number] => [
      `heads in block ${block}`,
      config.heads,
      heads.length,
    ]),
  ];
  const different = sizes.find(([, original, program]) => original !== program);
  if (!different) return;
  const [name, original, program] = different;
  const reason = `the model has ${original} ${name}, the package ${program}.`;
  throw CompilerError.of("package-mismatch", { path: folder, model: id, reason });
}

function identityOf(...documents: readonly (readonly TokenDocument[])[]): string {
  return createHash("sha256").update(JSON.stringify(documents)).digest("hex");
}
