import { expect, test } from "vitest";
import { TakenSites } from "../../src/simplify/taken-sites.ts";

test("a site is taken once; an MLP is taken with its neurons, and its neurons with it", () => {
  const sites = new TakenSites();
  sites.add("block00.head01");
  sites.add("block00.mlp.neuron0003");
  sites.add("block01.mlp");
  expect(sites.has("block00.head01")).toBe(true);
  expect(sites.has("block00.head02")).toBe(false);
  expect(sites.has("block00.mlp")).toBe(true);
  expect(sites.has("block00.mlp.neuron0004")).toBe(false);
  expect(sites.has("block01.mlp.neuron0004")).toBe(true);
  expect(sites.has("block02.mlp")).toBe(false);
});
