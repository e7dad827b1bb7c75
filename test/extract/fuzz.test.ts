import { expect, it } from "vitest";
import { fuzzAll } from "./fuzz-models.ts";

/** `npm run fuzz` tries more: these seeds, and on. */
const CASES = Number(process.env["WEIGHTS2TS_FUZZ_CASES"] ?? 5_000);
const FIRST_SEED = 1;

it(
  "a broken file is refused with an error of the catalogue, soon and in little memory, or is harmless",
  { timeout: 3_600_000 },
  async () => {
    const { cases, findings } = await fuzzAll(CASES, FIRST_SEED);
    expect(cases).toBeGreaterThanOrEqual(CASES);
    expect(findings).toEqual([]);
  },
);
