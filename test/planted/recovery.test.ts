import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/index.ts";
import { randomLiftSource } from "../ir/random-model.ts";
import { plantedModel, type Planted } from "./model.ts";
import { claimsOf, looksOf, recovered, truthsOf } from "./recovered.ts";
import { WORDS } from "./vocabulary.ts";

/** Models that are drawn, each with eight circuits; `npm run planted` draws 26, which is 208 of them. */
const MODELS = Number(process.env["WEIGHTS2TS_PLANTED_MODELS"] ?? 5);

/** Standard deviations of the noise in all weights: GPT-2's scale, and in every eighth model a quarter more. */
const DRAWN = Array.from({ length: MODELS }, (_, index) => [index + 1, index % 8 === 7 ? 0.025 : 0.02] as const);

const engine = new Engine({ workers: 2 });
afterAll(() => engine.close());

/** Circuits that were planted, those of them that were found, and all that were claimed. */
const totals = { planted: 0, found: 0, claimed: 0 };

describe.each(DRAWN)("circuits planted with seed %i in noise of %f", (seed, noise) => {
  let planted: Planted;
  let found: Awaited<ReturnType<typeof recovered>>;
  beforeAll(async () => {
    planted = plantedModel(seed, noise);
    found = await recovered(engine, planted.source, seed);
  });

  it("are found with their parameters and token sets, and nothing else is", () => {
    const [claims, truths] = [claimsOf(found).sort(), truthsOf(planted).sort()];
    totals.planted += truths.length;
    totals.found += truths.filter((truth) => claims.includes(truth)).length;
    totals.claimed += claims.length;
    if (MODELS <= 5) expect(claims).toEqual(truths);
  });

  it("give the duplicate-token head with its score, the same for all lengths", () => {
    const look = found.matches.flatMap(looksOf).find((node) => node.kind === "matchLook" && node.rule.keyBack === 0);
    if (look?.kind !== "matchLook") throw new Error("There is no match look.");
    for (const score of look.rule.scores) expect(Math.abs(score - planted.duplicateScore)).toBeLessThan(1.5);
  });
});

it("all planted circuits together are found, and hardly anything besides", () => {
  const [recall, precision] = [totals.found / totals.planted, totals.found / totals.claimed];
  process.stderr.write(
    `planted circuits: ${totals.planted}, recall ${(100 * recall).toFixed(1)} %, precision ${(100 * precision).toFixed(1)} %\n`,
  );
  expect(totals.planted).toBe(8 * MODELS);
  expect(recall).toBeGreaterThanOrEqual(0.98);
  expect(precision).toBeGreaterThanOrEqual(0.98);
});

describe.each([11, 12, 13])("random weights without any structure, drawn with seed %i", (seed) => {
  it("give no rule and no match", async () => {
    const sizes = { vocabulary: WORDS.length, context: 32, width: 32, heads: 4, inner: 24 };
    const { rules, matches } = await recovered(engine, randomLiftSource(seed, sizes), seed);
    expect(rules).toEqual([]);
    expect(matches).toEqual([]);
  });
});
