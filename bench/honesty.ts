/**
 * Whether what the rules of a package foresee on test text is what they foresee on the text that they were chosen on:
 * `npm run build && npx tsx bench/honesty.ts FOLDER… [--model tiny]`. For every site with a rule it prints R^2 on `select`
 * text with a bootstrap 95 % interval over documents, R^2 on as much test text, and whether that is inside the interval.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { createRandom } from "../src/engine/index.ts";
import { loadModel } from "../src/extract/index.ts";
import { createTokenizer } from "../src/runtime/index.ts";
import { explainedVariance, type VarianceSums } from "../src/score/explained-variance.ts";
import { readPackageFiles } from "../src/score/package-files.ts";
import { withPackage } from "../src/score/score-package.ts";
import { simulatedSites } from "../src/score/simulation.ts";
import { readTestDocuments } from "../src/text/held-out.ts";
import { openText } from "../src/text/index.ts";

const RESAMPLES = 400;
const SEED = 1;
const POSITIONS = 24_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { model: { type: "string", default: "tiny" } },
});
const model = await loadModel(values.model);
const tokenizer = createTokenizer(model.tokenizer);
const source = { kind: "default" } as const;
const select = openText(source, tokenizer, model.config.context, { select: POSITIONS }).select();
const test = readTestDocuments(source, tokenizer, model.config.context, { test: POSITIONS });

for (const folder of positionals) {
  const budget = { metric: "exact", limit: 0 } as const;
  const options = { folder, model, source, budget, seed: SEED, workers: Math.min(2, availableParallelism()) };
  await withPackage(options, await readPackageFiles(folder), async (scoring) => {
    const chosen = (await simulatedSites(scoring, select)).filter(({ share }) => share > 0);
    const unseen = (await simulatedSites(scoring, test)).filter(({ share }) => share > 0);
    console.log(`\n${folder}\n\n| site | select | 95 % interval | test | |\n| --- | --- | --- | --- | --- |`);
    let inside = 0;
    chosen.forEach(({ id, sums }, index) => {
      const [low, high] = interval(sums);
      const onTest = explainedVariance(unseen[index]?.sums ?? []);
      const isInside = onTest >= low && onTest <= high;
      inside += isInside ? 1 : 0;
      const cells = [explainedVariance(sums), low, high, onTest].map((share) => share.toFixed(3));
      console.log(
        `| ${id} | ${cells[0]} | ${cells[1]} to ${cells[2]} | ${cells[3]} | ${isInside ? "inside" : "outside"} |`,
      );
    });
    console.log(`\n${inside} of ${chosen.length} inside`);
  });
}

/** Of R^2, by drawing documents again. */
function interval(sums: readonly VarianceSums[]): readonly [low: number, high: number] {
  const random = createRandom(SEED);
  const drawn = Array.from({ length: RESAMPLES }, () =>
    explainedVariance(sums.map(() => sums[Math.floor(random() * sums.length)] as VarianceSums)),
  ).sort((a, b) => a - b);
  const at = (share: number): number => drawn[Math.floor(share * (RESAMPLES - 1))] as number;
  return [at(0.025), at(0.975)];
}
