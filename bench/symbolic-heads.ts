/**
 * What distillation wins back where every head of the bundled model looks by rules and the MLPs stay as they are:
 * `npm run build && npx tsx bench/symbolic-heads.ts [workers] [steps]`. Prints held-out KL before and after; a run that was
 * stopped goes on from the cache.
 */
import process from "node:process";
import { cacheFolder, openCache } from "../src/cache.ts";
import { prepare, workshopOf } from "../src/compile.ts";
import { Comparison, Engine, summarise } from "../src/engine/index.ts";
import { silentProgress as progress } from "../src/progress.ts";
import { applyReplacements } from "../src/simplify/index.ts";
import { balanceHeads } from "../src/simplify/exact/balance-heads.ts";
import { symbolicHeads } from "../src/simplify/propose/symbolic-heads.ts";
import { distil } from "../src/simplify/refit/distil.ts";
import { rulesRate } from "../src/simplify/refit/refitting.ts";
import { surveyed } from "../src/simplify/surveyed.ts";
import { Stages } from "../src/stages.ts";

const SEED = 1;
const RATE = 7e-4;
const TRAINING_POSITIONS = 3_000_000;

const [workers, steps] = [Number(process.argv[2] ?? 2), Number(process.argv[3] ?? 1400)];
const { signal } = new AbortController();
const cache = openCache(cacheFolder(process.env), (text) => console.error(text));
const engine = new Engine({ workers });
try {
  const options = { model: "tiny", text: "default", seed: SEED, cache, progress, signal } as const;
  const prepared = await prepare(options, engine, new Stages(progress, signal));
  const { original, exact, text, model } = prepared;
  const profile = await prepared.profile();
  const workshop = workshopOf(prepared, engine, { seed: SEED, cache, progress, signal, identity: [] });
  const survey = await surveyed(workshop, exact.program, profile, Infinity);
  const heads = symbolicHeads.propose(survey.program, profile, { ...survey.surveyed, measuredNeurons: new Map() });
  const program = balanceHeads(
    applyReplacements(
      survey.program,
      heads.map(({ replacement }) => replacement),
    ),
  );
  const comparison = new Comparison(engine, original, text.select(), { decision: text.decision });
  const started = performance.now();
  const { before, after, curve } = await distil({
    ...{ engine, original, program, cache, signal, steps, decision: text.decision, seed: SEED, rate: RATE },
    documents: workshop.training(TRAINING_POSITIONS),
    rateOf: rulesRate,
    measure: async (candidate) => {
      const { value } = summarise(await comparison.with(candidate), SEED).kl;
      console.error(`${value.toFixed(4)} nats on held-out text`);
      return value;
    },
    every: 200,
    key: ["bench/symbolic-heads", model.sha256, text.identity],
    onStep: (step, of, kl) => {
      if (step % 50 === 0) console.error(`step ${step} of ${of}: ${kl.toFixed(4)} nats on the batch`);
    },
  });
  for (const { step, heldOut } of curve) console.log(`step ${step}: ${heldOut.toFixed(4)} nats`);
  console.log(`${heads.length} heads: ${((100 * after) / before).toFixed(1)} % of the KL before is left`);
  console.log(`in ${((performance.now() - started) / 60_000).toFixed(1)} minutes on ${workers} workers`);
} finally {
  await engine.close();
}
