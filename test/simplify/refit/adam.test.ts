import { describe, expect, test } from "vitest";
import { adamStep, clipByNorm, scheduleAt } from "../../../src/simplify/refit/adam.ts";

const layout = {
  parameters: [
    { id: "a", kind: "k", offset: 0, length: 2 },
    { id: "b", kind: "k", offset: 2, length: 1 },
  ],
  length: 3,
};

describe("adamStep", () => {
  test("moves by the learning rate against the slope at first, whatever its size, each parameter by its own rate", () => {
    const moments = { values: new Float32Array(3), first: new Float32Array(3), second: new Float32Array(3) };
    adamStep(moments, Float32Array.of(0.5, -1e-3, 0.5), 1, layout, [0.1, 0.2]);
    expect(moments.values[0]).toBeCloseTo(-0.1, 5);
    expect(moments.values[1]).toBeCloseTo(0.1, 5);
    expect(moments.values[2]).toBeCloseTo(-0.2, 5);
  });

  test("finds the bottom of a bowl", () => {
    const moments = { values: Float32Array.of(1, -2, 3), first: new Float32Array(3), second: new Float32Array(3) };
    for (let step = 1; step <= 400; step++) {
      const rate = 0.05 * scheduleAt(step, 400, 10);
      adamStep(moments, moments.values.slice(), step, layout, [rate, rate]);
    }
    for (const value of moments.values) expect(Math.abs(value)).toBeLessThan(0.02);
  });
});

test("clipByNorm shortens what is longer and leaves the rest", () => {
  const [long, short] = [Float32Array.of(3, 4), Float32Array.of(0.3, 0.4)];
  clipByNorm(long, 1);
  clipByNorm(short, 1);
  expect(long).toEqual(Float32Array.of(0.6, 0.8));
  expect(short).toEqual(Float32Array.of(0.3, 0.4));
});

test("the schedule rises evenly to the full rate and falls to a tenth of it", () => {
  expect([1, 2, 4].map((step) => scheduleAt(step, 20, 4))).toEqual([0.25, 0.5, 1]);
  expect(scheduleAt(12, 20, 4)).toBeCloseTo(0.55);
  expect(scheduleAt(20, 20, 4)).toBeCloseTo(0.1);
});
