import { describe, expect, it } from "vitest";
import type { DecidedDocument } from "../../src/engine/index.ts";
import { LONGEST_SHORTCUT } from "../../src/ir/index.ts";
import { decidedNext, shortcutsOf } from "../../src/runtime/index.ts";
import { addShortcuts, mineShortcuts, type Measured } from "../../src/simplify/index.ts";
import { heldOutOf } from "../../src/simplify/shortcuts/held-out.ts";
import { shortcutsWithin } from "../../src/simplify/shortcuts/mine.ts";
import { seededUniform } from "../ir/random-model.ts";
import { canonicalProgram } from "./canonical-program.ts";

const VOCABULARY = 20;

/**
 * Planted decisions: after 3 always 4, after 5 always 6, but 7 after 1 and 5; anything, at a small margin, elsewhere.
 */
function planted(seed: number, documents: number): DecidedDocument[] {
  const uniform = seededUniform(seed);
  const draw = (): number => Math.floor(uniform() * VOCABULARY);
  return Array.from({ length: documents }, (_, index): DecidedDocument => {
    const tokens = Array.from({ length: 60 }, draw);
    const next = tokens.map((token, time): readonly [token: number, margin: number] => {
      if (token === 3) return [4, 5];
      if (token === 5) return [tokens[time - 1] === 1 ? 7 : 6, 3];
      return [draw(), 0.05];
    });
    return {
      id: `d${index}`,
      domain: "planted",
      tokens,
      position: 0,
      scored: tokens.map((_token, time) => time),
      decisions: next.map(([token]) => token),
      margins: next.map(([, margin]) => margin),
    };
  });
}

const all = (): boolean => true;
const calibrate = planted(1, 200);
const heldOut = planted(2, 50);
const mined = mineShortcuts(calibrate, all);

describe("mining shortcuts", () => {
  it("finds planted bigrams, with a longer context only where it decides otherwise", () => {
    const found = shortcutsWithin(mined, 0.1).map(({ after, next }) => `${after.join(" ")} > ${next}`);
    expect(found.toSorted()).toEqual(["1 5 > 7", "3 > 4", "5 > 6"]);
  });

  it("measures on held-out text how much they decide and how often they are right", () => {
    const { decided, precision } = heldOutOf(shortcutsWithin(mined, 0.1), heldOut);
    // Two tokens of twenty, in 3,000 positions.
    expect(decided).toBeCloseTo(0.1, 1);
    expect(precision).toBe(1);
    const wrong = [{ after: [3], next: 9 }];
    expect(heldOutOf(wrong, heldOut).precision).toBe(0);
    expect(heldOutOf([], heldOut)).toEqual({ decided: 0, precision: 1 });
  });

  it("foresees roughly how often they are wrong", () => {
    const rules = shortcutsWithin(mined, 0.25);
    const places = rules.reduce((sum, { seen }) => sum + seen, 0);
    const expected = rules.reduce((sum, { seen, error }) => sum + seen * error, 0) / places;
    expect(1 - heldOutOf(rules, heldOut).precision).toBeLessThan(2 * expected + 0.05);
  });

  it("trusts a context of one document alone in nothing", () => {
    const one = calibrate.map((document) => ({ ...document, id: "the same" }));
    expect(mineShortcuts(one, all)).toEqual([]);
  });

  it("trusts a context that was met twice more where the second choice was far away", () => {
    const twice = (margin: number): DecidedDocument[] =>
      ["a", "b"].map((id) => {
        const position = { tokens: [1, 2], position: 0, scored: [1], decisions: [3], margins: [margin] };
        return { id, domain: "planted", ...position };
      });
    const [near] = mineShortcuts(twice(1), all);
    const [far] = mineShortcuts(twice(8), all);
    expect(far?.error).toBeLessThan(0.05);
    expect(near === undefined || near.error > 0.2).toBe(true);
  });

  it("leaves out what the source cannot name", () => {
    const nameable = (token: number): boolean => token !== 4;
    expect(mineShortcuts(calibrate, nameable).some(({ after, next }) => [...after, next].includes(4))).toBe(false);
  });

  it("lets rules that end in the same token stand together, the commonest first", () => {
    const lasts = shortcutsWithin(mined, 0.25).map(({ after }) => after.at(-1));
    expect(lasts.filter((last, index) => last !== lasts[index - 1])).toEqual([...new Set(lasts)]);
    const ofFive = shortcutsWithin(mined, 0.1).filter(({ after }) => after.at(-1) === 5);
    expect(ofFive.map(({ after }) => after)).toEqual([[5], [1, 5]]);
  });

  it("reads at most four tokens", () => {
    expect(Math.max(...mined.map(({ after }) => after.length))).toBeLessThanOrEqual(LONGEST_SHORTCUT);
  });
});

describe("adding shortcuts", () => {
  const program = canonicalProgram(7, { vocabulary: VOCABULARY });
  /** Flips are the planted choices that shortcuts miss. */
  const measure = (trial: typeof program): Promise<Measured> => {
    const shortcuts = shortcutsOf(trial.shortcuts?.rules ?? []);
    let [flips, positions] = [0, 0];
    for (const { tokens, decisions } of heldOut) {
      decisions.forEach((decision, time) => {
        positions++;
        const next = decidedNext(shortcuts, tokens, time + 1);
        if (next !== undefined && next !== decision) flips++;
      });
    }
    const none = { value: 0, low: 0, high: 0 };
    const share = flips / positions;
    return Promise.resolve({ positions, kl: none, flips: { value: share, low: share, high: share } });
  };
  // As a real model has them: rules that hold most of the time, and rules that always do.
  const lenient = [...mined, { after: [9], next: 8, seen: 600, error: 0.15 }];

  it("takes the most that the allowance has room for", async () => {
    const strict = await addShortcuts({
      program,
      mined: lenient,
      heldOut,
      allowance: { metric: "flips", limit: 0.01 },
      measure,
    });
    expect(strict.program.shortcuts?.rules.map(({ after }) => after)).not.toContainEqual([9]);
    expect(strict.program.shortcuts?.heldOut.precision).toBe(1);
    expect(strict.ledger).toMatchObject([{ action: "accepted", pass: "shortcuts", site: "model", flips: 0 }]);
    const loose = await addShortcuts({
      program,
      mined: lenient,
      heldOut,
      allowance: { metric: "flips", limit: 0.9 },
      measure,
    });
    expect(loose.program.shortcuts?.rules.map(({ after }) => after)).toContainEqual([9]);
  });

  it("leaves the very same program where there is room for none", async () => {
    const allowance = { metric: "flips", limit: 1e-9 } as const;
    expect(await addShortcuts({ program, mined: lenient, heldOut, allowance, measure })).toEqual({
      program,
      ledger: [],
    });
    const added = await addShortcuts({ program, mined: [], heldOut, allowance: { metric: "kl", limit: 1 }, measure });
    expect(added.program).toBe(program);
  });
});
