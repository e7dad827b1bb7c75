import { formatBudget, type Budget } from "./budget.ts";
import { cachedCalibration, cachedContexts, cachedMeasure, cachedProfile, type WorkOptions } from "./cached-stages.ts";
import { emitAlgorithm, emitAlgorithmReport, emitPackage, emitReport, type AlgorithmInput } from "./codegen/index.ts";
import { Engine } from "./engine/index.ts";
import type { ExtractedModel } from "./extract/index.ts";
import { lift, printProgram, verify, type Program } from "./ir/index.ts";
import { modelOf } from "./model-source.ts";
import { writeBeside } from "./output-folder.ts";
import { costsOfMeans, firstTokens, type PriceCalibration, type Profile } from "./profile/index.ts";
import { rounded, type Report } from "./report/index.ts";
import { createTokenizer, type NamingTokenizer } from "./runtime/index.ts";
import { checkTestDocuments, scorePackage } from "./score/index.ts";
import {
  allowanceOf,
  canonicalise,
  checkLeftOut,
  numbered,
  recognise,
  RECOGNISE,
  simplify,
  type Recognised,
  type Surveys,
  type SimplifyOptions,
  type Workshop,
} from "./simplify/index.ts";
import { withoutShare, withShortcuts } from "./shortcut-stage.ts";
import { Stages, type Timing } from "./stages.ts";
import { textSource, type TextOption } from "./text-source.ts";
import { openText, type TextReader, type TextSource, type TokenDocument } from "./text/index.ts";

/** What decides the first half of a compilation, which all budgets share. */
export interface PrepareOptions extends WorkOptions {
  /** "tiny", "zoo/<name>", a model folder, or a model of the Hugging Face hub. */
  readonly model: string;
  readonly text: TextOption;
}

/** What decides the second half: what one package is like. */
export interface PackageOptions extends WorkOptions {
  readonly budget: Budget;
  readonly simplify: SimplifyOptions;
  /** Whether rules on the output may decide a position before the rest runs. */
  readonly shortcuts: boolean;
  readonly workers: number;
}

/** Everything that decides what a compilation does. */
export interface CompileOptions extends PrepareOptions, PackageOptions {
  /** Folder that the package replaces when it is whole. */
  readonly output: string;
}

/** What a compilation made. */
export interface Compiled {
  readonly folder: string;
  readonly report: Report;
  /** The IR that was emitted, as `printProgram` writes it. */
  readonly ir: string;
  readonly timings: readonly Timing[];
}

/**
 * The whole compiler: weights in, a readable and scored package out.
 *
 * @throws CompilerError on bad input; the signal's reason when it is aborted. The old output stays whole in both cases.
 */
export async function compile(options: CompileOptions): Promise<Compiled> {
  checkLeftOut(options.simplify.without);
  return writeBeside(options.output, async (folder) => {
    const stages = new Stages(options.progress, options.signal);
    const engine = new Engine({ workers: options.workers });
    try {
      const prepared = await prepare(options, engine, stages);
      const made = await makePackage(prepared, options, folder, engine, stages);
      return { folder: options.output, ...made, timings: stages.timings };
    } finally {
      await engine.close();
    }
  });
}

/** What is known of a model before anything is given up: the same for every budget. */
export interface Prepared {
  readonly model: ExtractedModel;
  readonly original: Program;
  readonly exact: ReturnType<typeof canonicalise>;
  readonly source: TextSource;
  readonly text: TextReader;
  /** More of the text to fit on, for prices of programs in the making. */
  readonly priced: readonly TokenDocument[];
  /** Measured when they are first asked for: an algorithm needs neither. */
  readonly profile: () => Promise<Profile>;
  readonly prices: () => Promise<PriceCalibration>;
  readonly surveys: Surveys;
}

/** Text that the profile's prices are measured on: a neuron that fires once in a thousand tokens then does so some 120 times. */
const PRICED_POSITIONS = 124_000;
/** The same of programs in the making, whose cheapest neurons are measured on held-out text besides. */
const SURVEYED_POSITIONS = 62_000;
/** Text in which it is measured what the parts of a small model are worth. */
const COST_TOKENS = 4000;

/** The first half of the compiler: weights and text in, the exact program and its profile out. */
export async function prepare(options: PrepareOptions, engine: Engine, stages: Stages): Promise<Prepared> {
  const model = await stages.run("extract", () => modelOf(options.model, options));
  const tokenizer = createTokenizer(model.tokenizer);

  const original = await stages.run("lift", () => lifted(model));
  const exact = await stages.run("canonicalise", () => canonicalise(original, tokenTextsOf(model, tokenizer)));

  const { source, text } = await stages.run("text", async () => {
    const source = await textSource(options, model, engine, original);
    checkTestDocuments(source, model);
    const text = openText(source, tokenizer, model.config.context);
    return { source, text };
  });
  const profiled = { model, program: exact.program, text };
  const profile = once(() =>
    stages.run("profile", () => {
      return cachedProfile(engine, { ...profiled, priced: text.calibrateUpTo(PRICED_POSITIONS) }, options);
    }),
  );
  const prices = once(async () => {
    const known = await profile();
    return stages.run("prices", () => cachedCalibration(engine, profiled, known, options));
  });
  const priced = text.calibrateUpTo(SURVEYED_POSITIONS);
  return { model, original, exact, source, text, priced, profile, prices, surveys: new WeakMap() };
}

