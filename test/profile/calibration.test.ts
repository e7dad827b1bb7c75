import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRandom, Engine } from "../../src/engine/index.ts";
import { lift } from "../../src/ir/index.ts";
import {
  calibratePrices,
  headSample,
  neuronSample,
  profileProgram,
  trueCosts,
  type Profile,
} from "../../src/profile/index.ts";
import type { MeanSite } from "../../src/profile/site-changes.ts";
import { randomDocuments } from "../engine/random-documents.ts";
import { randomLiftSource } from "../ir/random-model.ts";

const VOCABULARY = 24;
const program = lift(randomLiftSource(1, { layers: 2, heads: 2, width: 16, inner: 20, vocabulary: VOCABULARY }));
const SAMPLING = { decision: "argmax", seed: 3 } as const;
const heldOut = randomDocuments(5000, 1000, 13, VOCABULARY);
const engines = [1, 2].map((workers) => new Engine({ workers }));
const [engine] = engines as [Engine];
let profile: Profile;
let sites: MeanSite[];

beforeAll(async () => {
  const calibrate = randomDocuments(5, 200, 13, VOCABULARY);
  profile = await profileProgram(engine, program, { calibrate, heldOut: heldOut.slice(0, 80) }, SAMPLING);
  sites = [
    ...headSample(program, profile, createRandom(1)),
    ...neuronSample(program, profile, createRandom(2), 12),
  ].map(({ site }) => site);
});
afterAll(async () => {
  await Promise.all(engines.map((each) => each.close()));
});

describe("true costs", () => {
  test("of parts measured on a sample of the text are near those of all of it", async () => {
    const few = 400; // 5,200 tokens: all are read
    const parts = [heldOut.slice(0, few), heldOut.slice(few)];
    const [first, second] = await Promise.all(
      parts.map((documents) => trueCosts(engine, program, sites, documents, SAMPLING)),
    );
    const drawn = await trueCosts(engine, program, sites, heldOut, SAMPLING); // 13,000 tokens: 9,000 are
    expect(first).not.toEqual(second);
    drawn.forEach((cost, site) => {
      const all = (few * (first?.[site] ?? 0) + (heldOut.length - few) * (second?.[site] ?? 0)) / heldOut.length;
      expect(cost / all).toBeGreaterThan(0.9);
      expect(cost / all).toBeLessThan(1.1);
    });
  });

  test("come with a rank correlation and a ratio, the same on any number of workers", async () => {
    const each = await Promise.all(engines.map((own) => calibratePrices(own, program, profile, heldOut, SAMPLING)));
    expect(each[0]).toEqual(each[1]);
    expect(each[0]?.heads.sample).toBe(4);
    expect(each[0]?.neurons.sample).toBe(40);
    expect(each[0]?.neurons.spearman).toBeGreaterThan(0.9);
    expect(each[0]?.neurons.medianRatio).toBeGreaterThan(0.8);
    expect(each[0]?.neurons.medianRatio).toBeLessThan(1.25);
  });
});

describe("prices on more text than the rest", () => {
  test("are those of that text, and nothing else of the profile changes", async () => {
    const calibrate = randomDocuments(5, 200, 13, VOCABULARY);
    const text = { calibrate, heldOut: heldOut.slice(0, 80) };
    const more = await profileProgram(
      engine,
      program,
      { ...text, priced: randomDocuments(6, 400, 13, VOCABULARY) },
      SAMPLING,
    );
    const prices = ({ heads }: Profile) => heads.flat().map(({ price }) => price);
    expect(prices(more)).not.toEqual(prices(profile));
    expect(more.heads.flat().map(({ mean, kernelFit }) => [mean, kernelFit?.rule])).toEqual(
      profile.heads.flat().map(({ mean, kernelFit }) => [mean, kernelFit?.rule]),
    );
    expect(more.positions).toBe(profile.positions);
  });
});
