import { describe, expect, it } from "vitest";
import { fittedScores, patternLoss, type Attending } from "../../../src/simplify/algorithm/attention-fit.ts";
import { fittedCurves } from "../../../src/simplify/algorithm/curves.ts";
import { sparserLooks } from "../../../src/simplify/algorithm/looks.ts";
import { fittedWorth, worthVectors } from "../../../src/simplify/algorithm/worth.ts";
import { seededUniform } from "../../ir/random-model.ts";

describe("fitting attention scores", () => {
  it("finds the scores that patterns were made of, up to what all keys share", () => {
    const uniform = seededUniform(4);
    const truth = [0, 1.5, -0.7];
    const queries = Array.from({ length: 60 }, (): Attending => {
      const tokens = Array.from({ length: 8 }, () => Math.floor(uniform() * 3));
      const weights = tokens.map((token) => Math.exp(truth[token]!));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return { tokens, first: 0, query: 7, pattern: weights.map((weight) => weight / total) };
    });
    const features = ({ tokens }: Attending, key: number) => [[`${tokens[key]}`, 1] as const];
    const scores = fittedScores(queries, features);
    expect(scores.get("1")! - scores.get("0")!).toBeCloseTo(1.5, 3);
    expect(scores.get("2")! - scores.get("0")!).toBeCloseTo(-0.7, 3);
    expect(patternLoss(queries, features, scores)).toBeLessThan(1e-6);
  });

  it("leaves out scores below a limit, and looks that nothing is left of", () => {
    const looks = [
      { kind: "tokens", scores: { a: 0.1, b: 2 } },
      { kind: "pairs", scores: { a: { b: 0.2 } } },
      {
        kind: "kernel",
        steps: [
          [0, 0.1],
          [1, 3],
          [2, 0.2],
          [3, 0],
        ],
      },
    ] as const;
    expect(sparserLooks(looks, 0.5)).toEqual([
      { kind: "tokens", scores: { b: 2 } },
      {
        kind: "kernel",
        steps: [
          [0, 0],
          [1, 3],
          [3, 0],
        ],
      },
    ]);
  });
});

describe("fitting scores by curves", () => {
  const values = Float64Array.from({ length: 201 }, (_, index) => index / 100 - 1);
  const weight = values.map(() => 1);

  it("bends where the target does, and spends no point where it is straight", () => {
    const target = values.map((value) => Math.max(0, value) * 5 + 1);
    const { score, loss } = fittedCurves({ variables: [values], target, weight }, 1e-3);
    expect(loss).toBeLessThan(1e-2);
    expect(score.curves).toHaveLength(1);
    expect(score.curves[0]!.points.length).toBeLessThanOrEqual(4);
    expect(score.curves[0]!.points.at(-1)![1]).toBeCloseTo(6, 1);
  });

  it("gives a constant where nothing is worth a curve", () => {
    const target = values.map(() => 2.5);
    const { score } = fittedCurves({ variables: [values], target, weight }, 1e-3);
    expect(score.curves).toEqual([]);
    expect(score.constant).toBeCloseTo(2.5);
  });

  it("never lets a score fall that may only rise", () => {
    const target = values.map((value) => (value < 0 ? value : -value));
    const { score } = fittedCurves({ variables: [values], target, weight, rising: new Set([0]) }, 1e-3);
    const points = score.curves[0]?.points ?? [];
    points.forEach(([, own], index) =>
      expect(own).toBeGreaterThanOrEqual((points[index - 1]?.[1] ?? -Infinity) - 1e-9),
    );
  });
});

describe("what attention is worth", () => {
  it("is one symbol less another where that is what an output follows", () => {
    const uniform = seededUniform(5);
    const shares = Array.from({ length: 200 }, () => {
      const raw = [uniform(), uniform(), uniform()];
      const total = raw.reduce((sum, value) => sum + value, 0);
      return Float64Array.from(raw, (value) => value / total);
    });
    const outputs = shares.map((row) => Float32Array.from([row[0]! - row[1]!, 0]));
    const fit = fittedWorth(shares, outputs, Float64Array.from([1, 0, 0, 1]));
    expect(fit.missed).toBeLessThan(1e-6);
    const [vector, ...others] = worthVectors([fit], 1e-5, ["0 0", "1 0", "2 0"]);
    expect(others).toEqual([]);
    expect(vector![0]! - vector![2]!).toBeCloseTo(vector![2]! - vector![1]!, 6);
  });
});
