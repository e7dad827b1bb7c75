import { formatBudget, type Budget } from "./budget.ts";
import { cached, type Cache } from "./cache.ts";
import { emitPackage, emitReport } from "./codegen/index.ts";
import { Comparison, Engine, summarise } from "./engine/index.ts";
import { loadModel, type ExtractedModel } from "./extract/index.ts";
import { lift, printProgram, verify, type Program } from "./ir/index.ts";
import { writeBeside } from "./output-folder.ts";
import { profileProgram, type Profile } from "./profile/index.ts";
import type { Progress } from "./progress.ts";
import type { Report } from "./report/index.ts";
import { createTokenizer, type NamingTokenizer } from "./runtime/index.ts";
import { checkTestDocuments, scorePackage } from "./score/index.ts";
import {
  canonicalise,
  numbered,
  simplify,
  type Allowance,
  type Measure,
  type SimplifyOptions,
} from "./simplify/index.ts";
import { textSource, type TextOption } from "./text-source.ts";
import { openText, type TextReader } from "./text/index.ts";

/** Everything that decides what a compilation does. */
export interface CompileOptions {
  /** "tiny", "zoo/<name>", or a model folder. */
  readonly model: string;
  /** Folder that the package replaces when it is whole. */
  readonly output: string;
  readonly budget: Budget;
  readonly simplify: SimplifyOptions;
  readonly text: TextOption;
  readonly seed: number;
  readonly workers: number;
  readonly cache: Cache;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What a compilation made. */
export interface Compiled {
  readonly folder: string;
  readonly report: Report;
  /** The IR that was emitted, as `printProgram` writes it. */
  readonly ir: string;
  readonly timings: readonly { readonly stage: string; readonly seconds: number }[];
}

/**
 * The whole compiler: weights in, a readable and scored package out.
 *
 * @throws CompilerError on bad input; the signal's reason when it is aborted. The old output stays whole in both cases.
 */
export async function compile(options: CompileOptions): Promise<Compiled> {
  return writeBeside(options.output, async (folder) => {
    const stages = new Stages(options.progress, options.signal);
    const engine = new Engine({ workers: options.workers });
    try {
      const model = await stages.run("extract", () => loadModel(options.model));
      const tokenizer = createTokenizer(model.tokenizer);

      const original = await stages.run("lift", () => lifted(model));
      const exact = await stages.run("canonicalise", () => canonicalise(original, tokenTextsOf(model, tokenizer)));

      const { source, text } = await stages.run("text", async () => {
        const source = await textSource(options, model, engine, original);
        checkTestDocuments(source, model);
        return { source, text: openText(source, tokenizer, model.config.context) };
      });
      const profile = await stages.run("profile", () => profiled(options, engine, model, exact.program, text));
      const chosen = await stages.run("simplify", () =>
        simplify({
          program: exact.program,
          profile,
          allowance: allowanceOf(options.budget),
          options: options.simplify,
          workshop: {
            engine,
            original,
            calibrate: text.calibrate(),
            decision: text.decision,
            seed: options.seed,
            signal: options.signal,
          },
          measure: measureWith(options, engine, model, original, text),
          onStep: (sentence) => options.progress.note(sentence),
        }),
      );

      const emitted = {
        model: { id: model.id, sha256: model.sha256, parameters: model.parameters },
        program: chosen.program,
        tokenizer: model.tokenizer,
        profile,
        ledger: numbered([...exact.ledger, ...chosen.ledger]),
        decision: text.decision,
      };
      await stages.run("emit", () => emitPackage(emitted, folder));
      const report = await stages.run("score", () =>
        scorePackage({ ...options, folder, model, source, onProgress: options.progress }),
      );
      await stages.run("report", () => emitReport(emitted, report, folder));
      return { folder: options.output, report, ir: printProgram(chosen.program), timings: stages.timings };
    } finally {
      await engine.close();
    }
  });
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

function profiled(
  { cache, seed, signal, progress }: CompileOptions,
  engine: Engine,
  model: ExtractedModel,
  program: Program,
  text: TextReader,
): Promise<Profile> {
  const onDone = (done: number, total: number): void => progress.step(done, total);
  return cached(cache, "profile", [model.sha256, text.identity, seed], () =>
    profileProgram(
      engine,
      program,
      { calibrate: text.calibrate(), heldOut: text.select() },
      { decision: text.decision, seed, signal, onDone },
    ),
  );
}

/** Measures a program on the `select` split against the original; what was measured before comes from the cache. */
function measureWith(
  { cache, seed, signal, progress, budget, simplify }: CompileOptions,
  engine: Engine,
  model: ExtractedModel,
  original: Program,
  text: TextReader,
): Measure {
  const watch = { signal, onDone: (done: number, total: number): void => progress.step(done, total) };
  let comparison: Comparison | undefined;
  return (program, changes) =>
    cached(cache, "measure", [model.sha256, text.identity, seed, formatBudget(budget), simplify, changes], async () => {
      comparison ??= new Comparison(engine, original, text.select(), { decision: text.decision });
      return summarise(await comparison.with(program, watch), seed);
    });
}

/**
 * What the selector may spend for a budget. A word error rate of greedy continuations is about ten times the share of
 * flips, and too noisy to choose by; the score then measures it.
 */
function allowanceOf({ metric, limit }: Budget): Allowance | undefined {
  if (metric === "exact") return undefined;
  return metric === "wer" ? { metric: "flips", limit: limit / 10 } : { metric, limit };
}

/** Runs the stages one after the other, says which one runs, and keeps their times. */
class Stages {
  readonly timings: { stage: string; seconds: number }[] = [];
  readonly #progress: Progress;
  readonly #signal: AbortSignal;

  constructor(progress: Progress, signal: AbortSignal) {
    this.#progress = progress;
    this.#signal = signal;
  }

  async run<Result>(stage: string, work: () => Result | Promise<Result>): Promise<Result> {
    this.#signal.throwIfAborted();
    this.#progress.stage(stage);
    const started = performance.now();
    const result = await work();
    this.timings.push({ stage, seconds: (performance.now() - started) / 1000 });
    return result;
  }
}
