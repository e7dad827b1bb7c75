import type { ExtractedModel } from "../../extract/index.ts";
import { lift } from "../../ir/index.ts";
import type { Report } from "../../report/index.ts";
import { createTokenizer } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { CompilerError } from "../../errors.ts";
import { Engine } from "../../engine/index.ts";
import { bitsSaved, equivalentLevels } from "../bits.ts";
import { summariseFidelity } from "../fidelity.ts";
import type { AlgorithmOutline } from "../jobs/outline-algorithm.ts";
import { manifestSites } from "../manifest.ts";
import { buildAlgorithmForJobs } from "../package-jobs.ts";
import type { PackageFiles } from "../package-files.ts";
import { firstPositions, runPackageJob } from "../scoring.ts";
import { measureAlgorithm } from "./measure.ts";

/** What scoring the package of an algorithm needs. */
export interface AlgorithmScoreOptions {
  readonly folder: string;
  readonly model: ExtractedModel;
  readonly decision: "argmax" | "positive";
  readonly calibrate: readonly TokenDocument[];
  readonly test: readonly TokenDocument[];
  /** Scored positions that bits are measured on, and calibration positions for means and linear maps. */
  readonly bits: number;
  readonly means: number;
  readonly seed: number;
  readonly workers: number;
  readonly signal: AbortSignal | undefined;
  readonly onDone: (done: number, total: number) => void;
}

/** How far the KL of the public face may be from that of the algorithm behind it. */
const SAME_KL = 1e-6;

/**
 * Measures the package of an algorithm against its original.
 *
 * @throws CompilerError package-broken or package-mismatch; the signal's reason when it is aborted
 */
export async function scoreAlgorithm(
  options: AlgorithmScoreOptions,
  files: PackageFiles,
): Promise<Pick<Report, "fidelity" | "explanation">> {
  const { folder, model, decision, seed, signal, test } = options;
  const original = lift(model);
  const built = await buildAlgorithmForJobs(files);
  const engine = new Engine({ workers: options.workers });
  try {
    const tokenizer = createTokenizer(model.tokenizer);
    const words = Array.from({ length: model.config.vocabulary }, (_, id) => tokenizer.tokenText(id));
    const ready = { folder, engine, built, original, sites: manifestSites(files), decision, seed, signal };
    const [outline] = await runPackageJob<null, AlgorithmOutline>(ready, "outline-algorithm", null, [null]);
    if (!outline) throw CompilerError.of("package-broken", { path: folder, reason: "It has no algorithm." });
    if (outline.context !== model.config.context) {
      const reason = `the model has ${model.config.context} positions, the package ${outline.context}.`;
      throw CompilerError.of("package-mismatch", { path: folder, model: model.id, reason });
    }
    const scoring = { ...ready, outline, words };
    const calibrate = firstPositions(options.calibrate, options.means);
    const measured = await measureAlgorithm(scoring, calibrate, test, options.onDone);
    const comparisons = measured.documents.map(({ comparison }) => comparison);
    const fidelity = summariseFidelity(comparisons, [], { seed, isText: false });
    if (Math.abs(fidelity.kl.value - measured.kl) > SAME_KL) {
      const reason =
        "what load() answers is not what the algorithm of src/model.ts gives, so that its rules explain nothing.";
      throw CompilerError.of("package-broken", { path: folder, reason });
    }
    const few = firstPositions(test, options.bits);
    const kl = comparisons.slice(0, few.length).reduce((sum, own) => sum + own.kl, 0);
    const positions = few.reduce((sum, { scored }) => sum + scored.length, 0);
    const levels = await equivalentLevels(scoring, few, kl / positions);
    const bits = bitsSaved(original, files, [], levels, model.tokenizer);
    const { recovery, simulation, falsification } = measured;
    const heads = model.config.layers * model.config.heads;
    const neurons = model.config.layers * model.config.inner;
    return {
      fidelity,
      explanation: {
        headline: Math.max(0, Math.min(bits, recovery, simulation)),
        bits,
        recovery,
        simulation,
        coverage: {
          headsSymbolicQk: heads,
          headsSymbolic: heads,
          heads,
          neurons: { constant: 0, affine: 0, table: 0, rule: neurons, guarded: 0, total: neurons },
          parametersNoLongerRead: 1,
          flopsNoLongerRun: 1,
          described: simulation,
          decided: 0,
        },
        falsification,
      },
    };
  } finally {
    await engine.close();
    await built.remove();
  }
}