/** The second half: gives up what the budget allows, and writes and scores the package in `folder`. */
export async function makePackage(
  { model, original, exact, source, text, priced, profile: profiled, prices, surveys }: Prepared,
  options: PackageOptions,
  folder: string,
  engine: Engine,
  stages: Stages,
): Promise<Pick<Compiled, "report" | "ir">> {
  const recognised = await stages.run("recognise", () => recognisedWhole({ model, original, source, text }, options));
  if (recognised) {
    const { decision } = text;
    const [fitted, judged] = [firstTokens(text.calibrate(), COST_TOKENS), firstTokens(text.select(), COST_TOKENS)];
    const costs = await stages.run("costs", () => costsOfMeans(original, fitted, judged, decision));
    const contexts = await stages.run("contexts", () =>
      cachedContexts(engine, { model, program: exact.program, text }, options),
    );
    const input = { model, recognised, tokenizer: model.tokenizer, contexts, costs, decision };
    return makeAlgorithm(input, source, options, folder, stages);
  }
  const [profile, calibration] = [await profiled(), await prices()];
  const budget = options.shortcuts ? withoutShare(options.budget) : options.budget;
  const chosen = await stages.run("simplify", () =>
    simplify({
      program: exact.program,
      profile,
      allowance: allowanceOf(budget),
      measure: cachedMeasure(engine, { model, program: original, text }, budget, options.simplify, options),
      options: options.simplify,
      workshop: workshopOf({ model, original, text, priced, surveys }, engine, {
        ...options,
        identity: [formatBudget(options.budget), options.simplify],
      }),
      onStep: (sentence) => options.progress.note(sentence),
    }),
  );

  const input = { engine, model, original, source, text, budget: options.budget };
  const { program, ledger } = options.shortcuts
    ? await stages.run("shortcuts", () => withShortcuts(chosen.program, input, options))
    : { program: chosen.program, ledger: [] };

  const emitted = {
    model: { id: model.id, sha256: model.sha256, parameters: model.parameters },
    program,
    tokenizer: model.tokenizer,
    profile,
    ledger: numbered([...exact.ledger, ...chosen.ledger, ...ledger]),
    decision: text.decision,
  };
  await stages.run("emit", () => emitPackage(emitted, folder));
  const scored = await stages.run("score", () =>
    scorePackage({ ...options, folder, model, source, onProgress: options.progress }),
  );
  const report = { ...scored, prices: rounded(calibration) };
  await stages.run("report", () => emitReport(emitted, report, folder));
  return { report, ir: printProgram(program) };
}

/** The model as an algorithm without weights, where the budget allows one. */
function recognisedWhole(
  { model, original, source, text }: Pick<Prepared, "model" | "original" | "source" | "text">,
  { budget, simplify: { strategy, without }, progress }: PackageOptions,
): Recognised | undefined {
  const allowance = allowanceOf(budget);
  // What natural text follows from is no algorithm of a few numbers.
  if (source.kind !== "task" || !allowance || strategy === "baseline" || without.includes(RECOGNISE)) return undefined;
  return recognise({
    program: original,
    words: tokenTextsOf(model, createTokenizer(model.tokenizer)),
    calibrate: text.calibrate(),
    select: text.select(),
    decision: text.decision,
    allowance,
    onStep: (sentence) => progress.note(sentence),
  });
}

/** Writes and scores the package of an algorithm. */
async function makeAlgorithm(
  input: Omit<AlgorithmInput, "ledger" | "model"> & Pick<Prepared, "model">,
  source: Prepared["source"],
  options: PackageOptions,
  folder: string,
  stages: Stages,
): Promise<Pick<Compiled, "report" | "ir">> {
  const { model, recognised } = input;
  const { id, sha256, parameters } = model;
  const emitted = { ...input, model: { id, sha256, parameters }, ledger: numbered(recognised.ledger) };
  await stages.run("emit", () => emitAlgorithm(emitted, folder));
  const report = await stages.run("score", () =>
    scorePackage({ ...options, folder, model, source, onProgress: options.progress }),
  );
  await stages.run("report", () => emitAlgorithmReport(emitted, report, folder));
  return { report, ir: `${JSON.stringify(recognised.algorithm, undefined, 2)}\n` };
}

function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined;
  return () => (made ??= make());
}

/** What simplifying works with. */
export function workshopOf(
  { model, original, text, priced, surveys }: Pick<Prepared, "model" | "original" | "text" | "priced" | "surveys">,
  engine: Engine,
  { seed, cache, signal, progress, identity }: WorkOptions & Pick<Workshop, "identity">,
): Workshop {
  const tokenizer = createTokenizer(model.tokenizer);
  return {
    engine,
    original,
    calibrate: text.calibrate(),
    priced,
    select: text.select(),
    training: (positions) => text.calibrateUpTo(positions),
    tokenTexts: tokenTextsOf(model, tokenizer),
    decision: text.decision,
    surveys,
    seed,
    cache,
    identity: [model.sha256, text.identity, ...identity],
    signal,
    onDone: (done, total) => progress.step(done, total),
  };
}

function lifted(model: ExtractedModel): Program {
  const program = lift(model);
  verify(program, "lift");
  return program;
}

/** The token's own text, by id. */
function tokenTextsOf(model: ExtractedModel, tokenizer: NamingTokenizer): string[] {
  return Array.from({ length: model.config.vocabulary }, (_, id) => tokenizer.tokenText(id));
}
